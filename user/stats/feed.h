/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The latest conversations, one line each, for a feed that somebody reads: a row that is reported
 * again is replaced. Nobody reads more than a screenful a second, so no more is written.
 */
#ifndef TEITEN_STATS_FEED_H
#define TEITEN_STATS_FEED_H

#include "user/flow/observation.h"
#include "user/stats/summary.h"

#define FEED_ROWS 200
#define FEED_TEXT 240
#define FEED_PER_SECOND 100

struct feed_row {
	struct summary_event event; /* text.p is not used */
	uint16_t n;
	char text[FEED_TEXT];
};

struct feed {
	uint64_t id[FEED_ROWS]; /* flow ids, apart, so that a search touches little memory */
	struct feed_row *row;	/* FEED_ROWS of them, or NULL */
	unsigned next, n;	/* row to write next; rows in use */
	uint64_t second;	/* that `written` counts in */
	unsigned written;
};

void feed_observe(struct feed *f, const struct observation *o, bool show_secrets);
/* The i-th row, newest first; NULL from f->n on. */
const struct feed_row *feed_row(const struct feed *f, unsigned i);
void feed_free(struct feed *f);

#endif
