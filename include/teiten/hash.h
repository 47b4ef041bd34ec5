/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hashes of addresses. The sketches' hash has no key: sketches of different sensors must merge,
 * and user space computes it again for the count-min look-ups.
 *
 * Whoever chooses addresses to fit can push a sketch upwards, as with any HyperLogLog without a
 * key; to do so takes addresses that really send, and then the count is not far wrong.
 */
#ifndef TEITEN_HASH_H
#define TEITEN_HASH_H

#include "teiten/abi.h"

#define HASH_INLINE static inline __attribute__((always_inline, unused))

/* The finaliser of MurmurHash3 (Appleby, public domain). */
HASH_INLINE __u64 hash_mix(__u64 h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

/*
 * Of a 16-byte address given as four words in the byte order in which they lie in memory
 * (a IPv4 address: 0, 0, the word of 00 00 ff ff, the address). Little-endian machines agree.
 */
HASH_INLINE __u64 hash_address(__u32 w0, __u32 w1, __u32 w2, __u32 w3)
{
	__u64 high = (__u64)w1 << 32 | w0, low = (__u64)w3 << 32 | w2;

	return hash_mix(low ^ (high * 0x9e3779b97f4a7c15ULL));
}

/* Column of the count-min sketch in that row: 11 bits of a second mix. */
HASH_INLINE __u32 hash_column(__u64 h, unsigned row)
{
	return (__u32)((h * 0x9e3779b97f4a7c15ULL) >> (20 + 11 * row)) & (TEITEN_CM_COLUMNS - 1);
}

#endif
