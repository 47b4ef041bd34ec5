// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/sources.h"

#include "user/stats/address_hash.h"

#define BYTES_EACH (16 + sizeof(struct source_facts))

void sources_init(struct top *t, unsigned kept)
{
	if (kept < SOURCES_KEPT_LEAST)
		kept = SOURCES_KEPT_LEAST;
	top_init(t, kept, kept * BYTES_EACH, sizeof(struct source_facts));
}

void sources_access(struct top *t, const uint8_t address[16], uint64_t time)
{
	struct top_entry *e = top_add(t, address, 16, 1);
	struct source_facts *f;

	if (!e)
		return;
	f = top_aux(e);
	f->sampled++;
	if (time > f->last)
		f->last = time;
}

/*
 * A conversation alone makes an entry while there is room (its SYN may have come before the
 * sensor did), but never throws out one that has accesses.
 */
void sources_conversation(struct top *t, const uint8_t address[16], uint64_t time)
{
	struct top_entry *e = top_find(t, address, 16);
	struct source_facts *f;

	if (!e && t->n < t->kept && !t->floor)
		e = top_add(t, address, 16, 0);
	if (!e)
		return;
	f = top_aux(e);
	f->conversations++;
	if (time > f->last)
		f->last = time;
}

/*
 * The sketch never counts too low, so where it agrees with the samples these are all there were.
 * A source without a sample may still have had accesses if the sketch holds anything for it: its
 * count is then no longer known to be exact.
 */
void sources_settle(struct top *t, const struct teiten_count_min *sketch, bool lossy)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct top_entry *e = &t->v[i];
		struct source_facts *f = top_aux(e);
		uint32_t sampled = f->sampled, most;

		f->sampled = 0;
		if (!lossy)
			continue;
		most = address_count_min(sketch, (const uint8_t *)e->key);
		if (most <= sampled)
			continue;
		f->estimate = 1;
		if (sampled)
			top_raise(t, e, most - sampled);
	}
}

bool sources_merge(struct top *t, const struct top *src)
{
	if (!top_merge(t, src))
		return false;
	for (uint32_t i = 0; i < src->n; i++) {
		const struct source_facts *from = top_aux(&src->v[i]);
		struct top_entry *e = top_find(t, src->v[i].key, 16);
		struct source_facts *f = e ? top_aux(e) : NULL;

		if (!f)
			continue;
		f->conversations += from->conversations;
		f->estimate |= from->estimate;
		f->last = from->last > f->last ? from->last : f->last;
	}
	return true;
}
