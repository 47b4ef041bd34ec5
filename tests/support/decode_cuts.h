/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TEITEN_TESTS_SUPPORT_DECODE_CUTS_H
#define TEITEN_TESTS_SUPPORT_DECODE_CUTS_H

#include "user/decode/decoder.h"

/* All decoders over one whole conversation; *d stays valid until the next call. */
void decode_whole(const void *p, size_t n, enum protocol expected, bool udp, struct decoded *d);

/*
 * What has to hold for any conversation at every place at which it can be cut, asserted with
 * cmocka: a probe's YES and NO stay what they are as bytes are added, decoding the first k
 * bytes gives the same whatever was decoded before and whatever lies behind them, and nothing
 * is read past them (the bytes lie at the end of their allocation, for ASan and valgrind).
 */
void check_cuts(const struct decoder *dec, const void *p, size_t n, enum protocol expected);

#endif
