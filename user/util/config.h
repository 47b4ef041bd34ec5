/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An INI file with the same options as a command line: "history = /var/lib/teiten/history.db" is
 * --history. A repeatable option may stand on several lines; flags are yes or no. Sections are for
 * the eye alone.
 */
#ifndef TEITEN_UTIL_CONFIG_H
#define TEITEN_UTIL_CONFIG_H

#include "user/util/options.h"

/* What a file says, as arguments: argv[0], then "--name=value"... */
struct config {
	char **v;
	int n;
};

/*
 * Adds the file's options to `out`, which begins zeroed. 0; -EINVAL after a message that names file
 * and line; -errno after a message where it cannot be read. Whether a value is right is for
 * options_parse() to say.
 */
int config_read(const char *path, const struct option_group *groups, struct config *out);

/* Appends a copy. 0 or -ENOMEM. */
int config_add(struct config *c, const char *argument);
void config_free(struct config *c);

#endif
