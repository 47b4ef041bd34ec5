// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stored sketches: what goes in comes out, in few bytes, and nothing else is taken for one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/sink/sketch.h"

static uint8_t rank[TEITEN_HLL_REGISTERS], back[TEITEN_HLL_REGISTERS];
static uint8_t stored[SKETCH_SIZE_MAX];

static void add_sources(uint32_t from, uint32_t n)
{
	uint8_t address[16] = { [10] = 0xff, [11] = 0xff };

	for (uint32_t i = from; i < from + n; i++) {
		memcpy(address + 12, &i, 4);
		sketch_add(rank, address);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(rank, 0, sizeof(rank));
	memset(back, 0, sizeof(back));
	return 0;
}

static void empty_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(sketch_encode(rank, stored), 0);
	assert_int_equal(sketch_merge(back, stored, 0), 0);
	assert_int_equal(sketch_count(back), 0);
}

static void comes_back_as_it_was(void **state)
{
	static const struct {
		uint32_t sources;
		ssize_t at_most; /* bytes */
	} table[] = { { 1, 6 },	       { 10, 30 },	 { 100, 220 },
		      { 1000, 1700 },  { 2000, 2800 },	 { 5000, 4200 },
		      { 20000, 6200 }, { 100000, 6800 }, { 1000000, 7000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t n;
		ssize_t size;

		setup(NULL);
		add_sources(77, table[i].sources);
		size = sketch_encode(rank, stored);
		assert_in_range(size, 1, table[i].at_most);
		assert_true(sketch_merge(back, stored, (size_t)size) > 0);
		assert_memory_equal(rank, back, sizeof(rank));
		n = sketch_count(back);
		assert_in_range(n, table[i].sources * 97 / 100, table[i].sources * 103 / 100);
	}
}

static void small_counts_are_nearly_exact(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 50; n++) {
		setup(NULL);
		add_sources(n * 1000, n);
		assert_in_range(sketch_count(rank), n - 1, n + 1);
	}
}

static void merging_is_a_union(void **state)
{
	ssize_t a, b;
	static uint8_t other[SKETCH_SIZE_MAX], whole[TEITEN_HLL_REGISTERS];

	(void)state;
	add_sources(0, 3000);
	a = sketch_encode(rank, stored);
	memset(rank, 0, sizeof(rank));
	add_sources(2000, 100);
	b = sketch_encode(rank, other);
	memset(rank, 0, sizeof(rank));
	add_sources(0, 3000);
	memcpy(whole, rank, sizeof(whole));
	assert_true(sketch_merge(back, other, (size_t)b) > 0);
	assert_true(sketch_merge(back, stored, (size_t)a) > 0);
	assert_int_equal(sketch_merge(back, other, (size_t)b), 0);
	assert_memory_equal(back, whole, sizeof(back));
}

static void all_ranks(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		rank[i * 16] = (uint8_t)(i % (TEITEN_HLL_RANK_MAX + 1));
	assert_true(sketch_merge(back, stored, (size_t)sketch_encode(rank, stored)) > 0);
	assert_memory_equal(rank, back, sizeof(rank));
	memset(rank, TEITEN_HLL_RANK_MAX, sizeof(rank));
	assert_true(sketch_merge(back, stored, (size_t)sketch_encode(rank, stored)) > 0);
	assert_memory_equal(rank, back, sizeof(rank));
}

/* Cut at every byte, and every byte changed: an error or a sketch, never more than that. */
static void damage_is_seen_or_harmless(void **state)
{
	static const uint32_t sources[] = { 40, 3000 };

	(void)state;
	for (int k = 0; k < 2; k++) {
		ssize_t size;

		setup(NULL);
		add_sources(5, sources[k]);
		size = sketch_encode(rank, stored);
		for (ssize_t cut = 1; cut < size; cut++) {
			uint8_t *exact = malloc((size_t)cut); /* a sanitizer sees reads past it */

			assert_non_null(exact);
			memcpy(exact, stored, (size_t)cut);
			assert_int_equal(sketch_merge(back, exact, (size_t)cut), -EINVAL);
			free(exact);
		}
		for (ssize_t i = 0; i < size; i++) {
			stored[i] ^= 0xff;
			sketch_merge(back, stored, (size_t)size);
			stored[i] ^= 0xff;
		}
		for (unsigned i = 0; i < TEITEN_HLL_REGISTERS; i++)
			assert_in_range(back[i], 0, TEITEN_HLL_RANK_MAX);
	}
	assert_int_equal(sketch_merge(back,
				      "\x07"
				      "abc",
				      4),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(empty_is_nothing, setup),
		cmocka_unit_test_setup(comes_back_as_it_was, setup),
		cmocka_unit_test_setup(small_counts_are_nearly_exact, setup),
		cmocka_unit_test_setup(merging_is_a_union, setup),
		cmocka_unit_test_setup(all_ranks, setup),
		cmocka_unit_test_setup(damage_is_seen_or_harmless, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
