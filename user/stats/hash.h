/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hash of the tables here. Keyed by the process, as visitors choose the keys: who does not
 * know the seed cannot make them collide. Nothing that is stored or shown depends on it.
 */
#ifndef TEITEN_STATS_HASH_H
#define TEITEN_STATS_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Random, the same for the whole run. */
uint64_t table_seed(void);

static inline uint64_t table_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Multiply and fold, as in wyhash (Wang Yi, public domain). */
static inline uint64_t table_hash(const void *key, size_t n, uint64_t seed)
{
	const unsigned char *p = key;
	uint64_t h = seed ^ n * 0x9e3779b97f4a7c15ull, last = 0;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		h = table_mix(h ^ word, seed ^ 0xa0761d6478bd642full);
	}
	memcpy(&last, p, n);
	return table_mix(h ^ last, seed ^ 0xe7037ed1a0b428dbull);
}

#endif
