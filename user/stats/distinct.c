// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "user/stats/address_hash.h"
#include "user/stats/hash.h"

static const uint8_t zero_address[16];

void distinct_init(struct distinct *d, uint32_t limit)
{
	*d = (struct distinct){ .limit = limit };
}

void distinct_free(struct distinct *d)
{
	free(d->set);
	free(d->rank);
	distinct_init(d, d->limit);
}

static bool need_registers(struct distinct *d)
{
	if (!d->rank)
		d->rank = calloc(1, TEITEN_HLL_REGISTERS);
	return d->rank != NULL;
}

static void raise_register(struct distinct *d, const uint8_t address[16])
{
	uint64_t hash = address_hash(address);
	uint64_t rest = hash >> TEITEN_HLL_BITS;
	uint8_t *r = &d->rank[hash & (TEITEN_HLL_REGISTERS - 1)];
	uint8_t rank = TEITEN_HLL_RANK_MAX;

	if (rest)
		rank = (uint8_t)(1 + __builtin_ctzll(rest));
	if (rank > *r)
		*r = rank;
}

/* The place of the address, or the free place where it belongs. There is always a free one. */
static uint8_t *find(uint8_t (*set)[16], uint32_t cap, const uint8_t address[16])
{
	uint64_t at = table_hash(address, 16, table_seed());

	for (;; at++) {
		uint8_t *p = set[at & (cap - 1)];

		if (memcmp(p, address, 16) == 0 || memcmp(p, zero_address, 16) == 0)
			return p;
	}
}

static bool grow(struct distinct *d)
{
	uint32_t cap = d->cap ? d->cap * 2 : 16;
	uint8_t(*set)[16] = calloc(cap, 16);

	if (!set)
		return false;
	for (uint32_t i = 0; i < d->cap; i++) {
		if (memcmp(d->set[i], zero_address, 16) != 0)
			memcpy(find(set, cap, d->set[i]), d->set[i], 16);
	}
	free(d->set);
	d->set = set;
	d->cap = cap;
	return true;
}

const uint8_t *distinct_member(const struct distinct *d, uint32_t *cursor)
{
	while (*cursor < d->cap) {
		const uint8_t *p = d->set[(*cursor)++];

		if (memcmp(p, zero_address, 16) != 0)
			return p;
	}
	if (*cursor == d->cap && d->zero) {
		(*cursor)++;
		return zero_address;
	}
	return NULL;
}

/* The set is given up; what it held goes into the registers. */
static bool overflow(struct distinct *d)
{
	const uint8_t *address;
	uint32_t cursor = 0;

	if (!need_registers(d))
		return false;
	while ((address = distinct_member(d, &cursor)))
		raise_register(d, address);
	free(d->set);
	d->set = NULL;
	d->cap = d->n = 0;
	d->zero = false;
	d->overflow = true;
	return true;
}

bool distinct_add(struct distinct *d, const uint8_t address[16])
{
	uint8_t *p;

	if (!d->overflow) {
		bool zero = memcmp(address, zero_address, 16) == 0;

		if (2 * d->n >= d->cap && !grow(d))
			return false;
		p = zero ? NULL : find(d->set, d->cap, address);
		if (zero ? d->zero : memcmp(p, address, 16) == 0)
			return true;
		if (d->n < d->limit) {
			if (zero)
				d->zero = true;
			else
				memcpy(p, address, 16);
			d->n++;
			return true;
		}
		if (!overflow(d))
			return false;
	}
	raise_register(d, address);
	return true;
}

bool distinct_registers(struct distinct *d, const uint8_t rank[TEITEN_HLL_REGISTERS])
{
	if (!d->rank) {
		if (!rank[0] && memcmp(rank, rank + 1, TEITEN_HLL_REGISTERS - 1) == 0)
			return true;
		if (!need_registers(d))
			return false;
	}
	for (unsigned i = 0; i < TEITEN_HLL_REGISTERS; i++) {
		uint8_t r = rank[i] > TEITEN_HLL_RANK_MAX ? TEITEN_HLL_RANK_MAX : rank[i];

		d->rank[i] = r > d->rank[i] ? r : d->rank[i];
	}
	return true;
}

bool distinct_merge(struct distinct *d, const struct distinct *src)
{
	const uint8_t *address;
	uint32_t cursor = 0;
	bool ok = true;

	if (src->overflow && !d->overflow)
		ok = overflow(d);
	while ((address = distinct_member(src, &cursor)))
		ok &= distinct_add(d, address);
	if (src->rank)
		ok &= distinct_registers(d, src->rank);
	return ok;
}

/* The two power series of the improved estimator, summed until they no longer change. */
static double sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

/*
 * Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284,
 * 2017), algorithm 6: unbiased over the whole range, so that no correction table and no switch to
 * linear counting is needed.
 */
double distinct_estimate(const uint8_t rank[TEITEN_HLL_REGISTERS])
{
	const double m = TEITEN_HLL_REGISTERS;
	uint32_t histogram[TEITEN_HLL_RANK_MAX + 1] = { 0 };
	double z;

	for (unsigned i = 0; i < TEITEN_HLL_REGISTERS; i++)
		histogram[rank[i] > TEITEN_HLL_RANK_MAX ? TEITEN_HLL_RANK_MAX : rank[i]]++;
	if (histogram[0] == TEITEN_HLL_REGISTERS)
		return 0;
	z = m * tau(1 - histogram[TEITEN_HLL_RANK_MAX] / m);
	for (unsigned k = TEITEN_HLL_RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + histogram[k]);
	z += m * sigma(histogram[0] / m);
	return m * m / (2 * M_LN2 * z);
}

static uint32_t raised(const uint8_t *rank)
{
	uint32_t n = 0;

	for (unsigned i = 0; rank && i < TEITEN_HLL_REGISTERS; i++)
		n += rank[i] != 0;
	return n;
}

/*
 * Every raised register stands for at least one address, so more of them than the set has members
 * prove that it lacks some. A few may be on their way: the kernel side raises the register before
 * the sample is drained.
 */
uint64_t distinct_count(const struct distinct *d, bool lossy, bool *estimate)
{
	uint32_t at_least = raised(d->rank), slack = lossy ? 0 : 8 + d->n / 16;
	double n;

	*estimate = d->overflow || at_least > d->n + slack;
	if (!*estimate)
		return d->n;
	n = d->rank ? round(distinct_estimate(d->rank)) : 0;
	if (n >= 1e19) /* every register at its end: no such sketch comes from addresses */
		return UINT64_MAX;
	if (n < at_least)
		n = at_least;
	return n > d->n ? (uint64_t)n : d->n;
}
