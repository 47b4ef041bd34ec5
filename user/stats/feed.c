// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/feed.h"

#include <stdlib.h>

static bool over_budget(struct feed *f, uint64_t time)
{
	uint64_t second = time / 1000000000;

	if (second != f->second) {
		f->second = second;
		f->written = 0;
	}
	return f->written++ >= FEED_PER_SECOND;
}

static unsigned find(const struct feed *f, uint64_t id)
{
	unsigned i = 0;

	while (i < f->n && f->id[i] != id)
		i++;
	return i;
}

static unsigned row_of(struct feed *f, const struct observation *o)
{
	unsigned i = o->previous != PURPOSE_NONE ? find(f, o->id) : f->n;

	if (i < f->n)
		return i;
	i = f->next;
	f->next = (f->next + 1) % FEED_ROWS;
	f->n += f->n < FEED_ROWS;
	return i;
}

void feed_observe(struct feed *f, const struct observation *o, bool show_secrets)
{
	struct feed_row *row;
	unsigned i;

	if (over_budget(f, o->last)) {
		i = o->closed ? find(f, o->id) : f->n;
		if (i < f->n)
			f->row[i].event.open = false;
		return;
	}
	if (!f->row)
		f->row = calloc(FEED_ROWS, sizeof(*f->row));
	if (!f->row)
		return;
	i = row_of(f, o);
	row = &f->row[i];
	f->id[i] = o->id;
	row->event = (struct summary_event){
		.time = o->start,
		.dport = o->dport,
		.udp = o->udp,
		.open = !o->closed,
		.expected = o->expected,
		.kind = o->decoded->kind,
		.purpose = o->decoded->purpose,
	};
	memcpy(row->event.saddr, o->saddr, 16);
	row->n = (uint16_t)observation_describe(o, show_secrets, row->text, sizeof(row->text));
}

const struct feed_row *feed_row(const struct feed *f, unsigned i)
{
	if (i >= f->n)
		return NULL;
	return &f->row[(f->next + FEED_ROWS - 1 - i) % FEED_ROWS];
}

void feed_free(struct feed *f)
{
	free(f->row);
	memset(f, 0, sizeof(*f));
}
