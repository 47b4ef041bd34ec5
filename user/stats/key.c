// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/stats/key.h"

#define CUT "\xe2\x80\xa6"
#define CUT_LEN 3

static char *escape(char *p, const char *from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		*p++ = from[i];
		if (!from[i])
			*p++ = (char)0xff;
	}
	return p;
}

void key_part(struct key *k, struct slice part)
{
	bool cut = part.n > PART_MAX;
	char *p = k->bytes + k->n;

	if (!cut && (!part.n || !memchr(part.p, 0, part.n))) {
		if (part.n)
			memcpy(p, part.p, part.n);
		p += part.n;
	} else {
		p = escape(p, part.p, cut ? PART_MAX - CUT_LEN : part.n);
	}
	if (cut) {
		memcpy(p, CUT, CUT_LEN);
		p += CUT_LEN;
	}
	*p++ = 0;
	*p++ = 0;
	k->n = (uint32_t)(p - k->bytes);
}

bool key_next(struct slice *rest, char *out, uint32_t *n)
{
	uint32_t at = 0;

	*n = 0;
	while (at + 1 < rest->n && *n < PART_MAX + 1) {
		char c = rest->p[at++];

		if (c) {
			out[(*n)++] = c;
			continue;
		}
		c = rest->p[at++];
		if (!c) {
			rest->p += at;
			rest->n -= at;
			return true;
		}
		out[(*n)++] = 0;
	}
	return false;
}

unsigned list_parts(enum summary_list_id id)
{
	switch (id) {
	case LIST_AMI_PAIRS:
	case LIST_CONTENT:
		return 2;
	case LIST_H323_PRODUCTS:
		return 3;
	case LIST_DOCKER_REQUESTS:
		return 5; /* method, path, API, purpose (one byte), use */
	default:
		return 1;
	}
}
