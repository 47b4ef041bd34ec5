/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Days of a history: civil dates in the process's time zone (TZ, else /etc/localtime), counted
 * from 1970-01-01, so that a day of 23 or 25 hours is one day.
 */
#ifndef TEITEN_SINK_CALENDAR_H
#define TEITEN_SINK_CALENDAR_H

#include <stdint.h>

/* Rules of the proleptic Gregorian calendar; month from 1 to 12. */
int64_t calendar_from_civil(int64_t year, unsigned month, unsigned day);
void calendar_to_civil(int64_t number, int64_t *year, unsigned *month, unsigned *day);

/* The day that a second since the Unix epoch lies in, by the local time zone. */
int64_t calendar_day(int64_t second);
/* The first second of a local day. */
int64_t calendar_start(int64_t day);

/* The time zone of the process (TZ) was changed. */
void calendar_changed(void);

/* "Asia/Tokyo" where the zone has a name, else its abbreviation; static memory. */
const char *calendar_zone(void);

#endif
