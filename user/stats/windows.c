// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/windows.h"

#include <stdlib.h>

#define SECOND 1000000000ull

static const struct {
	uint64_t width;
	unsigned n;
} shapes[WINDOW_MAX] = {
	[WINDOW_1M] = { SECOND, 60 },
	[WINDOW_5M] = { 5 * SECOND, 60 },
	[WINDOW_1H] = { 60 * SECOND, 60 },
	[WINDOW_24H] = { 900 * SECOND, 96 },
};

unsigned window_buckets(enum window_id w)
{
	return shapes[w].n;
}

uint64_t window_width(enum window_id w)
{
	return shapes[w].width;
}

void windows_free(struct windows *w)
{
	free(w->memory);
	memset(w, 0, sizeof(*w));
}

static bool allocate(struct windows *w)
{
	unsigned total = 0, at = 0;

	if (w->memory)
		return true;
	for (unsigned i = 0; i < WINDOW_MAX; i++)
		total += shapes[i].n;
	w->memory = calloc(total, sizeof(*w->memory));
	if (!w->memory)
		return false;
	for (unsigned i = 0; i < WINDOW_MAX; i++) {
		w->ring[i].v = w->memory + at;
		at += shapes[i].n;
	}
	return true;
}

static void ring_advance(struct window_ring *r, unsigned n, uint64_t bucket)
{
	if (bucket <= r->current && bucket + n > r->current)
		return;
	if (r->v && (bucket < r->current || bucket - r->current >= n)) {
		memset(r->v, 0, sizeof(*r->v) * n);
	} else if (r->v) {
		for (uint64_t b = r->current + 1; b <= bucket; b++)
			memset(&r->v[b % n], 0, sizeof(*r->v));
	}
	r->current = bucket;
}

void windows_advance(struct windows *w, uint64_t now)
{
	for (unsigned i = 0; i < WINDOW_MAX; i++)
		ring_advance(&w->ring[i], shapes[i].n, now / shapes[i].width);
}

static void add(uint32_t *count, uint64_t n)
{
	*count = n > UINT32_MAX - *count ? UINT32_MAX : *count + (uint32_t)n;
}

bool windows_count(struct windows *w, uint64_t now, uint64_t accesses, uint64_t payload_packets)
{
	windows_advance(w, now);
	if (!accesses && !payload_packets)
		return true;
	if (!allocate(w))
		return false;
	for (unsigned i = 0; i < WINDOW_MAX; i++) {
		struct window_bucket *b = &w->ring[i].v[w->ring[i].current % shapes[i].n];

		add(&b->accesses, accesses);
		add(&b->payload_packets, payload_packets);
	}
	return true;
}

bool windows_purpose(struct windows *w, uint64_t start, enum purpose previous, enum purpose purpose)
{
	if (!allocate(w))
		return false;
	for (unsigned i = 0; i < WINDOW_MAX; i++) {
		struct window_ring *r = &w->ring[i];
		uint64_t bucket = start / shapes[i].width;
		struct window_bucket *b;

		/* A first report may come before the tick that brings its second. */
		if (bucket > r->current)
			ring_advance(r, shapes[i].n, bucket);
		if (bucket + shapes[i].n <= r->current)
			continue;
		b = &r->v[bucket % shapes[i].n];
		if (previous != PURPOSE_NONE && b->purposes[previous])
			b->purposes[previous]--;
		if (purpose != PURPOSE_NONE)
			add(&b->purposes[purpose], 1);
	}
	return true;
}

void windows_sum(const struct windows *w, enum window_id id, struct summary_window *out)
{
	const struct window_ring *r = &w->ring[id];

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; r->v && i < shapes[id].n; i++) {
		out->accesses += r->v[i].accesses;
		out->payload_packets += r->v[i].payload_packets;
		for (unsigned p = 0; p < PURPOSE_MAX; p++)
			out->purposes[p] += r->v[i].purposes[p];
	}
}

void windows_recent(const struct windows *w, uint64_t now, uint32_t recent[60])
{
	const struct window_ring *r = &w->ring[WINDOW_1M];
	uint64_t newest = now / SECOND;

	for (unsigned age = 0; r->v && age < 60; age++) {
		uint64_t bucket = newest - age;

		if (newest >= age && bucket <= r->current && bucket + 60 > r->current)
			add(&recent[59 - age], r->v[bucket % 60].accesses);
	}
}

struct window_bucket *windows_bucket(struct windows *w, enum window_id id, unsigned age)
{
	struct window_ring *r = &w->ring[id];

	if (age >= shapes[id].n || age > r->current || !allocate(w))
		return NULL;
	return &r->v[(r->current - age) % shapes[id].n];
}

bool windows_merge(struct windows *w, const struct windows *src)
{
	if (!src->memory)
		return true;
	if (!allocate(w))
		return false;
	for (unsigned i = 0; i < WINDOW_MAX; i++) {
		const struct window_ring *from = &src->ring[i];
		struct window_ring *r = &w->ring[i];

		if (from->current > r->current)
			ring_advance(r, shapes[i].n, from->current);
		for (unsigned age = 0; age < shapes[i].n && age <= from->current; age++) {
			uint64_t bucket = from->current - age;
			const struct window_bucket *s = &from->v[bucket % shapes[i].n];
			struct window_bucket *b = &r->v[bucket % shapes[i].n];

			if (bucket + shapes[i].n <= r->current)
				break;
			add(&b->accesses, s->accesses);
			add(&b->payload_packets, s->payload_packets);
			for (unsigned p = 0; p < PURPOSE_MAX; p++)
				add(&b->purposes[p], s->purposes[p]);
		}
	}
	return true;
}
