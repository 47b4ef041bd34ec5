/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decoders that decoder.c's table names, one a line, in alphabetical order. */
#ifndef TEITEN_DECODE_TABLE_H
#define TEITEN_DECODE_TABLE_H

#include "user/decode/decoder.h"

extern const struct decoder decoder_ami;
extern const struct decoder decoder_h323;
extern const struct decoder decoder_http;
extern const struct decoder decoder_json_rpc;
extern const struct decoder decoder_rdp;
extern const struct decoder decoder_redis;
extern const struct decoder decoder_sip;
extern const struct decoder decoder_smb;
extern const struct decoder decoder_ssh;
extern const struct decoder decoder_tls;

#endif
