// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The flow table, fed with samples as the kernel side makes them. Decoding is replaced where a
 * test counts how often it happens; else the real decoders are at work.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/flow/flow_internal.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define T0 (1463000000ull * SECOND)
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

static struct seen *seen;
static unsigned n_seen, n_decoded;
static uint64_t now, seed = 1;
static struct flow_table *table;

static uint32_t random_below(uint32_t n)
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
	n_seen = n_decoded = 0;
	now = T0;
}

static int setup(void **state)
{
	(void)state;
	seen = calloc(SEEN_MAX, sizeof(*seen));
	start_with(4u << 20);
	return seen ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	flow_table_free(table);
	free(seen);
	return 0;
}

/* --- making samples --- */

static uint16_t port = 40000;
static bool ipv6;

static struct teiten_sample *sample_of(enum teiten_sample_kind kind, uint32_t seq, unsigned flags,
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

static void syn(uint32_t isn)
{
	struct teiten_sample *s = sample_of(TEITEN_SAMPLE_SYN, isn, SYN, NULL, 0);

	s->fingerprint = TEITEN_FP_ZMAP;
	s->ttl = 240;
	flow_table_sample(table, s);
}

static void segment_flags(uint32_t seq, unsigned flags, const void *p, uint32_t n)
{
	flow_table_sample(table, sample_of(TEITEN_SAMPLE_SEGMENT, seq, flags | ACK, p, n));
}

static void segment(uint32_t seq, const char *text)
{
	segment_flags(seq, 0, text, (uint32_t)strlen(text));
}

static void end(uint32_t seq, unsigned flags)
{
	flow_table_sample(table, sample_of(TEITEN_SAMPLE_END, seq, flags, NULL, 0));
}

static void later(uint64_t ns)
{
	now += ns;
	flow_table_expire(table, now);
}

static void assert_seen(unsigned i, const char *payload, bool closed, bool cut)
{
	assert_true(i < n_seen);
	assert_int_equal(seen[i].n, strlen(payload));
	assert_memory_equal(seen[i].payload, payload, seen[i].n);
	assert_int_equal(seen[i].closed, closed);
	assert_int_equal(seen[i].cut, cut);
}

static const char login[] = "Action: Login\r\nUsername: admin\r\nSecret: 1234\r\n\r\n";
#define LOGIN ((uint32_t)sizeof(login) - 1)

/* --- one conversation --- */

static void one_segment_and_fin_is_one_report(void **state)
{
	(void)state;
	syn(999);
	segment(1000, login);
	end(1000 + LOGIN, FIN | ACK);
	later(FIRST_DELAY);
	assert_int_equal(n_seen, 1);
	assert_seen(0, login, true, false);
	assert_int_equal(seen[0].previous, PURPOSE_NONE);
	assert_int_equal(seen[0].purpose, PURPOSE_AMI_LOGIN);
	assert_true(seen[0].verified && seen[0].syn_seen);
	assert_int_equal(seen[0].fingerprint, TEITEN_FP_ZMAP);
	assert_int_equal(seen[0].ttl, 240);
	assert_int_equal(flow_table_open_conversations(table), 0);
}

static void a_purpose_that_changes_is_reported_again(void **state)
{
	static const char more[] = "Action: GetConfig\r\nFilename: sip.conf\r\n\r\n";

	(void)state;
	syn(999);
	segment(1000, login);
	later(FIRST_DELAY);
	segment(1000 + LOGIN, more);
	later(FIRST_DELAY);
	later(FIRST_DELAY);
	segment_flags(1000 + LOGIN + (uint32_t)strlen(more), FIN, "\r\n", 2);
	assert_int_equal(n_seen, 3);
	assert_false(seen[0].closed);
	assert_int_equal(seen[0].purpose, PURPOSE_AMI_LOGIN);
	assert_false(seen[1].closed);
	assert_int_equal(seen[1].previous, PURPOSE_AMI_LOGIN);
	assert_int_equal(seen[1].purpose, PURPOSE_AMI_LOGIN_CONFIG);
	assert_true(seen[2].closed);
	assert_int_equal(seen[2].previous, PURPOSE_AMI_LOGIN_CONFIG);
	assert_int_equal(seen[0].id, seen[2].id);
}

static void a_gap_waits_and_is_closed_by_idle_time(void **state)
{
	(void)state;
	syn(999);
	segment(1000, "abc");
	segment_flags(1010, FIN, "xyz", 3);
	later(29 * SECOND);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abc", false, false);
	later(2 * SECOND);
	assert_int_equal(n_seen, 2);
	assert_seen(1, "abc", true, true);
}

static void a_fin_that_overtakes_its_data_waits(void **state)
{
	(void)state;
	syn(999);
	segment_flags(1003, FIN, "def", 3);
	end(1006, FIN | ACK);
	later(FIRST_DELAY);
	assert_int_equal(n_seen, 0);
	segment(1000, "abc");
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abcdef", true, false);
}

static void the_first_copy_wins(void **state)
{
	(void)state;
	syn(999);
	segment(1000, "abcdef");
	segment(1003, "XXXghi");
	segment(1012, "mno");
	segment(1009, "jklYYYpqr");
	end(1018, FIN | ACK);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abcdefghijklmnopqr", true, false);
}

static void a_reset_closes_at_once(void **state)
{
	(void)state;
	syn(999);
	segment(1000, "abc");
	segment(1010, "later");
	end(1003, RST);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abc", true, true);
	/* Copies that were under way, and the end of a connection that is over. */
	segment(1000, "abc");
	segment(1003, "def");
	end(1003, RST);
	end(1006, FIN | ACK);
	syn(999);
	later(60 * SECOND);
	assert_int_equal(n_seen, 1);
	assert_int_equal(flow_table_losses(table)->out_of_window, 1);
}

static void a_reset_of_another_connection_is_nothing(void **state)
{
	(void)state;
	syn(0x80000000u);
	segment(0x80000001u, "abc");
	end(0x10000000u, RST);
	assert_int_equal(flow_table_open_conversations(table), 1);
	end(0x80000004u, RST);
	assert_int_equal(flow_table_open_conversations(table), 0);
}

static void a_syn_may_carry_payload(void **state)
{
	struct teiten_sample *s = sample_of(TEITEN_SAMPLE_SYN, 999, SYN, "hello", 5);

	(void)state;
	flow_table_sample(table, s);
	later(FIRST_DELAY);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "hello", false, false);
	assert_false(seen[0].verified);
	assert_true(seen[0].syn_seen);
	/* The receiver did not take it: the visitor says it again. */
	segment(1000, "hello");
	end(1005, FIN | ACK);
	assert_int_equal(n_seen, 2);
	assert_seen(1, "hello", true, false);
	assert_true(seen[1].verified);
}

