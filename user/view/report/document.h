/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A document: headings, paragraphs, lists, tables, examples. What a bulletin says is put together
 * once, in one language; the renderers (html.c, markdown.c) only give it their form.
 *
 * Texts are UTF-8 without control characters: bytes of a visitor pass document_raw() on their
 * way in. What a format gives a meaning to (<, |, *) is the renderer's business.
 */
#ifndef TEITEN_VIEW_REPORT_DOCUMENT_H
#define TEITEN_VIEW_REPORT_DOCUMENT_H

#include "user/util/slice.h"
#include "user/view/report/language.h"

enum block_kind {
	BLOCK_HEADING,
	BLOCK_PARAGRAPH,
	BLOCK_LIST,
	BLOCK_TABLE,
	BLOCK_SAMPLE, /* bytes of a visitor, line by line */
};

/* How a table's numbers are drawn beside it. The first column is the x axis or the name. */
enum chart_kind {
	CHART_NONE,
	CHART_STACKED, /* bars, one series a column, put on one another */
	CHART_BARS,    /* bars beside one another */
	CHART_LINES,
	CHART_SHARES, /* a ring: one piece a row, of the second column */
};

enum column_kind {
	COLUMN_TEXT,
	COLUMN_DATE,	     /* never broken into lines */
	COLUMN_CODE,	     /* as a visitor sent it */
	COLUMN_NUMBER,	     /* right-aligned; a series of the chart */
	COLUMN_OTHER_NUMBER, /* right-aligned; not in the chart */
};

struct column {
	const char *title;
	enum column_kind kind;
	bool quiet; /* of a chart: drawn in a muted colour */
};

#define DOCUMENT_COLUMNS 24

struct block {
	enum block_kind kind;
	unsigned level;	    /* headings: 1 is the title, 2 a part, 3 within it */
	const char *id;	    /* headings, for links: ASCII */
	const char *text;   /* headings, paragraphs; caption of tables and samples */
	const char **items; /* list items, lines of a sample, cells row by row; NULL: no value */
	size_t n_items, cap_items;
	struct column columns[DOCUMENT_COLUMNS];
	size_t n_columns;
	enum chart_kind chart;
	const char *unit; /* of the chart's axis */
	const char *note; /* below a table or sample; NULL: none */
	bool long_table;  /* there for completeness: a page may fold it beneath its chart */
	bool emphasis;	  /* paragraphs and lists: the headline box */
};

struct document {
	const struct language *language;
	struct block *blocks;
	size_t n, cap;
	char **pool; /* chunks that all texts lie in */
	size_t n_pool, cap_pool, used, room;
	bool failed; /* no memory: what was built is not whole */
};

void document_init(struct document *d, const struct language *l);
void document_free(struct document *d);

/* Texts that live as long as the document; "" where memory ran out. */
const char *document_text(struct document *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *document_raw(struct document *d, struct slice bytes); /* text_safe() */
const char *document_number(struct document *d, uint64_t n);
const char *document_rate(struct document *d, double n);

/* Blocks. The pointer is good until the next block is added; never NULL. */
struct block *document_heading(struct document *d, unsigned level, const char *id,
			       const char *text);
struct block *document_paragraph(struct document *d, const char *text);
struct block *document_list(struct document *d);
struct block *document_table(struct document *d, const char *caption);
struct block *document_sample(struct document *d, const char *caption, struct slice bytes);

void block_column(struct block *b, enum column_kind kind, const char *title);
/* One more item, line or cell. */
void block_add(struct document *d, struct block *b, const char *text);
size_t block_rows(const struct block *b);

#endif
