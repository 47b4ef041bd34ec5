// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/view/format.h"

#define NS 1000000000ULL

static size_t grouped(char out[FORMAT_TEXT], uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return at;
}

/* Cut, not rounded: "1.00M" means that a million was reached. */
static void abbreviated(char out[FORMAT_TEXT], uint64_t n)
{
	static const char units[] = "kMGTPE";
	uint64_t unit = 1000;
	unsigned u = 0;

	while (n / unit >= 1000 && u + 2 < sizeof(units)) {
		unit *= 1000;
		u++;
	}
	if (n / unit >= 100)
		snprintf(out, FORMAT_TEXT, "%" PRIu64 "%c", n / unit, units[u]);
	else if (n / unit >= 10)
		snprintf(out, FORMAT_TEXT, "%" PRIu64 ".%" PRIu64 "%c", n / unit,
			 n % unit / (unit / 10), units[u]);
	else
		snprintf(out, FORMAT_TEXT, "%" PRIu64 ".%02" PRIu64 "%c", n / unit,
			 n % unit / (unit / 100), units[u]);
}

const char *format_count(char out[FORMAT_TEXT], uint64_t n, unsigned width, bool estimate)
{
	char number[FORMAT_TEXT];

	if (grouped(number, n) + estimate > width && n >= 1000)
		abbreviated(number, n);
	snprintf(out, FORMAT_TEXT, "%s%.*s", estimate ? "~" : "", FORMAT_TEXT - 2, number);
	return out;
}

const char *format_rate(char out[FORMAT_TEXT], double per_second)
{
	if (!(per_second > 0))
		snprintf(out, FORMAT_TEXT, "0");
	else if (per_second < 9.995)
		snprintf(out, FORMAT_TEXT, "%.2f", per_second);
	else if (per_second < 99.95)
		snprintf(out, FORMAT_TEXT, "%.1f", per_second);
	else if (per_second < 1e18)
		format_count(out, (uint64_t)(per_second + 0.5), 6, false);
	else
		snprintf(out, FORMAT_TEXT, "-");
	return out;
}

const char *format_duration(char out[FORMAT_TEXT], uint64_t ns)
{
	uint64_t s = ns / NS, d = s / 86400;
	unsigned h = (unsigned)(s / 3600 % 24), m = (unsigned)(s / 60 % 60);

	if (d)
		snprintf(out, FORMAT_TEXT, "%" PRIu64 "d %02u:%02u", d, h, m);
	else if (h)
		snprintf(out, FORMAT_TEXT, "%u:%02u:%02u", h, m, (unsigned)(s % 60));
	else
		snprintf(out, FORMAT_TEXT, "%u:%02u", m, (unsigned)(s % 60));
	return out;
}

const char *format_clock(char out[FORMAT_TEXT], uint64_t ns)
{
	time_t t = (time_t)(ns / NS);
	struct tm tm;

	if (!ns || !localtime_r(&t, &tm) || !strftime(out, FORMAT_TEXT, "%H:%M:%S", &tm))
		snprintf(out, FORMAT_TEXT, "-");
	return out;
}
