/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The SYN signature of p0f 3 (Zalewski), by which senders are told apart. */
#ifndef TEITEN_STATS_SIGNATURE_H
#define TEITEN_STATS_SIGNATURE_H

#include "teiten/sample.h"

#define SIGNATURE_MAX 240

/*
 * "4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0": IP version, initial TTL (the next of 32, 64,
 * 128, 255), length of IP options (not sampled: always 0), MSS or *, window and scale, order of
 * the options, quirks that a sample shows, payload class. Not NUL-terminated; returns the length.
 */
unsigned syn_signature(const struct teiten_sample *s, char out[SIGNATURE_MAX]);

#endif
