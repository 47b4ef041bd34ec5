/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decoders: bytes in, facts out.
 *
 * A decoder is a pure function of the conversation's prefix (the first bytes, in sequence
 * order): it keeps nothing between calls, does no I/O and knows neither ports, nor addresses,
 * nor time. So the way a conversation was cut into segments cannot change what is decoded.
 * Every byte is hostile: no length field is believed before it was compared with what is there,
 * and the work is linear in the number of bytes.
 *
 * A new protocol is one new file that defines a `const struct decoder`, a line in decoder.c's
 * table, and a facts struct in decoded.h.
 */
#ifndef TEITEN_DECODE_DECODER_H
#define TEITEN_DECODE_DECODER_H

#include "user/decode/decoded.h"
#include "user/util/arena.h"

struct decode_input {
	const uint8_t *p; /* the prefix; may be NULL where n is 0 */
	uint32_t n;
	enum protocol expected; /* what the port is for */
	bool udp;
	/*
	 * No more bytes will come: closed, idle, or the prefix is full. A message that its
	 * terminator never ended is then taken as far as it is complete.
	 */
	bool ended;
	/* The visitor said more than the prefix holds (or a segment of it was lost). */
	bool cut;
	/* AMI: the challenge that the server gave, where it is known; else p == NULL. */
	struct slice challenge;
};

enum probe {
	PROBE_NO,   /* cannot be this protocol */
	PROBE_MORE, /* could still become this protocol: too few bytes to tell */
	PROBE_YES,
};

struct decoder {
	enum kind kind;
	const char *name;
	bool tcp, udp; /* the transports that it speaks */
	/* Looks at a few of the first bytes; allocates nothing. */
	enum probe (*probe)(const struct decode_input *in);
	/*
	 * Fills *d, which is zeroed, and sets d->kind and d->purpose; PURPOSE_TRUNCATED where the
	 * bytes end before a purpose shows. All slices point into in->p or the arena.
	 */
	void (*decode)(const struct decode_input *in, struct arena *arena, struct decoded *d);
	/* The purposes that it can give, ended by PURPOSE_NONE, gravest last. */
	const enum purpose *purposes;
};

/* All decoders, ended by NULL. */
extern const struct decoder *const decoders[];

/*
 * Tries the decoder that the port is for, then all others, and fills *d from the first that
 * says PROBE_YES. Where none does: PURPOSE_TRUNCATED if the expected decoder could still have
 * said yes, else PURPOSE_OTHER. *d stays valid as long as in->p and the arena's contents.
 */
void decode_prefix(const struct decode_input *in, struct arena *arena, struct decoded *d);

/* An arena of this size never runs out for a prefix of n bytes in practice. */
#define DECODE_ARENA_SIZE(prefix) (64 * 1024 + 32 * (size_t)(prefix))

#endif
