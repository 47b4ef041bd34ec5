/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes lines to a file, a pipe or standard output without ever waiting for them (unless asked
 * to): what cannot be written yet gathers up to LINE_WRITER_ROOM, beyond that lines are lost, whole
 * ones only. After a full disk or a pipe without a reader the writing is tried again every second.
 */
#ifndef TEITEN_SINK_LINE_WRITER_H
#define TEITEN_SINK_LINE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_WRITER_ROOM ((size_t)1 << 20)
#define LINE_WRITER_BATCH ((size_t)64 << 10) /* written at once when so much has gathered */

struct line_writer {
	char *path;	/* NULL: standard output */
	int fd;		/* -1: not open now */
	bool wait;	/* for a reader that is slow: no line is lost to it */
	bool gone;	/* standard output's reader went away: nothing will ever be taken again */
	int error;	/* of the last attempt, -errno; 0 */
	uint64_t retry; /* monotonic ns before which no other attempt is made; 0 */
	bool socket;
	char *p;       /* begins with a line's first byte */
	size_t n, at;  /* bytes there; of the first line so many are written already */
	uint64_t lost; /* lines */
};

/* "-" is standard output. 0 or -errno. */
int line_writer_open(struct line_writer *w, const char *path, bool wait);

/* Takes a line, its newline included. False where it is lost; it is counted then. */
bool line_writer_put(struct line_writer *w, const char *line, size_t n);

/* Writes what it can. */
void line_writer_flush(struct line_writer *w);

/*
 * Opens the path again and goes on there, with what was not yet written; a line that stands in the
 * old file in part is taken out there. -errno where it cannot be opened: then the old one stays.
 */
int line_writer_reopen(struct line_writer *w);

/* Frees all. 0; -errno where lines were lost for that reason, -EAGAIN for a slow reader. */
int line_writer_close(struct line_writer *w);

#endif
