/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arrays that a decoder appends to, living in its arena. */
#ifndef TEITEN_DECODE_GROW_H
#define TEITEN_DECODE_GROW_H

#include "user/util/arena.h"

/*
 * Makes room for one more element (of `size` bytes) behind the n that v holds. The capacity is
 * always a power of two, so it need not be stored. Returns the array, which may have moved, or
 * NULL where the arena is used up; v stays as it is then. New elements are zeroed.
 */
static inline void *array_grow(struct arena *a, void *v, uint32_t n, size_t size)
{
	void *moved;

	if (n & (n - 1))
		return v;
	moved = arena_alloc(a, (n ? 2 * (size_t)n : 1) * size);
	if (moved && n)
		memcpy(moved, v, n * size);
	return moved;
}

#endif
