// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>

#include "user/decode/per.h"

int per_bits(struct per_reader *r, unsigned bits, uint32_t *v)
{
	uint32_t value = 0;

	if (r->end - r->pos < bits)
		return -ENODATA;
	while (bits) {
		unsigned left = 8 - (unsigned)(r->pos & 7);
		unsigned take = bits < left ? bits : left;
		uint32_t octet = r->p[r->pos >> 3];

		value = value << take | ((octet >> (left - take)) & ((1U << take) - 1));
		r->pos += take;
		bits -= take;
	}
	*v = value;
	return 0;
}

int per_align(struct per_reader *r)
{
	size_t pos = (r->pos + 7) & ~(size_t)7;

	if (pos > r->end)
		return -ENODATA;
	r->pos = pos;
	return 0;
}

static unsigned bits_for(uint32_t range)
{
	unsigned bits = 0;

	while (bits < 32 && (1ULL << bits) < range)
		bits++;
	return bits;
}

/*
 * X.691 clause 11.5.7: up to 255 values take the fewest bits; 256 an aligned octet, more two
 * aligned octets.
 */
int per_constrained(struct per_reader *r, uint32_t lo, uint32_t hi, uint32_t *v)
{
	uint32_t range = hi - lo + 1, got;
	int err = 0;

	if (range < 256) {
		err = per_bits(r, bits_for(range), &got);
	} else {
		err = per_align(r);
		if (!err)
			err = per_bits(r, range == 256 ? 8 : 16, &got);
	}
	if (err)
		return err;
	if (got >= range)
		return -EBADMSG;
	*v = lo + got;
	return 0;
}

int per_length(struct per_reader *r, uint32_t *n)
{
	uint32_t first, second;
	int err = per_align(r);

	if (!err)
		err = per_bits(r, 8, &first);
	if (err)
		return err;
	if (first < 0x80) {
		*n = first;
		return 0;
	}
	if (first >= 0xc0)
		return -EOPNOTSUPP;
	err = per_bits(r, 8, &second);
	if (!err)
		*n = (first & 0x3f) << 8 | second;
	return err;
}

int per_small(struct per_reader *r, uint32_t *v)
{
	uint32_t large;
	int err = per_bits(r, 1, &large);

	if (err)
		return err;
	return large ? -EOPNOTSUPP : per_bits(r, 6, v);
}

int per_open(struct per_reader *r, struct per_reader *inner)
{
	uint32_t n;
	int err = per_length(r, &n);

	if (err)
		return err;
	*inner = *r;
	if ((r->end - r->pos) / 8 < n) {
		/* What is there of it may still hold what is looked for. */
		r->pos = r->end;
		return 0;
	}
	r->pos += (size_t)n * 8;
	inner->end = r->pos;
	return 0;
}

static void report(struct per_walk *w, unsigned tag, struct per_value v)
{
	if (tag)
		w->visit(w, tag, &v);
}

/* The length of a string: constrained (clause 11.9.4.1) or not. */
static int string_length(struct per_reader *r, const struct per_type *type, uint32_t *n)
{
	if (type->hi)
		return per_constrained(r, type->lo, type->hi, n);
	return per_length(r, n);
}

/*
 * Octet strings (clause 17) and known-multiplier strings (clause 30). Contents of a fixed size
 * of up to 16 bits are not aligned; H.225.0 has none of a variable size that could be so short.
 */
static int walk_string(struct per_walk *w, const struct per_type *type, unsigned tag)
{
	unsigned unit = type->kind == PER_BMP ? 16 : type->nibbles ? 4 : 8;
	struct per_value v = { 0 };
	size_t bits;
	int err = string_length(&w->r, type, &v.n);

	if (err)
		return err;
	bits = (size_t)v.n * unit;
	if (type->hi == 0 || type->lo != type->hi || bits > 16) {
		err = per_align(&w->r);
		if (err)
			return err;
		v.p = w->r.p + (w->r.pos >> 3);
	}
	if (w->r.end - w->r.pos < bits)
		return -ENODATA;
	w->r.pos += bits;
	report(w, tag, v);
	return 0;
}

