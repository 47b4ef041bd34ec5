// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What surges need to survive a restart, in bytes: the clock, which hours and days were full, the
 * surges, and the ports' histories, of which the busiest come first. All little-endian, as this
 * machine is; a field of another size is another version.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/stats/surges_internal.h"

#define SAVED_PORTS_MAX 512u /* of some 750 bytes each */
#define SAVED_VERSION 1u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bytes as they lie in memory");

struct saved_head {
	uint32_t version, size_port;
	uint32_t hour, serial;
	uint32_t today_full, overflowed;
	uint32_t n_ports, reserved;
	uint8_t hours_full[SURGE_HOURS_KEPT], days_full[SURGE_DAYS_KEPT + 4];
};
_Static_assert(sizeof(struct saved_head) % 8 == 0, "no padding");

struct saved_surge {
	uint64_t accesses, usual, from, to;
	uint16_t port;
	uint8_t udp, day, active, reserved[3];
};

struct saved_port {
	uint64_t today, weight;
	uint32_t id, since, serial;
	uint8_t active, by_day, calm, reserved;
	uint16_t hours[SURGE_HOURS_KEPT], days[SURGE_DAYS_KEPT];
};
_Static_assert(sizeof(struct saved_port) == 16 + 12 + 4 + 2 * (SURGE_HOURS_KEPT + SURGE_DAYS_KEPT),
	       "no padding");

static unsigned surges_kept(uint32_t serial)
{
	return serial < SURGE_LIST_MAX ? serial : SURGE_LIST_MAX;
}

static size_t saved_size(uint32_t serial, uint32_t ports)
{
	return sizeof(struct saved_head) + surges_kept(serial) * sizeof(struct saved_surge) +
	       ports * sizeof(struct saved_port);
}

static int by_weight(const void *a, const void *b)
{
	const struct surge_port *x = *(const struct surge_port *const *)a;
	const struct surge_port *y = *(const struct surge_port *const *)b;

	if (x->active != y->active)
		return x->active ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct surge_port **sorted_ports(const struct surges *s)
{
	const struct surge_port **v = calloc(s->n ? s->n : 1, sizeof(struct surge_port *));

	for (uint32_t i = 0; v && i < s->n; i++)
		v[i] = &s->ports[i];
	if (v && s->n)
		qsort(v, s->n, sizeof(struct surge_port *), by_weight);
	return v;
}

static void save_surges(const struct surges *s, uint8_t *p)
{
	unsigned n = surges_kept(s->serial);

	for (unsigned i = 0; i < n; i++, p += sizeof(struct saved_surge)) {
		const struct surge *from = &s->list[(s->serial - n + i) % SURGE_LIST_MAX];
		struct saved_surge to = { .accesses = from->accesses,
					  .usual = from->usual,
					  .from = from->from,
					  .to = from->to,
					  .port = from->port,
					  .udp = from->udp,
					  .day = from->day,
					  .active = from->active };

		memcpy(p, &to, sizeof(to));
	}
}

static void save_port(const struct surge_port *from, uint8_t *p)
{
	struct saved_port to = { .today = from->today,
				 .weight = from->weight,
				 .id = from->id,
				 .since = from->since,
				 .serial = from->serial,
				 .active = from->active,
				 .by_day = from->by_day,
				 .calm = from->calm };

	memcpy(to.hours, from->hours, sizeof(to.hours));
	memcpy(to.days, from->days, sizeof(to.days));
	memcpy(p, &to, sizeof(to));
}

static bool make_room(struct surges *s, size_t n)
{
	uint8_t *p = s->saved;

	if (n > s->saved_cap)
		p = realloc(s->saved, n);
	if (!p)
		return false;
	s->saved = p;
	s->saved_cap = n > s->saved_cap ? n : s->saved_cap;
	return true;
}

void surges_freeze(struct surges *s)
{
	uint32_t n = s->n < SAVED_PORTS_MAX ? s->n : SAVED_PORTS_MAX;
	struct saved_head head = { .version = SAVED_VERSION,
				   .size_port = sizeof(struct saved_port),
				   .hour = s->hour,
				   .serial = s->serial,
				   .today_full = s->today_full,
				   .overflowed = s->overflowed || n < s->n,
				   .n_ports = n };
	const struct surge_port **ports = sorted_ports(s);
	size_t size = saved_size(s->serial, n);
	uint8_t *p;

	s->n_saved = 0;
	if (ports && make_room(s, size)) {
		memcpy(head.hours_full, s->hours_full, sizeof(s->hours_full));
		memcpy(head.days_full, s->days_full, sizeof(s->days_full));
		memcpy(s->saved, &head, sizeof(head));
		save_surges(s, s->saved + sizeof(head));
		p = s->saved + saved_size(s->serial, 0);
		for (uint32_t i = 0; i < n; i++, p += sizeof(struct saved_port))
			save_port(ports[i], p);
		s->n_saved = size;
	}
	free(ports);
}

const void *surges_save(const struct surges *s, size_t *n)
{
	*n = s ? s->n_saved : 0;
	return s ? s->saved : NULL;
}

static bool is_flag(const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] > 1)
			return false;
	return true;
}

