/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow table under test: samples as the kernel side makes them, and what was observed. All
 * samples are of one 5-tuple but for `port` (the source port) and `ipv6`, at the time `now`.
 */
#ifndef TEITEN_TESTS_FLOW_FIXTURE_H
#define TEITEN_TESTS_FLOW_FIXTURE_H

#include "user/flow/flow_internal.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define SEEN_MAX 4096
#define PREFIX 8192u

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16

struct seen {
	uint64_t id;
	enum purpose purpose, previous;
	bool closed, cut, verified, syn_seen;
	uint8_t fingerprint, ttl;
	uint16_t sport;
	uint32_t n;
	uint8_t payload[PREFIX];
};

extern struct seen *seen; /* the reports so far */
extern unsigned n_seen;
extern uint64_t now;
extern struct flow_table *table;
extern uint16_t port;
extern bool ipv6;

int flow_setup(void **state);
int flow_teardown(void **state);

uint32_t random_below(uint32_t n); /* from 0 to n - 1; the same in every run */

/* Static memory, good for one sample at a time. */
struct teiten_sample *sample_of(enum teiten_sample_kind kind, uint32_t seq, unsigned flags,
				const void *p, uint32_t n);

void syn(uint32_t isn);
void segment_flags(uint32_t seq, unsigned flags, const void *p, uint32_t n);
void segment(uint32_t seq, const char *text);
void ending(uint32_t seq, unsigned flags); /* a segment without payload */
void later(uint64_t ns);

void assert_seen(unsigned i, const char *payload, bool closed, bool cut);

#endif