static void another_syn_begins_another_conversation(void **state)
{
	(void)state;
	syn(999);
	segment(1000, "first");
	syn(999); /* a retransmission */
	assert_int_equal(n_seen, 0);
	syn(1000 + 3000);
	segment(4001, "second");
	segment(1000, "first"); /* late */
	end(4007, FIN | ACK);
	assert_int_equal(n_seen, 2);
	assert_seen(0, "first", true, false);
	assert_seen(1, "second", true, false);
	assert_int_not_equal(seen[0].id, seen[1].id);
	/* The port comes a third time, with a number near the second's, after that one's end. */
	syn(5000);
	segment(5001, "third");
	end(5006, FIN | ACK);
	assert_int_equal(n_seen, 3);
	assert_seen(2, "third", true, false);
}

static void a_conversation_without_its_syn(void **state)
{
	(void)state;
	segment(1006, "world");
	later(FIRST_DELAY);
	segment(1000, "hello ");
	end(1011, FIN | ACK);
	later(ENDED_DELAY);
	assert_int_equal(n_seen, 2);
	assert_seen(0, "world", false, false);
	assert_seen(1, "hello world", true, false);
	assert_false(seen[1].syn_seen);
	/* Far away: another one, whose SYN was not sampled either. */
	port++;
	segment(1000, "one");
	segment(1000 + (3u << 20), "two");
	end(1003 + (3u << 20), FIN);
	later(ENDED_DELAY);
	assert_int_equal(n_seen, 4);
	assert_seen(2, "one", true, false);
	assert_seen(3, "two", true, false);
}

