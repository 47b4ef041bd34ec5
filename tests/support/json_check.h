/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is a text one JSON value (RFC 8259), and nothing else, in valid UTF-8? */
#ifndef TEITEN_TESTS_SUPPORT_JSON_CHECK_H
#define TEITEN_TESTS_SUPPORT_JSON_CHECK_H

#include "user/util/slice.h"

bool json_check(struct slice text);

#endif
