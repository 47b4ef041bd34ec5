/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User names and secrets that need no hiding, as everybody knows them: the defaults of products
 * and the weak ones at the top of every guessing list. All comparisons are exact, as Asterisk's.
 */
#ifndef TEITEN_DECODE_SECRETS_H
#define TEITEN_DECODE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "user/util/slice.h"

/* "default" where a product ships with that very name, else NULL. */
const char *remark_for_username(struct slice username);

/*
 * "default" where a product ships with that very secret, "common" for a weak one (the user name
 * itself included; username.p may be NULL), else NULL.
 */
const char *remark_for_secret(struct slice secret, struct slice username);

/* "default of PRODUCT" for a pair that PRODUCT ships with, else as remark_for_secret(). */
const char *remark_for_pair(struct slice username, struct slice secret);

/* May be shown although secrets are hidden. username.p may be NULL. */
bool secret_is_well_known(struct slice secret, struct slice username);

/* The well-known secrets, *n of them, each once; static. */
const struct slice *well_known_secrets(size_t *n);

#endif
