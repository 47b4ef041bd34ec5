// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* teiten run: the headless sensor; what a service manager starts. */
#include <unistd.h>

#include "user/commands.h"
#include "user/live_options.h"
#include "user/util/log.h"

struct run_options {
	struct attach_options attach;
	struct shared_options shared;
};

static const struct option_group run_groups[] = {
	{ NULL, attach_option_specs, offsetof(struct run_options, attach) },
	{ "What is observed", shared_option_specs, offsetof(struct run_options, shared) },
	{ NULL, NULL, 0 },
};

static void run_defaults(void *options)
{
	shared_options_default(&((struct run_options *)options)->shared);
}

static void run_release(void *options)
{
	shared_options_release(&((struct run_options *)options)->shared);
}

/* A headless process outlives the session that started it. */
static enum loop_next on_hangup(void *context)
{
	(void)context;
	log_info("SIGHUP: going on");
	return LOOP_GO_ON;
}

static int run_run(void *options, int operands, char **operand)
{
	struct loop_client client = { .fd = -1, .hangup = on_hangup };
	struct run_options *o = options;
	struct loop *loop;
	int err;

	(void)operands;
	(void)operand;
	err = live_options_open("run", &o->attach, &o->shared, &loop);
	if (err)
		return err;
	log_info("running as process %d", (int)getpid());
	err = loop_run(loop, &client);
	loop_close(loop);
	log_info("stopped");
	return err;
}

const struct command command_run = {
	.name = "run",
	.summary = "Observe without a view, until SIGTERM",
	.usage = "[-i IFACE]... [OPTION]...",
	.description =
		"Attaches the program, counts and decodes, and keeps everything in pinned maps:\n"
		"'teiten dump' and 'teiten status' read them from another shell, and a later run "
		"goes\n"
		"on from them. SIGTERM and SIGINT end it cleanly; SIGHUP does not.\n",
	.groups = run_groups,
	.size = sizeof(struct run_options),
	.defaults = run_defaults,
	.run = run_run,
	.release = run_release,
};
