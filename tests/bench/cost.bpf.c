// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a packet costs: the sensor's own code beside a bare XDP_DROP, both behind the same few
 * instructions that give every run another source, since BPF_PROG_TEST_RUN repeats one frame.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/count.h"

const volatile bool no_fingerprint = false; /* to see what it adds */

/* A constant to the verifier: one of the two is not in the loaded program. */
#define fingerprint_of(p) (no_fingerprint ? TEITEN_FP_OS : (fingerprint_of)(p))
#include "bpf/observe.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 sources = 1;	/* how many different sources; a power of two */
const volatile bool vary_ports = false; /* another destination port every time */
const volatile bool vary_flows = false; /* another connection every time */
__u32 turn;

static __always_inline void vary(struct xdp_md *ctx)
{
	struct wire_ipv4 *ip = (void *)(long)ctx->data + sizeof(struct wire_ethernet);
	struct wire_tcp *tcp = (void *)(ip + 1);
	__u32 n = turn++ * 2654435761u;

	if ((void *)(tcp + 1) > (void *)(long)ctx->data_end)
		return;
	if (sources > 1)
		ip->source = n & (sources - 1);
	if (vary_flows)
		tcp->source = n >> 16;
	if (vary_ports)
		tcp->destination = n >> 16 | 1;
}

SEC("xdp")
int bare_drop(struct xdp_md *ctx)
{
	vary(ctx);
	return XDP_DROP;
}

SEC("xdp")
int observed(struct xdp_md *ctx)
{
	vary(ctx);
	observe_frame(ctx);
	return XDP_PASS;
}
