// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes, any room: text_safe() and the JSON writer give whole, harmless UTF-8. */
#include <stdlib.h>

#include "user/util/json.h"
#include "user/util/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_harmless(struct slice s)
{
	while (s.n) {
		uint32_t c;
		unsigned n = text_utf8_next(s, &c);

		if (!n || text_is_hidden(c))
			abort();
		s.p += n;
		s.n -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, n;
	struct json j;
	char *out;

	if (size < 2)
		return 0;
	room = data[0] | (size_t)data[1] << 8;
	out = malloc(room ? room : 1);
	if (!out)
		return 0;
	n = text_safe(out, room, slice_of(data + 2, size - 2));
	if (room && (n >= room || out[n] != '\0' || strlen(out) != n))
		abort();
	must_be_harmless(slice_of(out, n));
	if (room && text_columns(out) > 2 * n)
		abort();
	free(out);

	json_init(&j, false);
	json_string(&j, NULL, slice_of(data + 2, size - 2));
	json_base64(&j, NULL, data + 2, size - 2);
	must_be_harmless(slice_of(j.p, j.n));
	json_free(&j);
	return 0;
}
