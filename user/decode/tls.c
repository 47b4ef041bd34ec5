// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TLS ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), also in the form of
 * SSL 2.0 (RFC 5246 appendix E.2): server name, ALPN, versions, and the JA4 fingerprint (FoxIO,
 * "JA4: TLS Client Fingerprinting", which alone of the JA4+ family is under the BSD licence).
 */
#include <sha256.h>

#include "user/decode/decoder.h"

#define RECORD_HEADER 5
#define RECORD_HANDSHAKE 22
/* RFC 8446 section 5.1: 2^14; some senders exceed it, and nothing depends on the limit here */
#define RECORD_MAX 0x4100
#define HANDSHAKE_HEADER 4
#define HANDSHAKE_CLIENT_HELLO 1
/* RFC 5246 appendix E.2: a two-octet record header, then message type 1 */
#define SSL2_HEADER 11

enum {
	EXT_SERVER_NAME = 0,
	EXT_SIGNATURE_ALGORITHMS = 13,
	EXT_ALPN = 16,
	EXT_SUPPORTED_VERSIONS = 43,
};

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | be16(p + 1);
}

/* What is left to read; bad once something was longer than what is there. */
struct cursor {
	const uint8_t *p;
	uint32_t n;
	bool bad;
};

static const uint8_t *take(struct cursor *c, uint32_t n)
{
	const uint8_t *p = c->p;

	if (n > c->n) {
		c->bad = true;
		c->n = 0;
		return NULL;
	}
	c->p += n;
	c->n -= n;
	return p;
}

static uint32_t take_number(struct cursor *c, unsigned octets)
{
	const uint8_t *p = take(c, octets);

	if (!p)
		return 0;
	return octets == 1 ? p[0] : octets == 2 ? be16(p) : be24(p);
}

/*
 * A vector with a length of so many octets before it. Where that is longer than what is there,
 * it is clipped, and both are bad.
 */
static struct cursor take_vector(struct cursor *c, unsigned octets)
{
	uint32_t n = take_number(c, octets), there = n < c->n ? n : c->n;
	struct cursor v = { .p = c->p, .n = there, .bad = there < n };

	(void)take(c, there);
	c->bad |= there < n;
	return v;
}

/* --- probe -------------------------------------------------------------------------------- */

static enum probe probe_ssl2(const uint8_t *p, uint32_t n)
{
	uint32_t length, version, ciphers, session, challenge;

	if (n < 3)
		return PROBE_MORE;
	if (p[2] != HANDSHAKE_CLIENT_HELLO)
		return PROBE_NO;
	if (n < 5)
		return PROBE_MORE;
	version = be16(p + 3);
	if (version != 0x0002 && (version < 0x0300 || version > 0x0304))
		return PROBE_NO;
	if (n < SSL2_HEADER)
		return PROBE_MORE;
	length = be16(p) & 0x7fff;
	ciphers = be16(p + 5);
	session = be16(p + 7);
	challenge = be16(p + 9);
	if (ciphers == 0 || ciphers % 3 || (session && session != 16) || challenge < 16 ||
	    challenge > 32 || length != 9 + ciphers + session + challenge)
		return PROBE_NO;
	return PROBE_YES;
}

/* YES with the first octet of the handshake message: nothing else begins like that. */
static enum probe tls_probe(const struct decode_input *in)
{
	const uint8_t *p = in->p;
	uint32_t n = in->n;

	if (n == 0)
		return PROBE_MORE;
	if (p[0] & 0x80)
		return probe_ssl2(p, n);
	if (p[0] != RECORD_HANDSHAKE || (n > 1 && p[1] != 3) || (n > 2 && p[2] > 4))
		return PROBE_NO;
	if (n >= RECORD_HEADER && (be16(p + 3) == 0 || be16(p + 3) > RECORD_MAX))
		return PROBE_NO;
	if (n <= RECORD_HEADER)
		return PROBE_MORE;
	return p[RECORD_HEADER] == HANDSHAKE_CLIENT_HELLO ? PROBE_YES : PROBE_NO;
}

