// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "user/stats/windows.h"

#define SECOND 1000000000ull
#define START (1451260800ull * SECOND) /* on a border of all four */

static uint64_t accesses(const struct windows *w, enum window_id id)
{
	struct summary_window sum;

	windows_sum(w, id, &sum);
	return sum.accesses;
}

static uint64_t logins(const struct windows *w, enum window_id id)
{
	struct summary_window sum;

	windows_sum(w, id, &sum);
	return sum.purposes[PURPOSE_AMI_LOGIN];
}

static void spans(void **state)
{
	(void)state;
	assert_true(window_width(WINDOW_1M) * window_buckets(WINDOW_1M) == 60 * SECOND);
	assert_true(window_width(WINDOW_5M) * window_buckets(WINDOW_5M) == 300 * SECOND);
	assert_true(window_width(WINDOW_1H) * window_buckets(WINDOW_1H) == 3600 * SECOND);
	assert_true(window_width(WINDOW_24H) * window_buckets(WINDOW_24H) == 86400 * SECOND);
}

/* One access a second for two days: each window holds as many as it has seconds. */
static void steady_traffic_fills_each_window(void **state)
{
	struct windows w = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 2 * 86400; i++)
		assert_true(windows_count(&w, START + i * SECOND - 1, 1, 2));
	assert_int_equal(accesses(&w, WINDOW_1M), 60);
	assert_int_equal(accesses(&w, WINDOW_5M), 300);
	assert_int_equal(accesses(&w, WINDOW_1H), 3600);
	assert_int_equal(accesses(&w, WINDOW_24H), 86400);
	windows_free(&w);
}

static void counts_leave_when_their_time_is_over(void **state)
{
	struct windows w = { 0 };

	(void)state;
	windows_count(&w, START, 5, 0);
	windows_advance(&w, START + 59 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_1M), 5);
	windows_advance(&w, START + 60 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_1M), 0);
	assert_int_equal(accesses(&w, WINDOW_5M), 5);
	windows_advance(&w, START + 300 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_5M), 0);
	assert_int_equal(accesses(&w, WINDOW_1H), 5);
	windows_advance(&w, START + 3600 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_1H), 0);
	assert_int_equal(accesses(&w, WINDOW_24H), 5);
	windows_advance(&w, START + 86400 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_24H), 0);
	windows_free(&w);
}

static void clocks_jump(void **state)
{
	struct windows w = { 0 };

	(void)state;
	/* back by less than a window: later counts go into the newest bucket */
	windows_count(&w, START + 100 * SECOND, 1, 0);
	windows_count(&w, START + 90 * SECOND, 2, 0);
	assert_int_equal(accesses(&w, WINDOW_1M), 3);
	windows_advance(&w, START + 159 * SECOND);
	assert_int_equal(accesses(&w, WINDOW_1M), 3);
	/* back by more: what lay ahead is forgotten, and time goes on from there */
	windows_count(&w, START - 86400 * 10 * SECOND, 4, 0);
	for (int id = 0; id < WINDOW_MAX; id++)
		assert_int_equal(accesses(&w, id), 4);
	/* far ahead */
	windows_count(&w, UINT64_MAX, 7, 0);
	for (int id = 0; id < WINDOW_MAX; id++)
		assert_int_equal(accesses(&w, id), 7);
	windows_count(&w, 0, 1, 0);
	for (int id = 0; id < WINDOW_MAX; id++)
		assert_int_equal(accesses(&w, id), 1);
	windows_free(&w);
}

