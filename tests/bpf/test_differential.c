// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random packets through the loaded program and the native engine: whatever arrives, both count
 * and sample the same, and every packet has exactly one outcome.
 *
 *   TEITEN_SEED     the generator's start; by default the time, printed so that it can be repeated
 *   TEITEN_PACKETS  how many; 60,000 by default
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/twin.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PACKETS 60000

static uint64_t state;

/* SplitMix64 (Steele, Lea, Flood 2014) */
static uint64_t random64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(random64() % n);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

static void pick_tags(struct frame_spec *s)
{
	static const uint16_t tpids[] = { 0x8100, 0x88a8, 0x9100 };

	for (int i = 0; i < 3 && one_in(4); i++) {
		s->tpid[i] = tpids[below(COUNT(tpids))];
		s->vlan[i] = (uint16_t)below(65536);
	}
	if (one_in(50))
		s->type = (uint16_t)below(65536);
}

static void pick_network(struct frame_spec *s)
{
	static const uint8_t extensions[] = { 0, 43, 44, 51, 60, 135, 139, 140, 59, 50 };
	static const char *const to[] = { "192.0.2.1", "192.0.2.2", "203.0.113.9" };
	static const char *const to6[] = { "2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::9" };

	s->ttl = (uint8_t)below(256);
	s->ip_id = one_in(4) ? 54321 : (uint16_t)below(65536);
	if (one_in(3)) {
		s->version = 6;
		s->to = to6[below(COUNT(to6))];
		s->n_extensions = (uint8_t)(one_in(2) ? 0 : below(FRAME_EXTENSIONS));
		for (int i = 0; i < s->n_extensions; i++)
			s->extensions[i] = extensions[below(one_in(9) ? COUNT(extensions) : 8)];
		s->fragment = one_in(2) ? 0 : (uint16_t)below(one_in(2) ? 8 : 65536);
	} else {
		s->to = to[below(COUNT(to))];
		s->ip_options = (uint8_t)(one_in(4) ? 4 * below(11) : 0);
		s->fragment = one_in(8) ? (uint16_t)below(65536) : one_in(2) ? 0x4000 : 0;
	}
}

static void pick_transport(struct frame_spec *s)
{
	static const uint16_t ports[] = { 5038, 2375, 5060, 65535, 23, 0, 80 };
	static const uint16_t windows[] = { 65535, 1024, 2048, 3072, 4096, 64240 };
	static const uint32_t sizes[] = { 1, 2, 40, 41, 256, 296, 297, 1460, 1512, 3000 };
	static uint8_t options[40];

	memcpy(options, one_in(2) ? "\2\4\5\264" : "\1\1\1\1", 4);
	s->protocol = one_in(20) ? (uint8_t)below(256) : one_in(4) ? UDP : TCP;
	s->dport = ports[below(COUNT(ports))];
	s->sport = (uint16_t)(40000 + below(20));
	s->seq = one_in(6) ? 0xc0000201u : one_in(6) ? (uint32_t)random64() : below(20000);
	s->ack = (uint32_t)random64();
	s->flags = (uint8_t)(one_in(2) ? ACK : one_in(2) ? SYN : below(256));
	s->window = windows[below(COUNT(windows))];
	s->options = options;
	s->options_len = (uint8_t)(one_in(2) ? 0 : 4 * below(11));
	s->payload_len = one_in(3) ? 0 : sizes[below(COUNT(sizes))];
}

/* Bytes of the headers become others, or the end goes missing. */
static void damage(struct frame *f)
{
	size_t headers = f->payload < f->n ? f->payload : f->n;

	if (one_in(3))
		for (uint32_t i = 1 + below(4); i; i--)
			f->b[12 + below((uint32_t)headers - 12)] = (uint8_t)random64();
	if (one_in(8))
		f->n = 14 + below((uint32_t)f->n - 13);
	if (one_in(8)) {
		size_t more = below(64);

		memset(f->b + f->n, (int)below(256), more);
		f->n += more;
	}
}

static void pick_settings(struct twin *t)
{
	struct teiten_settings set = twin_settings_now(t);

	set.now += below(1000000);
	set.window += one_in(2);
	set.bank = below(2);
	set.prefix = one_in(3) ? below(TEITEN_PREFIX_MAX + 1) : 500;
	set.cut = one_in(3) ? below(3000) : 0;
	for (int kind = 0; kind < TEITEN_SAMPLE_ROOM; kind++)
		set.budget[kind] = one_in(2) ? UINT32_MAX : below(10);
	twin_settings(t, &set);
}

static void test_random_packets(void **unused)
{
	const char *seed = getenv("TEITEN_SEED"), *packets = getenv("TEITEN_PACKETS");
	uint64_t n = packets ? strtoull(packets, NULL, 0) : PACKETS;
	struct twin *t = twin_shared();
	static struct frame f;

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	print_message("# TEITEN_SEED=%llu TEITEN_PACKETS=%llu\n", (unsigned long long)state,
		      (unsigned long long)n);
	for (uint64_t i = 0; i < n; i++) {
		struct frame_spec spec = { 0 };

		if (one_in(100))
			pick_settings(t);
		pick_tags(&spec);
		pick_network(&spec);
		pick_transport(&spec);
		frame_make(&f, &spec);
		damage(&f);
		assert_int_equal(twin_packet(t, f.b, f.n), 0);
		if (i % 500 == 499) {
			twin_compare(t);
			assert_int_equal(twin_counters(t)->totals.packets, i % 5000 + 1);
		}
		if (i % 5000 == 4999)
			twin_reset(t);
	}
	twin_compare(t);
}

/* No structure at all, but now and then an Ethernet type that leads further. */
static void test_noise(void **unused)
{
	static struct frame f;
	struct twin *t = twin_shared();

	(void)unused;
	for (int i = 0; i < 2000; i++) {
		f.n = 14 + below(200);
		for (size_t k = 0; k < f.n; k++)
			f.b[k] = (uint8_t)random64();
		if (one_in(2))
			frame_put16(&f, 12, one_in(2) ? 0x0800 : 0x86dd);
		if (one_in(2))
			f.b[14] = one_in(2) ? 0x45 : 0x60;
		assert_int_equal(twin_packet(t, f.b, f.n), 0);
	}
	twin_compare(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_packets),
		cmocka_unit_test(test_noise),
	};
	int failed = cmocka_run_group_tests_name("differential", tests, NULL, NULL);

	twin_shared_close();
	return failed;
}