/* --- the handshake message ---------------------------------------------------------------- */

/*
 * The handshake message from the records that it is spread over. *whole says whether all of it
 * is there. Points into in->p where one record holds it, else into the arena.
 */
static struct cursor handshake_message(const struct decode_input *in, struct arena *arena,
				       bool *whole)
{
	struct cursor in_record = { .p = in->p, .n = in->n };
	uint8_t *joined = NULL;
	uint32_t have = 0, want = UINT32_MAX;
	const uint8_t *one = NULL;

	*whole = false;
	while (have < want && in_record.n >= RECORD_HEADER && in_record.p[0] == RECORD_HANDSHAKE) {
		const uint8_t *header = take(&in_record, RECORD_HEADER);
		uint32_t length = be16(header + 3);
		uint32_t there = length < in_record.n ? length : in_record.n;
		const uint8_t *part = take(&in_record, there);

		if (one && !joined) {
			joined = arena_alloc(arena, in->n);
			if (!joined)
				break;
			memcpy(joined, one, have);
		}
		if (joined)
			memcpy(joined + have, part, there);
		else
			one = part;
		have += there;
		if (have >= HANDSHAKE_HEADER)
			want = HANDSHAKE_HEADER + be24((joined ? joined : one) + 1);
		if (there < length)
			break;
	}
	*whole = have >= want;
	return (struct cursor){ .p = joined ? joined : one, .n = have < want ? have : want };
}

/* What the fingerprint needs; the vectors point into the message. */
struct hello {
	struct cursor ciphers, extensions;
	struct cursor signature_algorithms; /* p == NULL: no such extension */
	struct slice alpn;		    /* the first value */
	uint32_t version;		    /* the highest that is offered */
	bool server_name;		    /* there is such an extension */
};