static void purposes_move_in_the_bucket_of_their_start(void **state)
{
	struct windows w = { 0 };
	struct summary_window sum;

	(void)state;
	windows_advance(&w, START);
	windows_purpose(&w, START, PURPOSE_NONE, PURPOSE_TRUNCATED);
	windows_advance(&w, START + 30 * SECOND);
	windows_purpose(&w, START, PURPOSE_TRUNCATED, PURPOSE_AMI_LOGIN);
	windows_sum(&w, WINDOW_1M, &sum);
	assert_int_equal(sum.purposes[PURPOSE_TRUNCATED], 0);
	assert_int_equal(sum.purposes[PURPOSE_AMI_LOGIN], 1);
	/* the minute is over, the five are not: it changes in these alone */
	windows_advance(&w, START + 61 * SECOND);
	assert_int_equal(logins(&w, WINDOW_1M), 0);
	windows_purpose(&w, START, PURPOSE_AMI_LOGIN, PURPOSE_AMI_LOGIN_CONFIG);
	windows_sum(&w, WINDOW_1M, &sum);
	assert_int_equal(sum.purposes[PURPOSE_AMI_LOGIN_CONFIG], 0);
	windows_sum(&w, WINDOW_5M, &sum);
	assert_int_equal(sum.purposes[PURPOSE_AMI_LOGIN], 0);
	assert_int_equal(sum.purposes[PURPOSE_AMI_LOGIN_CONFIG], 1);
	/* a report that is ahead of the tick, and one of before the day began */
	windows_purpose(&w, START + 62 * SECOND, PURPOSE_NONE, PURPOSE_AMI_LOGIN);
	windows_purpose(&w, START - 2 * 86400 * SECOND, PURPOSE_NONE, PURPOSE_AMI_LOGIN);
	for (int id = 0; id < WINDOW_MAX; id++)
		assert_int_equal(logins(&w, id), 1);
	windows_free(&w);
}

static void recent_seconds(void **state)
{
	struct windows w = { 0 };
	uint32_t recent[60] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		windows_count(&w, START + i * SECOND, i, 0);
	windows_recent(&w, START + 99 * SECOND, recent);
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(recent[i], 40 + i);
	/* another port that last counted ten seconds ago lines up by time, not by place */
	memset(recent, 0, sizeof(recent));
	windows_recent(&w, START + 109 * SECOND, recent);
	assert_int_equal(recent[49], 99);
	assert_int_equal(recent[59], 0);
	windows_free(&w);
}

static void merged_by_time(void **state)
{
	struct windows a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	windows_count(&a, START, 1, 0);
	windows_count(&a, START + 30 * SECOND, 2, 0);
	windows_count(&b, START + 70 * SECOND, 4, 0);
	windows_purpose(&b, START + 70 * SECOND, PURPOSE_NONE, PURPOSE_AMI_LOGIN);
	assert_true(windows_merge(&c, &a));
	assert_true(windows_merge(&c, &b));
	assert_int_equal(accesses(&c, WINDOW_1M), 6);
	assert_int_equal(accesses(&c, WINDOW_5M), 7);
	assert_int_equal(logins(&c, WINDOW_1M), 1);
	/* the other way round it is the same */
	windows_free(&c);
	assert_true(windows_merge(&c, &b));
	assert_true(windows_merge(&c, &a));
	assert_int_equal(accesses(&c, WINDOW_1M), 6);
	assert_int_equal(accesses(&c, WINDOW_5M), 7);
	windows_free(&a);
	windows_free(&b);
	windows_free(&c);
}

static void buckets_do_not_wrap(void **state)
{
	struct windows w = { 0 };

	(void)state;
	windows_count(&w, START, UINT64_MAX, 0);
	windows_count(&w, START, 5, 0);
	assert_int_equal(accesses(&w, WINDOW_24H), UINT32_MAX);
	windows_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans),
		cmocka_unit_test(steady_traffic_fills_each_window),
		cmocka_unit_test(counts_leave_when_their_time_is_over),
		cmocka_unit_test(clocks_jump),
		cmocka_unit_test(purposes_move_in_the_bucket_of_their_start),
		cmocka_unit_test(recent_seconds),
		cmocka_unit_test(merged_by_time),
		cmocka_unit_test(buckets_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
