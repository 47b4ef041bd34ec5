/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Decoding in tests: bytes in a buffer of exactly their size, so that valgrind and ASan see
 * overruns. */
#ifndef TEITEN_TESTS_DECODE_SUPPORT_H
#define TEITEN_TESTS_DECODE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "user/decode/table.h"

struct decoding {
	struct decode_input in;
	struct arena arena;
	struct decoded d;
	uint8_t *copy;
};

static inline struct decoding *decode_bytes(const void *p, size_t n, enum protocol expected,
					    bool ended)
{
	struct decoding *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->copy = malloc(n ? n : 1);
	assert_non_null(c->copy);
	memcpy(c->copy, p, n);
	c->in = (struct decode_input){
		.p = c->copy, .n = (uint32_t)n, .expected = expected, .ended = ended
	};
	assert_int_equal(arena_init(&c->arena, DECODE_ARENA_SIZE(n)), 0);
	decode_prefix(&c->in, &c->arena, &c->d);
	return c;
}

static inline void decode_again(struct decoding *c)
{
	arena_reset(&c->arena);
	decode_prefix(&c->in, &c->arena, &c->d);
}

static inline void decoding_free(struct decoding *c)
{
	arena_free(&c->arena);
	free(c->copy);
	free(c);
}

/* A string literal, NULs in it included. */
#define DECODE(text, expected, ended) decode_bytes(text, sizeof(text) - 1, expected, ended)

#define assert_purpose(d, name) assert_string_equal(purpose_name((d)->purpose), name)
#define assert_kind(d, name) assert_string_equal(kind_name((d)->kind), name)

/* NULL: the slice is absent */
static inline void assert_slice(struct slice s, const char *want)
{
	if (!want) {
		assert_null(s.p);
		return;
	}
	assert_non_null(s.p);
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

/* The purpose that the bytes have, then the decoding is gone. */
static inline enum purpose purpose_of(const void *p, size_t n, enum protocol expected)
{
	struct decoding *c = decode_bytes(p, n, expected, true);
	enum purpose purpose = c->d.purpose;

	decoding_free(c);
	return purpose;
}

#endif
