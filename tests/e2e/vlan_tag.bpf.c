// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tags on egress what goes through a tc filter: one 802.1Q tag, or two (QinQ). For kernels without
 * the 8021q module, and to have tags in the frame where a real trunk would have them.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("one")
int tag_once(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5);
	return TC_ACT_OK;
}

SEC("two")
int tag_twice(struct __sk_buff *skb)
{
	bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5);
	bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), 7);
	return TC_ACT_OK;
}

/* As the frame comes in, after XDP and the recorder have seen it: the stack gets it plain. */
SEC("none")
int untag(struct __sk_buff *skb)
{
	bpf_skb_vlan_pop(skb);
	bpf_skb_vlan_pop(skb);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
