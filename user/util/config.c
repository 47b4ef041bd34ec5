// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/util/config.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/log.h"

struct reading {
	const char *path;
	const struct option_group *groups;
	struct config *out;
	int err;
};

int config_add(struct config *c, const char *argument)
{
	char **v = realloc(c->v, ((size_t)c->n + 2) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	c->v = v;
	v[c->n] = strdup(argument);
	if (!v[c->n])
		return -ENOMEM;
	v[++c->n] = NULL;
	return 0;
}

void config_free(struct config *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->v[i]);
	free(c->v);
	*c = (struct config){ .n = 0 };
}

static const struct option_spec *find(const struct option_group *groups, const char *name)
{
	for (; groups->specs; groups++) {
		for (const struct option_spec *s = groups->specs; s->name; s++) {
			if (!strcmp(s->name, name))
				return s;
		}
	}
	return NULL;
}

static bool is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++) {
		if (!strcasecmp(value, *words))
			return true;
	}
	return false;
}

static int add_flag(struct reading *r, const char *name, const char *value)
{
	static const char *const yes[] = { "yes", "true", "on", "1", NULL };
	static const char *const no[] = { "no", "false", "off", "0", NULL };
	char argument[INI_MAX_LINE + 4];

	if (is_one_of(value, no))
		return 0;
	if (!is_one_of(value, yes)) {
		log_error("%s: %s = '%s' is neither yes nor no", r->path, name, value);
		return -EINVAL;
	}
	snprintf(argument, sizeof(argument), "--%s", name);
	return config_add(r->out, argument);
}

static int take(struct reading *r, const char *name, const char *value)
{
	const struct option_spec *s = find(r->groups, name);
	char argument[2 * INI_MAX_LINE + 4];

	if (!s || !strcmp(name, "config")) {
		log_error("%s: there is no option '%s'", r->path, name);
		return -EINVAL;
	}
	if (s->kind == OPTION_FLAG || s->kind == OPTION_COUNT)
		return add_flag(r, name, value);
	snprintf(argument, sizeof(argument), "--%s=%s", name, value);
	return config_add(r->out, argument);
}

/* 0 is an error: the line's number comes back from ini_parse(). */
static int handle(void *context, const char *section, const char *name, const char *value)
{
	struct reading *r = context;
	int err;

	(void)section;
	if (r->err)
		return 0;
	err = take(r, name, value ? value : "");
	r->err = err;
	return !err;
}

int config_read(const char *path, const struct option_group *groups, struct config *out)
{
	struct reading r = { .path = path, .groups = groups, .out = out };
	int line;

	errno = 0;
	line = ini_parse(path, handle, &r);
	if (line < 0) {
		int err = line == -2 ? ENOMEM : errno ? errno : EIO;

		log_error("%s: cannot read the configuration: %s", path, strerror(err));
		return -err;
	}
	if (line > 0) {
		log_error("%s: line %d is no 'option = value'%s", path, line,
			  r.err ? " that can be taken" : "");
		return r.err ? r.err : -EINVAL;
	}
	return 0;
}
