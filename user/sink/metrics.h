/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A summary as metrics that Prometheus and its kin collect, and the sink that counts for them
 * what a summary cannot give.
 *
 * A summary's purposes are gauges: a conversation that goes on may still move from one purpose to
 * a graver one, and a counter that goes down looks like a restart. What rate() needs is counted
 * here, conversation by conversation, as each ends.
 *
 * There is a series for every port, never one for an address or a value that a visitor sent: their
 * number is the visitors' to choose.
 */
#ifndef TEITEN_SINK_METRICS_H
#define TEITEN_SINK_METRICS_H

#include <stdio.h>

#include "user/sink/sink.h"

struct metrics;

/* NULL where there is no memory. */
struct metrics *metrics_new(void);
/* To be fed; its close() frees the metrics. */
struct sink *metrics_sink(struct metrics *m);

enum metrics_form {
	METRICS_TEXT,	     /* Prometheus' text format 0.0.4 */
	METRICS_OPENMETRICS, /* OpenMetrics 1.0.0 */
};

#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* `m` may be NULL: nothing has ended yet. 0, or -errno of the stream. */
int metrics_render(FILE *out, const struct summary *s, const struct metrics *m,
		   enum metrics_form form);

#endif
