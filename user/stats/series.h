/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The buckets of a window as rows for a chart. */
#ifndef TEITEN_STATS_SERIES_H
#define TEITEN_STATS_SERIES_H

#include "user/stats/pool.h"
#include "user/stats/windows.h"

/*
 * One row for all accesses and one for each purpose that occurs; for TCP `no-payload` is what no
 * conversation accounts for. Without a row where nothing was ever counted. Memory is the pool's,
 * which knows when there was too little.
 */
void series_fill(const struct windows *w, enum window_id id, bool udp, struct pool *p,
		 struct summary_series *out);

#endif
