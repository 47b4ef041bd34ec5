/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaching an XDP program to an interface by a bpf_link (Linux 5.9), and telling who is there
 * already. A link goes with its last descriptor, so a program leaves with its process, however
 * that ends, unless the link is pinned.
 */
#ifndef TEITEN_SENSOR_ATTACH_H
#define TEITEN_SENSOR_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attach_mode { ATTACH_AUTO, ATTACH_NATIVE, ATTACH_GENERIC };
extern const char *const attach_mode_names[]; /* NULL-terminated */

struct attached {
	uint32_t program_id; /* 0: nobody */
	bool generic;
};

/* The program that an interface runs, whoever attached it. Needs no privileges. 0 or -errno. */
int attach_query(unsigned ifindex, struct attached *out);

/*
 * "'xdp_drop' (id 12, tag 6deef7357e7b4530, loaded by uid 0, held by xdp-loader, pid 99)", as far
 * as our privileges let us see.
 */
void attach_describe(uint32_t program_id, char *out, size_t size);

/*
 * Attaches. The link's descriptor, and in `generic` whether it is the slow mode; or -errno after
 * a message that says what to do: -EBUSY where another program is there.
 */
int attach_program(int program, const char *ifname, unsigned ifindex, enum attach_mode mode,
		   bool *generic);

#endif
