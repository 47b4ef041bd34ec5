// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The program on a veth pair, by bpf_link: frames that really arrive are counted, and arrive
 * unchanged all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/frame.h"
#include "tests/support/veth.h"
#include "user/sensor/program.h"

#define SLOT 5

static const struct engine_scope everything;

static void load(struct program *p)
{
	struct program_options options = { .scope = &everything, .ring_size = RING_SIZE_MIN };
	struct engine e = { 0 };
	int err = program_load(p, &options);

	if (err == -EPERM) {
		print_message("# the program cannot be loaded without privileges\n");
		skip();
	}
	assert_int_equal(err, 0);
	maps_to_engine(&p->maps, &e);
	e.settings->prefix = TEITEN_PREFIX_DEFAULT;
	e.ports->tcp[5038] = SLOT;
	for (int kind = 0; kind < TEITEN_SAMPLE_ROOM; kind++)
		e.settings->budget[kind] = UINT32_MAX;
}

static int attach(const struct program *p, int index, uint32_t mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode);

	return bpf_link_create(p->fd, index, BPF_XDP, &options);
}

static void open_veth(struct veth *v, unsigned mtu)
{
	int err = veth_open(v, mtu);

	if (err == -EOPNOTSUPP) {
		print_message("# this kernel has no veth\n");
		skip();
	}
	assert_int_equal(err, 0);
}

static void run_frames(struct veth *v, struct program *p)
{
	static struct teiten_counters c;
	static struct frame f;

	for (uint32_t i = 0; i < 20; i++) {
		struct frame_spec spec = { .version = i % 2 ? 6 : 4,
					   .flags = i % 4 < 2 ? SYN : ACK,
					   .seq = i,
					   .payload_len = i % 4 < 2 ? 0 : 100 + i };

		frame_make(&f, &spec);
		assert_int_equal(veth_send(v, f.b, f.n), 0);
		assert_int_equal(veth_arrives(v, f.b, f.n), 0);
	}
	assert_int_equal(maps_counters(&p->maps, &c), 0);
	assert_true(c.totals.packets >= 20);
	assert_int_equal(c.totals.watched_packets, 20);
	assert_int_equal(c.ports[SLOT].accesses, 10);
	assert_int_equal(c.ports[SLOT].payload_packets, 10);
	assert_int_equal(c.totals.sampled[TEITEN_SAMPLE_SEGMENT], 10);
}

static void run_mode(uint32_t mode)
{
	struct program p;
	struct veth v;
	int link;

	load(&p);
	open_veth(&v, 1500);
	link = attach(&p, v.near, mode);
	assert_true(link >= 0);
	/* a second program is not put in place of the first */
	assert_true(attach(&p, v.near, mode) < 0);
	run_frames(&v, &p);
	close(link);
	/* gone with its link: nothing counts any more */
	link = attach(&p, v.near, mode);
	assert_true(link >= 0);
	close(link);
	veth_close(&v);
	program_unload(&p);
}

static void test_native(void **state)
{
	(void)state;
	run_mode(XDP_FLAGS_DRV_MODE);
}

static void test_generic(void **state)
{
	(void)state;
	run_mode(XDP_FLAGS_SKB_MODE);
}

/* Jumbo frames in native mode: the program declares that it knows fragments of a frame. */
static void test_native_jumbo(void **state)
{
	static struct teiten_counters c;
	static struct frame f;
	struct program p;
	struct veth v;
	int link;

	(void)state;
	load(&p);
	if (!p.frags) {
		program_unload(&p);
		print_message("# this kernel has no xdp.frags\n");
		skip();
	}
	open_veth(&v, 9000);
	link = attach(&p, v.near, XDP_FLAGS_DRV_MODE);
	assert_true(link >= 0);
	frame_make(&f, &(struct frame_spec){ .flags = ACK, .payload_len = 8900 });
	assert_int_equal(veth_send(&v, f.b, f.n), 0);
	assert_int_equal(veth_arrives(&v, f.b, f.n), 0);
	assert_int_equal(maps_counters(&p.maps, &c), 0);
	assert_int_equal(c.ports[SLOT].payload_bytes, 8900);
	assert_int_equal(c.ports[SLOT].bytes, f.n);
	assert_int_equal(c.totals.sampled[TEITEN_SAMPLE_SEGMENT], 1);
	close(link);
	veth_close(&v);
	program_unload(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_native_jumbo),
	};

	return cmocka_run_group_tests_name("attach", tests, NULL, NULL);
}
