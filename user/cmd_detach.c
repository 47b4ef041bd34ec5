// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* teiten detach: takes away what a sensor left, and nothing that another program attached. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/commands.h"
#include "user/live_options.h"
#include "user/sensor/pinned.h"
#include "user/util/log.h"

struct detach_options {
	struct pin_options pins;
	bool all, keep;
};

static const struct option_spec detach_specs[] = {
	{ .name = "all",
	  .kind = OPTION_FLAG,
	  .offset = offsetof(struct detach_options, all),
	  .help = "every interface that has pins" },
	{ .name = "keep",
	  .kind = OPTION_FLAG,
	  .offset = offsetof(struct detach_options, keep),
	  .help = "detach the program, but keep the maps with their counts" },
	{ .name = NULL },
};

static const struct option_group detach_groups[] = {
	{ NULL, pin_option_specs, offsetof(struct detach_options, pins) },
	{ "What goes", detach_specs, 0 },
	{ NULL, NULL, 0 },
};

/* Whether the pinned link still runs the program that our sensor put there. */
static int check_link(const char *bpffs, const char *ifname, const struct teiten_meta *meta,
		      bool *there)
{
	struct bpf_link_info info = { 0 };
	uint32_t length = sizeof(info);
	int err = 0, link = pin_link_open(bpffs, ifname);

	*there = link >= 0;
	if (link < 0)
		return link == -ENOENT ? 0 : link;
	if (bpf_obj_get_info_by_fd(link, &info, &length))
		err = -errno;
	else if (meta->program_id && info.prog_id != meta->program_id)
		err = -EEXIST;
	close(link);
	if (err == -EEXIST)
		log_error(
			"detach: the link pinned for %s runs program %u, which is not the sensor's "
			"(%u): it stays",
			ifname, info.prog_id, meta->program_id);
	return err;
}

static int detach_one(const struct detach_options *o, const char *bpffs, const char *ifname)
{
	struct teiten_meta meta = { .pid = 0 };
	bool link = false;
	struct maps m;
	int err, lock = pin_lock(bpffs, ifname);

	if (!pin_open(bpffs, ifname, true, &m)) {
		pin_meta(&m, &meta);
		maps_close(&m);
	}
	if (lock == -EBUSY)
		log_error("detach: the sensor on %s runs: end process %u first (kill %u)", ifname,
			  meta.pid, meta.pid);
	if (lock < 0)
		return lock;
	err = check_link(bpffs, ifname, &meta, &link);
	if (!err)
		err = o->keep ? pin_link_remove(bpffs, ifname) : pin_remove(bpffs, ifname);
	close(lock);
	if (err && err != -EEXIST)
		log_error("detach: %s: %s", ifname, strerror(-err));
	if (!err)
		printf("%s: %s%s\n", ifname, link ? "program detached" : "no program was attached",
		       o->keep ? ", counts kept" : ", maps removed");
	return err;
}

static int detach_run(void *options, int operands, char **operand)
{
	struct detach_options *o = options;
	const char *bpffs = o->pins.bpffs ? o->pins.bpffs : PIN_BPFFS_DEFAULT;
	struct pin_names names;
	int result, err;

	(void)operands;
	(void)operand;
	if (o->all && o->pins.interfaces.n) {
		log_error("detach: either --all or --interface");
		return COMMAND_USAGE;
	}
	err = pinned_select("detach", bpffs, &o->pins.interfaces, &names);
	if (err)
		return err;
	if (names.n > 1 && !o->all && !o->pins.interfaces.n) {
		log_error("detach: there is more than one sensor: name it with --interface, or "
			  "--all");
		err = COMMAND_USAGE;
	}
	for (size_t i = 0; err != COMMAND_USAGE && i < names.n; i++) {
		result = detach_one(o, bpffs, names.v[i]);
		if (result)
			err = result;
	}
	pin_names_free(&names);
	return err;
}

const struct command command_detach = {
	.name = "detach",
	.summary = "Detach a program that stayed, and remove the pinned maps",
	.usage = "[-i IFACE]... | --all [--keep]",
	.description =
		"Works on sensors whose process has ended; a running one is refused. Only what a\n"
		"sensor pinned is touched: programs that others attached stay.\n",
	.groups = detach_groups,
	.size = sizeof(struct detach_options),
	.run = detach_run,
};
