// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "user/stats/address_hash.h"
#include "user/stats/distinct.h"

static void address(uint8_t out[16], uint64_t seed, uint32_t n)
{
	uint64_t x = (seed << 32) + n; /* mixed, so that it is not the hash's own sequence */

	memset(out, 0, 16);
	if (seed & 1) { /* IPv4, one after the other, as in a swept network */
		x = n + (seed << 24);
		out[10] = out[11] = 0xff;
		for (int i = 0; i < 4; i++)
			out[15 - i] = (uint8_t)(x >> 8 * i);
		return;
	}
	out[0] = 0x20;
	for (int i = 8; i < 16; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		out[i] = (uint8_t)(x >> 56);
	}
	memcpy(out + 4, &n, 4);
}

static void exact_up_to_the_limit(void **state)
{
	struct distinct d;
	bool estimate;
	uint8_t a[16];

	(void)state;
	distinct_init(&d, DISTINCT_EXACT);
	assert_int_equal(distinct_count(&d, true, &estimate), 0);
	for (uint32_t i = 0; i < 3 * DISTINCT_EXACT; i++) {
		address(a, 1, i % DISTINCT_EXACT);
		assert_true(distinct_add(&d, a));
		assert_int_equal(distinct_count(&d, true, &estimate),
				 i < DISTINCT_EXACT ? i + 1 : DISTINCT_EXACT);
		assert_false(estimate);
	}
	address(a, 1, DISTINCT_EXACT);
	assert_true(distinct_add(&d, a));
	assert_float_equal(distinct_count(&d, true, &estimate), DISTINCT_EXACT + 1, 3);
	assert_true(estimate);
	distinct_free(&d);
}

static void the_zero_address_is_one(void **state)
{
	const uint8_t zero[16] = { 0 };
	uint32_t cursor = 0, seen = 0;
	struct distinct d;
	bool estimate;

	(void)state;
	distinct_init(&d, 4);
	assert_true(distinct_add(&d, zero));
	assert_true(distinct_add(&d, zero));
	assert_int_equal(distinct_count(&d, false, &estimate), 1);
	while (distinct_member(&d, &cursor))
		seen++;
	assert_int_equal(seen, 1);
	distinct_free(&d);
}

/* The standard error is 0.8 %: 3 % is nearly four of them, for every seed and size. */
static void estimates_are_close(void **state)
{
	static const uint32_t sizes[] = { 257,	 500,	 1000,	 5000,	 20000,
					  50000, 100000, 300000, 1000000 };
	double sum = 0;
	unsigned n = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct distinct d;
		uint32_t i = 0;

		distinct_init(&d, DISTINCT_EXACT);
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			uint8_t a[16];
			bool estimate;
			double error;

			for (; i < sizes[k]; i++) {
				address(a, seed, i);
				distinct_add(&d, a);
			}
			error = (double)distinct_count(&d, false, &estimate) / sizes[k] - 1;
			assert_true(estimate);
			if (fabs(error) > 0.03)
				fail_msg("seed %u, %u addresses: error %.4f", (unsigned)seed,
					 sizes[k], error);
			sum += error * error;
			n++;
		}
		distinct_free(&d);
	}
	/* the root of the mean square error over all */
	assert_true(sqrt(sum / n) < 0.01);
}

static void registers_merge_like_one(void **state)
{
	struct distinct a, b, all;
	bool estimate;
	uint8_t x[16];

	(void)state;
	distinct_init(&a, DISTINCT_EXACT);
	distinct_init(&b, DISTINCT_EXACT);
	distinct_init(&all, DISTINCT_EXACT);
	for (uint32_t i = 0; i < 30000; i++) {
		address(x, 3, i);
		distinct_add(i < 20000 ? &a : &b, x);
		if (i >= 10000 && i < 20000)
			distinct_add(&b, x);
		distinct_add(&all, x);
	}
	assert_true(distinct_merge(&a, &b));
	assert_int_equal(distinct_count(&a, false, &estimate),
			 distinct_count(&all, false, &estimate));
	assert_memory_equal(a.rank, all.rank, TEITEN_HLL_REGISTERS);
	distinct_free(&a);
	distinct_free(&b);
	distinct_free(&all);
}

/* The kernel's registers prove that samples were lost; a few may only be under way. */
static void registers_overrule_a_set_that_lacks_some(void **state)
{
	struct distinct kernel, d;
	bool estimate;
	uint8_t x[16];

	(void)state;
	distinct_init(&kernel, 0);
	distinct_init(&d, DISTINCT_EXACT);
	for (uint32_t i = 0; i < 103; i++) {
		address(x, 5, i);
		distinct_add(&kernel, x);
		if (i < 100)
			distinct_add(&d, x);
	}
	assert_true(distinct_registers(&d, kernel.rank));
	assert_int_equal(distinct_count(&d, false, &estimate), 100);
	assert_false(estimate);
	assert_float_equal(distinct_count(&d, true, &estimate), 103, 2);
	assert_true(estimate);
	for (uint32_t i = 103; i < 200; i++) {
		address(x, 5, i);
		distinct_add(&kernel, x);
	}
	assert_true(distinct_registers(&d, kernel.rank));
	assert_float_equal(distinct_count(&d, false, &estimate), 200, 4);
	assert_true(estimate);
	distinct_free(&kernel);
	distinct_free(&d);
}

static void extremes_of_the_estimator(void **state)
{
	static uint8_t rank[TEITEN_HLL_REGISTERS];
	struct distinct d;
	bool estimate;

	(void)state;
	memset(rank, 0, sizeof(rank));
	assert_true(distinct_estimate(rank) == 0);
	rank[7] = 1;
	assert_float_equal(distinct_estimate(rank), 1, 0.01);
	memset(rank, TEITEN_HLL_RANK_MAX, sizeof(rank));
	assert_true(distinct_estimate(rank) > 1e18);
	memset(rank, 255, sizeof(rank)); /* no rank at all: taken as the largest */
	distinct_init(&d, 1);
	assert_true(distinct_registers(&d, rank));
	assert_true(distinct_count(&d, true, &estimate) > 1000000000000ull);
	distinct_free(&d);
}

/* The register and rank that the kernel side would take, by abi.h's words. */
static void registers_are_those_of_the_abi(void **state)
{
	struct distinct d;
	uint8_t x[16];

	(void)state;
	distinct_init(&d, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t hash;
		uint8_t rank = 1;

		address(x, 7, i);
		hash = address_hash(x);
		for (int bit = TEITEN_HLL_BITS; bit < 64 && !(hash >> bit & 1); bit++)
			rank++;
		distinct_free(&d);
		distinct_add(&d, x);
		assert_int_equal(d.rank[hash % TEITEN_HLL_REGISTERS], rank);
	}
	distinct_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_up_to_the_limit),
		cmocka_unit_test(the_zero_address_is_one),
		cmocka_unit_test(estimates_are_close),
		cmocka_unit_test(registers_merge_like_one),
		cmocka_unit_test(registers_overrule_a_set_that_lacks_some),
		cmocka_unit_test(extremes_of_the_estimator),
		cmocka_unit_test(registers_are_those_of_the_abi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
