// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/decode/secrets.h"

static const char DEFAULT[] = "default", COMMON[] = "common";

/* What products ship with. */
static const struct {
	struct slice username, secret;
	const char *remark;
} pairs[] = {
#define PAIR(user, secret, origin)                                               \
	{                                                                        \
		SLICE_LITERAL(user), SLICE_LITERAL(secret), "default of " origin \
	}
	PAIR("mark", "mysecret", "Asterisk's manager.conf.sample"),
	PAIR("admin", "amp111", "FreePBX"),
	PAIR("admin", "elastix456", "Elastix before September 2011"),
	PAIR("cron", "1234", "VICIdial"),
	PAIR("updatecron", "1234", "VICIdial"),
	PAIR("listencron", "1234", "VICIdial"),
	PAIR("sendcron", "1234", "VICIdial"),
	PAIR("cxpanel", "cxmanager*con", "FreePBX's cxpanel module"),
	PAIR("myasterisk", "mycode", "the A2Billing install guide"),
	PAIR("phpagi", "phpagi", "phpagi's fallback"),
	PAIR("oreilly", "notvery", "Asterisk: The Definitive Guide"),
	PAIR("magma", "welcome", "Asterisk: The Definitive Guide"),
#undef PAIR
};

/* Names that nobody would choose by chance: "admin" and "cron" are in the pairs, but not here. */
static const struct slice default_names[] = {
	SLICE_LITERAL("mark"),	   SLICE_LITERAL("updatecron"), SLICE_LITERAL("listencron"),
	SLICE_LITERAL("sendcron"), SLICE_LITERAL("cxpanel"),	SLICE_LITERAL("myasterisk"),
	SLICE_LITERAL("phpagi"),   SLICE_LITERAL("oreilly"),	SLICE_LITERAL("magma"),
};

/* The first N_DEFAULT are some product's own, as in the pairs; the others are the weak ones. */
#define N_DEFAULT 8
static const struct slice secrets[] = {
	SLICE_LITERAL("mysecret"),	SLICE_LITERAL("amp111"),     SLICE_LITERAL("elastix456"),
	SLICE_LITERAL("cxmanager*con"), SLICE_LITERAL("mycode"),     SLICE_LITERAL("phpagi"),
	SLICE_LITERAL("notvery"),	SLICE_LITERAL("welcome"),

	SLICE_LITERAL("1234"),		SLICE_LITERAL("password"),   SLICE_LITERAL("admin"),
	SLICE_LITERAL("123456"),	SLICE_LITERAL("12345"),	     SLICE_LITERAL("12345678"),
	SLICE_LITERAL("123456789"),	SLICE_LITERAL("1111"),	     SLICE_LITERAL("0000"),
	SLICE_LITERAL("123"),		SLICE_LITERAL("1234567890"), SLICE_LITERAL("qwerty"),
	SLICE_LITERAL("abc123"),	SLICE_LITERAL("letmein"),    SLICE_LITERAL("changeme"),
	SLICE_LITERAL("default"),	SLICE_LITERAL("secret"),     SLICE_LITERAL("asterisk"),
	SLICE_LITERAL("manager"),	SLICE_LITERAL("test"),	     SLICE_LITERAL("root"),
	SLICE_LITERAL("pass"),		SLICE_LITERAL("pass123"),    SLICE_LITERAL("passw0rd"),
	SLICE_LITERAL("admin123"),	SLICE_LITERAL("amp109"),     SLICE_LITERAL("elastix"),
	SLICE_LITERAL("freepbx"),	SLICE_LITERAL("trixbox"),    SLICE_LITERAL("voip"),
	SLICE_LITERAL("pbx"),
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The position of s in a list of n, or n. */
static size_t position(const struct slice *list, size_t n, struct slice s)
{
	size_t i = 0;

	while (i < n && !slice_eq(list[i], s))
		i++;
	return i;
}

const char *remark_for_username(struct slice username)
{
	size_t n = COUNT(default_names);

	return username.p && position(default_names, n, username) < n ? DEFAULT : NULL;
}

const char *remark_for_secret(struct slice secret, struct slice username)
{
	size_t at;

	if (!secret.p)
		return NULL;
	at = position(secrets, COUNT(secrets), secret);
	if (at < N_DEFAULT)
		return DEFAULT;
	if (at < COUNT(secrets))
		return COMMON;
	return secret.n && username.p && slice_eq(secret, username) ? COMMON : NULL;
}

const char *remark_for_pair(struct slice username, struct slice secret)
{
	if (!secret.p)
		return NULL;
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (username.p && slice_eq(pairs[i].username, username) &&
		    slice_eq(pairs[i].secret, secret))
			return pairs[i].remark;
	return remark_for_secret(secret, username);
}

bool secret_is_well_known(struct slice secret, struct slice username)
{
	/* An empty secret holds nothing that could be hidden. */
	return secret.p && (!secret.n || remark_for_secret(secret, username));
}

const struct slice *well_known_secrets(size_t *n)
{
	*n = COUNT(secrets);
	return secrets;
}
