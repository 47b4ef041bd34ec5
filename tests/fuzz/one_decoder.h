/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every decoder's fuzz target does: probe and decode the input as the flow table would, and
 * stop where an invariant is broken. Fields are read to their ends, so that a slice which points
 * beside its buffer is found as well.
 */
#ifndef TEITEN_TESTS_FUZZ_ONE_DECODER_H
#define TEITEN_TESTS_FUZZ_ONE_DECODER_H

#include <stdlib.h>

#include "user/decode/decoder.h"

static inline unsigned fuzz_sum(struct slice s)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	return sum;
}

static inline unsigned fuzz_sum_list(const struct slice_list *l)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < l->n; i++)
		sum += fuzz_sum(l->v[i]);
	return sum;
}

static inline unsigned fuzz_sum_decoded(const struct decoded *d)
{
	const struct h323_facts *h = &d->h323;
	const struct sip_facts *s = &d->sip;

	return fuzz_sum_list(&h->messages) + fuzz_sum(h->product_id) + fuzz_sum(h->version_id) +
	       fuzz_sum(h->vendor) + fuzz_sum(h->calling) + fuzz_sum(h->called) +
	       fuzz_sum(h->display) + fuzz_sum_list(&h->source_aliases) +
	       fuzz_sum_list(&h->destination_aliases) + fuzz_sum(h->protocol_version) +
	       fuzz_sum(h->endpoint) + fuzz_sum(h->conference_goal) + fuzz_sum_list(&s->methods) +
	       fuzz_sum(s->method) + fuzz_sum(s->uri) + fuzz_sum(s->from) + fuzz_sum(s->to) +
	       fuzz_sum(s->contact) + fuzz_sum(s->user_agent) + fuzz_sum(s->call_id) +
	       fuzz_sum(s->username) + fuzz_sum(s->realm) + fuzz_sum(d->tls.sni) +
	       fuzz_sum_list(&d->tls.alpn) + fuzz_sum(d->tls.version) + fuzz_sum(d->tls.ja4);
}

static inline void fuzz_require(bool holds)
{
	if (!holds)
		abort();
}

/* YES and NO stay what they are when bytes are added. */
static inline void fuzz_probe(const struct decoder *dec, struct decode_input in)
{
	uint32_t n = in.n;
	enum probe before;

	in.ended = false;
	in.n = n / 2;
	before = dec->probe(&in);
	in.n = n;
	fuzz_require(before == PROBE_MORE || dec->probe(&in) == before);
}

static inline void fuzz_decoder(const struct decoder *dec, const uint8_t *data, size_t size)
{
	static volatile unsigned sink;
	static struct arena arena;
	struct decoded d = { 0 };
	struct decode_input in;

	if (size == 0 || size > 65536)
		return;
	in = (struct decode_input){ .p = data + 1,
				    .n = (uint32_t)size - 1,
				    .udp = data[0] & 1 && dec->udp,
				    .ended = (data[0] & 2) != 0,
				    .cut = (data[0] & 4) != 0,
				    .expected = (enum protocol)((data[0] >> 4) % PROTOCOL_MAX) };
	if (!arena.base)
		fuzz_require(arena_init(&arena, DECODE_ARENA_SIZE(65536)) == 0);
	/* also with memory that runs out half-way */
	arena_reset(&arena);
	if (data[0] & 8)
		arena.used = arena.size - 256;
	fuzz_probe(dec, in);
	if (dec->probe(&in) == PROBE_YES) {
		dec->decode(&in, &arena, &d);
		fuzz_require(d.kind == dec->kind && d.purpose != PURPOSE_NONE);
		sink += fuzz_sum_decoded(&d);
	}
	arena_reset(&arena);
	decode_prefix(&in, &arena, &d);
	fuzz_require(!arena.exhausted);
	fuzz_require(d.purpose != PURPOSE_NONE);
	sink += fuzz_sum_decoded(&d);
	(void)sink;
}

#endif
