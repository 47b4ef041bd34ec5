/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena: memory for the fields of one decoded conversation, freed all at once.
 *
 * The whole size is fixed when it is made, so what a visitor sends can never make the sensor
 * grow: when it is used up, arena_alloc() returns NULL and `exhausted` stays set until the next
 * arena_reset(). Not thread-safe.
 */
#ifndef TEITEN_UTIL_ARENA_H
#define TEITEN_UTIL_ARENA_H

#include "user/util/slice.h"

struct arena {
	char *base;
	size_t size, used;
	bool exhausted;
};

/* 0, or -ENOMEM. */
int arena_init(struct arena *a, size_t size);
void arena_free(struct arena *a);

static inline void arena_reset(struct arena *a)
{
	a->used = 0;
	a->exhausted = false;
}

/* Zeroed memory, aligned to 8; NULL where the arena is used up. */
void *arena_alloc(struct arena *a, size_t size);

/* Appends to a list, growing it in the arena; false where the arena is used up. */
bool slice_list_add(struct arena *a, struct slice_list *list, struct slice s);

#endif
