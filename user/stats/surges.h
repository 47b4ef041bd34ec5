/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Surges: a port, watched or not, that draws far more accesses in an hour or a day than it used to.
 *
 * Every full hour of each of the 131,072 ports (TCP and UDP) is held against the same hour of the
 * days before, up to SURGE_DAYS_BACK of them; until SURGE_SAME_HOURS_LEAST of those are known,
 * against all full hours before. Every full day is held against the days before. It is a surge
 * where it is
 *   - at least SURGE_LEAST accesses,
 *   - at least SURGE_FACTOR times the median of the baseline, and
 *   - above the median by at least SURGE_DEVIATIONS standard deviations, which are estimated by
 *     1.4826 times the median absolute deviation of these hours, or of all hours if that is more
 * (the factor that makes it one for a normal distribution; Rousseeuw, Croux, "Alternatives to the
 * Median Absolute Deviation", 1993), but never taken for less than the square root of the median:
 * counts scatter by that much alone. Median and deviation are not moved by a surge or two in the
 * baseline itself.
 *
 * One alarm a port: a port that surges says nothing more until it was calm (below half of what
 * would be a surge) for SURGE_CALM_HOURS hours on end and, after a surging day, for a day.
 *
 * An hour is full where it was observed from its first minute to its last. Hours are those of UTC;
 * days go by the local time zone. Ports with fewer than SURGE_TRACKED accesses an hour are as good
 * as silent here: so memory is for the SURGE_PORTS_MAX busiest ports only.
 */
#ifndef TEITEN_STATS_SURGES_H
#define TEITEN_STATS_SURGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/stats/summary.h"

#define SURGE_LEAST 50
#define SURGE_FACTOR 3
#define SURGE_DEVIATIONS 6
#define SURGE_TRACKED 8
#define SURGE_PORTS_MAX 4096
#define SURGE_DAYS_BACK 14	 /* of hours: the same hour of so many days before */
#define SURGE_SAME_HOURS_LEAST 7 /* of them; with fewer, all hours before are the baseline */
#define SURGE_HOURS_LEAST 12	 /* full hours before, without which nothing is a surge */
#define SURGE_DAYS_KEPT 28
#define SURGE_DAYS_LEAST 7
#define SURGE_CALM_HOURS 6
#define SURGE_LIST_MAX 64 /* surges kept for a list, the newest */

struct surge {
	uint16_t port;
	bool udp;
	bool day;	   /* of a day, else of an hour */
	bool active;	   /* not calm yet */
	uint64_t accesses; /* in that hour or day */
	uint64_t usual;	   /* the median of the baseline */
	uint64_t from, to; /* that hour or day; ns since the Unix epoch */
};

struct surges;

/* NULL where there is no memory. */
struct surges *surges_new(void);
void surges_free(struct surges *s);

/*
 * SYNs and datagrams by port, [0] TCP, [1] UDP, absolute, as they are at `now`. Cheap until an hour
 * ends. A clock that goes back makes it start afresh. In the gaps nothing was observed.
 */
void surges_count(struct surges *s, const uint64_t count[2][TEITEN_PORTS], uint64_t now,
		  const struct summary_gap *gaps, size_t n_gaps);

/* Takes the next surge that nobody was told of; false where there is none. */
bool surges_next(struct surges *s, struct surge *out);
/* The i-th of the surges kept, in the order in which they began; false from their number on. */
bool surges_at(const struct surges *s, unsigned i, struct surge *out);
/* Adds a surge that was found elsewhere, on another interface; nobody is told. */
void surges_add(struct surges *s, const struct surge *surge);

/* History and alarms in bytes for surges_load(); valid until the next call of any function. What
 * was counted since the last full hour is not in it. *n is 0 where there is nothing to keep. */
const void *surges_save(const struct surges *s, size_t *n);
/* 0, or -EINVAL; then nothing changed. */
int surges_load(struct surges *s, const void *bytes, size_t n);

#endif