/* RFC 8701: 0x0a0a, 0x1a1a, … 0xfafa */
static bool is_grease(uint32_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* RFC 6066 section 3: the first host_name */
static void decode_server_name(struct cursor c, struct tls_facts *f)
{
	struct cursor list = take_vector(&c, 2);

	while (list.n) {
		uint32_t type = take_number(&list, 1);
		struct cursor name = take_vector(&list, 2);

		if (type != 0 || name.bad)
			continue;
		f->sni = slice_of(name.p, name.n);
		return;
	}
}

/* RFC 7301 section 3.1 */
static void decode_alpn(struct cursor c, struct arena *arena, struct hello *h, struct tls_facts *f)
{
	struct cursor list = take_vector(&c, 2);

	while (list.n) {
		struct cursor name = take_vector(&list, 1);
		struct slice s = slice_of(name.p, name.n);

		if (name.bad)
			return;
		if (!h->alpn.p)
			h->alpn = s;
		(void)slice_list_add(arena, &f->alpn, s);
	}
}

/* RFC 8446 section 4.2.1; where the extension is there, it alone counts. */
static void decode_versions(struct cursor c, struct hello *h)
{
	struct cursor list = take_vector(&c, 1);
	uint32_t highest = 0;

	while (list.n >= 2) {
		uint32_t v = take_number(&list, 2);

		if (!is_grease(v) && v > highest)
			highest = v;
	}
	if (highest)
		h->version = highest;
}

static void decode_extensions(struct arena *arena, struct hello *h, struct tls_facts *f)
{
	struct cursor c = h->extensions;

	while (c.n) {
		uint32_t type = take_number(&c, 2);
		struct cursor body = take_vector(&c, 2);

		switch (type) {
		case EXT_SERVER_NAME:
			h->server_name = true;
			decode_server_name(body, f);
			break;
		case EXT_ALPN:
			decode_alpn(body, arena, h, f);
			break;
		case EXT_SUPPORTED_VERSIONS:
			decode_versions(body, h);
			break;
		case EXT_SIGNATURE_ALGORITHMS:
			h->signature_algorithms = take_vector(&body, 2);
			break;
		default:
			break;
		}
	}
	h->extensions.bad |= c.bad;
}

static struct slice version_name(uint32_t v)
{
	switch (v) {
	case 0x0304:
		return SLICE_LITERAL("1.3");
	case 0x0303:
		return SLICE_LITERAL("1.2");
	case 0x0302:
		return SLICE_LITERAL("1.1");
	case 0x0301:
		return SLICE_LITERAL("1.0");
	case 0x0300:
		return SLICE_LITERAL("ssl3");
	case 0x0002:
		return SLICE_LITERAL("ssl2");
	default:
		return SLICE_LITERAL("unknown");
	}
}

/* --- JA4 ---------------------------------------------------------------------------------- */

/* IANA has not registered so many of any kind; where there are more, there is no fingerprint. */
#define JA4_VALUES_MAX 512

struct values {
	uint16_t v[JA4_VALUES_MAX];
	uint32_t n;
	bool overflow;
};

static void add_value(struct values *list, uint32_t v)
{
	if (is_grease(v))
		return;
	if (list->n < JA4_VALUES_MAX)
		list->v[list->n++] = (uint16_t)v;
	else
		list->overflow = true;
}

/* Insertion below 48 (what clients offer is shorter), else Shell's gaps: both without memory. */
static void sort_values(struct values *list)
{
	static const uint32_t gaps[] = { 132, 57, 23, 10, 4, 1 };
	size_t g = list->n < 48 ? 5 : 0;

	for (; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (uint32_t i = gaps[g]; i < list->n; i++) {
			uint16_t v = list->v[i];
			uint32_t k = i;

			for (; k >= gaps[g] && list->v[k - gaps[g]] > v; k -= gaps[g])
				list->v[k] = list->v[k - gaps[g]];
			list->v[k] = v;
		}
	}
}

static char hex_digit(unsigned v)
{
	return "0123456789abcdef"[v & 15];
}

static char *put_values(char *to, const struct values *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i)
			*to++ = ',';
		for (int shift = 12; shift >= 0; shift -= 4)
			*to++ = hex_digit((unsigned)list->v[i] >> shift);
	}
	return to;
}

/* "_" and the first 12 hex digits of the hash; zeros where there is nothing to hash. */
static char *put_hash(char *to, const char *text, const char *end)
{
	uint8_t digest[SHA256_DIGEST_LENGTH] = { 0 };
	SHA2_CTX context;

	if (end > text) {
		SHA256Init(&context);
		SHA256Update(&context, (const uint8_t *)text, (size_t)(end - text));
		SHA256Final(digest, &context);
	}
	*to++ = '_';
	for (unsigned i = 0; i < 6; i++) {
		*to++ = hex_digit(digest[i] >> 4);
		*to++ = hex_digit(digest[i]);
	}
	return to;
}

static char *put_count(char *to, uint32_t n)
{
	if (n > 99)
		n = 99;
	*to++ = (char)('0' + n / 10);
	*to++ = (char)('0' + n % 10);
	return to;
}

static bool is_alphanumeric(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10;
}

/* First and last character of the first ALPN value, of its hex form if one is not alphanumeric. */
static char *put_alpn(char *to, struct slice alpn)
{
	uint8_t first, last;

	if (alpn.n == 0) {
		*to++ = '0';
		*to++ = '0';
		return to;
	}
	first = (uint8_t)alpn.p[0];
	last = (uint8_t)alpn.p[alpn.n - 1];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		*to++ = (char)first;
		*to++ = (char)last;
	} else {
		*to++ = hex_digit(first >> 4);
		*to++ = hex_digit(last);
	}
	return to;
}

static const char *ja4_version(uint32_t v)
{
	switch (v) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	default:
		return "00";
	}
}

/* Keeps an earlier overflow. */
static void take_values(struct cursor c, struct values *list)
{
	list->n = 0;
	while (c.n >= 2)
		add_value(list, take_number(&c, 2));
}

