// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tests/support/json_check.h"

#include "user/util/text.h"

struct cursor {
	const char *p, *end;
};

static bool value(struct cursor *c, unsigned depth);

static bool take(struct cursor *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool hex4(struct cursor *c)
{
	for (unsigned i = 0; i < 4; i++, c->p++)
		if (c->p == c->end || !strchr("0123456789abcdefABCDEF", *c->p) || !*c->p)
			return false;
	return true;
}

static bool string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	while (c->p < c->end && *c->p != '"') {
		uint32_t code;
		unsigned n = text_utf8_next(slice_of(c->p, (size_t)(c->end - c->p)), &code);

		if (!n || code < ' ')
			return false;
		c->p += n;
		if (code != '\\')
			continue;
		if (c->p == c->end || !*c->p || !strchr("\"\\/bfnrtu", *c->p))
			return false;
		if (*c->p++ == 'u' && !hex4(c))
			return false;
	}
	return take(c, '"');
}

static bool digits(struct cursor *c)
{
	const char *start = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return c->p > start;
}

static bool number(struct cursor *c)
{
	take(c, '-');
	if (!take(c, '0') && !digits(c))
		return false;
	if (take(c, '.') && !digits(c))
		return false;
	if (!take(c, 'e') && !take(c, 'E'))
		return true;
	if (!take(c, '+'))
		take(c, '-');
	return digits(c);
}

static bool word(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool members(struct cursor *c, bool object, unsigned depth)
{
	char close = object ? '}' : ']';

	c->p++;
	if (take(c, close))
		return true;
	do {
		if (object && (!string(c) || !take(c, ':')))
			return false;
		if (!value(c, depth + 1))
			return false;
	} while (take(c, ','));
	return take(c, close);
}

/* Without blanks between the tokens, which lines of JSON have none of. */
static bool value(struct cursor *c, unsigned depth)
{
	if (c->p == c->end || depth > 60)
		return false;
	switch (*c->p) {
	case '{':
		return members(c, true, depth);
	case '[':
		return members(c, false, depth);
	case '"':
		return string(c);
	case 't':
		return word(c, "true");
	case 'f':
		return word(c, "false");
	case 'n':
		return word(c, "null");
	default:
		return number(c);
	}
}

bool json_check(struct slice text)
{
	struct cursor c = { text.p, text.p + text.n };

	return value(&c, 0) && c.p == c.end;
}
