// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bulletin as CommonMark with GitHub's tables. */
#include <errno.h>
#include <string.h>

#include "user/view/report/compose.h"
#include "user/view/report/renderers.h"

/*
 * CommonMark 2.4: any ASCII punctuation may be escaped by a backslash. What could begin a link, an
 * emphasis, a table cell, HTML or an entity is; what only has a meaning at the start of a line is
 * not, as no text of a visitor stands there. An @ or a bare address becomes a link on some sites:
 * that shows the same text.
 */
static void put(FILE *out, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++) {
		if (strchr("\\`*_{}[]<>|~&$!#", *p))
			putc('\\', out);
		putc(*p, out);
	}
}

/* Code spans take no escapes: the fence is longer than any run of backticks within (6.1). */
static void put_code(FILE *out, const char *text)
{
	unsigned run = 0, longest = 0;

	if (!text || !*text)
		return;
	for (const char *p = text; *p; p++) {
		run = *p == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (unsigned i = 0; i <= longest; i++)
		putc('`', out);
	if (longest)
		putc(' ', out);
	for (const char *p = text; *p; p++) {
		/* GitHub's tables part cells before they look for code */
		if (*p == '|')
			putc('\\', out);
		putc(*p, out);
	}
	if (longest)
		putc(' ', out);
	for (unsigned i = 0; i <= longest; i++)
		putc('`', out);
}

static void put_table(const struct block *b, FILE *out)
{
	size_t rows = block_rows(b);

	for (size_t c = 0; c < b->n_columns; c++) {
		fputs("| ", out);
		put(out, b->columns[c].title);
		putc(' ', out);
	}
	fputs("|\n", out);
	for (size_t c = 0; c < b->n_columns; c++)
		fputs(b->columns[c].kind >= COLUMN_NUMBER ? "|---:" : "|---", out);
	fputs("|\n", out);
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < b->n_columns; c++) {
			const char *cell = b->items[r * b->n_columns + c];

			fputs("| ", out);
			if (b->columns[c].kind == COLUMN_CODE)
				put_code(out, cell);
			else
				put(out, cell);
			putc(' ', out);
		}
		fputs("|\n", out);
	}
	putc('\n', out);
}

/* A fence longer than any run of backticks at the start of a line (4.5). */
static void put_sample(const struct block *b, FILE *out)
{
	size_t fence = 3;

	for (size_t i = 0; i < b->n_items; i++) {
		size_t run = strspn(b->items[i] + strspn(b->items[i], " "), "`");

		fence = run >= fence ? run + 1 : fence;
	}
	for (size_t i = 0; i < fence; i++)
		putc('`', out);
	putc('\n', out);
	for (size_t i = 0; i < b->n_items; i++)
		fprintf(out, "%s\n", b->items[i]);
	for (size_t i = 0; i < fence; i++)
		putc('`', out);
	fputs("\n\n", out);
}

static void put_caption(const struct document *d, const struct block *b, struct numbering *n,
			FILE *out)
{
	char number[64];

	fputs("**", out);
	put(out, number_block(d, n, b, number, sizeof(number)));
	fputs("** ", out);
	put(out, b->text);
	fputs("\n\n", out);
}

static void put_block(const struct document *d, const struct block *b, struct numbering *n,
		      FILE *out)
{
	switch (b->kind) {
	case BLOCK_HEADING:
		for (unsigned i = 0; i < b->level; i++)
			putc('#', out);
		putc(' ', out);
		put(out, b->text);
		fputs("\n\n", out);
		return;
	case BLOCK_PARAGRAPH:
		put(out, b->text);
		fputs("\n\n", out);
		return;
	case BLOCK_LIST:
		for (size_t i = 0; i < b->n_items; i++) {
			fputs("- ", out);
			put(out, b->items[i]);
			putc('\n', out);
		}
		putc('\n', out);
		return;
	case BLOCK_TABLE:
		put_caption(d, b, n, out);
		put_table(b, out);
		break;
	case BLOCK_SAMPLE:
		put_caption(d, b, n, out);
		put_sample(b, out);
		break;
	}
	if (b->note) {
		put(out, b->note);
		fputs("\n\n", out);
	}
}

int render_markdown(const struct document *d, FILE *out)
{
	struct numbering n = { 0, 0 };

	for (size_t i = 0; i < d->n; i++)
		put_block(d, &d->blocks[i], &n, out);
	if (fflush(out) || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}
