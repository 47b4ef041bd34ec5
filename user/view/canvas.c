// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "user/util/text.h"
#include "user/view/canvas.h"

/* A cell never holds more: a "character" of a thousand combining marks is one of these attacks. */
#define COMBINING_MAX 2
#define ELLIPSIS 0x2026

int canvas_reset(struct canvas *c, int rows, int cols)
{
	rows = rows < 1 ? 1 : rows;
	cols = cols < 1 ? 1 : cols;
	if (!c->cells || rows != c->rows || cols != c->cols) {
		struct cell *cells = calloc((size_t)rows * (size_t)cols, sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		free(c->cells);
		c->cells = cells;
		c->rows = rows;
		c->cols = cols;
	}
	memset(c->cells, 0, (size_t)rows * (size_t)cols * sizeof(*c->cells));
	for (size_t i = 0; i < (size_t)rows * (size_t)cols; i++)
		c->cells[i].glyph[0] = ' ';
	return 0;
}

void canvas_free(struct canvas *c)
{
	free(c->cells);
	c->cells = NULL;
	c->rows = c->cols = 0;
}

char *canvas_row_text(const struct canvas *c, int row, char *out, size_t size)
{
	size_t n = 0, end = 0;

	for (int col = 0; row >= 0 && row < c->rows && col < c->cols; col++) {
		const struct cell *cell = &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
		size_t len = strlen(cell->glyph);

		if (n + len + 1 > size)
			break;
		memcpy(out + n, cell->glyph, len);
		n += len;
		if (len && cell->glyph[0] != ' ')
			end = n;
	}
	if (size)
		out[end] = '\0';
	return out;
}

struct area canvas_area(struct canvas *c, int row, int col, int rows, int cols)
{
	struct area whole = { .canvas = c, .rows = c->rows, .cols = c->cols };

	return area_part(&whole, row, col, rows, cols);
}

struct area area_part(const struct area *a, int row, int col, int rows, int cols)
{
	struct area part = { .canvas = a->canvas };

	row = row < 0 ? 0 : row > a->rows ? a->rows : row;
	col = col < 0 ? 0 : col > a->cols ? a->cols : col;
	part.row = a->row + row;
	part.col = a->col + col;
	part.rows = rows < 0 ? 0 : rows > a->rows - row ? a->rows - row : rows;
	part.cols = cols < 0 ? 0 : cols > a->cols - col ? a->cols - col : cols;
	return part;
}

/* Blanks the other half of a wide character that is about to be overwritten. */
static void split_wide(struct canvas *c, int row, int col)
{
	struct cell *line = c->cells + (size_t)row * (size_t)c->cols;

	if (line[col].second && col > 0)
		strcpy(line[col - 1].glyph, " ");
	if (col + 1 < c->cols && line[col + 1].second) {
		line[col + 1].second = false;
		strcpy(line[col + 1].glyph, " ");
	}
	line[col].second = false;
}

static struct cell *put_cell(const struct area *a, int row, int col, int width, enum style style,
			     const char *glyph, size_t len)
{
	struct canvas *c = a->canvas;
	int y = a->row + row - a->scroll, x = a->col + col;
	struct cell *cell;

	if (y < a->row || y >= a->row + a->rows || col < 0 || col + width > a->cols)
		return NULL;
	cell = &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
	split_wide(c, y, x);
	memcpy(cell->glyph, glyph, len);
	cell->glyph[len] = '\0';
	cell->style = (uint8_t)style;
	if (width == 2) {
		split_wide(c, y, x + 1);
		cell[1] = (struct cell){ .style = (uint8_t)style, .second = true };
	}
	return cell;
}

struct character {
	char bytes[5];
	size_t len;
	int width; /* 0: joins the cell before; -1: is left out */
};

static bool is_invisible(uint32_t c)
{
	/* Soft hyphen, zero-width and direction marks, word joiners, variation selectors, BOM,
	 * tags. */
	return c == 0xad || c == 0x34f || c == 0x61c || (c >= 0x115f && c <= 0x1160) ||
	       (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x3164 ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0 ||
	       (c >= 0xfff9 && c <= 0xfffb) || c >= 0xe0000;
}

/* The next character of s as it may be drawn; moves s on. */
static struct character next_character(struct slice *s, bool ascii)
{
	struct character ch = { .bytes = "?", .len = 1, .width = 1 };
	uint32_t code = 0;
	unsigned n = text_utf8_next(*s, &code);

	if (n && (is_invisible(code) || code < 0x20 || (code >= 0x7f && code < 0xa0))) {
		ch.width = -1;
	} else if (n && ascii && code == ELLIPSIS) {
		ch.bytes[0] = '>';
	} else if (n && (!ascii || code < 0x80)) {
		int w = wcwidth((wchar_t)code);

		if (w >= 0) {
			memcpy(ch.bytes, s->p, n);
			ch.len = n;
			ch.width = w;
		}
	} else if (n && wcwidth((wchar_t)code) == 0) {
		ch.width = -1;
	}
	s->p += n ? n : 1;
	s->n -= n ? n : 1;
	return ch;
}

int canvas_columns(const struct canvas *c, const char *text)
{
	struct slice s = slice_str(text);
	int total = 0;

	while (s.n) {
		struct character ch = next_character(&s, c->ascii);

		if (ch.width > 0 && total < INT_MAX - 2)
			total += ch.width;
	}
	return total;
}

static void combine(struct cell *cell, const struct character *ch, int *marks)
{
	size_t len = cell ? strlen(cell->glyph) : 0;

	if (!cell || *marks >= COMBINING_MAX || len + ch->len >= sizeof(cell->glyph))
		return;
	memcpy(cell->glyph + len, ch->bytes, ch->len + 1);
	(*marks)++;
}

int area_text(const struct area *a, int row, int col, int width, enum style style, const char *text)
{
	struct slice s = slice_str(text);
	struct cell *last = NULL;
	int used = 0, marks = 0;
	bool cut;

	width = width > a->cols - col ? a->cols - col : width;
	if (width <= 0 || !text)
		return 0;
	cut = canvas_columns(a->canvas, text) > width;
	while (s.n) {
		struct character ch = next_character(&s, a->canvas->ascii);

		if (ch.width == 0)
			combine(last, &ch, &marks);
		if (ch.width <= 0)
			continue;
		if (used + ch.width > width - (cut ? 1 : 0))
			break;
		last = put_cell(a, row, col + used, ch.width, style, ch.bytes, ch.len);
		used += ch.width;
		marks = 0;
	}
	if (cut) {
		const char *mark = a->canvas->ascii ? ">" : "…";

		put_cell(a, row, col + used, 1, style, mark, strlen(mark));
		used++;
	}
	return used;
}

int area_right(const struct area *a, int row, int col, int width, enum style style,
	       const char *text)
{
	int columns = canvas_columns(a->canvas, text);
	int pad = columns < width ? width - columns : 0;

	return area_text(a, row, col + pad, width - pad, style, text);
}

int area_slice(const struct area *a, int row, int col, int width, enum style style,
	       struct slice bytes)
{
	char text[1024];

	text_safe(text, sizeof(text), bytes);
	return area_text(a, row, col, width, style, text);
}

int area_format(const struct area *a, int row, int col, int width, enum style style,
		const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return area_text(a, row, col, width, style, text);
}

void area_fill(const struct area *a, int row, int col, int width, enum style style,
	       const char *glyph)
{
	for (int i = 0; i < width && col + i < a->cols; i++)
		put_cell(a, row, col + i, 1, style, glyph, strlen(glyph));
}
