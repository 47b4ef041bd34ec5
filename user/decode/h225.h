/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * H.225.0 messages (ITU-T H.225.0 Annex H, aligned PER): what the caller says about itself.
 */
#ifndef TEITEN_DECODE_H225_H
#define TEITEN_DECODE_H225_H

#include "user/decode/decoded.h"
#include "user/util/arena.h"

/*
 * The H323-UserInformation of a User-User information element: n octets behind its protocol
 * discriminator. Fills the fields of *f that stem from H.225.0 as far as the encoding goes.
 * 0; -ENODATA where it ends early, -EBADMSG where it is none, -EOPNOTSUPP where a part of it is
 * not decoded here: what was found before stands.
 */
int h225_decode_user_information(const uint8_t *p, size_t n, struct arena *arena,
				 struct h323_facts *f);

/*
 * The same for the RAS messages with which discovery and registration begin. -ENODATA and no
 * protocol_version: too short to tell; -EBADMSG: not one of these.
 */
int h225_decode_ras(const uint8_t *p, size_t n, struct arena *arena, struct h323_facts *f);

#endif
