/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is done with one frame: parse, count, sample. The same text for the kernel and for
 * replay's native engine; it never changes a packet and knows no verdict.
 */
#ifndef TEITEN_BPF_OBSERVE_H
#define TEITEN_BPF_OBSERVE_H

#include "bpf/sample.h"

#define OBSERVE_INLINE static inline __attribute__((always_inline, unused))

OBSERVE_INLINE void observe_access(const struct teiten_settings *set, const struct packet *p,
				   struct sample_plan *plan)
{
	struct address s = address_source(p), d = address_destination(p);
	__u64 hash = hash_address(s.w[0], s.w[1], s.w[2], s.w[3]);
	__u32 there = payload_there(p);

	plan->wanted = true;
	plan->novel = count_distinct(plan->slot, set->bank, hash);
	plan->data_len = there < set->prefix ? there : set->prefix;
	count_source(set->bank, hash);
	count_distinct(0, set->bank, hash_address(d.w[0], d.w[1], d.w[2], d.w[3]));
}

/* A segment to a watched port that is no SYN: payload, or the end of a conversation. */
OBSERVE_INLINE void observe_segment(const struct teiten_settings *set, const struct packet *p,
				    struct sample_plan *plan)
{
	if (p->payload_len)
		plan->data_len = flow_wants(p, set->prefix);
	if (plan->data_len) {
		plan->kind = TEITEN_SAMPLE_SEGMENT;
		plan->wanted = true;
	} else if (p->tcp->flags & (TCP_FIN | TCP_RST)) {
		plan->kind = TEITEN_SAMPLE_END;
		plan->wanted = flow_known(p);
	}
}

OBSERVE_INLINE void observe_watched(struct teiten_counters *c, struct teiten_port_counts *counts,
				    const struct packet *p)
{
	c->totals.watched_packets++;
	counts->packets++;
	counts->bytes += p->frame_len + p->cut;
	if (p->payload_len) {
		counts->payload_packets++;
		counts->payload_bytes += p->payload_len;
	}
}

/* How many bytes of TCP options are in the frame: fewer where a snap length cut them. */
OBSERVE_INLINE __u32 options_there(const struct packet *p)
{
	__u32 options = p->transport + sizeof(*p->tcp);
	__u32 end = p->payload < p->frame_len ? p->payload : p->frame_len;

	return end - options;
}

OBSERVE_INLINE void observe_tcp(struct teiten_counters *c, const struct teiten_settings *set,
				const struct packet *p, struct sample_plan *plan)
{
	const struct teiten_ports *watched = map_ports();
	__u16 port = wire_to_host16(p->tcp->destination);
	__u8 flags = p->tcp->flags;
	bool access = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	struct teiten_port_counts *counts;

	if (!watched)
		return;
	plan->slot = watched->tcp[port] & (TEITEN_WATCH_SLOTS - 1);
	if (access)
		count_destination(false, port);
	else if (is_backscatter(flags, plan->slot))
		c->totals.backscatter++;
	if (!plan->slot)
		return;

	counts = &c->ports[plan->slot];
	observe_watched(c, counts, p);
	plan_tcp(plan, p);
	if (access) {
		plan->fingerprint = fingerprint_of(p);
		counts->accesses++;
		counts->fingerprints[plan->fingerprint & (TEITEN_FP_ROOM - 1)]++;
		plan->options_len = options_there(p);
		observe_access(set, p, plan);
		plan->kind = plan->novel ? TEITEN_SAMPLE_NOVEL : TEITEN_SAMPLE_SYN;
	} else if (!(flags & TCP_SYN)) {
		observe_segment(set, p, plan);
	}
}

OBSERVE_INLINE void observe_udp(struct teiten_counters *c, const struct teiten_settings *set,
				const struct packet *p, struct sample_plan *plan)
{
	const struct teiten_ports *watched = map_ports();
	__u16 port = wire_to_host16(p->udp->destination);
	struct teiten_port_counts *counts;

	count_destination(true, port);
	if (!watched)
		return;
	plan->slot = watched->udp[port] & (TEITEN_WATCH_SLOTS - 1);
	if (!plan->slot)
		return;

	counts = &c->ports[plan->slot];
	observe_watched(c, counts, p);
	counts->accesses++;
	plan->kind = TEITEN_SAMPLE_DATAGRAM;
	plan->sport = wire_to_host16(p->udp->source);
	plan->dport = port;
	observe_access(set, p, plan);
}

/* --home and --ignore: whether the packet is one that is observed. */
OBSERVE_INLINE bool in_scope(const struct packet *p)
{
	struct teiten_lpm_key key = { .prefix_len = 128 };
	struct address *a = (void *)key.address;

	if (scope_home) {
		*a = address_destination(p);
		if (!map_home_has(&key))
			return false;
	}
	if (scope_ignore) {
		*a = address_source(p);
		if (map_ignore_has(&key))
			return false;
	}
	return true;
}

OBSERVE_INLINE void observe_unparsed(struct teiten_totals *totals, const struct packet *p,
				     enum parsed parsed)
{
	if (parsed == PARSED_BAD)
		totals->malformed[p->bad & (TEITEN_BAD_ROOM - 1)]++;
	else if (parsed == PARSED_NOT_IP)
		totals->not_ip++;
	else if (parsed == PARSED_OTHER_IP)
		totals->other_ip++;
}

/* `whole` is the length of the frame with its non-linear parts. */
OBSERVE_INLINE void observe_frame(frame_context *ctx, const struct teiten_settings *set,
				  __u32 whole)
{
	struct packet p = {
		.data = frame_data(ctx),
		.end = frame_end(ctx),
		.frame_len = whole,
		.cut = set->cut,
	};
	struct teiten_counters *c = map_counters();
	struct sample_plan plan = { 0 };
	enum parsed parsed;

	if (!c)
		return;
	c->totals.packets++;
	c->totals.bytes += whole + set->cut;
	parsed = parse_network(ctx, &p);
	if ((scope_home || scope_ignore) && p.version && !in_scope(&p)) {
		c->totals.outside++;
		return;
	}
	if (p.fragment)
		c->totals.fragments++;
	if (parsed == PARSED_IP)
		parsed = parse_transport(&p);
	if (parsed == PARSED_TCP)
		observe_tcp(c, set, &p, &plan);
	else if (parsed == PARSED_UDP)
		observe_udp(c, set, &p, &plan);
	else
		observe_unparsed(&c->totals, &p, parsed);
	if (plan.wanted)
		sample_take(ctx, c, set, &p, &plan);
}

#endif
