// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "user/util/log.h"

static enum log_level max_level = LOG_INFO;
static void (*line_sink)(enum log_level level, const char *line);

void log_set_level(enum log_level level)
{
	max_level = level;
}

enum log_level log_get_level(void)
{
	return max_level;
}

void log_set_sink(void (*sink)(enum log_level level, const char *line))
{
	line_sink = sink;
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	int saved = errno;
	char text[1024];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (line_sink)
		line_sink(level, text);
	else
		fprintf(stderr, "teiten: %s: %s\n", names[level], text);
	errno = saved;
}
