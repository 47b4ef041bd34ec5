// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/veth.h"

#define NEAR "near0"
#define FAR "far0"
#define JUMBO 16384

struct request {
	struct nlmsghdr h;
	struct ifinfomsg link;
	uint8_t room[512];
};

static struct rtattr *put(struct request *r, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), data, n);
	r->h.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(a->rta_len));
	return a;
}

static void end(struct request *r, struct rtattr *a)
{
	a->rta_len = (uint16_t)((char *)r + r->h.nlmsg_len - (char *)a);
}

/* Sends the request and waits for its acknowledgement. */
static int ask(struct request *r)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t room[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;

	if (fd < 0)
		return -errno;
	r->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->h.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		err = -errno;
	else if (answer.h.nlmsg_type == NLMSG_ERROR)
		err = answer.e.error;
	close(fd);
	return err;
}

static int make_pair(void)
{
	struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)),
		       .nlmsg_type = RTM_NEWLINK,
		       .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL },
	};
	static const struct ifinfomsg none;
	struct rtattr *info, *data, *peer;

	put(&r, IFLA_IFNAME, NEAR, sizeof(NEAR));
	info = put(&r, IFLA_LINKINFO, NULL, 0);
	put(&r, IFLA_INFO_KIND, "veth", 4);
	data = put(&r, IFLA_INFO_DATA, NULL, 0);
	peer = put(&r, VETH_INFO_PEER, &none, sizeof(none));
	put(&r, IFLA_IFNAME, FAR, sizeof(FAR));
	end(&r, peer);
	end(&r, data);
	end(&r, info);
	return ask(&r);
}

static int bring_up(int index, uint32_t mtu)
{
	struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)), .nlmsg_type = RTM_NEWLINK },
		.link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
	};

	put(&r, IFLA_MTU, &mtu, sizeof(mtu));
	return ask(&r);
}

static int packet_socket(int index)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = index };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int veth_open(struct veth *v, unsigned mtu)
{
	int err;

	*v = (struct veth){ .sender = -1, .receiver = -1 };
	if (unshare(CLONE_NEWNET))
		return -errno;
	err = make_pair();
	if (err)
		return err;
	v->near = (int)if_nametoindex(NEAR);
	v->far = (int)if_nametoindex(FAR);
	err = bring_up(v->near, mtu);
	if (!err)
		err = bring_up(v->far, mtu);
	if (err)
		return err;
	v->sender = packet_socket(v->far);
	v->receiver = packet_socket(v->near);
	return v->sender < 0 ? v->sender : v->receiver < 0 ? v->receiver : 0;
}

void veth_close(struct veth *v)
{
	if (v->sender >= 0)
		close(v->sender);
	if (v->receiver >= 0)
		close(v->receiver);
}

int veth_send(struct veth *v, const uint8_t *frame, size_t n)
{
	return send(v->sender, frame, n, 0) == (ssize_t)n ? 0 : -errno;
}

int veth_arrives(struct veth *v, const uint8_t *frame, size_t n)
{
	static uint8_t got[JUMBO];
	struct pollfd p = { .fd = v->receiver, .events = POLLIN };

	/* the kernel's own neighbour discovery comes in between */
	while (poll(&p, 1, 1000) == 1) {
		ssize_t len = recv(v->receiver, got, sizeof(got), 0);

		if (len == (ssize_t)n && memcmp(got, frame, n) == 0)
			return 0;
	}
	return -ETIMEDOUT;
}
