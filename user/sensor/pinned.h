/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A sensor seen from outside, through nothing but its pinned maps: while it runs or after.
 */
#ifndef TEITEN_SENSOR_PINNED_H
#define TEITEN_SENSOR_PINNED_H

#include "user/sensor/pin.h"
#include "user/stats/stats.h"
#include "user/util/options.h"

struct pinned {
	char ifname[IF_NAMESIZE];
	struct maps maps; /* mapped as far as they can be */
	struct teiten_meta meta;
	bool running;  /* a process holds the lock */
	bool attached; /* the program that `meta` names is on the interface */
};

/*
 * The interfaces that were asked for, or all that have pins where none was. 0; -EACCES, -EPERM
 * and -ESRCH (no pins there) after a message. `who` begins it.
 */
int pinned_select(const char *who, const char *bpffs, const struct string_list *asked,
		  struct pin_names *out);

/*
 * 0; -ENOENT where nothing is pinned there yet; -EINVAL where the pins are of another layout;
 * -EPERM, …; after a message that `who` begins. `write` for changing the watched ports.
 */
int pinned_open(const char *who, const char *bpffs, const char *ifname, bool write,
		struct pinned *out);
void pinned_close(struct pinned *p);

/* The statistics as of the last flush, with the kernel's counts of now. NULL and errno. */
struct stats *pinned_stats(const struct pinned *p, const struct stats_options *options);

/* The same as a summary. NULL and errno. */
struct summary *pinned_summary(struct pinned *p, const struct stats_options *options,
			       const char *sensor, unsigned top);

#endif
