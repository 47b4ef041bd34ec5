// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/sink/calendar.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400

/*
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that
 * the leap day is a year's last; an era is 400 years, 146,097 days.
 */
int64_t calendar_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void calendar_to_civil(int64_t number, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = number + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t d = z - era * 146097;
	int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	int64_t of_year = d - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t offset_at(int64_t second)
{
	time_t t = (time_t)second;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/* Offsets change at whole quarters of an hour; localtime_r() takes a lock each time. */
static int64_t quarter = INT64_MIN, offset;

void calendar_changed(void)
{
	tzset();
	quarter = INT64_MIN;
}

int64_t calendar_day(int64_t second)
{
	if (floor_div(second, 900) != quarter) {
		quarter = floor_div(second, 900);
		offset = offset_at(quarter * 900);
	}
	return floor_div(second + offset, DAY);
}

/*
 * Midnight may not exist where clocks go forward at midnight, or exist twice where they go back:
 * the first second of the day is found by halving, since days never run backwards over two days.
 */
int64_t calendar_start(int64_t day)
{
	int64_t low = (day - 1) * DAY - DAY, high = day * DAY + 2 * DAY;

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (floor_div(middle + offset_at(middle), DAY) >= day)
			high = middle;
		else
			low = middle;
	}
	return high;
}

const char *calendar_zone(void)
{
	static const char folder[] = "/zoneinfo/";
	static char link[PATH_MAX];
	const char *tz = getenv("TZ"), *name;
	ssize_t n;

	if (tz && *tz)
		return *tz == ':' ? tz + 1 : tz;
	n = readlink("/etc/localtime", link, sizeof(link) - 1);
	if (n > 0) {
		link[n] = '\0';
		name = strstr(link, folder);
		if (name)
			return name + strlen(folder);
	}
	tzset();
	return tzname[0];
}
