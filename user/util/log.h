/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Log lines go to stderr, as "teiten: LEVEL: text"; data goes to stdout. */
#ifndef TEITEN_UTIL_LOG_H
#define TEITEN_UTIL_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped; LOG_INFO to begin with. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * While a full-screen view owns the terminal, lines are handed to this function (without a
 * newline) instead of stderr; NULL goes back to stderr.
 */
void log_set_sink(void (*sink)(enum log_level level, const char *line));

/* errno is left as it was. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
