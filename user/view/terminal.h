/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The top-style view of a running sensor, on a terminal. It has no loop and no signal handler of
 * its own: the caller waits for terminal_fd() and for SIGWINCH (by signalfd), gets a summary about
 * once a second, and calls terminal_draw().
 *
 *	terminal_open(&t, &options);
 *	on input:    action = terminal_input(t); QUIT ends, REDRAW calls terminal_draw()
 *	on SIGWINCH: terminal_resize(t), then terminal_draw()
 *	on a tick:   unless terminal_paused(t) take a new summary; then terminal_draw()
 *	terminal_close(t);
 *
 * While it is open, log lines go to the view's status line, and nothing else may write to the
 * terminal. There can be one at a time.
 */
#ifndef TEITEN_VIEW_TERMINAL_H
#define TEITEN_VIEW_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct summary;
struct terminal;

struct terminal_options {
	bool ascii;    /* never anything but ASCII; else as the locale says */
	bool no_color; /* never colours; else as terminal and NO_COLOR (no-color.org) say */
};

enum terminal_action { TERMINAL_NONE, TERMINAL_REDRAW, TERMINAL_QUIT };

/*
 * Takes over the terminal that standard output is (keys come from standard input, or from
 * /dev/tty where that is no terminal). LC_CTYPE is set from the environment. 0; else -ENOTTY,
 * -ENOMEM, -ENXIO (the terminal's kind is unknown or cannot do it) or another errno, with a line
 * for the user in `why`, and the terminal as it was.
 */
int terminal_open(struct terminal **t, const struct terminal_options *options, char *why,
		  size_t size);

/* To wait for input on. */
int terminal_fd(const struct terminal *t);

/* Handles all keys that are there. TERMINAL_QUIT also where the terminal is gone. */
enum terminal_action terminal_input(struct terminal *t);

/* The user stopped the view: the caller keeps the summary that is shown until this is false. */
bool terminal_paused(const struct terminal *t);

/* Draws s, which the caller keeps. `status_line` may be NULL; newer log lines come before it. */
void terminal_draw(struct terminal *t, const struct summary *s, const char *status_line);

/* The size may have changed. (terminal_draw() looks as well.) */
void terminal_resize(struct terminal *t);

/*
 * Gives the terminal back as it was, and logs to stderr again; warnings that came while the view
 * was open are repeated there. NULL is fine. exit() does the same where it was forgotten.
 */
void terminal_close(struct terminal *t);

#endif
