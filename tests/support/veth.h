/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A veth pair in a network namespace of this process's own, made by netlink alone: the small
 * systems that the kernel matrix boots have no iproute2. It goes when the process does.
 */
#ifndef TEITEN_TESTS_SUPPORT_VETH_H
#define TEITEN_TESTS_SUPPORT_VETH_H

#include <stddef.h>
#include <stdint.h>

struct veth {
	int near, far; /* interface indexes: frames sent at far arrive at near */
	int sender;    /* packet sockets, bound to far and near */
	int receiver;
};

/* Leaves this process's network namespace for a new one. 0 or -errno. */
int veth_open(struct veth *v, unsigned mtu);
void veth_close(struct veth *v);

int veth_send(struct veth *v, const uint8_t *frame, size_t n);
/* Waits up to a second for a frame like this one at the near end. 0, or -ETIMEDOUT. */
int veth_arrives(struct veth *v, const uint8_t *frame, size_t n);

#endif
