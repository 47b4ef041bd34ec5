/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory of one summary: taken piece by piece, freed at once. */
#ifndef TEITEN_STATS_POOL_H
#define TEITEN_STATS_POOL_H

#include "user/util/slice.h"

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *p);
/* Zeroed and aligned to 8; NULL where there is no memory, and from then on for ever. */
void *pool_alloc(struct pool *p, size_t n);
/* A copy with a NUL behind it. */
struct slice pool_copy(struct pool *p, struct slice s);
bool pool_failed(const struct pool *p);

#endif
