/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The terminal view without a terminal: what the user chose (struct view), what a key changes in
 * it (keys.c), and how a summary is drawn into a canvas (frame.c, ports.c, panes.c).
 */
#ifndef TEITEN_VIEW_VIEW_H
#define TEITEN_VIEW_VIEW_H

#include "user/stats/summary.h"
#include "user/view/canvas.h"
#include "user/view/layout.h"
#include "user/view/terminal.h"

enum pane {
	PANE_FEED,
	PANE_AMI,
	PANE_DOCKER,
	PANE_H323,
	PANE_SIP,
	PANE_TLS,
	PANE_SOURCES,
	PANE_SYN,
	PANE_PORTS,
	PANE_MAX
};

enum sort { SORT_PORT, SORT_ACCESSES, SORT_SOURCES, SORT_CONVERSATIONS, SORT_MAX };

#define FILTER_MAX 120 /* bytes of UTF-8 */

struct filter {
	char text[FILTER_MAX + 1]; /* empty: nothing is filtered */
	size_t n;
};

struct view {
	enum window_id window;
	enum pane pane;
	enum sort sort;
	enum zoom zoom;
	bool paused, help, prompting;
	struct filter filter; /* while prompting: as typed so far, already at work */
	int scroll[PANE_MAX], ports_scroll, help_scroll;
	int page, total; /* rows of a page and of all of what scrolls, as last drawn */
	uint64_t now;	 /* ns since the Unix epoch; stands still while paused */
};

/* Keys beside characters (which are Unicode code points). */
enum view_key {
	KEYS_UP = 0x200000,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_BACK_TAB,
	KEYS_BACKSPACE,
	KEYS_DELETE_LINE,
};

enum terminal_action view_key(struct view *v, uint32_t key);

/*
 * Draws all of it and brings scroll positions back into range. `status` is the status line, NULL
 * where there is none; it may hold any bytes.
 */
void view_draw(struct view *v, struct canvas *c, const struct summary *s, const char *status,
	       enum style status_style, uint64_t now);

const char *window_name(enum window_id w);
const char *pane_name(enum pane p);

/* Does harmless text hold the filter? ASCII case is ignored. An empty filter fits everything. */
bool filter_text(const struct filter *f, const char *text);
bool filter_slice(const struct filter *f, struct slice bytes);

/*
 * Indices of the ports to show, sorted, into order[] (s->n_ports entries); returns how many. A
 * filter that fits no port at all is about something else, and all ports are shown.
 */
size_t ports_select(const struct view *v, const struct summary *s, size_t *order);
void ports_draw(struct view *v, const struct area *heading, const struct area *rows,
		const struct summary *s);

/* Draws a pane, scrolled; brings the position back into range. */
void pane_draw(struct view *v, const struct area *a, const struct summary *s);

#endif
