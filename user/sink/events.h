/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Event lines: a JSON object a line for each conversation when it is closed, for each surge, and
 * where asked for each sampled SYN. Named after Suricata's EVE format, so that what reads EVE reads
 * these; what is teiten's own sits in the object `teiten`.
 */
#ifndef TEITEN_SINK_EVENTS_H
#define TEITEN_SINK_EVENTS_H

#include "user/sink/sink.h"
#include "user/stats/labels.h"

struct events_options {
	const char *path;   /* "-": standard output */
	const char *sensor; /* its name */
	const struct labels *labels;
	bool syn;	   /* SYNs, too */
	bool show_secrets; /* else those that are not well known are left out, of the payload too */
	bool wait;	   /* for a slow reader, as a replay can: else its lines are lost */
};

/* The strings and labels must outlive the sink. 0; -errno after a message. */
int events_open(const struct events_options *options, struct sink **out);

/* Standard output's reader went away: no event will ever arrive. */
bool events_gone(const struct sink *s);

#endif
