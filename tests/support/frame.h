/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ethernet frames for tests, from a description in which what is left out has a usual value.
 * Length fields are right and checksums zero: nothing here verifies them. A test that wants a
 * lie puts it into the finished frame at the offsets that frame_make() leaves.
 */
#ifndef TEITEN_TESTS_SUPPORT_FRAME_H
#define TEITEN_TESTS_SUPPORT_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 16384
#define FRAME_EXTENSIONS 12

/* TCP flags as on the wire */
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

#define UDP 17
#define TCP 6

struct frame {
	uint8_t b[FRAME_MAX];
	size_t n;
	size_t ip, transport, payload; /* offsets; transport: behind IPv6's extension headers */
};

/* All numbers in host order. */
struct frame_spec {
	uint16_t tpid[4], vlan[4]; /* tags, outer first, up to the first TPID of 0 */
	uint16_t type;		   /* Ethernet type; 0: by version */
	uint8_t version;	   /* 6, or 4, also where it is 0 */
	uint8_t ip_options;	   /* bytes of IPv4 options, a multiple of 4 */
	uint8_t ttl;		   /* or hop limit; 0: 64 */
	uint8_t protocol;	   /* 0: TCP */
	uint16_t ip_id;
	uint16_t fragment; /* the 16 bits of flags and offset, of IPv4 or the Fragment header */
	uint8_t extensions[FRAME_EXTENSIONS]; /* IPv6 header types in order */
	uint8_t n_extensions;
	const char *from, *to; /* NULL: FRAME_FROM and FRAME_TO of the version */
	uint16_t sport, dport; /* 0: 40000 and 5038 */
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window; /* 0: 64240 */
	const uint8_t *options;
	uint8_t options_len; /* a multiple of 4 */
	const void *payload; /* NULL: payload_len bytes of "abc…zabc…" */
	uint32_t payload_len;
};

#define FRAME_FROM "198.51.100.7"
#define FRAME_TO "192.0.2.1"
#define FRAME_FROM6 "2001:db8::7"
#define FRAME_TO6 "2001:db8:1::1"

/* Which byte a payload has at that place where the description gives none. */
uint8_t frame_letter(size_t at);

void frame_make(struct frame *f, const struct frame_spec *s);

/* Overwrites a field, in network order. */
void frame_put16(struct frame *f, size_t at, uint16_t v);
void frame_put32(struct frame *f, size_t at, uint32_t v);

#endif
