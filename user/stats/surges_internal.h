/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is remembered for surges; for surges.c, surge_state.c and their tests only. */
#ifndef TEITEN_STATS_SURGES_INTERNAL_H
#define TEITEN_STATS_SURGES_INTERNAL_H

#include "user/stats/surges.h"

#define SURGE_HOURS_KEPT (24 * SURGE_DAYS_BACK)
#define SURGE_INDEX (2 * TEITEN_PORTS)

/*
 * Counts are kept in 16 bits: 12 of the number, 4 of a power of two. Up to 4,095 they are exact,
 * beyond that they are too low by less than 1 in 2,048.
 */
static inline uint16_t surge_pack(uint64_t n)
{
	unsigned power = 0;

	while (n > 0xfff && power < 15) {
		n >>= 1;
		power++;
	}
	return n > 0xfff ? 0xffff : (uint16_t)(power << 12 | n);
}

static inline uint32_t surge_unpack(uint16_t v)
{
	return (uint32_t)(v & 0xfff) << (v >> 12);
}

/* The history of a port. */
struct surge_port {
	uint32_t id;	/* the port, + TEITEN_PORTS for UDP */
	uint32_t since; /* hour before which nothing is known of it; 0: all hours */
	uint64_t today; /* accesses in the full hours of this day */
	uint64_t weight;
	bool active, by_day;
	uint8_t calm;			  /* hours on end */
	uint32_t serial;		  /* of its latest surge */
	uint16_t hours[SURGE_HOURS_KEPT]; /* packed; hour h is at h % SURGE_HOURS_KEPT */
	uint16_t days[SURGE_DAYS_KEPT];
};

struct surges {
	uint64_t (*at)[TEITEN_PORTS]; /* [2]: counts when this hour began; NULL before the first */
	uint64_t begun;		      /* when the counting of this hour began */
	uint32_t hour;		      /* since the Unix epoch; the one that is not over */
	bool loaded;		      /* `hour` is an earlier run's */
	bool overflowed;	      /* a port's history was or may have been given up */
	uint8_t hours_full[SURGE_HOURS_KEPT], days_full[SURGE_DAYS_KEPT];
	unsigned today_full; /* full hours of this day so far */
	struct surge_port *ports;
	uint32_t n, cap;
	uint32_t rotor;			   /* where to look next for a port to give up */
	uint16_t *index;		   /* [SURGE_INDEX]: place in `ports` + 1; 0: none */
	struct surge list[SURGE_LIST_MAX]; /* surge number i at i % SURGE_LIST_MAX */
	uint32_t serial;		   /* of the next surge; the first is 0 */
	uint32_t told;
	uint8_t *saved; /* of surges_save() */
	size_t n_saved, saved_cap;
};

/* The entry of that port, made where there is room for it; or NULL. */
struct surge_port *surges_port(struct surges *s, uint32_t id);
/* Brings s->saved up to date: once an hour. */
void surges_freeze(struct surges *s);

#endif
