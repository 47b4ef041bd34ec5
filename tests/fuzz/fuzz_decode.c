// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* decode_prefix() with every expected protocol: one answer, the same one each time. */
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode_input in = { .p = data + 1 };
	struct arena first, second;
	struct decoded a, b;

	if (!size)
		return 0;
	in.n = (uint32_t)size - 1;
	in.ended = data[0] & 1;
	in.cut = data[0] & 2;
	in.udp = data[0] & 4;
	in.expected = (enum protocol)((data[0] >> 3) % PROTOCOL_MAX);
	for (int i = 0; decoders[i]; i++)
		check_steady(decoders[i], in);
	if (arena_init(&first, DECODE_ARENA_SIZE(in.n)) || arena_init(&second, first.size))
		abort();
	decode_prefix(&in, &first, &a);
	decode_prefix(&in, &second, &b);
	touch_all(&a);
	CHECK(a.kind < KIND_MAX && a.purpose != PURPOSE_NONE && a.purpose < PURPOSE_MAX);
	CHECK(a.kind == b.kind && a.purpose == b.purpose && first.used == second.used);
	arena_free(&first);
	arena_free(&second);
	return 0;
}