static int walk_sequence_of(struct per_walk *w, const struct per_type *type)
{
	uint32_t n;
	int err = per_length(&w->r, &n);

	while (!err && n--)
		err = per_walk(w, type->element, 0);
	return err;
}

/* Walks the contents of an open type with its own end, then goes on behind it. */
static int walk_open(struct per_walk *w, const struct per_field *field)
{
	struct per_reader inner, behind;
	int err = per_open(&w->r, &inner);

	if (err || !field || !field->type)
		return err;
	behind = w->r;
	w->r = inner;
	/* A damaged addition says nothing about what follows it. */
	(void)per_walk(w, field->type, field->tag);
	w->r = behind;
	return 0;
}

/* Clause 19.7 to 19.9: how many additions, which of them are there, then each one. */
static int walk_additions(struct per_walk *w, const struct per_type *type)
{
	uint32_t n, present[64], i;
	int err = per_small(&w->r, &n);

	if (err)
		return err;
	n++;
	for (i = 0; i < n && !err; i++)
		err = per_bits(&w->r, 1, &present[i]);
	for (i = 0; i < n && !err; i++) {
		uint32_t at = type->n_root + i;

		if (present[i])
			err = walk_open(w, at < type->n_fields ? &type->fields[at] : NULL);
	}
	return err;
}

static int walk_sequence(struct per_walk *w, const struct per_type *type)
{
	uint32_t extended = 0, present = 0;
	unsigned optional = 0, i;
	int err = per_bits(&w->r, type->extensible, &extended);

	for (i = 0; i < type->n_root; i++)
		optional += type->fields[i].optional;
	if (!err)
		err = per_bits(&w->r, optional, &present);
	for (i = 0; i < type->n_root && !err; i++) {
		const struct per_field *field = &type->fields[i];

		if (field->optional && !(present >> --optional & 1))
			continue;
		err = per_walk(w, field->type, field->tag);
	}
	if (!err && extended)
		err = walk_additions(w, type);
	return err;
}

static int walk_choice(struct per_walk *w, const struct per_type *type, unsigned tag)
{
	uint32_t extended = 0, index;
	const struct per_field *field;
	int err = per_bits(&w->r, type->extensible, &extended);

	if (!err)
		err = extended ? per_small(&w->r, &index)
			       : per_constrained(&w->r, 0, type->n_root - 1, &index);
	if (err)
		return err;
	if (extended)
		index += type->n_root;
	report(w, tag, (struct per_value){ .number = index });
	field = index < type->n_fields ? &type->fields[index] : NULL;
	if (extended)
		return walk_open(w, field);
	/* The NULL alternatives at the end of a table may be left out of it. */
	return field ? per_walk(w, field->type, field->tag) : 0;
}

static int walk_number(struct per_walk *w, const struct per_type *type, unsigned tag)
{
	struct per_value v = { 0 };
	int err = type->kind == PER_BOOLEAN ? per_bits(&w->r, 1, &v.number)
					    : per_constrained(&w->r, type->lo, type->hi, &v.number);

	if (!err)
		report(w, tag, v);
	return err;
}

/* A tagged SEQUENCE (OF) is reported on entry and is the scope of its components. */
static int walk_scope(struct per_walk *w, const struct per_type *type, unsigned tag)
{
	unsigned outer = w->scope;
	int err;

	report(w, tag, (struct per_value){ 0 });
	if (tag)
		w->scope = tag;
	err = type->kind == PER_SEQUENCE ? walk_sequence(w, type) : walk_sequence_of(w, type);
	w->scope = outer;
	return err;
}

int per_walk(struct per_walk *w, const struct per_type *type, unsigned tag)
{
	switch (type->kind) {
	case PER_NULL:
		report(w, tag, (struct per_value){ 0 });
		return 0;
	case PER_BOOLEAN:
	case PER_INTEGER:
		return walk_number(w, type, tag);
	case PER_OCTETS:
	case PER_CHARS:
	case PER_BMP:
	case PER_OID:
		return walk_string(w, type, tag);
	case PER_SEQUENCE:
	case PER_SEQUENCE_OF:
		return walk_scope(w, type, tag);
	case PER_CHOICE:
		return walk_choice(w, type, tag);
	case PER_UNKNOWN:
		break;
	}
	return -EOPNOTSUPP;
}
