// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/decode/per_text.h"

struct slice per_trimmed(const uint8_t *p, uint32_t n)
{
	while (n && (p[n - 1] == 0 || p[n - 1] == ' '))
		n--;
	return slice_of(p, n);
}

char *per_put_decimal(char *to, uint32_t v)
{
	char digits[10];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

struct slice per_oid_text(struct arena *arena, const uint8_t *p, uint32_t n)
{
	/* an octet makes at most three digits and a dot; the first octet makes two arcs */
	char *text = n && n <= 64 ? arena_alloc(arena, 4 * (size_t)n + 4) : NULL, *to = text;
	uint32_t arc = 0;

	if (!text)
		return (struct slice){ 0 };
	for (uint32_t i = 0; i < n; i++) {
		if (arc >> 25)
			break;
		arc = arc << 7 | (p[i] & 0x7f);
		if (p[i] & 0x80)
			continue;
		if (to == text) {
			uint32_t root = arc < 80 ? arc / 40 : 2;

			to = per_put_decimal(to, root);
			arc -= root * 40;
		}
		*to++ = '.';
		to = per_put_decimal(to, arc);
		arc = 0;
	}
	return slice_of(text, (size_t)(to - text));
}

struct slice per_digits_text(struct arena *arena, const uint8_t *p, uint32_t n)
{
	static const char alphabet[16] = "#*,0123456789???";
	char *text = arena_alloc(arena, n);

	if (!text)
		return (struct slice){ 0 };
	for (uint32_t i = 0; i < n; i++)
		text[i] = alphabet[p[i / 2] >> (i & 1 ? 0 : 4) & 15];
	return slice_of(text, n);
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

struct slice per_bmp_text(struct arena *arena, const uint8_t *p, uint32_t n)
{
	char *text = arena_alloc(arena, 3 * (size_t)n), *to = text;

	if (!text)
		return (struct slice){ 0 };
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = (uint32_t)p[2 * (size_t)i] << 8 | p[2 * (size_t)i + 1];

		if ((c & 0xf800) == 0xd800) {
			uint32_t low = i + 1 < n ? (uint32_t)p[2 * (size_t)i + 2] << 8 |
							   p[2 * (size_t)i + 3]
						 : 0;

			if (c < 0xdc00 && (low & 0xfc00) == 0xdc00) {
				c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
				i++;
			} else {
				c = 0xfffd;
			}
		}
		to = put_utf8(to, c);
	}
	return per_trimmed((const uint8_t *)text, (uint32_t)(to - text));
}
