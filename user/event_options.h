/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of event lines, which run and replay share. */
#ifndef TEITEN_EVENT_OPTIONS_H
#define TEITEN_EVENT_OPTIONS_H

#include "user/shared_options.h"
#include "user/sink/sink.h"

struct event_options {
	const char *path; /* --events; "-": standard output; NULL: none */
	bool syn;	  /* --syn-events */
};

extern const struct option_spec event_option_specs[];

/*
 * Opens the events' sink and adds it. `wait`: for a slow reader. 0, also where none is asked for;
 * COMMAND_USAGE; -errno; after a message that `who` begins.
 */
int event_options_open(const struct event_options *o, const char *who,
		       const struct shared_options *shared, bool wait, struct sinks *sinks);

#endif
