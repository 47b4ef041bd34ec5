// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/flow_fixture.h"

struct seen *seen;
unsigned n_seen;
uint64_t now;
struct flow_table *table;
uint16_t port = 40000;
bool ipv6;

static uint64_t seed = 1;

uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % n;
}

static void see(void *context, const struct observation *o)
{
	struct seen *s = &seen[n_seen++];

	assert_ptr_equal(context, &seen);
	assert_true(n_seen <= SEEN_MAX);
	assert_true(o->payload_len <= PREFIX);
	assert_true(o->start <= o->last);
	assert_string_equal(o->ifname, "test0");
	*s = (struct seen){ .id = o->id,
			    .purpose = o->decoded->purpose,
			    .previous = o->previous,
			    .closed = o->closed,
			    .cut = o->cut,
			    .verified = o->verified,
			    .syn_seen = o->syn_seen,
			    .fingerprint = (uint8_t)o->fingerprint,
			    .ttl = o->ttl,
			    .sport = o->sport,
			    .n = o->payload_len };
	memcpy(s->payload, o->payload, o->payload_len);
}

static void start_with(size_t memory)
{
	struct flow_options options = {
		.prefix = PREFIX, .memory = memory, .idle = 30 * SECOND, .ifname = "test0"
	};
	struct teiten_watch watch[TEITEN_WATCH_SLOTS] = {
		[1] = { .port = 5038, .protocol = PROTOCOL_AMI },
		[2] = { .port = 5060, .udp = 1, .protocol = PROTOCOL_SIP },
	};

	table = flow_table_new(&options, see, &seen);
	assert_non_null(table);
	flow_table_watch(table, watch);
	n_seen = 0;
	now = 1463000000 * SECOND;
}

int flow_setup(void **state)
{
	(void)state;
	seen = calloc(SEEN_MAX, sizeof(*seen));
	start_with(4u << 20);
	return seen ? 0 : -1;
}

int flow_teardown(void **state)
{
	(void)state;
	flow_table_free(table);
	free(seen);
	return 0;
}

/* --- making samples --- */

struct teiten_sample *sample_of(enum teiten_sample_kind kind, uint32_t seq, unsigned flags,
				const void *p, uint32_t n)
{
	static _Alignas(8) uint8_t room[sizeof(struct teiten_sample) + 65536];
	struct teiten_sample *s = (void *)room;

	*s = (struct teiten_sample){ .time = now,
				     .sport = port,
				     .dport = 5038,
				     .seq = seq,
				     .kind = (uint8_t)kind,
				     .slot = 1,
				     .protocol = 6,
				     .tcp_flags = (uint8_t)flags,
				     .ip_version = ipv6 ? 6 : 4,
				     .ttl = 51,
				     .payload_len = n,
				     .data_len = (uint16_t)n };
	if (ipv6) {
		s->saddr[0] = s->daddr[0] = 0x20;
	} else {
		s->saddr[10] = s->saddr[11] = s->daddr[10] = s->daddr[11] = 0xff;
	}
	s->saddr[15] = 1;
	s->daddr[15] = 2;
	if (n)
		memcpy(s->bytes, p, n);
	return s;
}

void syn(uint32_t isn)
{
	struct teiten_sample *s = sample_of(TEITEN_SAMPLE_SYN, isn, SYN, NULL, 0);

	s->fingerprint = TEITEN_FP_ZMAP;
	s->ttl = 240;
	flow_table_sample(table, s);
}

void segment_flags(uint32_t seq, unsigned flags, const void *p, uint32_t n)
{
	flow_table_sample(table, sample_of(TEITEN_SAMPLE_SEGMENT, seq, flags | ACK, p, n));
}

void segment(uint32_t seq, const char *text)
{
	segment_flags(seq, 0, text, (uint32_t)strlen(text));
}

void ending(uint32_t seq, unsigned flags)
{
	flow_table_sample(table, sample_of(TEITEN_SAMPLE_END, seq, flags, NULL, 0));
}

void later(uint64_t ns)
{
	now += ns;
	flow_table_expire(table, now);
}

void assert_seen(unsigned i, const char *payload, bool closed, bool cut)
{
	assert_true(i < n_seen);
	assert_int_equal(seen[i].n, strlen(payload));
	assert_memory_equal(seen[i].payload, payload, seen[i].n);
	assert_int_equal(seen[i].closed, closed);
	assert_int_equal(seen[i].cut, cut);
}
