// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "user/sensor/interfaces.h"

void interfaces_names(char *out, size_t size)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	out[0] = 0;
	for (const struct if_nameindex *i = all; i && i->if_index && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", i->if_name);
	if (all)
		if_freenameindex(all);
}

/* /proc/net/route: interface, destination, gateway, flags, use, metric…, mask at the end. */
static int default_ipv4(char *out, size_t size)
{
	char line[256], name[IF_NAMESIZE];
	unsigned destination, flags, metric, mask, best = UINT32_MAX;
	FILE *f = fopen("/proc/net/route", "re");

	if (!f)
		return -ENOENT;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %x %*x %x %*s %*s %u %x", name, &destination, &flags,
			   &metric, &mask) != 5)
			continue;
		if (destination || mask || metric >= best)
			continue;
		best = metric;
		snprintf(out, size, "%s", name);
	}
	fclose(f);
	return best == UINT32_MAX ? -ENOENT : 0;
}

/* /proc/net/ipv6_route: destination and length, source and length, next hop, metric, …, name. */
static int default_ipv6(char *out, size_t size)
{
	char line[512], destination[33], name[IF_NAMESIZE];
	unsigned length, metric, best = UINT32_MAX;
	FILE *f = fopen("/proc/net/ipv6_route", "re");

	if (!f)
		return -ENOENT;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%32s %x %*s %*s %*s %x %*s %*s %*s %15s", destination, &length,
			   &metric, name) != 4)
			continue;
		/* The kernel keeps an unreachable default on lo with the highest metric. */
		if (length || metric >= best || !strcmp(name, "lo"))
			continue;
		best = metric;
		snprintf(out, size, "%s", name);
	}
	fclose(f);
	return best == UINT32_MAX ? -ENOENT : 0;
}

int interfaces_default(char *out, size_t size)
{
	return default_ipv4(out, size) ? default_ipv6(out, size) : 0;
}
