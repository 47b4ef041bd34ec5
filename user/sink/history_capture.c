// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Captures that are in a history already: known by their content, whatever their name is. */
#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/sink/history_internal.h"
#include "user/util/log.h"

#define BLOCK (1u << 16)

static int digest(const char *path, uint8_t out[SHA256_DIGEST_LENGTH])
{
	uint8_t *block = malloc(BLOCK);
	FILE *f = fopen(path, "rbe");
	int err = f && block ? 0 : -errno;
	SHA2_CTX context;
	size_t n;

	SHA256Init(&context);
	while (!err && (n = fread(block, 1, BLOCK, f)) > 0)
		SHA256Update(&context, block, n);
	if (!err && ferror(f))
		err = -EIO;
	SHA256Final(out, &context);
	if (f)
		fclose(f);
	free(block);
	return err;
}

/* 1: it is there already, and was said so. */
static int look_up(struct history *h, const char *path, const uint8_t *sha256)
{
	sqlite3_stmt *s = history_db_prepare(
		h->db, "SELECT name, date(added, 'unixepoch') FROM capture WHERE sha256 = ?1");
	int code;

	if (!s)
		return -ENOMEM;
	sqlite3_bind_blob(s, 1, sha256, SHA256_DIGEST_LENGTH, SQLITE_STATIC);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		log_error("%s is in %s already, taken in as '%s' on %s; it would count twice", path,
			  h->o.path, (const char *)sqlite3_column_text(s, 0),
			  (const char *)sqlite3_column_text(s, 1));
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? 1 : history_db_errno(code);
}

static int insert(struct history *h, const char *path, const uint8_t *sha256)
{
	sqlite3_stmt *s = history_db_prepare(
		h->db, "INSERT INTO capture(sha256, name, added) VALUES(?1, ?2, ?3)");
	int err;

	if (!s)
		return -ENOMEM;
	sqlite3_bind_blob(s, 1, sha256, SHA256_DIGEST_LENGTH, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, (int64_t)time(NULL));
	err = history_db_errno(sqlite3_step(s));
	sqlite3_finalize(s);
	return err;
}

int history_take_capture(struct sink *s, const char *path)
{
	struct history *h = history_of(s);
	uint8_t sha256[SHA256_DIGEST_LENGTH];
	int err;

	err = digest(path, sha256);
	if (err) {
		log_error("%s: %s", path, strerror(-err));
		return err;
	}
	err = look_up(h, path, sha256);
	if (err > 0)
		return -EEXIST;
	if (!err)
		err = insert(h, path, sha256);
	if (err)
		log_error("history: cannot write %s: %s", h->o.path, strerror(-err));
	return err;
}
