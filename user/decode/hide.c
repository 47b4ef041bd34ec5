// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/decode/hide.h"
#include "user/decode/secrets.h"

enum value_kind { VALUE_LINE, VALUE_CREDENTIALS, VALUE_WORD };

static const struct {
	struct slice name;
	char separator;
	enum value_kind kind;
} names[] = {
	{ SLICE_LITERAL("secret"), ':', VALUE_LINE },
	{ SLICE_LITERAL("password"), ':', VALUE_LINE },
	{ SLICE_LITERAL("token"), ':', VALUE_LINE },
	{ SLICE_LITERAL("authorization"), ':', VALUE_CREDENTIALS },
	{ SLICE_LITERAL("cookie"), ':', VALUE_LINE },
	{ SLICE_LITERAL("x-registry-auth"), ':', VALUE_LINE },
	{ SLICE_LITERAL("x-registry-config"), ':', VALUE_LINE },
	{ SLICE_LITERAL("secret"), '=', VALUE_WORD },
	{ SLICE_LITERAL("password"), '=', VALUE_WORD },
	{ SLICE_LITERAL("passwd"), '=', VALUE_WORD },
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* The bytes before a separator end in that name, in any case. */
static bool is_named(struct slice before, struct slice name)
{
	return before.n >= name.n &&
	       slice_ieq(slice_of(before.p + before.n - name.n, name.n), name);
}

/* The name that ends at `at`, or -1; *quoted: in quotes, as JSON has it. */
static int name_at(struct slice s, uint32_t at, bool *quoted)
{
	struct slice before = slice_of(s.p, at);

	while (before.n && (before.p[before.n - 1] == ' ' || before.p[before.n - 1] == '\t'))
		before.n--;
	*quoted = before.n && before.p[before.n - 1] == '"';
	before.n -= *quoted;
	for (unsigned i = 0; i < N_NAMES; i++)
		if (names[i].separator == s.p[at] && is_named(before, names[i].name))
			return (int)i;
	return -1;
}

/* A line ends in LF, or as telnet's does in CR NUL (RFC 854). */
static uint32_t line_end(struct slice s, uint32_t from)
{
	const char *lf = memchr(s.p + from, '\n', s.n - from);
	uint32_t end = lf ? (uint32_t)(lf - s.p) : s.n;
	const char *nul = memchr(s.p + from, '\0', end - from);

	while (nul && (nul == s.p + from || nul[-1] != '\r'))
		nul = memchr(nul + 1, '\0', (size_t)(s.p + end - nul - 1));
	return nul ? (uint32_t)(nul - s.p) : end;
}

static uint32_t quote_end(struct slice s, uint32_t from)
{
	while (from < s.n && s.p[from] != '"')
		from += s.p[from] == '\\' ? 2 : 1;
	return from < s.n ? from : s.n;
}

static uint32_t word_end(struct slice s, uint32_t from)
{
	static const char ends[] = " \t\r\n&\"';,"; /* its NUL, too */

	while (from < s.n && !memchr(ends, s.p[from], sizeof(ends)))
		from++;
	return from;
}

static struct hide_range value_after(struct slice s, uint32_t from, enum value_kind kind, bool json)
{
	uint32_t end;

	if (kind == VALUE_WORD)
		return (struct hide_range){ from, word_end(s, from) - from };
	end = line_end(s, from);
	while (from < end && (unsigned char)s.p[from] <= ' ')
		from++;
	if (json) {
		bool quoted = from < end && s.p[from] == '"';

		end = quoted ? quote_end(s, from + 1) : word_end(s, from);
		from += quoted;
	}
	while (end > from && (s.p[end - 1] == '\r' || s.p[end - 1] == '\0'))
		end--;
	return (struct hide_range){ from, end - from };
}

static struct slice user_of(const struct ami_facts *ami, struct slice secret)
{
	for (uint32_t i = 0; ami && i < ami->n_logins; i++)
		if (ami->logins[i].secret.p == secret.p)
			return ami->logins[i].username;
	return (struct slice){ 0 };
}

/* Keeps the order and joins what overlaps. */
static void add(struct hide *h, struct hide_range r, uint32_t total)
{
	unsigned at = h->n;

	if (h->n == HIDE_MAX) {
		uint32_t first = h->v[0].at < r.at ? h->v[0].at : r.at;

		h->v[0] = (struct hide_range){ first, total - first };
		h->n = 1;
		return;
	}
	while (at && h->v[at - 1].at > r.at) {
		h->v[at] = h->v[at - 1];
		at--;
	}
	h->v[at] = r;
	h->n++;
}

static void join(struct hide *h)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n; i++) {
		struct hide_range *last = n ? &h->v[n - 1] : NULL, r = h->v[i];

		if (last && r.at <= last->at + last->n) {
			uint32_t end = r.at + r.n;

			last->n = end > last->at + last->n ? end - last->at : last->n;
		} else {
			h->v[n++] = r;
		}
	}
	h->n = n;
}

static void find(struct hide *h, struct slice s, char separator, const struct ami_facts *ami)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && (p = memchr(p, separator, (size_t)(end - p)))) {
		uint32_t at = (uint32_t)(p++ - s.p);
		bool quoted;
		int name = name_at(s, at, &quoted);
		struct hide_range r;
		struct slice value;

		if (name < 0)
			continue;
		r = value_after(s, at + 1, names[name].kind, quoted);
		value = slice_of(s.p + r.at, r.n);
		if (secret_is_well_known(value, user_of(ami, value)))
			continue;
		if (names[name].kind == VALUE_CREDENTIALS && r.n > 6 &&
		    slice_ieq(slice_of(value.p, 6), SLICE_LITERAL("Digest")))
			continue;
		add(h, r, s.n);
	}
}

void hide_find(struct hide *h, struct slice bytes, const struct ami_facts *ami)
{
	h->n = 0;
	if (!bytes.p || !bytes.n)
		return;
	find(h, bytes, ':', ami);
	find(h, bytes, '=', ami);
	join(h);
}

uint32_t hide_copy(const struct hide *h, struct slice bytes, char *out)
{
	static const struct slice hidden = SLICE_LITERAL("(hidden)");
	uint32_t from = 0, n = 0;

	for (unsigned i = 0; i < h->n; i++) {
		const struct hide_range *r = &h->v[i];

		memcpy(out + n, bytes.p + from, r->at - from);
		n += r->at - from;
		memcpy(out + n, hidden.p, hidden.n);
		n += hidden.n;
		from = r->at + r->n;
	}
	if (bytes.n > from)
		memcpy(out + n, bytes.p + from, bytes.n - from);
	return n + bytes.n - from;
}
