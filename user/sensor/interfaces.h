/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which network interfaces there are, and which one is meant where none is named. */
#ifndef TEITEN_SENSOR_INTERFACES_H
#define TEITEN_SENSOR_INTERFACES_H

#include <stddef.h>

/* "eth0, lo" for messages; never longer than size. */
void interfaces_names(char *out, size_t size);

/* The interface of the default route, IPv4's before IPv6's. 0, or -ENOENT where there is none. */
int interfaces_default(char *out, size_t size);

#endif
