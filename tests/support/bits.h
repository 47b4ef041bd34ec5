/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes aligned PER, and bytes at large, for tests. Not made for running out of room. */
#ifndef TEITEN_TESTS_SUPPORT_BITS_H
#define TEITEN_TESTS_SUPPORT_BITS_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct bits {
	uint8_t p[4096];
	size_t n; /* bits */
};

static inline void bits_put(struct bits *b, unsigned count, uint32_t v)
{
	while (count--) {
		assert(b->n < sizeof(b->p) * 8);
		if (v >> count & 1)
			b->p[b->n >> 3] |= (uint8_t)(0x80 >> (b->n & 7));
		b->n++;
	}
}

static inline void bits_align(struct bits *b)
{
	b->n = (b->n + 7) & ~(size_t)7;
}

static inline size_t bits_octets(const struct bits *b)
{
	return (b->n + 7) / 8;
}

/* Aligned octets, no length. */
static inline void bits_octets_put(struct bits *b, const void *p, size_t n)
{
	bits_align(b);
	for (size_t i = 0; i < n; i++)
		bits_put(b, 8, ((const uint8_t *)p)[i]);
}

static inline void bits_text(struct bits *b, const char *s)
{
	bits_octets_put(b, s, strlen(s));
}

/* An unconstrained length, up to 16,383. */
static inline void bits_length(struct bits *b, size_t n)
{
	bits_align(b);
	if (n < 128)
		bits_put(b, 8, (uint32_t)n);
	else
		bits_put(b, 16, 0x8000 | (uint32_t)n);
}

/* An open type, or an OCTET STRING without a size constraint. */
static inline void bits_open(struct bits *b, const void *p, size_t n)
{
	bits_length(b, n);
	bits_octets_put(b, p, n);
}

static inline void bits_append(struct bits *b, const struct bits *other)
{
	bits_octets_put(b, other->p, bits_octets(other));
}

#endif
