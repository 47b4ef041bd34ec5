/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of stats_summary() in files of their own. */
#ifndef TEITEN_STATS_SUMMARISE_H
#define TEITEN_STATS_SUMMARISE_H

#include "user/stats/pool.h"
#include "user/stats/stats_internal.h"

void summarise_labels(const struct stats *s, struct pool *p, struct summary *out);
void summarise_surges(const struct stats *s, struct pool *p, struct summary *out);

#endif
