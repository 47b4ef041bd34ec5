/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pinned `state` map: two halves of which one is valid. A writer fills the other half, then
 * flips; a reader checks the CRC and tries again when it was overtaken. So a kill -9 at any
 * moment leaves the last whole state.
 */
#ifndef TEITEN_STATS_STATE_H
#define TEITEN_STATS_STATE_H

#include "user/stats/stats.h"

#define STATE_SIZE ((size_t)TEITEN_STATE_PAGE * TEITEN_STATE_PAGES)

/* `memory` is the mapped map, STATE_SIZE bytes. 0, or a negative errno. */
int state_write(void *memory, const struct stats *s);
/* 0; -ENOENT where nothing was ever written; -EINVAL where it is damaged. */
int state_read(const void *memory, struct stats *s);

#endif
