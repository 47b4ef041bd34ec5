// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "user/util/text.h"
#include "user/view/format.h"
#include "user/view/panes.h"

#define COLUMNS_MAX 3
#define COLUMN_WIDTH 46 /* a section narrower than this is no pleasure to read */
#define GAP 3
#define COUNT_WIDTH 8

static bool value_fits(const struct filter *f, const struct summary_value *r)
{
	return filter_slice(f, r->value) || filter_slice(f, r->second) ||
	       filter_slice(f, r->third) || (r->remark && filter_text(f, r->remark));
}

static bool tool_fits(const struct filter *f, const struct summary *s, int tool)
{
	return s->fingerprints[tool] &&
	       filter_text(f, fingerprint_name((enum teiten_fingerprint)tool));
}

static int section_rows(const struct view *v, const struct summary *s, const struct section *sec)
{
	int rows = 0;

	if (sec->list == SECTION_FINGERPRINTS) {
		for (int tool = 0; tool < TEITEN_FP_KINDS; tool++)
			rows += tool_fits(&v->filter, s, tool);
		return rows;
	}
	for (size_t i = 0; i < s->lists[sec->list].n; i++)
		rows += value_fits(&v->filter, &s->lists[sec->list].v[i]);
	return rows;
}

/* A section takes its title, its rows, and an empty line. */
static int section_height(const struct view *v, const struct summary *s, const struct section *sec)
{
	int rows = section_rows(v, s, sec);

	return rows ? rows + 2 : 0;
}

static int column_count(const struct view *v, int cols, const struct summary *s,
			const struct section *sections, size_t n)
{
	int filled = 0, fit = (cols + GAP) / (COLUMN_WIDTH + GAP);

	/* 80 columns still take two: most values are short. */
	if (cols >= 76 && fit < 2)
		fit = 2;
	for (size_t i = 0; i < n; i++)
		filled += section_rows(v, s, &sections[i]) > 0;
	fit = fit > COLUMNS_MAX ? COLUMNS_MAX : fit;
	fit = fit > filled ? filled : fit;
	return fit < 1 ? 1 : fit;
}

/* Where the next section goes: the column that is shortest so far, the leftmost of equals. */
static int shortest(const int *heights, int columns)
{
	int best = 0;

	for (int c = 1; c < columns; c++) {
		if (heights[c] < heights[best])
			best = c;
	}
	return best;
}

int sections_height(const struct view *v, int cols, const struct summary *s,
		    const struct section *sections, size_t n)
{
	int heights[COLUMNS_MAX] = { 0 }, columns = column_count(v, cols, s, sections, n), max = 0;

	for (size_t i = 0; i < n; i++)
		heights[shortest(heights, columns)] += section_height(v, s, &sections[i]);
	for (int c = 0; c < columns; c++)
		max = heights[c] > max ? heights[c] : max;
	return max ? max - 1 : 0;
}

/* What the summary says about a list as a whole, beside its rows. */
static void list_note(const struct summary *s, int id, char *out, size_t size)
{
	char n[FORMAT_TEXT];

	out[0] = '\0';
	if (id == LIST_AMI_ACTIONS && s->ami_logins)
		snprintf(out, size, "%s logins", format_count(n, s->ami_logins, 11, false));
	else if (id == LIST_H323_MESSAGES && s->h323_sources)
		snprintf(out, size, "from %s sources",
			 format_count(n, s->h323_sources, 11, s->h323_sources > 256));
	else if (id == LIST_TLS_JA4 && s->tls_client_hellos)
		snprintf(out, size, "%s client hellos",
			 format_count(n, s->tls_client_hellos, 11, false));
}

static void draw_title(const struct area *a, int row, const struct summary *s,
		       const struct section *sec)
{
	char shown[FORMAT_TEXT], all[FORMAT_TEXT], text[96];
	int used = area_text(a, row, 0, a->cols, STYLE_TITLE, sec->title) + 2;
	const struct summary_list *list;

	if (sec->list == SECTION_FINGERPRINTS)
		return;
	list = &s->lists[sec->list];
	list_note(s, sec->list, text, sizeof(text));
	if (*text)
		used += area_text(a, row, used, a->cols - used, STYLE_NORMAL, text) + 2;
	if (list->distinct <= list->n)
		return;
	snprintf(text, sizeof(text), "%s of %s", format_count(shown, list->n, 9, false),
		 format_count(all, list->distinct, 9, false));
	area_text(a, row, used, a->cols - used, STYLE_DIM, text);
}

/* A secret may well be empty, and that is worth seeing. */
static void draw_bytes(const struct area *a, int row, int col, int width, struct slice bytes)
{
	if (bytes.p && !bytes.n)
		area_text(a, row, col, width, STYLE_DIM, "(empty)");
	else
		area_slice(a, row, col, width, STYLE_STRONG, bytes);
}