/* The extension types; *n counts them all, the list leaves out server_name and ALPN. */
static void extension_values(struct cursor c, struct values *list, uint32_t *n)
{
	list->n = 0;
	*n = 0;
	while (c.n >= 4) {
		uint32_t type = take_number(&c, 2);

		(void)take_vector(&c, 2);
		*n += !is_grease(type);
		if (type != EXT_SERVER_NAME && type != EXT_ALPN)
			add_value(list, type);
	}
}

/* sizeof "t13d1516h2_8daaf6152771_e5627efa2ab1" and its NUL */
#define JA4_SIZE 37

static void set_ja4(const struct hello *h, struct arena *arena, struct tls_facts *f)
{
	/* two lists of "xxxx," each */
	char text[2 * 5 * JA4_VALUES_MAX + 2], *end;
	char *ja4 = arena_alloc(arena, JA4_SIZE), *to = ja4;
	struct values list;
	uint32_t n;

	if (!ja4)
		return;
	list.overflow = false;
	take_values(h->ciphers, &list);
	*to++ = 't';
	to = mempcpy(to, ja4_version(h->version), 2);
	*to++ = h->server_name ? 'd' : 'i';
	to = put_count(to, list.n);
	sort_values(&list);
	end = put_values(text, &list);
	extension_values(h->extensions, &list, &n);
	to = put_count(to, n);
	to = put_alpn(to, h->alpn);
	to = put_hash(to, text, end);
	sort_values(&list);
	end = put_values(text, &list);
	if (h->signature_algorithms.n >= 2) {
		*end++ = '_';
		take_values(h->signature_algorithms, &list);
		end = put_values(end, &list);
	}
	to = put_hash(to, text, end);
	if (!list.overflow)
		f->ja4 = slice_of(ja4, (size_t)(to - ja4));
}

/* --- decode ------------------------------------------------------------------------------- */

static void decode_hello(struct cursor c, bool whole, struct arena *arena, struct decoded *d)
{
	struct hello h = { 0 };

	(void)take(&c, HANDSHAKE_HEADER);
	h.version = take_number(&c, 2);
	if (c.bad) {
		d->incomplete = true;
		return;
	}
	(void)take(&c, 32);	  /* random */
	(void)take_vector(&c, 1); /* legacy_session_id */
	h.ciphers = take_vector(&c, 2);
	(void)take_vector(&c, 1); /* compression methods */
	/* Extensions came with TLS 1.2 as an optional part (RFC 5246 section 7.4.1.2). */
	if (c.n && !c.bad) {
		h.extensions = take_vector(&c, 2);
		decode_extensions(arena, &h, &d->tls);
	}
	d->tls.version = version_name(h.version);
	if (!whole || c.bad || h.extensions.bad)
		d->incomplete = true;
	else
		set_ja4(&h, arena, &d->tls);
}

static void tls_decode(const struct decode_input *in, struct arena *arena, struct decoded *d)
{
	struct cursor message;
	bool whole;

	d->kind = KIND_TLS;
	d->purpose = PURPOSE_TRUNCATED;
	d->incomplete = true;
	if (tls_probe(in) != PROBE_YES)
		return;
	d->purpose = PURPOSE_TLS;
	if (in->p[0] & 0x80) {
		d->tls.version = version_name(be16(in->p + 3));
		d->incomplete = in->n < 2 + (be16(in->p) & 0x7fff);
		return;
	}
	message = handshake_message(in, arena, &whole);
	d->incomplete = false;
	decode_hello(message, whole, arena, d);
}

static const enum purpose tls_purposes[] = { PURPOSE_TRUNCATED, PURPOSE_TLS, PURPOSE_NONE };

const struct decoder decoder_tls = {
	.kind = KIND_TLS,
	.name = "tls",
	.tcp = true,
	.probe = tls_probe,
	.decode = tls_decode,
	.purposes = tls_purposes,
};
