// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/signature.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TCP_ECE 0x40
#define TCP_CWR 0x80
#define LAYOUT_MAX 128

struct options {
	char layout[LAYOUT_MAX];
	unsigned n;	/* of layout */
	int mss, scale; /* -1: absent */
	bool bad;	/* malformed options */
	bool after_end; /* bytes other than zero after EOL */
};

static void name(struct options *o, const char *text)
{
	unsigned len = (unsigned)strlen(text);

	if (o->n + len + 2 > sizeof(o->layout))
		return;
	if (o->n)
		o->layout[o->n++] = ',';
	memcpy(o->layout + o->n, text, len + 1);
	o->n += len;
}

static void end_of_list(struct options *o, const uint8_t *p, unsigned left)
{
	char text[16];

	snprintf(text, sizeof(text), "eol+%u", left);
	name(o, text);
	for (unsigned i = 0; i < left; i++)
		o->after_end |= p[i] != 0;
}

/* Option kinds and lengths: RFC 9293, 3.1 (MSS), RFC 7323 (scale, time stamps), RFC 2018 (SACK). */
static void one_option(struct options *o, const uint8_t *p, unsigned len)
{
	char text[8];

	switch (p[0]) {
	case 2:
		o->bad |= len != 4;
		if (len == 4)
			o->mss = p[2] << 8 | p[3];
		name(o, "mss");
		return;
	case 3:
		o->bad |= len != 3;
		if (len == 3)
			o->scale = p[2];
		name(o, "ws");
		return;
	case 4:
		o->bad |= len != 2;
		name(o, "sok");
		return;
	case 5:
		name(o, "sack");
		return;
	case 8:
		o->bad |= len != 10;
		name(o, "ts");
		return;
	default:
		snprintf(text, sizeof(text), "?%u", p[0]);
		name(o, text);
	}
}

static void read_options(const struct teiten_sample *s, struct options *o)
{
	unsigned n = s->options_len < TEITEN_OPTIONS_MAX ? s->options_len : TEITEN_OPTIONS_MAX;
	const uint8_t *p = s->bytes;

	*o = (struct options){ .mss = -1, .scale = -1 };
	while (n) {
		unsigned len;

		if (p[0] == 0) {
			end_of_list(o, p + 1, n - 1);
			return;
		}
		if (p[0] == 1) {
			name(o, "nop");
			p++;
			n--;
			continue;
		}
		len = n > 1 ? p[1] : 0;
		if (len < 2 || len > n) {
			o->bad = true;
			return;
		}
		one_option(o, p, len);
		p += len;
		n -= len;
	}
}

static void quirks(const struct teiten_sample *s, const struct options *o, char out[48])
{
	bool df = s->marks & TEITEN_MARK_DF, v4 = s->ip_version == 4;
	const struct {
		bool set;
		const char *name;
	} all[] = {
		{ df, "df" },
		{ v4 && df && s->ip_id, "id+" },
		{ v4 && !df && !s->ip_id, "id-" },
		{ s->tcp_flags & (TCP_ECE | TCP_CWR), "ecn" },
		{ !s->seq, "seq-" },
		{ s->ack, "ack+" },
		{ o->after_end, "opt+" },
		{ o->scale > 14, "exws" },
		{ o->bad, "bad" },
	};
	unsigned n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].set)
			n += (unsigned)snprintf(out + n, 48 - n, "%s%s", n ? "," : "", all[i].name);
	}
}

static unsigned initial_ttl(unsigned ttl)
{
	return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

unsigned syn_signature(const struct teiten_sample *s, char out[SIGNATURE_MAX])
{
	char quirk[48], window[24], mss[12];
	struct options o;
	int n;

	read_options(s, &o);
	quirks(s, &o, quirk);
	if (o.mss > 0 && s->window && s->window % (unsigned)o.mss == 0)
		snprintf(window, sizeof(window), "mss*%u", s->window / (unsigned)o.mss);
	else
		snprintf(window, sizeof(window), "%u", s->window);
	if (o.mss >= 0)
		snprintf(mss, sizeof(mss), "%d", o.mss);
	else
		strcpy(mss, "*");
	n = snprintf(out, SIGNATURE_MAX, "%u:%u:0:%s:%s,%d:%s:%s:%s", s->ip_version,
		     initial_ttl(s->ttl), mss, window, o.scale < 0 ? 0 : o.scale, o.layout, quirk,
		     s->payload_len ? "+" : "0");
	return n < SIGNATURE_MAX ? (unsigned)n : SIGNATURE_MAX - 1;
}
