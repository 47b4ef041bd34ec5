/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side's hash of an address (teiten/hash.h), which user space must share: registers
 * are merged with the kernel's, and a source's estimate is read from the kernel's count-min rows.
 */
#ifndef TEITEN_STATS_ADDRESS_HASH_H
#define TEITEN_STATS_ADDRESS_HASH_H

#include <stdint.h>
#include <string.h>

#include "teiten/hash.h"

static inline uint64_t address_hash(const uint8_t address[16])
{
	uint32_t w[4];

	memcpy(w, address, 16);
	return hash_address(w[0], w[1], w[2], w[3]);
}

/* The least of the sketch's cells that the address counts in: never below its true count. */
static inline uint32_t address_count_min(const struct teiten_count_min *sketch,
					 const uint8_t address[16])
{
	uint64_t hash = address_hash(address);
	uint32_t least = UINT32_MAX;

	for (unsigned row = 0; row < TEITEN_CM_ROWS; row++) {
		uint32_t n = sketch->count[row][hash_column(hash, row)];

		least = n < least ? n : least;
	}
	return least;
}

#endif