static bool head_is_good(const struct saved_head *h, size_t n)
{
	return h->version == SAVED_VERSION && h->size_port == sizeof(struct saved_port) &&
	       h->n_ports <= SAVED_PORTS_MAX && h->today_full <= 25 &&
	       n == saved_size(h->serial, h->n_ports) &&
	       is_flag(h->hours_full, sizeof(h->hours_full)) &&
	       is_flag(h->days_full, sizeof(h->days_full));
}

static bool load_port(struct surges *s, const uint8_t *bytes)
{
	struct saved_port from;
	struct surge_port *p;

	memcpy(&from, bytes, sizeof(from));
	if (from.id >= SURGE_INDEX || from.active > 1 || from.by_day > 1 ||
	    (s->index && s->index[from.id]))
		return false;
	p = surges_port(s, from.id);
	if (!p)
		return false;
	p->today = from.today;
	p->weight = from.weight;
	p->since = from.since;
	p->serial = from.serial;
	p->active = from.active;
	p->by_day = from.by_day;
	p->calm = from.calm;
	memcpy(p->hours, from.hours, sizeof(p->hours));
	memcpy(p->days, from.days, sizeof(p->days));
	return true;
}

static void load_surges(struct surges *s, const uint8_t *p)
{
	unsigned n = surges_kept(s->serial);

	for (unsigned i = 0; i < n; i++, p += sizeof(struct saved_surge)) {
		struct saved_surge from;

		memcpy(&from, p, sizeof(from));
		s->list[(s->serial - n + i) % SURGE_LIST_MAX] =
			(struct surge){ .port = from.port,
					.udp = from.udp != 0,
					.day = from.day != 0,
					.active = from.active != 0,
					.accesses = from.accesses,
					.usual = from.usual,
					.from = from.from,
					.to = from.to };
	}
}

static bool load(struct surges *s, const struct saved_head *head, const uint8_t *p)
{
	s->hour = head->hour;
	s->serial = s->told = head->serial;
	s->today_full = head->today_full;
	s->loaded = true;
	memcpy(s->hours_full, head->hours_full, sizeof(s->hours_full));
	memcpy(s->days_full, head->days_full, sizeof(s->days_full));
	load_surges(s, p + sizeof(*head));
	p += saved_size(head->serial, 0);
	for (uint32_t i = 0; i < head->n_ports; i++, p += sizeof(struct saved_port))
		if (!load_port(s, p))
			return false;
	s->overflowed = head->overflowed != 0;
	return true;
}

int surges_load(struct surges *s, const void *bytes, size_t n)
{
	struct saved_head head;
	struct surges *fresh;

	if (n < sizeof(head))
		return -EINVAL;
	memcpy(&head, bytes, sizeof(head));
	if (!head_is_good(&head, n))
		return -EINVAL;
	fresh = surges_new();
	if (!fresh || !load(fresh, &head, bytes)) {
		surges_free(fresh);
		return -EINVAL;
	}
	surges_freeze(fresh);
	free(s->at);
	free(s->ports);
	free(s->index);
	free(s->saved);
	*s = *fresh;
	free(fresh);
	return 0;
}
