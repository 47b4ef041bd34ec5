// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/series.h"

/* What a bucket says of a purpose. */
static uint32_t count_of(const struct window_bucket *b, enum purpose purpose, bool udp)
{
	uint64_t conversations = 0;

	if (purpose == PURPOSE_NONE)
		return b->accesses;
	if (purpose != PURPOSE_NO_PAYLOAD)
		return b->purposes[purpose];
	for (unsigned i = 0; i < PURPOSE_MAX; i++)
		conversations += b->purposes[i];
	return !udp && b->accesses > conversations ? b->accesses - (uint32_t)conversations : 0;
}

static bool occurs(const struct window_ring *r, unsigned n, enum purpose purpose, bool udp)
{
	for (unsigned i = 0; i < n; i++) {
		if (count_of(&r->v[i], purpose, udp))
			return true;
	}
	return false;
}

static const uint32_t *copy(const struct window_ring *r, unsigned n, enum purpose purpose, bool udp,
			    struct pool *p)
{
	uint32_t *v = pool_alloc(p, n * sizeof(*v));

	for (unsigned i = 0; v && i < n; i++)
		v[i] = count_of(&r->v[(r->current + 1 + i) % n], purpose, udp);
	return v;
}

void series_fill(const struct windows *w, enum window_id id, bool udp, struct pool *p,
		 struct summary_series *out)
{
	const struct window_ring *r = &w->ring[id];
	unsigned n = window_buckets(id);
	bool there[PURPOSE_MAX];
	size_t rows = 0;

	*out = (struct summary_series){ .step = window_width(id), .n = n };
	if (!r->v || r->current + 1 < n)
		return;
	out->from = (r->current + 1 - n) * out->step;
	for (unsigned i = PURPOSE_NONE; i < PURPOSE_MAX; i++) {
		there[i] = occurs(r, n, i, udp);
		rows += there[i];
	}
	out->rows = rows ? pool_alloc(p, rows * sizeof(*out->rows)) : NULL;
	for (unsigned i = PURPOSE_NONE; out->rows && i < PURPOSE_MAX; i++) {
		const uint32_t *v = there[i] ? copy(r, n, i, udp, p) : NULL;

		if (v)
			out->rows[out->n_rows++] = (struct summary_row){ i, v };
	}
}
