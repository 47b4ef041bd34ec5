// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "user/util/arena.h"

int arena_init(struct arena *a, size_t size)
{
	*a = (struct arena){ .base = malloc(size), .size = size };
	return a->base ? 0 : -ENOMEM;
}

void arena_free(struct arena *a)
{
	free(a->base);
	*a = (struct arena){ 0 };
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t want = (size + 7) & ~(size_t)7;
	void *p;

	if (want < size || want > a->size - a->used) {
		a->exhausted = true;
		return NULL;
	}
	p = a->base + a->used;
	a->used += want;
	return memset(p, 0, want);
}

bool slice_list_add(struct arena *a, struct slice_list *list, struct slice s)
{
	if (list->n == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 4;
		struct slice *v = arena_alloc(a, cap * sizeof(*v));

		if (!v)
			return false;
		if (list->n)
			memcpy(v, list->v, list->n * sizeof(*v));
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = s;
	return true;
}