static void a_syn_that_comes_late(void **state)
{
	(void)state;
	segment(1003, "def");
	syn(999);
	segment(1000, "abc");
	end(1006, FIN | ACK);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abcdef", true, false);
	assert_true(seen[0].syn_seen);
}

static void a_full_prefix_is_cut_and_stays_open(void **state)
{
	static char much[PREFIX];
	uint32_t half = PREFIX / 2;

	(void)state;
	memset(much, 'a', sizeof(much));
	syn(999);
	segment_flags(1000, 0, much, half);
	segment_flags(1000 + half, 0, much, PREFIX);
	later(FIRST_DELAY);
	assert_int_equal(n_seen, 1);
	assert_false(seen[0].closed);
	assert_true(seen[0].cut);
	assert_int_equal(seen[0].n, PREFIX);
	/* Far behind, as nothing of the rest is sampled. */
	segment_flags(1000 + (64u << 20), 0, much, 100);
	end(1000 + (65u << 20), FIN | ACK);
	assert_int_equal(n_seen, 2);
	assert_true(seen[1].closed && seen[1].cut);
	assert_int_equal(seen[1].n, PREFIX);
	later(FIRST_DELAY);
	assert_int_equal(n_seen, 2);
}

static void exactly_the_prefix_is_not_cut(void **state)
{
	static char much[PREFIX];

	(void)state;
	memset(much, 'a', sizeof(much));
	syn(999);
	segment_flags(1000, FIN, much, PREFIX);
	assert_int_equal(n_seen, 1);
	assert_true(seen[0].closed && !seen[0].cut);
}

static void large_segments_come_in_chunks(void **state)
{
	static char much[6000];
	struct teiten_sample *s;

	(void)state;
	for (unsigned i = 0; i < sizeof(much); i++)
		much[i] = (char)random_below(256);
	syn(999);
	for (uint32_t at = 0; at < sizeof(much); at += TEITEN_CHUNK_MAX) {
		uint32_t n = sizeof(much) - at < TEITEN_CHUNK_MAX ? sizeof(much) - at
								  : TEITEN_CHUNK_MAX;

		s = sample_of(TEITEN_SAMPLE_SEGMENT, 1000, ACK | FIN, much + at, n);
		s->offset = (uint16_t)at;
		s->payload_len = sizeof(much);
		flow_table_sample(table, s);
	}
	assert_int_equal(n_seen, 1);
	assert_int_equal(seen[0].n, sizeof(much));
	assert_memory_equal(seen[0].payload, much, sizeof(much));
	assert_true(seen[0].closed && !seen[0].cut);
}

static void a_short_snap_length_is_a_cut(void **state)
{
	struct teiten_sample *s;

	(void)state;
	syn(999);
	s = sample_of(TEITEN_SAMPLE_SEGMENT, 1000, ACK | FIN, "abc", 3);
	s->payload_len = 500;
	flow_table_sample(table, s);
	flow_table_close_all(table);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "abc", true, true);
}

/* --- datagrams --- */

static struct teiten_sample *datagram(const void *p, uint32_t n)
{
	struct teiten_sample *s = sample_of(TEITEN_SAMPLE_DATAGRAM, 0, 0, p, n);

	s->protocol = 17;
	s->slot = 2;
	s->dport = 5060;
	return s;
}

static void each_datagram_is_a_conversation(void **state)
{
	(void)state;
	flow_table_sample(table, datagram("OPTIONS", 7));
	flow_table_sample(table, datagram("OPTIONS", 7));
	flow_table_sample(table, datagram("", 0));
	assert_int_equal(n_seen, 3);
	assert_seen(0, "OPTIONS", true, false);
	assert_int_equal(seen[0].purpose, PURPOSE_SIP_OPTIONS);
	assert_int_equal(seen[1].previous, PURPOSE_NONE);
	assert_false(seen[0].verified);
	assert_seen(2, "", true, false);
	assert_int_equal(flow_table_open_conversations(table), 0);
}

