/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Heavy sources: the addresses with the most accesses, in bounded memory (top.h), counted from
 * access samples. Where samples were lost, a count-min sketch of the same period corrects them.
 */
#ifndef TEITEN_STATS_SOURCES_H
#define TEITEN_STATS_SOURCES_H

#include "teiten/abi.h"
#include "user/stats/top.h"

/* What is kept beside a source's accesses. */
struct source_facts {
	uint64_t conversations;
	uint64_t last;	   /* ns since the Unix epoch */
	uint32_t sampled;  /* accesses sampled since the last sketch */
	uint32_t estimate; /* 1: accesses is not exact */
};

#define SOURCES_KEPT_LEAST 4096

void sources_init(struct top *t, unsigned kept);
void sources_access(struct top *t, const uint8_t address[16], uint64_t time);
void sources_conversation(struct top *t, const uint8_t address[16], uint64_t time);
/* The end of a period: `lossy` where access samples were lost in it. */
void sources_settle(struct top *t, const struct teiten_count_min *sketch, bool lossy);
bool sources_merge(struct top *t, const struct top *src);

#endif