static int slice_columns(const struct canvas *c, struct slice bytes)
{
	char text[1024];

	if (bytes.p && !bytes.n)
		return (int)sizeof("(empty)") - 1;
	text_safe(text, sizeof(text), bytes);
	return canvas_columns(c, text);
}

/* Widths of the two parts beside the count: as wide as needed, the rest for what follows. */
struct widths {
	int value, second;
};

static int widest(int a, int b)
{
	return a > b ? a : b;
}

static struct widths measure(const struct area *a, const struct summary_list *list,
			     enum section_shape shape)
{
	struct widths w = { 0, 0 };
	int room = a->cols - COUNT_WIDTH - 2, after = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct summary_value *r = &list->v[i];
		struct slice value = shape == SECTION_SECOND ? r->second : r->value;

		w.value = widest(w.value, slice_columns(a->canvas, value));
		if (shape >= SECTION_PAIR)
			w.second = widest(w.second, slice_columns(a->canvas, r->second));
		if (shape == SECTION_TRIPLE)
			after = widest(after, slice_columns(a->canvas, r->third) + 1);
		else if (r->remark)
			after = widest(after, canvas_columns(a->canvas, r->remark) + 2);
	}
	/* A remark is ours and short: it may take half, and a visitor's value what it leaves. */
	room -= after > room / 2 ? room / 2 : after;
	if (shape >= SECTION_PAIR && w.value + 1 + w.second > room) {
		w.value = w.value > room / 2 ? widest(room / 2, room - 1 - w.second) : w.value;
		w.second = room - 1 - w.value;
	}
	w.value = w.value > room ? room : w.value;
	return w;
}

static void draw_value(const struct area *a, int row, const struct summary_list *list,
		       const struct summary_value *r, enum section_shape shape, struct widths w)
{
	int col = COUNT_WIDTH + 2;
	char count[FORMAT_TEXT];

	area_right(a, row, 0, COUNT_WIDTH, STYLE_NORMAL,
		   format_count(count, r->count, COUNT_WIDTH, list->estimate));
	/* Where no remark follows, a long value may have its place. */
	if (shape < SECTION_PAIR && !r->remark)
		w.value = a->cols - col;
	draw_bytes(a, row, col, w.value, shape == SECTION_SECOND ? r->second : r->value);
	col += w.value + 1;
	if (shape >= SECTION_PAIR) {
		draw_bytes(a, row, col, w.second, r->second);
		col += w.second + 1;
	}
	if (shape == SECTION_TRIPLE)
		area_slice(a, row, col, a->cols - col, STYLE_DIM, r->third);
	else if (r->remark)
		area_text(a, row, col + 1, a->cols - col - 1, STYLE_DIM, r->remark);
}

static void draw_tools(const struct view *v, const struct area *a, int row, const struct summary *s)
{
	char count[FORMAT_TEXT];

	for (int tool = 0; tool < TEITEN_FP_KINDS; tool++) {
		if (!tool_fits(&v->filter, s, tool))
			continue;
		area_right(a, row, 0, COUNT_WIDTH, STYLE_NORMAL,
			   format_count(count, s->fingerprints[tool], COUNT_WIDTH, false));
		area_text(a, row, COUNT_WIDTH + 2, a->cols, STYLE_STRONG,
			  fingerprint_name((enum teiten_fingerprint)tool));
		row++;
	}
}

static void draw_section(const struct view *v, const struct area *a, int row,
			 const struct summary *s, const struct section *sec)
{
	const struct summary_list *list;
	struct widths w;

	if (sec->list == SECTION_FINGERPRINTS) {
		draw_title(a, row, s, sec);
		draw_tools(v, a, row + 1, s);
		return;
	}
	list = &s->lists[sec->list];
	w = measure(a, list, sec->shape);
	draw_title(a, row++, s, sec);
	for (size_t i = 0; i < list->n; i++) {
		if (value_fits(&v->filter, &list->v[i]))
			draw_value(a, row++, list, &list->v[i], sec->shape, w);
	}
}

void sections_draw(const struct view *v, const struct area *a, int row, const struct summary *s,
		   const struct section *sections, size_t n)
{
	int columns = column_count(v, a->cols, s, sections, n), heights[COLUMNS_MAX] = { 0 };
	int width = (a->cols - (columns - 1) * GAP) / columns;

	for (size_t i = 0; i < n; i++) {
		int height = section_height(v, s, &sections[i]), c = shortest(heights, columns);
		struct area part = area_part(a, 0, c * (width + GAP), a->rows, width);

		if (!height)
			continue;
		part.scroll = a->scroll;
		draw_section(v, &part, row + heights[c], s, &sections[i]);
		heights[c] += height;
	}
}
