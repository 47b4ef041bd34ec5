// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/decode/purpose.h"
#include "user/sensor/sensor.h"

void watch_list_default(struct watch_list *w)
{
	static const struct {
		uint16_t port;
		bool udp;
	} ports[] = {
		{ 5038, false }, { 5039, false }, { 2375, false }, { 2376, false },
		{ 2377, false }, { 4243, false }, { 1720, false }, { 11720, false },
		{ 5060, false }, { 5060, true },  { 5061, false },
	};

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		w->v[w->n++] = (struct teiten_watch){
			.port = ports[i].port,
			.udp = ports[i].udp,
			.protocol = (uint8_t)protocol_of_port(ports[i].port, ports[i].udp),
		};
}

/* "8088/tcp=ami" */
static int parse_port(const char *text, struct teiten_watch *out)
{
	char *end;
	long port, protocol;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	port = strtol(text, &end, 10);
	if (errno || port < 1 || port > 65535)
		return -EINVAL;
	if (strncmp(end, "/tcp", 4) != 0 && strncmp(end, "/udp", 4) != 0)
		return -EINVAL;
	*out = (struct teiten_watch){ .port = (uint16_t)port, .udp = end[1] == 'u' };
	end += 4;
	if (*end == 0)
		protocol = protocol_of_port(out->port, out->udp);
	else if (*end == '=')
		protocol = protocol_by_name(end + 1);
	else
		return -EINVAL;
	if (protocol < 0)
		return -EINVAL;
	out->protocol = (uint8_t)protocol;
	return 0;
}

int watch_list_add(struct watch_list *w, const char *text)
{
	struct teiten_watch add;
	int err = parse_port(text, &add);

	if (err)
		return err;
	for (unsigned i = 0; i < w->n; i++) {
		if (w->v[i].port == add.port && w->v[i].udp == add.udp) {
			w->v[i] = add;
			return 0;
		}
	}
	if (w->n >= TEITEN_WATCH_SLOTS - 1)
		return -ENOSPC;
	w->v[w->n++] = add;
	return 0;
}
