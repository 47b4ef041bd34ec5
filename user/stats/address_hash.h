/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side's hash of an address (teiten/hash.h), which user space must share: registers
 * are merged with the kernel's, and a source's estimate is read from the kernel's count-min rows.
 */
#ifndef TEITEN_STATS_ADDRESS_HASH_H
#define TEITEN_STATS_ADDRESS_HASH_H

#include <stdint.h>
#include <string.h>

#include "teiten/abi.h"
#if __has_include("teiten/hash.h")
#include "teiten/hash.h"
#else
static inline uint64_t hash_address(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
	uint64_t high = (uint64_t)w1 << 32 | w0, h = (uint64_t)w3 << 32 | w2;

	h ^= high * 0x9e3779b97f4a7c15ull;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdull;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ull;
	return h ^ (h >> 33);
}

static inline uint32_t hash_column(uint64_t h, unsigned row)
{
	return (uint32_t)((h * 0x9e3779b97f4a7c15ull) >> (20 + 11 * row)) & (TEITEN_CM_COLUMNS - 1);
}
#endif

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