static void a_large_datagram_is_one_conversation(void **state)
{
	static char much[5000];
	struct teiten_sample *s;

	(void)state;
	memset(much, 'b', sizeof(much));
	for (unsigned round = 0; round < 2; round++) {
		s = datagram(much, TEITEN_CHUNK_MAX);
		s->payload_len = sizeof(much);
		flow_table_sample(table, s);
	}
	s = datagram(much, sizeof(much) - TEITEN_CHUNK_MAX);
	s->offset = TEITEN_CHUNK_MAX;
	s->payload_len = sizeof(much);
	flow_table_sample(table, s);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[0].n, TEITEN_CHUNK_MAX);
	assert_true(seen[0].cut);
	assert_int_equal(seen[1].n, sizeof(much));
	assert_false(seen[1].cut);
}

/* --- whatever the order --- */

struct piece {
	uint32_t at, n;
};

/* Cuts [0, size) at random places, twice over, and shuffles all but what must stay in front. */
static unsigned cut_and_shuffle(struct piece *pieces, uint32_t size, bool first_stays)
{
	unsigned n = 0;
	uint32_t longest = 1 + random_below(3) * 200;

	for (unsigned copy = 0; copy < 2; copy++) {
		for (uint32_t at = 0; at < size;) {
			uint32_t part = 1 + random_below(longest);

			part = part < size - at ? part : size - at;
			pieces[n++] = (struct piece){ at, part };
			at += part;
		}
	}
	for (unsigned i = n - 1; i > 1; i--) {
		unsigned k = first_stays ? 1 + random_below(i) : random_below(i + 1);
		struct piece swap = pieces[i];

		pieces[i] = pieces[k];
		pieces[k] = swap;
	}
	return n;
}

static void any_segmentation_gives_the_same(void **state)
{
	static uint8_t text[PREFIX];
	static struct piece pieces[2 * PREFIX];

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		uint32_t size = 1 + random_below(round % 4 ? 300 : PREFIX);
		uint32_t isn = round % 3 ? random_below(UINT32_MAX) : 0u - random_below(size + 2);
		bool with_syn = round % 5 != 0;
		unsigned n = cut_and_shuffle(pieces, size, false);

		for (uint32_t i = 0; i < size; i++)
			text[i] = (uint8_t)random_below(256);
		ipv6 = round % 2;
		port++;
		n_seen = 0;
		if (with_syn)
			syn(isn);
		for (unsigned i = 0; i < n; i++) {
			const struct piece *p = &pieces[i];

			segment_flags(isn + 1 + p->at, p->at + p->n == size && i % 2 ? FIN : 0,
				      text + p->at, p->n);
			if (random_below(50) == 0)
				later(MS);
		}
		end(isn + 1 + size, FIN | ACK);
		if (!with_syn)
			later(ENDED_DELAY);
		assert_true(n_seen > 0);
		assert_true(seen[n_seen - 1].closed);
		assert_false(seen[n_seen - 1].cut);
		assert_int_equal(seen[n_seen - 1].n, size);
		assert_memory_equal(seen[n_seen - 1].payload, text, size);
		assert_int_equal(flow_table_open_conversations(table), 0);
		for (unsigned i = 0; i + 1 < n_seen; i++)
			assert_false(seen[i].closed);
	}
	ipv6 = false;
	assert_int_equal(flow_table_losses(table)->table_full, 0);
	assert_int_equal(flow_table_losses(table)->out_of_window, 0);
}

static uint64_t decoded_bytes;

static void count_decodes(const struct decode_input *in, struct arena *arena, struct decoded *d)
{
	(void)arena;
	n_decoded++;
	decoded_bytes += in->n;
	d->purpose = PURPOSE_OTHER;
}

