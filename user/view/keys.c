// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What each key changes. */
#include <stdio.h>

#include "user/util/text.h"
#include "user/view/view.h"

#define CTRL(c) ((c)&0x1f)
#define ESC 0x1b

static size_t utf8_put(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void filter_set(struct view *v, size_t n)
{
	v->filter.n = n;
	v->filter.text[n] = '\0';
	for (int p = 0; p < PANE_MAX; p++)
		v->scroll[p] = 0;
	v->ports_scroll = 0;
}

static void filter_type(struct view *v, uint32_t key)
{
	char bytes[4];
	size_t n;

	if (key < 0x20 || (key >= 0x7f && key < 0xa0) || key > 0x10ffff ||
	    (key >= 0xd800 && key < 0xe000))
		return;
	n = utf8_put(bytes, key);
	if (v->filter.n + n > FILTER_MAX)
		return;
	memcpy(v->filter.text + v->filter.n, bytes, n);
	filter_set(v, v->filter.n + n);
}

static void filter_backspace(struct view *v)
{
	size_t n = v->filter.n;

	while (n && ((unsigned char)v->filter.text[n - 1] & 0xc0) == 0x80)
		n--;
	filter_set(v, n ? n - 1 : 0);
}

static enum terminal_action prompt_key(struct view *v, uint32_t key)
{
	switch (key) {
	case '\r':
	case '\n':
		v->prompting = false;
		break;
	case ESC:
		v->prompting = false;
		filter_set(v, 0);
		break;
	case CTRL('u'):
	case KEYS_DELETE_LINE:
		filter_set(v, 0);
		break;
	case KEYS_BACKSPACE:
	case '\b':
	case 0x7f:
		filter_backspace(v);
		break;
	case CTRL('c'):
		return TERMINAL_QUIT;
	default:
		filter_type(v, key);
		break;
	}
	return TERMINAL_REDRAW;
}

static int *scroll_position(struct view *v)
{
	if (v->help)
		return &v->help_scroll;
	return v->zoom == ZOOM_PORTS ? &v->ports_scroll : &v->scroll[v->pane];
}

/* False where the key has nothing to do with scrolling. */
static bool scroll_key(struct view *v, uint32_t key)
{
	int *at = scroll_position(v), page = v->page > 1 ? v->page - 1 : 1;

	switch (key) {
	case KEYS_UP:
	case 'k':
		*at -= 1;
		break;
	case KEYS_DOWN:
	case 'j':
		*at += 1;
		break;
	case KEYS_PAGE_UP:
	case CTRL('b'):
		*at -= page;
		break;
	case KEYS_PAGE_DOWN:
	case CTRL('f'):
		*at += page;
		break;
	case KEYS_HOME:
	case 'g':
		*at = 0;
		break;
	case KEYS_END:
	case 'G':
		*at = 1 << 24; /* drawing brings it back to the last page */
		break;
	default:
		return false;
	}
	*at = *at < 0 ? 0 : *at;
	return true;
}

static void pane_step(struct view *v, int by)
{
	v->pane = (enum pane)(((int)v->pane + PANE_MAX + by) % PANE_MAX);
	if (v->zoom == ZOOM_PORTS)
		v->zoom = ZOOM_NONE;
}

static void pane_open(struct view *v, enum pane pane)
{
	v->pane = pane;
	pane_step(v, 0);
}

static enum terminal_action help_key(struct view *v, uint32_t key)
{
	if (scroll_key(v, key))
		return TERMINAL_REDRAW;
	v->help = false;
	return key == CTRL('c') ? TERMINAL_QUIT : TERMINAL_REDRAW;
}

static enum terminal_action command_key(struct view *v, uint32_t key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case CTRL('c'):
		return TERMINAL_QUIT;
	case '?':
	case 'h':
		v->help = true;
		v->help_scroll = 0;
		break;
	case 'w':
		v->window = (enum window_id)((v->window + 1) % WINDOW_MAX);
		break;
	case 'W':
		v->window = (enum window_id)((v->window + WINDOW_MAX - 1) % WINDOW_MAX);
		break;
	case 's':
		v->sort = (enum sort)((v->sort + 1) % SORT_MAX);
		break;
	case 'S':
		v->sort = (enum sort)((v->sort + SORT_MAX - 1) % SORT_MAX);
		break;
	case 'z':
		v->zoom = (enum zoom)((v->zoom + 1) % ZOOM_MAX);
		break;
	case '/':
	case 'f':
		v->prompting = true;
		break;
	case 'p':
	case ' ':
		v->paused = !v->paused;
		break;
	case ESC:
		filter_set(v, 0);
		break;
	case CTRL('l'):
		break;
	default:
		return TERMINAL_NONE;
	}
	return TERMINAL_REDRAW;
}

enum terminal_action view_key(struct view *v, uint32_t key)
{
	if (v->prompting)
		return prompt_key(v, key);
	if (v->help)
		return help_key(v, key);
	if (scroll_key(v, key))
		return TERMINAL_REDRAW;
	if (key == '\t' || key == KEYS_RIGHT || key == 'l')
		pane_step(v, 1);
	else if (key == KEYS_BACK_TAB || key == KEYS_LEFT)
		pane_step(v, -1);
	else if (key >= '1' && key < '1' + PANE_MAX)
		pane_open(v, (enum pane)(key - '1'));
	else
		return command_key(v, key);
	return TERMINAL_REDRAW;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool filter_text(const struct filter *f, const char *text)
{
	if (!f->n)
		return true;
	for (; *text; text++) {
		size_t i = 0;

		while (i < f->n && text[i] && lower(text[i]) == lower(f->text[i]))
			i++;
		if (i == f->n)
			return true;
	}
	return false;
}

bool filter_slice(const struct filter *f, struct slice bytes)
{
	char text[1024];

	if (!f->n)
		return true;
	text_safe(text, sizeof(text), bytes);
	return filter_text(f, text);
}
