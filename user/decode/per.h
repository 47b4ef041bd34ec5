/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Aligned PER (ITU-T X.691, BASIC-PER ALIGNED), as far as H.225.0 needs it.
 *
 * ASN.1 types are constant tables (struct per_type); per_walk() goes through an encoding along
 * such a table and hands out the values of the fields that carry a tag. Extension additions
 * come as open types: one that the table does not describe is skipped by its own length, so
 * that later versions of a protocol decode as well.
 *
 * Every read is checked against the end of the encoding (or of the open type around it). The
 * tables must not be recursive; then the work is linear in the number of bits.
 */
#ifndef TEITEN_DECODE_PER_H
#define TEITEN_DECODE_PER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Positions count bits from p, which is an octet boundary of the encoding. */
struct per_reader {
	const uint8_t *p;
	size_t pos, end;
};

static inline struct per_reader per_reader_of(const uint8_t *p, size_t n)
{
	return (struct per_reader){ .p = p, .pos = 0, .end = n * 8 };
}

/*
 * All of these return 0, -ENODATA (the encoding ends first), -EBADMSG (no such encoding) or
 * -EOPNOTSUPP (valid, but not done here: lengths of 16 Ki and more, which come in fragments).
 */

/* The next `bits` (0 to 32) bits, most significant first. */
int per_bits(struct per_reader *r, unsigned bits, uint32_t *v);
/* Goes on to the next octet boundary. */
int per_align(struct per_reader *r);
/* A whole number in lo..hi (X.691 clause 11.5), hi - lo < 65,536. */
int per_constrained(struct per_reader *r, uint32_t lo, uint32_t hi, uint32_t *v);
/* An unconstrained length determinant (clause 11.9.3.5 to 11.9.3.7). */
int per_length(struct per_reader *r, uint32_t *n);
/* A normally small whole number (clause 11.6) below 64. */
int per_small(struct per_reader *r, uint32_t *v);
/* An open type (clause 11.2): *inner reads its contents, *r goes on behind it. */
int per_open(struct per_reader *r, struct per_reader *inner);

enum per_kind {
	PER_NULL,
	PER_BOOLEAN,
	PER_INTEGER, /* lo..hi */
	PER_OCTETS,  /* SIZE (lo..hi), or no constraint where hi is 0 */
	PER_CHARS,   /* IA5String: octets, or nibbles where an alphabet of 9 to 16 is permitted */
	PER_BMP,     /* BMPString: big-endian UTF-16 code units */
	PER_OID,     /* contents octets of an OBJECT IDENTIFIER */
	PER_SEQUENCE,
	PER_SEQUENCE_OF, /* no size constraint */
	PER_CHOICE,
	PER_UNKNOWN, /* a type that is not described: the walk ends here with -EOPNOTSUPP */
};

struct per_type;

/* A component of a SEQUENCE, or an alternative of a CHOICE. */
struct per_field {
	/* NULL in an extension addition: skipped */
	const struct per_type *type;
	/* OPTIONAL or DEFAULT; of no meaning in a CHOICE and in extension additions */
	bool optional;
	/* not 0: report it; a tagged SEQUENCE (OF) is the scope of what is inside it */
	uint8_t tag;
};

struct per_type {
	enum per_kind kind;
	bool extensible;
	bool nibbles; /* PER_CHARS: four bits a character */
	uint32_t lo, hi;
	/* the root components first, then the extension additions that are described */
	const struct per_field *fields;
	uint16_t n_root, n_fields;
	const struct per_type *element; /* of a SEQUENCE OF */
};

struct per_value {
	/* octets, code units, or nibbles, where they begin on an octet boundary; else NULL */
	const uint8_t *p;
	uint32_t n;	 /* in units of the type: octets, characters */
	uint32_t number; /* of an INTEGER or BOOLEAN; the index of the alternative of a CHOICE */
};

struct per_walk {
	struct per_reader r;
	/* Called in the order of the encoding; for SEQUENCE, SEQUENCE OF and CHOICE on entry. */
	void (*visit)(struct per_walk *w, unsigned tag, const struct per_value *v);
	void *context;
	unsigned scope; /* the tag of the innermost tagged SEQUENCE (OF), 0 outside of any */
};

/* Walks one value of the type; tag is that of the field which holds it, 0 for none. */
int per_walk(struct per_walk *w, const struct per_type *type, unsigned tag);

#endif
