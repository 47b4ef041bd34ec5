// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/decode_cuts.h"

static struct arena arena;

static struct arena *fresh_arena(size_t n)
{
	arena_free(&arena);
	assert_int_equal(arena_init(&arena, DECODE_ARENA_SIZE(n)), 0);
	return &arena;
}

void decode_whole(const void *p, size_t n, enum protocol expected, bool udp, struct decoded *d)
{
	struct decode_input in = {
		.p = p, .n = (uint32_t)n, .expected = expected, .udp = udp, .ended = true
	};

	decode_prefix(&in, fresh_arena(n), d);
	assert_false(arena.exhausted);
}

static void assert_same(struct slice a, struct slice b)
{
	assert_int_equal(a.p != NULL, b.p != NULL);
	assert_true(slice_eq(a, b));
}

static void assert_same_list(const struct slice_list *a, const struct slice_list *b)
{
	assert_int_equal(a->n, b->n);
	for (uint32_t i = 0; i < a->n; i++)
		assert_same(a->v[i], b->v[i]);
}

static void assert_same_h323(const struct h323_facts *a, const struct h323_facts *b)
{
	assert_same_list(&a->messages, &b->messages);
	assert_int_equal(a->setups, b->setups);
	assert_same(a->product_id, b->product_id);
	assert_same(a->version_id, b->version_id);
	assert_same(a->vendor, b->vendor);
	assert_same(a->calling, b->calling);
	assert_same(a->called, b->called);
	assert_same(a->display, b->display);
	assert_same_list(&a->source_aliases, &b->source_aliases);
	assert_same_list(&a->destination_aliases, &b->destination_aliases);
	assert_same(a->protocol_version, b->protocol_version);
	assert_same(a->endpoint, b->endpoint);
	assert_same(a->conference_goal, b->conference_goal);
	assert_int_equal(a->call_reference, b->call_reference);
	assert_int_equal(a->cause, b->cause);
}

static void assert_same_sip(const struct sip_facts *a, const struct sip_facts *b)
{
	assert_same_list(&a->methods, &b->methods);
	assert_same(a->method, b->method);
	assert_same(a->uri, b->uri);
	assert_same(a->from, b->from);
	assert_same(a->to, b->to);
	assert_same(a->contact, b->contact);
	assert_same(a->user_agent, b->user_agent);
	assert_same(a->call_id, b->call_id);
	assert_same(a->username, b->username);
	assert_same(a->realm, b->realm);
	assert_ptr_equal(a->tool, b->tool);
	assert_int_equal(a->status, b->status);
}

static void assert_same_decoded(const struct decoded *a, const struct decoded *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->purpose, b->purpose);
	assert_int_equal(a->incomplete, b->incomplete);
	assert_same_h323(&a->h323, &b->h323);
	assert_same_sip(&a->sip, &b->sip);
	assert_same(a->tls.sni, b->tls.sni);
	assert_same_list(&a->tls.alpn, &b->tls.alpn);
	assert_same(a->tls.version, b->tls.version);
	assert_same(a->tls.ja4, b->tls.ja4);
	assert_same(a->ssh_version, b->ssh_version);
	assert_same(a->rdp_cookie, b->rdp_cookie);
}

/* Twice: from the conversation itself, and from a copy with nothing behind it. */
static void decode_cut(const struct decoder *dec, const uint8_t *p, uint32_t k, bool ended,
		       enum protocol expected)
{
	struct decode_input in = { .p = p, .n = k, .expected = expected, .ended = ended };
	uint8_t *copy = malloc(k ? k : 1);
	struct decoded a = { 0 }, b = { 0 };
	struct arena second;

	assert_non_null(copy);
	memcpy(copy, p, k);
	assert_int_equal(arena_init(&second, DECODE_ARENA_SIZE(k)), 0);
	dec->decode(&in, fresh_arena(k), &a);
	in.p = copy;
	dec->decode(&in, &second, &b);
	assert_same_decoded(&a, &b);
	assert_int_not_equal(a.purpose, PURPOSE_NONE);
	arena_free(&second);
	free(copy);
}

void check_cuts(const struct decoder *dec, const void *p, size_t n, enum protocol expected)
{
	enum probe before = PROBE_MORE;

	for (uint32_t k = 0; k <= n; k++) {
		struct decode_input in = { .p = p, .n = k, .expected = expected };
		enum probe now = dec->probe(&in);

		if (before != PROBE_MORE)
			assert_int_equal(now, before);
		before = now;
		if (now == PROBE_YES)
			decode_cut(dec, p, k, false, expected);
		in.ended = true;
		if (dec->probe(&in) == PROBE_YES)
			decode_cut(dec, p, k, true, expected);
	}
}
