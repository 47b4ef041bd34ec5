// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Configuration files: the same options as on a command line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "user/util/config.h"

struct fields {
	bool fresh;
	const char *config, *history;
	struct string_list interfaces;
	uint64_t top;
};

static const struct option_spec specs[] = {
	{ .name = "fresh", .kind = OPTION_FLAG, .offset = offsetof(struct fields, fresh) },
	{ .name = "config", .kind = OPTION_TEXT, .offset = offsetof(struct fields, config) },
	{ .name = "history", .kind = OPTION_TEXT, .offset = offsetof(struct fields, history) },
	{ .name = "interface", .kind = OPTION_LIST, .offset = offsetof(struct fields, interfaces) },
	{ .name = "top", .kind = OPTION_NUMBER, .offset = offsetof(struct fields, top), .max = 9 },
	{ .name = NULL },
};

static const struct option_group groups[] = { { NULL, specs, 0 }, { NULL, NULL, 0 } };

static char path[] = "/tmp/test_config.XXXXXX";

static int read_text(const char *text, struct config *c)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	*c = (struct config){ .n = 0 };
	return config_read(path, groups, c);
}

static void options_become_arguments(void **state)
{
	static const char text[] =
		"# the sensor\n[observe]\ninterface = eth0\ninterface = eth1\n"
		"top=3\nfresh = yes\n\n[keep]\nhistory = /a b/h.db ; a comment\n";
	static const char *const expected[] = { "--interface=eth0", "--interface=eth1", "--top=3",
						"--fresh", "--history=/a b/h.db" };
	struct options_result result;
	struct fields fields = { .top = 1 };
	struct config c, all = { .n = 0 };

	(void)state;
	assert_int_equal(read_text(text, &c), 0);
	assert_int_equal(c.n, 5);
	for (int i = 0; i < 5; i++)
		assert_string_equal(c.v[i], expected[i]);
	assert_int_equal(config_add(&all, "run"), 0);
	assert_int_equal(config_read(path, groups, &all), 0);
	assert_int_equal(config_add(&all, "--top=4"), 0); /* the command line comes last */
	assert_int_equal(options_parse("run", groups, &fields, all.n, all.v, false, &result), 0);
	assert_int_equal(fields.top, 4);
	assert_true(fields.fresh);
	assert_int_equal(fields.interfaces.n, 2);
	assert_string_equal(fields.history, "/a b/h.db");
	options_free(groups, &fields);
	config_free(&c);
	config_free(&all);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const wrong[] = { "colour = red\n", "fresh = perhaps\n",
					     "config = other\n", "top = 1\njust words\n" };
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(read_text(wrong[i], &c), -EINVAL);
		config_free(&c);
	}
	assert_int_equal(read_text("fresh = no\n", &c), 0);
	assert_int_equal(c.n, 0);
	config_free(&c);
	assert_int_equal(config_read("/no/such/file", groups, &c), -ENOENT);
	config_free(&c);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_arguments),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
