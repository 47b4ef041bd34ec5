/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keys of several parts: each part's zero bytes become 00 ff, its end is 00 00. So keys sort as
 * their parts do, one after the other, and no part can pretend to be two.
 */
#ifndef TEITEN_STATS_KEY_H
#define TEITEN_STATS_KEY_H

#include "user/stats/summary.h"

/*
 * The most that a list keeps of one part of a key; longer ones end in "…". What the docker client
 * asks for in a build, all options in the query, takes more than 256 bytes.
 */
#define PART_MAX 1024
#define PARTS_MAX 5
#define KEY_MAX ((size_t)PARTS_MAX * (2 * PART_MAX + 2))

struct key {
	uint32_t n;
	char bytes[KEY_MAX];
};

void key_part(struct key *k, struct slice part);
/* Takes the next part off `rest` into out (of PART_MAX + 4 bytes); false at the end. */
bool key_next(struct slice *rest, char *out, uint32_t *n);
unsigned list_parts(enum summary_list_id id);

#endif
