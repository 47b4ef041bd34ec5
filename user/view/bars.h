/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much a purpose asks for attention, stacked bars by that class, and a small graph. */
#ifndef TEITEN_VIEW_BARS_H
#define TEITEN_VIEW_BARS_H

#include "user/decode/purpose.h"
#include "user/view/canvas.h"

enum purpose_class {
	CLASS_QUIET,   /* no payload at all */
	CLASS_PROBE,   /* looked who is there */
	CLASS_ATTEMPT, /* tried to get in: logins, registrations, calls set up */
	CLASS_GRAVE,   /* tried to take, change, run or bill something */
	CLASS_MAX
};

enum purpose_class purpose_class(enum purpose p);
enum style purpose_style(enum purpose p);
const char *class_name(enum purpose_class c);

/*
 * Splits `width` columns among counts by largest remainder: the columns sum up to width (0 where
 * all counts are 0), and whatever is not 0 gets at least one column while there are enough, the
 * gravest first.
 */
void bar_split(const uint64_t counts[CLASS_MAX], int width, int columns[CLASS_MAX]);

/* One column of a bar: classes differ by glyph as well as by colour. */
const char *bar_glyph(enum purpose_class c, bool ascii);

/* A stacked bar of purposes. */
void bar_draw(const struct area *a, int row, int col, int width,
	      const uint64_t purposes[PURPOSE_MAX]);

/* The last `width` values (newest last) as a line of small columns, scaled to their maximum. */
void graph_draw(const struct area *a, int row, int col, int width, const uint32_t *values,
		size_t n);

#endif