static void byte_by_byte_is_not_decoded_byte_by_byte(void **state)
{
	(void)state;
	table->decode = count_decodes;
	decoded_bytes = 0;
	syn(999);
	for (uint32_t i = 0; i < PREFIX; i++) {
		segment_flags(1000 + i, 0, "x", 1);
		later(5 * MS);
	}
	later(SECOND);
	assert_int_equal(n_seen, 1);
	/* 41 seconds: one a second, and one whenever a quarter was added. */
	assert_in_range(n_decoded, 10, 90);
	assert_in_range(decoded_bytes, PREFIX, 60 * PREFIX);
	flow_table_close_all(table);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[1].n, PREFIX);
}

static void a_little_more_is_decoded_after_a_second(void **state)
{
	static char much[1000];

	(void)state;
	table->decode = count_decodes;
	segment_flags(1000, 0, much, sizeof(much));
	later(FIRST_DELAY);
	segment(2000, "x");
	later(FIRST_DELAY);
	assert_int_equal(n_decoded, 1);
	later(SECOND);
	assert_int_equal(n_decoded, 2);
	later(SECOND);
	assert_int_equal(n_decoded, 2);
}

/* --- many --- */

static void idle_ones_are_closed_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		port = (uint16_t)(1000 + i);
		segment(1, "x");
		later(3 * SECOND);
	}
	assert_int_equal(flow_table_open_conversations(table), 9);
	port = 1029;
	for (unsigned i = 0; i < 30; i++) {
		segment(2 + i, "y");
		later(3 * SECOND);
	}
	assert_int_equal(flow_table_open_conversations(table), 1);
	flow_table_close_all(table);
	assert_int_equal(flow_table_open_conversations(table), 0);
}

static void pressure_closes_the_least_active(void **state)
{
	unsigned room = table->conversations.n, closed = 0;

	(void)state;
	table->decode = count_decodes;
	port = 1;
	segment(1, "kept");
	for (unsigned i = 0; i < room + 500; i++) {
		port = (uint16_t)(2 + i);
		segment(1, "x");
		now += 2 * MS;
		if (i % 64 == 0) {
			port = 1;
			segment(5 + i / 64, "+");
		}
	}
	for (unsigned i = 0; i < n_seen; i++) {
		closed += seen[i].closed;
		assert_int_not_equal(seen[i].sport, 1);
	}
	assert_int_equal(closed, 501);
	assert_int_equal(flow_table_losses(table)->table_full, 501);
	assert_int_equal(flow_table_open_conversations(table), room);
}

static void pressure_on_the_bytes_too(void **state)
{
	static char much[PREFIX];
	unsigned room = table->chunks.n / (PREFIX / CHUNK_BYTES);

	(void)state;
	table->decode = count_decodes;
	for (unsigned i = 0; i < room + 10; i++) {
		port = (uint16_t)(1 + i);
		segment_flags(1, 0, much, PREFIX);
		now += 50 * MS;
	}
	assert_int_equal(flow_table_losses(table)->table_full, 10);
	assert_int_equal(n_seen, 10);
	assert_int_equal(seen[0].sport, 1);
	assert_int_equal(seen[9].sport, 10);
}

/* A flood of forged SYNs, with payload and without, against one real conversation. */
static void a_syn_flood_evicts_no_conversation(void **state)
{
	unsigned flood = 3 * table->conversations.n;

	(void)state;
	table->decode = count_decodes;
	port = 9;
	syn(99);
	segment(100, "real");
	for (unsigned i = 0; i < flood; i++) {
		struct teiten_sample *s = sample_of(TEITEN_SAMPLE_SYN, i, SYN, "forged",
						    i % 2 ? 6 : 0);

		memcpy(s->saddr + 12, &i, sizeof(i));
		flow_table_sample(table, s);
		n_seen = 0;
	}
	port = 9;
	segment(104, "!");
	end(105, FIN | ACK);
	assert_int_equal(n_seen, 1);
	assert_seen(0, "real!", true, false);
}

