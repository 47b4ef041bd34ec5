// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "tests/support/frame.h"

#define IPV6_FRAGMENT_HEADER 44
#define IPV6_AUTHENTICATION_HEADER 51

uint8_t frame_letter(size_t at)
{
	return (uint8_t)('a' + at % 26);
}

void frame_put16(struct frame *f, size_t at, uint16_t v)
{
	f->b[at] = (uint8_t)(v >> 8);
	f->b[at + 1] = (uint8_t)v;
}

void frame_put32(struct frame *f, size_t at, uint32_t v)
{
	frame_put16(f, at, (uint16_t)(v >> 16));
	frame_put16(f, at + 2, (uint16_t)v);
}

static void put8(struct frame *f, unsigned v)
{
	assert(f->n < FRAME_MAX);
	f->b[f->n++] = (uint8_t)v;
}

static void put16(struct frame *f, unsigned v)
{
	put8(f, v >> 8);
	put8(f, v & 0xff);
}

static void put32(struct frame *f, uint32_t v)
{
	put16(f, v >> 16);
	put16(f, v & 0xffff);
}

static void put_bytes(struct frame *f, const void *p, size_t n)
{
	assert(n <= FRAME_MAX - f->n);
	if (n)
		memcpy(f->b + f->n, p, n);
	f->n += n;
}

static void put_address(struct frame *f, int family, const char *text)
{
	uint8_t address[16] = { 0 };
	int ok = inet_pton(family, text, address);

	assert(ok == 1);
	(void)ok;
	put_bytes(f, address, family == AF_INET ? 4 : 16);
}

static void put_ethernet(struct frame *f, const struct frame_spec *s)
{
	static const uint8_t addresses[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	put_bytes(f, addresses, sizeof(addresses));
	for (int i = 0; i < 4 && s->tpid[i]; i++) {
		put16(f, s->tpid[i]);
		put16(f, s->vlan[i]);
	}
	put16(f, s->type ? s->type : s->version == 6 ? 0x86dd : 0x0800);
}

static void put_ipv4(struct frame *f, const struct frame_spec *s)
{
	put8(f, 0x45 + s->ip_options / 4);
	put8(f, 0);
	put16(f, 0); /* total length: when all is there */
	put16(f, s->ip_id);
	put16(f, s->fragment);
	put8(f, s->ttl ? s->ttl : 64);
	put8(f, s->protocol ? s->protocol : TCP);
	put16(f, 0);
	put_address(f, AF_INET, s->from ? s->from : FRAME_FROM);
	put_address(f, AF_INET, s->to ? s->to : FRAME_TO);
	for (int i = 0; i < s->ip_options; i++)
		put8(f, 1); /* no operation, RFC 791 */
}

/* Eight bytes each, Authentication sixteen. */
static void put_extension(struct frame *f, uint8_t type, uint8_t next, const struct frame_spec *s)
{
	put8(f, next);
	if (type == IPV6_FRAGMENT_HEADER) {
		put8(f, 0);
		put16(f, s->fragment);
		put32(f, s->ip_id);
		return;
	}
	put8(f, type == IPV6_AUTHENTICATION_HEADER ? 2 : 0);
	put_bytes(f, "\1\4\0\0\0\0", 6); /* PadN, RFC 8200 */
	if (type == IPV6_AUTHENTICATION_HEADER)
		put_bytes(f, "\0\0\0\0\0\0\0\0", 8);
}

static void put_ipv6(struct frame *f, const struct frame_spec *s)
{
	uint8_t protocol = s->protocol ? s->protocol : TCP;

	put8(f, 0x60);
	put8(f, 0);
	put16(f, 0);
	put16(f, 0); /* payload length: when all is there */
	put8(f, s->n_extensions ? s->extensions[0] : protocol);
	put8(f, s->ttl ? s->ttl : 64);
	put_address(f, AF_INET6, s->from ? s->from : FRAME_FROM6);
	put_address(f, AF_INET6, s->to ? s->to : FRAME_TO6);
	for (int i = 0; i < s->n_extensions; i++)
		put_extension(f, s->extensions[i],
			      i + 1 < s->n_extensions ? s->extensions[i + 1] : protocol, s);
}

static void put_tcp(struct frame *f, const struct frame_spec *s)
{
	put16(f, s->sport ? s->sport : 40000);
	put16(f, s->dport ? s->dport : 5038);
	put32(f, s->seq);
	put32(f, s->ack);
	put8(f, (5 + s->options_len / 4) << 4);
	put8(f, s->flags);
	put16(f, s->window ? s->window : 64240);
	put32(f, 0);
	put_bytes(f, s->options, s->options_len);
}

static void put_udp(struct frame *f, const struct frame_spec *s)
{
	put16(f, s->sport ? s->sport : 40000);
	put16(f, s->dport ? s->dport : 5060);
	put16(f, 8 + s->payload_len);
	put16(f, 0);
}

void frame_make(struct frame *f, const struct frame_spec *s)
{
	f->n = 0;
	put_ethernet(f, s);
	f->ip = f->n;
	if (s->version == 6)
		put_ipv6(f, s);
	else
		put_ipv4(f, s);
	f->transport = f->n;
	if (s->protocol == UDP)
		put_udp(f, s);
	else if (!s->protocol || s->protocol == TCP)
		put_tcp(f, s);
	f->payload = f->n;
	for (uint32_t i = 0; i < s->payload_len; i++)
		put8(f, s->payload ? ((const uint8_t *)s->payload)[i] : frame_letter(i));
	if (s->version == 6)
		frame_put16(f, f->ip + 4, (uint16_t)(f->n - f->ip - 40));
	else
		frame_put16(f, f->ip + 2, (uint16_t)(f->n - f->ip));
}
