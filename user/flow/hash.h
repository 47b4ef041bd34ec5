/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SipHash-1-3 (Aumasson, Bernstein 2012; the reduced rounds are those of the Linux kernel's
 * HSipHash) over 64-bit words. With a random key nobody outside can choose 5-tuples that all
 * fall into one bucket.
 */
#ifndef TEITEN_FLOW_HASH_H
#define TEITEN_FLOW_HASH_H

#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

#define HASH_ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static inline void hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = HASH_ROTATE(v[1], 13) ^ v[0];
	v[0] = HASH_ROTATE(v[0], 32);
	v[2] += v[3];
	v[3] = HASH_ROTATE(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = HASH_ROTATE(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = HASH_ROTATE(v[1], 17) ^ v[2];
	v[2] = HASH_ROTATE(v[2], 32);
}

static inline uint64_t hash_words(const struct hash_key *key, const uint64_t *words, unsigned n)
{
	uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575ull, key->k1 ^ 0x646f72616e646f6dull,
			  key->k0 ^ 0x6c7967656e657261ull, key->k1 ^ 0x7465646279746573ull };
	uint64_t last = (uint64_t)n << 59; /* the length in bytes, modulo 256, on top */

	for (unsigned i = 0; i < n; i++) {
		v[3] ^= words[i];
		hash_round(v);
		v[0] ^= words[i];
	}
	v[3] ^= last;
	hash_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	hash_round(v);
	hash_round(v);
	hash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
