/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells when network interfaces come, change and go: rtnetlink's link group (rtnetlink(7)). */
#ifndef TEITEN_SENSOR_LINK_WATCH_H
#define TEITEN_SENSOR_LINK_WATCH_H

#include <stdbool.h>

/* A non-blocking descriptor that becomes readable, or -errno. */
int link_watch_open(void);

/* An interface is there (or changed), or is gone. `name` is valid during the call. */
typedef void link_watch_fn(void *context, unsigned ifindex, const char *name, bool gone);

/*
 * Reads all that waits. 0; -ENOBUFS where messages were lost and everything has to be looked at
 * anew; -errno.
 */
int link_watch_read(int fd, link_watch_fn *fn, void *context);

#endif
