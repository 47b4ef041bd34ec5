// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "user/decode/secrets.h"

static const struct slice absent;

static void same(const char *remark, const char *want)
{
	if (want && remark)
		assert_string_equal(remark, want);
	else
		assert_true(!want && !remark);
}

/* Table 1 of the bulletin of December 2015: of its top names only "mark" is a default. */
static void usernames(void **state)
{
	(void)state;
	same(remark_for_username(slice_str("mark")), "default");
	same(remark_for_username(slice_str("phpagi")), "default");
	same(remark_for_username(slice_str("admin")), NULL);
	same(remark_for_username(slice_str("cron")), NULL);
	same(remark_for_username(slice_str("Mark")), NULL);
	same(remark_for_username(slice_str("")), NULL);
	same(remark_for_username(absent), NULL);
}

static void secrets(void **state)
{
	static const char *const common[] = { "1234",	"password", "admin",	"123456",
					      "qwerty", "pbx",	    "changeme", "0000" };

	(void)state;
	same(remark_for_secret(slice_str("mysecret"), absent), "default");
	same(remark_for_secret(slice_str("cxmanager*con"), absent), "default");
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		same(remark_for_secret(slice_str(common[i]), absent), "common");
	same(remark_for_secret(slice_str("bob"), slice_str("bob")), "common");
	same(remark_for_secret(slice_str("bob"), slice_str("alice")), NULL);
	same(remark_for_secret(slice_str("bob"), absent), NULL);
	same(remark_for_secret(slice_str(""), slice_str("")), NULL);
	same(remark_for_secret(absent, absent), NULL);
}

static void pairs(void **state)
{
	(void)state;
	same(remark_for_pair(slice_str("mark"), slice_str("mysecret")),
	     "default of Asterisk's manager.conf.sample");
	same(remark_for_pair(slice_str("admin"), slice_str("amp111")), "default of FreePBX");
	same(remark_for_pair(slice_str("sendcron"), slice_str("1234")), "default of VICIdial");
	same(remark_for_pair(slice_str("admin"), slice_str("1234")), "common");
	same(remark_for_pair(slice_str("admin"), slice_str("mysecret")), "default");
	same(remark_for_pair(slice_str("bob"), slice_str("bob")), "common");
	same(remark_for_pair(slice_str("mark"), slice_str("x7!k")), NULL);
	same(remark_for_pair(absent, slice_str("1234")), "common");
	same(remark_for_pair(slice_str("mark"), absent), NULL);
}

/* What is hidden on a live host is what only its administrator knows. */
static void hiding(void **state)
{
	(void)state;
	assert_true(secret_is_well_known(slice_str("1234"), absent));
	assert_true(secret_is_well_known(slice_str("bob"), slice_str("bob")));
	assert_true(secret_is_well_known(slice_str(""), slice_str("bob")));
	assert_false(secret_is_well_known(slice_str("x7!k"), slice_str("bob")));
	assert_false(secret_is_well_known(slice_str("12341"), slice_str("bob")));
	assert_false(secret_is_well_known(absent, slice_str("bob")));
}

static void the_list(void **state)
{
	size_t n;
	const struct slice *list = well_known_secrets(&n);

	(void)state;
	assert_true(n > 30);
	for (size_t i = 0; i < n; i++) {
		assert_true(secret_is_well_known(list[i], absent));
		for (size_t k = 0; k < i; k++)
			assert_false(slice_eq(list[i], list[k]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usernames), cmocka_unit_test(secrets),	 cmocka_unit_test(pairs),
		cmocka_unit_test(hiding),    cmocka_unit_test(the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
