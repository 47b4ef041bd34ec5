/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contents octets of ASN.1 strings, as text. What takes a copy takes it from the arena; absent
 * (p == NULL) where that is used up.
 */
#ifndef TEITEN_DECODE_PER_TEXT_H
#define TEITEN_DECODE_PER_TEXT_H

#include "user/util/arena.h"

/* Without the NULs and blanks with which callers pad fixed buffers; no copy. */
struct slice per_trimmed(const uint8_t *p, uint32_t n);

/*
 * An OBJECT IDENTIFIER of n octets with dots (X.690 clause 8.19). An arc above 32 bits ends it:
 * the identifiers of H.225.0 are far from that.
 */
struct slice per_oid_text(struct arena *arena, const uint8_t *p, uint32_t n);

/*
 * n characters of IA5String (FROM ("0123456789#*,")), four bits each: the index in the permitted
 * alphabet in the order of the codes (X.691 clause 30.5). Indexes beyond it show as "?".
 */
struct slice per_digits_text(struct arena *arena, const uint8_t *p, uint32_t n);

/*
 * n code units of big-endian UTF-16 as UTF-8, without trailing NULs and blanks; a lone surrogate
 * becomes U+FFFD.
 */
struct slice per_bmp_text(struct arena *arena, const uint8_t *p, uint32_t n);

/* Writes up to ten digits, no NUL; returns where it ended. */
char *per_put_decimal(char *to, uint32_t v);

#endif