static void memory_is_what_was_asked_for(void **state)
{
	struct flow_options o = { .prefix = 32768, .memory = 1000, .idle = SECOND, .ifname = "x" };
	const struct flow_table *t;

	(void)state;
	assert_null(flow_table_new(&o, see, NULL));
	assert_int_equal(errno, EINVAL);
	for (o.memory = 1u << 20; o.memory <= FLOW_MEMORY_DEFAULT; o.memory *= 2) {
		size_t used;

		t = flow_table_new(&o, see, NULL);
		assert_non_null(t);
		used = conversations_size(t->conversations.n) + t->chunks.n * sizeof(struct chunk) +
		       (size_t)t->syns.sets * 4 * sizeof(struct syn);
		assert_in_range(used, o.memory * 8 / 10, o.memory);
		if (o.memory == FLOW_MEMORY_DEFAULT)
			assert_true(t->conversations.n > 16000);
		flow_table_free((struct flow_table *)t);
	}
}

static void a_clock_that_is_set_back_stops_nothing(void **state)
{
	(void)state;
	segment(1, "x");
	later(SECOND);
	now -= 3600 * SECOND;
	flow_table_expire(table, now);
	assert_int_equal(flow_table_open_conversations(table), 1);
	later(31 * SECOND);
	assert_int_equal(flow_table_open_conversations(table), 0);
}

/* --- in words --- */

static void described_without_secrets(void **state)
{
	struct ami_login logins[] = {
		{ .username = SLICE_LITERAL("bob"), .secret = SLICE_LITERAL("Xyzzy-9-plugh") },
		{ .username = SLICE_LITERAL("admin"), .secret = SLICE_LITERAL("1234") }
	};
	struct slice actions[] = { SLICE_LITERAL("Login"), SLICE_LITERAL("login"),
				   SLICE_LITERAL("GetConfig") };
	struct slice files[] = { SLICE_LITERAL("sip.conf") };
	struct decoded d = { .kind = KIND_AMI, .purpose = PURPOSE_AMI_LOGIN_CONFIG };
	struct observation o = { .decoded = &d };
	char text[200];
	size_t n;

	(void)state;
	d.ami.logins = logins;
	d.ami.n_logins = 2;
	d.ami.actions = (struct slice_list){ actions, 3, 3 };
	d.ami.files = (struct slice_list){ files, 1, 1 };
	n = observation_describe(&o, false, text, sizeof(text));
	assert_int_equal(n, strlen(text));
	assert_string_equal(text, "login bob/(hidden), login admin/1234, GetConfig sip.conf");
	observation_describe(&o, true, text, sizeof(text));
	assert_string_equal(text, "login bob/Xyzzy-9-plugh, login admin/1234, GetConfig sip.conf");
	assert_int_equal(observation_describe(&o, true, text, 10), 9);
	assert_string_equal(text, "login bob");
	assert_int_equal(observation_describe(&o, true, text, 1), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_segment_and_fin_is_one_report),
		TEST(a_purpose_that_changes_is_reported_again),
		TEST(a_gap_waits_and_is_closed_by_idle_time),
		TEST(a_fin_that_overtakes_its_data_waits),
		TEST(the_first_copy_wins),
		TEST(a_reset_closes_at_once),
		TEST(a_reset_of_another_connection_is_nothing),
		TEST(a_syn_may_carry_payload),
		TEST(another_syn_begins_another_conversation),
		TEST(a_conversation_without_its_syn),
		TEST(a_syn_that_comes_late),
		TEST(a_full_prefix_is_cut_and_stays_open),
		TEST(exactly_the_prefix_is_not_cut),
		TEST(large_segments_come_in_chunks),
		TEST(a_short_snap_length_is_a_cut),
		TEST(each_datagram_is_a_conversation),
		TEST(a_large_datagram_is_one_conversation),
		TEST(any_segmentation_gives_the_same),
		TEST(byte_by_byte_is_not_decoded_byte_by_byte),
		TEST(a_little_more_is_decoded_after_a_second),
		TEST(idle_ones_are_closed_in_order),
		TEST(pressure_closes_the_least_active),
		TEST(pressure_on_the_bytes_too),
		TEST(a_syn_flood_evicts_no_conversation),
		TEST(memory_is_what_was_asked_for),
		TEST(a_clock_that_is_set_back_stops_nothing),
		TEST(described_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
