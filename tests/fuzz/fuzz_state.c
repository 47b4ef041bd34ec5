// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pinned state is read from a map that others may have written to: any bytes are refused or
 * make statistics that can be summed up, written as JSON, saved again and loaded again.
 */
#include <stdlib.h>

#include "user/stats/stats.h"
#include "user/view/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(struct stats *s)
{
	struct summary *sum = stats_summary(s, 20);
	struct json j;

	if (!sum)
		abort();
	json_init(&j, false);
	render_summary_json(&j, NULL, sum);
	if (j.failed)
		abort();
	json_free(&j);
	summary_free(sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stats_options options = { .kept = 16 };
	struct stats *s = stats_new(&options);

	if (!s)
		return 0;
	if (stats_load(s, data, size) == 0) {
		size_t room;
		void *again;

		render(s);
		room = stats_save_size(s);
		again = malloc(room);
		if (again && (stats_save(s, again, room) != (ssize_t)room ||
			      stats_load(s, again, room) != 0))
			abort();
		free(again);
	}
	render(s);
	stats_free(s);
	return 0;
}
