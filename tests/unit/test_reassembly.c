// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The stream against a model that is too simple to be wrong: an array with one flag a byte. */
#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/flow/reassembly.h"

#define LIMIT 4000u

static uint64_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % n;
}

struct model {
	uint8_t bytes[LIMIT];
	bool there[LIMIT];
};

static void model_add(struct model *m, int64_t at, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int64_t k = at + i;

		if (k < 0 || k >= LIMIT || m->there[k])
			continue;
		m->there[k] = true;
		m->bytes[k] = p[i];
	}
}

static uint32_t model_have(const struct model *m)
{
	uint32_t n = 0;

	while (n < LIMIT && m->there[n])
		n++;
	return n;
}

static void assert_like(const struct model *m, const struct chunk_pool *pool,
			const struct stream *s)
{
	static uint8_t scratch[LIMIT];
	uint32_t have = model_have(m), early = 0;

	for (uint32_t i = have; i < LIMIT; i++)
		early += m->there[i];
	assert_int_equal(s->have, have);
	assert_int_equal(s->early, early);
	if (have)
		assert_memory_equal(stream_bytes(pool, s, scratch), m->bytes, have);
}

/* Segments at random places, each with bytes of its own: the first copy must win everywhere. */
static void segments_in_any_order(void **state)
{
	struct chunk_pool pool;

	(void)state;
	assert_int_equal(chunk_pool_init(&pool, LIMIT / CHUNK_BYTES + 2), 0);
	for (unsigned round = 0; round < 500; round++) {
		uint32_t base = round % 2 ? 0u - random_below(2 * LIMIT) : random_below(UINT32_MAX);
		uint32_t longest = 1 + random_below(round % 3 ? 60 : 1500);
		static struct model m;
		struct stream s;

		memset(&m, 0, sizeof(m));
		stream_init(&s, base);
		for (unsigned i = 0; i < 200; i++) {
			int64_t at = (int64_t)random_below(LIMIT + 400) - 200;
			uint32_t n = random_below(longest + 1);
			uint8_t p[1500];

			if (random_below(3) == 0)
				at = model_have(&m);
			for (uint32_t k = 0; k < n; k++)
				p[k] = (uint8_t)random_below(256);
			assert_int_equal(stream_add(&pool, &s, base + (uint32_t)at, p, n, LIMIT),
					 0);
			model_add(&m, at, p, n);
			assert_like(&m, &pool, &s);
		}
		stream_release(&pool, &s);
		assert_int_equal(pool.n_free, pool.n);
	}
	chunk_pool_free(&pool);
}

/* The beginning is found out only later, several times over. */
static void lower_beginnings(void **state)
{
	struct chunk_pool pool;

	(void)state;
	assert_int_equal(chunk_pool_init(&pool, LIMIT / CHUNK_BYTES + 2), 0);
	for (unsigned round = 0; round < 300; round++) {
		uint32_t base = round % 2 ? random_below(LIMIT) : random_below(UINT32_MAX);
		static struct model m, moved;
		struct stream s;

		memset(&m, 0, sizeof(m));
		stream_init(&s, base);
		for (unsigned i = 0; i < 60; i++) {
			uint32_t at = random_below(LIMIT), n = random_below(200), down;
			uint8_t p[200];

			for (uint32_t k = 0; k < n; k++)
				p[k] = (uint8_t)random_below(256);
			if (i % 8 == 7) {
				down = random_below(LIMIT / 4);
				base -= down;
				stream_rebase(&pool, &s, base, LIMIT);
				memset(&moved, 0, sizeof(moved));
				for (uint32_t k = 0; k + down < LIMIT; k++) {
					moved.bytes[k + down] = m.bytes[k];
					moved.there[k + down] = m.there[k];
				}
				m = moved;
				assert_like(&m, &pool, &s);
			}
			assert_int_equal(stream_add(&pool, &s, base + at, p, n, LIMIT), 0);
			model_add(&m, at, p, n);
			assert_like(&m, &pool, &s);
		}
		stream_release(&pool, &s);
		assert_int_equal(pool.n_free, pool.n);
	}
	chunk_pool_free(&pool);
}

static void an_empty_pool_is_told_and_nothing_is_lost(void **state)
{
	static uint8_t p[4 * CHUNK_BYTES], scratch[4 * CHUNK_BYTES];
	struct chunk_pool pool;
	struct stream a, b;

	(void)state;
	for (uint32_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 7);
	assert_int_equal(chunk_pool_init(&pool, 4), 0);
	stream_init(&a, 1000);
	stream_init(&b, 5000);
	assert_int_equal(stream_add(&pool, &b, 5000, p, 1, LIMIT), 0);
	assert_int_equal(stream_add(&pool, &a, 1000, p, sizeof(p), LIMIT), -ENOBUFS);
	assert_int_equal(a.have, 3 * CHUNK_BYTES);
	stream_release(&pool, &b);
	assert_int_equal(stream_add(&pool, &a, 1000, p, sizeof(p), LIMIT), 0);
	assert_int_equal(a.have, sizeof(p));
	assert_memory_equal(stream_bytes(&pool, &a, scratch), p, sizeof(p));
	chunk_pool_free(&pool);
}

static void small_streams_take_one_chunk(void **state)
{
	uint8_t byte = 'x';
	struct chunk_pool pool;
	struct stream s;

	(void)state;
	assert_int_equal(chunk_pool_init(&pool, 4), 0);
	stream_init(&s, UINT32_MAX - 10);
	for (uint32_t i = 0; i < CHUNK_BYTES; i++)
		assert_int_equal(stream_add(&pool, &s, UINT32_MAX - 10 + i, &byte, 1, LIMIT), 0);
	assert_int_equal(s.have, CHUNK_BYTES);
	assert_int_equal(pool.n_free, 3);
	chunk_pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_any_order),
		cmocka_unit_test(lower_beginnings),
		cmocka_unit_test(an_empty_pool_is_told_and_nothing_is_lost),
		cmocka_unit_test(small_streams_take_one_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
