/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which product a front page belongs to, by marks that the products themselves set. */
#ifndef TEITEN_PROBE_PRODUCT_H
#define TEITEN_PROBE_PRODUCT_H

#include "user/util/slice.h"

/* What a web server said. Raw bytes; absent parts have p == NULL. */
struct front_page {
	struct slice server, location; /* header fields */
	struct slice body;	       /* perhaps only its beginning */
};

/* The text between <title> and </title>, trimmed, entities as they are; absent without one. */
struct slice front_page_title(struct slice body);

/* A product's name (static), or NULL where nothing is known of this page. */
const char *front_page_product(const struct front_page *p);

#endif
