/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decoders that decoder.c's table names, one a line, in alphabetical order. */
#ifndef TEITEN_DECODE_TABLE_H
#define TEITEN_DECODE_TABLE_H

#include "user/decode/decoder.h"

extern const struct decoder decoder_ami;

#endif
