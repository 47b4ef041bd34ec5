/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers and times as the terminal view writes them. */
#ifndef TEITEN_VIEW_FORMAT_H
#define TEITEN_VIEW_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_TEXT 32

/*
 * "12,345" where that fits into `width` columns, else three significant digits and k, M, G, T,
 * P or E ("12.3k"), never rounded up to a count that was not reached; an estimate begins with
 * "~". Returns out.
 */
const char *format_count(char out[FORMAT_TEXT], uint64_t n, unsigned width, bool estimate);

/* Per second: "0", "0.25", "12.3", "1,234", "12.3k". Never wider than 6 columns. Returns out. */
const char *format_rate(char out[FORMAT_TEXT], double per_second);

/* "0:07", "12:34", "3:12:34", "4d 03:12". Returns out. */
const char *format_duration(char out[FORMAT_TEXT], uint64_t ns);

/* Local time of day, "23:59:59"; "-" for 0. Returns out. */
const char *format_clock(char out[FORMAT_TEXT], uint64_t ns);

#endif
