/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every fuzz target asks of what a decoder gives back. */
#ifndef TEITEN_FUZZ_CHECK_H
#define TEITEN_FUZZ_CHECK_H

#include <stdlib.h>

#include "user/decode/table.h"

#define CHECK(condition)                  \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

/* Reads every byte, so that ASan sees a slice that points outside what it may. */
static inline void touch(struct slice s)
{
	static volatile unsigned char sink;

	CHECK(s.p || !s.n);
	for (uint32_t i = 0; i < s.n; i++)
		sink = (unsigned char)(sink + (unsigned char)s.p[i]);
}

static inline void touch_list(struct slice_list list)
{
	CHECK(list.n <= list.cap || !list.n);
	for (uint32_t i = 0; i < list.n; i++)
		touch(list.v[i]);
}

static inline void touch_ami(const struct ami_facts *f)
{
	touch_list(f->actions);
	touch_list(f->files);
	touch_list(f->commands);
	for (uint32_t i = 0; i < f->n_logins; i++) {
		touch(f->logins[i].username);
		touch(f->logins[i].secret);
	}
	for (uint32_t i = 0; i < f->n_originates; i++) {
		touch(f->originates[i].channel);
		touch(f->originates[i].application);
		touch(f->originates[i].data);
		touch(f->originates[i].exten);
		touch(f->originates[i].context);
	}
}

static inline void touch_http(const struct http_facts *f)
{
	for (uint32_t i = 0; i < f->n_requests; i++) {
		const struct http_request *r = &f->requests[i];

		CHECK(r->method.n && r->target.n && r->purpose != PURPOSE_NONE);
		touch(r->method);
		touch(r->target);
		touch(r->version);
		touch(r->host);
		touch(r->user_agent);
		touch(r->api);
	}
	touch(f->create.image);
	touch(f->create.network_mode);
	touch(f->create.cmd);
	touch_list(f->create.binds);
	touch_list(f->images);
}

static inline void touch_others(const struct decoded *d)
{
	touch_list(d->h323.messages);
	touch(d->h323.product_id);
	touch(d->h323.version_id);
	touch(d->h323.vendor);
	touch(d->h323.calling);
	touch(d->h323.called);
	touch(d->h323.display);
	touch_list(d->h323.source_aliases);
	touch_list(d->h323.destination_aliases);
	touch_list(d->sip.methods);
	touch(d->sip.uri);
	touch(d->sip.from);
	touch(d->sip.user_agent);
	touch(d->sip.username);
	touch(d->tls.sni);
	touch_list(d->tls.alpn);
	touch(d->tls.ja4);
	touch(d->ssh_version);
	touch(d->rdp_cookie);
	touch(d->content_hash);
}

static inline void touch_all(const struct decoded *d)
{
	touch_ami(&d->ami);
	touch_http(&d->http);
	touch_others(d);
}

/* The purpose is one that the decoder says it can give. */
static inline void check_purpose(const struct decoder *dec, const struct decoded *d)
{
	const enum purpose *p = dec->purposes;

	while (*p != PURPOSE_NONE && *p != d->purpose)
		p++;
	CHECK(*p != PURPOSE_NONE);
}

/* Once the bytes are known to be a protocol's, more bytes cannot change that. */
static inline void check_steady(const struct decoder *dec, struct decode_input in)
{
	enum probe whole = dec->probe(&in);

	for (uint32_t n = in.n / 2; n < in.n; n += (in.n - n + 3) / 4) {
		struct decode_input part = in;

		part.n = n;
		part.ended = false;
		CHECK(dec->probe(&part) != PROBE_YES || whole == PROBE_YES);
	}
}

/* One decoder, called as decode_prefix() would. The first byte holds the input's flags. */
static inline int fuzz_decoder(const struct decoder *dec, enum protocol expected,
			       const uint8_t *data, size_t size)
{
	struct decode_input in = { .p = data + 1, .udp = false };
	struct decoded d = { 0 };
	struct arena arena;

	if (!size)
		return 0;
	in.n = (uint32_t)size - 1;
	in.ended = data[0] & 1;
	in.cut = data[0] & 2;
	in.expected = data[0] & 4 ? PROTOCOL_COUNT_ONLY : expected;
	if (data[0] & 8)
		in.challenge = SLICE_LITERAL("162638143");
	check_steady(dec, in);
	if (dec->probe(&in) != PROBE_YES)
		return 0;
	/* A small arena at times, so that running out of it is tried as well. */
	if (arena_init(&arena, data[0] & 16 ? 256 : DECODE_ARENA_SIZE(in.n)))
		abort();
	dec->decode(&in, &arena, &d);
	touch_all(&d);
	check_purpose(dec, &d);
	arena_free(&arena);
	return 0;
}

#endif
