// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "user/view/report/bulletin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/log.h"

void *bulletin_alloc(struct bulletin *b, size_t n, size_t size)
{
	void *p;

	if (b->n_owned == b->cap_owned) {
		size_t cap = b->cap_owned ? 2 * b->cap_owned : 256;
		void **more = realloc(b->owned, cap * sizeof(*more));

		if (!more)
			return NULL;
		b->owned = more;
		b->cap_owned = cap;
	}
	p = calloc(n ? n : 1, size);
	if (p)
		b->owned[b->n_owned++] = p;
	return p;
}

char *bulletin_keep(struct bulletin *b, const char *text)
{
	size_t n = strlen(text) + 1;
	char *p = bulletin_alloc(b, n, 1);

	if (p)
		memcpy(p, text, n);
	return p;
}

int series_init(struct bulletin *b, struct series *s, const char *name)
{
	uint64_t *v = bulletin_alloc(b, (size_t)b->lead + b->n_days, sizeof(*v));

	if (!v)
		return -ENOMEM;
	*s = (struct series){ .name = name, .v = v + b->lead };
	return 0;
}

struct series *series_existing(const struct series_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].name == name || !strcmp(list->v[i].name, name))
			return &list->v[i];
	}
	return NULL;
}

struct series *series_find(struct bulletin *b, struct series_list *list, const char *name)
{
	struct series *s = series_existing(list, name);

	if (s)
		return s;
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 8;
		struct series *more = bulletin_alloc(b, cap, sizeof(*more));

		if (!more)
			return NULL;
		if (list->n)
			memcpy(more, list->v, list->n * sizeof(*more));
		list->v = more;
		list->cap = cap;
	}
	name = bulletin_keep(b, name);
	if (!name || series_init(b, &list->v[list->n], name))
		return NULL;
	return &list->v[list->n++];
}

void series_count(const struct bulletin *b, struct series *s, int64_t day, uint64_t n)
{
	if (day < b->from - b->lead || day >= b->to)
		return;
	s->v[day - b->from] += n;
	if (day >= b->from)
		s->total += n;
}

static int compare_series(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return strcmp(x->name, y->name);
}

void series_sort(struct series_list *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare_series);
}

bool protocol_is_ami(enum protocol p)
{
	return p == PROTOCOL_AMI || p == PROTOCOL_AMI_TLS;
}

bool protocol_is_docker(enum protocol p)
{
	return p == PROTOCOL_DOCKER || p == PROTOCOL_DOCKER_TLS;
}

bool protocol_is_sip(enum protocol p)
{
	return p == PROTOCOL_SIP || p == PROTOCOL_SIP_TLS;
}

static int parse_end(const char *option, const char *text, int64_t *day)
{
	int err = text ? history_day_parse(text, day) : 0;

	if (err)
		log_error("report: %s takes a date such as 2015-12-28, not '%s'", option, text);
	return err;
}

/* The days asked for, cut to those that there are. */
static int choose_range(struct bulletin *b, const struct bulletin_range *range,
			const struct history_span *extent)
{
	char first[HISTORY_DAY_TEXT], last[HISTORY_DAY_TEXT];
	int64_t from = extent->from, to = extent->to - 1;

	if (parse_end("--from", range->from, &from) || parse_end("--to", range->to, &to))
		return -EINVAL;
	if (extent->from == extent->to) {
		log_error("report: the history is empty");
		return -ERANGE;
	}
	if (range->from && range->to && from > to) {
		log_error("report: --from %s is after --to %s", range->from, range->to);
		return -EINVAL;
	}
	b->from = from > extent->from ? from : extent->from;
	b->to = to < extent->to - 1 ? to + 1 : extent->to;
	if (b->from >= b->to) {
		log_error("report: the history has nothing in that time, only from %s to %s",
			  history_day_format(extent->from, first),
			  history_day_format(extent->to - 1, last));
		return -ERANGE;
	}
	b->n_days = (size_t)(b->to - b->from);
	b->lead = b->from - extent->from < BULLETIN_LEAD ? b->from - extent->from : BULLETIN_LEAD;
	return 0;
}

static int list_months(struct bulletin *b)
{
	int64_t month = history_month_start(b->from, 0);

	for (int64_t m = month; m < b->to; m = history_month_start(m, 1))
		b->n_months++;
	b->months = bulletin_alloc(b, b->n_months, sizeof(*b->months));
	if (!b->months)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_months; i++, month = history_month_start(month, 1))
		b->months[i] = month;
	return 0;
}

static int read_identity(struct bulletin *b, struct history_reader *r)
{
	const char *sensor = history_sensor(r), *zone = history_zone(r);

	b->sensor = sensor ? bulletin_keep(b, sensor) : NULL;
	b->zone = bulletin_keep(b, zone ? zone : "UTC");
	return b->zone && (b->sensor || !sensor) ? 0 : -ENOMEM;
}

static int read_parts(struct bulletin *b, struct history_reader *r, unsigned rows)
{
	int err = read_identity(b, r);

	if (!err)
		err = list_months(b);
	if (!err)
		err = bulletin_read_observed(b, r);
	if (!err)
		err = bulletin_read_counts(b, r);
	if (!err)
		err = bulletin_read_lists(b, r, rows);
	if (!err)
		err = bulletin_read_samples(b, r);
	if (!err)
		err = bulletin_find(b, r);
	return err;
}

int bulletin_read(struct history_reader *r, const struct bulletin_range *range,
		  struct bulletin **out)
{
	struct bulletin *b = calloc(1, sizeof(*b));
	struct history_span extent;
	int err = b ? history_extent(r, &extent) : -ENOMEM;

	if (!err)
		err = choose_range(b, range, &extent);
	if (!err)
		err = read_parts(b, r, range->top ? range->top : 20);
	if (err) {
		bulletin_free(b);
		b = NULL;
	}
	*out = b;
	return err;
}

void bulletin_free(struct bulletin *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < HISTORY_LIST_MAX; i++) {
		if (b->top[i].owned)
			history_top_free(&b->top[i]);
	}
	for (size_t i = 0; i < b->n_owned; i++)
		free(b->owned[i]);
	free(b->owned);
	free(b);
}
