/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What twin.c and twin_outcome.c share. */
#ifndef TEITEN_TESTS_SUPPORT_TWIN_INTERNAL_H
#define TEITEN_TESTS_SUPPORT_TWIN_INTERNAL_H

#include "tests/support/twin.h"
#include "user/sensor/program.h"

#define RECORD_MAX 65536
#define TWIN_REGISTERS (sizeof(struct teiten_registers) * TEITEN_WATCH_SLOTS * TEITEN_BANKS)

/* Samples one behind the other: header, options and data, without the rest of the record. */
struct record {
	size_t n, used;
	size_t at[RECORD_MAX], len[RECORD_MAX];
	_Alignas(8) uint8_t bytes[16 << 20];
};

struct twin {
	struct twin_options options;
	struct program program;
	struct ring_buffer *ring;
	struct engine kernel; /* no operations: only the pointers to shared memory */
	struct engine *native;
	struct record kernel_samples, native_samples;
	struct teiten_counters kernel_counters, native_counters;
	/* filled by twin_compare() */
	uint64_t destinations[2][TEITEN_PORTS];
	struct teiten_count_min count_min[TEITEN_BANKS];
	char text[16384];
};

void record_add(struct record *r, const struct teiten_sample *s);
const struct teiten_sample *record_get(const struct record *r, size_t i);

#endif
