/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The top lists of a day, in memory while the day lasts and written whole with each flush: what a
 * list lost to its bound is in its total, so "others" stay honest. A day that was begun by another
 * process is read back before it is added to.
 */
#ifndef TEITEN_SINK_DAY_LISTS_H
#define TEITEN_SINK_DAY_LISTS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "user/sink/history_read.h"
#include "user/stats/top.h"

struct day_lists;

/* `kept`: values in memory for each list; `rows`: values of a list and day in the file. */
struct day_lists *day_lists_new(sqlite3 *db, unsigned kept, unsigned rows);
void day_lists_free(struct day_lists *d);

/*
 * Adds to a value of a list. Key: one part, or as many as stats/key.h says; surplus parts of
 * LIST_DOCKER_REQUESTS are dropped. False where it is lost: no memory, or two later days are open
 * already and have not been written.
 */
bool day_lists_add(struct day_lists *d, int64_t day, int list, struct slice key, uint64_t weight);

/* More than one day waits to be written: time to do so, before there is no room for the next. */
bool day_lists_wait(const struct day_lists *d);

/* Writes what changed, within the caller's transaction. 0 or -errno. */
int day_lists_write(struct day_lists *d);
void day_lists_settle(struct day_lists *d, bool committed);

#endif
