// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames down the whole road: the kernel side's parse, count and sample code as the native engine
 * compiles it, the flow table, the decoders, the statistics. The input is a list of frames, each
 * behind four bytes: length (2), what a snap length took (1), and time since the last one (1).
 * Beyond memory safety: every frame is counted once and has one outcome at the most.
 */
#include <stdlib.h>
#include <string.h>

#include "user/sensor/sensor.h"

#define HEADER 4
#define FRAME_MAX 9000

static void check_counts(const struct teiten_counters *c, uint64_t frames)
{
	uint64_t outcomes = c->totals.not_ip + c->totals.other_ip + c->totals.watched_packets;

	for (int i = 0; i < TEITEN_BAD_ROOM; i++)
		outcomes += c->totals.malformed[i];
	if (c->totals.packets != frames || outcomes > frames)
		abort();
}

static struct sensor *open_sensor(struct engine_scope *scope)
{
	struct sensor_options options = {
		.flow = { .prefix = 2048,
			  .memory = 1 << 17,
			  .idle = FLOW_IDLE_DEFAULT,
			  .ifname = "fuzz" },
		.stats = { .kept = 64, .show_secrets = false },
		.replay = true,
	};
	struct engine *e = engine_new_native(scope);
	struct watch_list ports;
	struct sensor *s;

	if (!e)
		abort();
	watch_list_default(&ports);
	s = sensor_new(e, &ports, &options);
	if (!s)
		abort();
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t size)
{
	static unsigned turn;
	struct engine_scope scope = { 0 };
	struct sensor *s;
	uint64_t frames = 0, time = 1450000000ull * 1000000000;
	struct teiten_counters counters;

	if (size && p[0] & 1)
		cidr_list_add(&scope.home, "192.0.2.0/24");
	s = open_sensor(&scope);
	while (size >= HEADER) {
		size_t n = (size_t)p[0] << 8 | p[1];
		uint8_t *frame;

		n = n > FRAME_MAX ? FRAME_MAX : n;
		n = n > size - HEADER ? size - HEADER : n;
		frame = malloc(n + 1); /* its own allocation, so that ASan sees its end */
		if (!frame)
			abort();
		memcpy(frame, p + HEADER, n);
		time += (uint64_t)p[3] * 10000000;
		if (sensor_packet(s, frame, (uint32_t)n, (uint32_t)n + p[2], time))
			abort();
		free(frame);
		frames++;
		p += HEADER + n;
		size -= HEADER + n;
	}
	if (sensor_engine(s)->ops->counters(sensor_engine(s), &counters))
		abort();
	check_counts(&counters, frames);
	/* a hundred times the cost of the packets; the first run, thus any reproduction, has it */
	if (turn++ % 64 == 0) {
		if (sensor_finish(s, time))
			abort();
		summary_free(stats_summary(sensor_stats(s), 5));
	}
	sensor_free(s);
	cidr_list_free(&scope.home);
	return 0;
}
