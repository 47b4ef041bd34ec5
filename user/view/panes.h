/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sections: top lists side by side, as many columns of them as the width takes. */
#ifndef TEITEN_VIEW_PANES_H
#define TEITEN_VIEW_PANES_H

#include "user/view/bars.h"
#include "user/view/view.h"

enum section_shape {
	SECTION_VALUE,	/* count, value, remark */
	SECTION_SECOND, /* count, second; the value itself is a mere key */
	SECTION_PAIR,	/* count, value, second, remark */
	SECTION_TRIPLE, /* count, value, second, third */
};

/* In place of a list: the tools that SYNs point to. */
#define SECTION_FINGERPRINTS LIST_MAX

struct section {
	const char *title;
	int list; /* enum summary_list_id, or SECTION_FINGERPRINTS */
	enum section_shape shape;
};

/* Rows that sections_draw() needs for what fits the filter; 0 where there is nothing. */
int sections_height(const struct view *v, int cols, const struct summary *s,
		    const struct section *sections, size_t n);
void sections_draw(const struct view *v, const struct area *a, int row, const struct summary *s,
		   const struct section *sections, size_t n);

/* Brings the open pane's scroll position into range and applies it. */
struct area pane_scrolled(struct view *v, const struct area *a, int total);

#endif
