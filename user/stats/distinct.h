/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many different addresses: an exact set while they are few, HyperLogLog registers from then
 * on. The registers are abi.h's, so that what the kernel side counted merges with what user space
 * saw; both hash alike.
 */
#ifndef TEITEN_STATS_DISTINCT_H
#define TEITEN_STATS_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "teiten/abi.h"

#define DISTINCT_EXACT 256

struct distinct {
	uint8_t (*set)[16]; /* open addressing; an all-zero address means free */
	uint32_t n, cap, limit;
	bool zero;     /* the all-zero address itself is in the set */
	bool overflow; /* more than limit: the set is given up, the registers count */
	uint8_t *rank; /* TEITEN_HLL_REGISTERS, or NULL: none is raised */
};

void distinct_init(struct distinct *d, uint32_t limit);
void distinct_free(struct distinct *d);

/* False where there was no memory. */
bool distinct_add(struct distinct *d, const uint8_t address[16]);
bool distinct_registers(struct distinct *d, const uint8_t rank[TEITEN_HLL_REGISTERS]);
bool distinct_merge(struct distinct *d, const struct distinct *src);

/* The i-th of an exact set's n addresses, in no order; for writing it out. */
const uint8_t *distinct_member(const struct distinct *d, uint32_t *cursor);

/*
 * The number, and whether it is an estimate. `lossy`: samples of accesses were lost, so the set
 * may lack some; it then gives way as soon as more registers are raised than it has members.
 */
uint64_t distinct_count(const struct distinct *d, bool lossy, bool *estimate);

/* The estimate from the registers alone. */
double distinct_estimate(const uint8_t rank[TEITEN_HLL_REGISTERS]);

#endif
