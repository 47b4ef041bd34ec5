// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What administrators should do about each thing that was observed: strong passwords, restricted
 * access, no needless services, updates; certificates for Docker (Docker's "Protect the Docker
 * daemon socket"), FreePBX's pages out of reach.
 */
#include <string.h>

#include "user/view/report/compose.h"

static bool had_purpose(const struct bulletin *b, const char *const *names)
{
	for (size_t i = 0; i < b->n_ports; i++) {
		for (const char *const *name = names; *name; name++) {
			const struct series *s = series_existing(&b->ports[i].purposes, *name);

			if (s && s->total)
				return true;
		}
	}
	return false;
}

static bool had_logins(const struct bulletin *b)
{
	return b->ami_logins > 0;
}

static bool had_config(const struct bulletin *b)
{
	return had_purpose(b, (const char *const[]){ "config", "login+config", NULL });
}

static bool had_calls(const struct bulletin *b)
{
	return had_purpose(
		b, (const char *const[]){ "call", "login+call", "command", "login+command", NULL });
}

static bool had_deployment(const struct bulletin *b)
{
	return had_purpose(b, (const char *const[]){ "deploy", "exec", "remove", "theft", NULL });
}

static bool had_sip_logins(const struct bulletin *b)
{
	return had_purpose(b, (const char *const[]){ "register", "invite", NULL });
}

static bool had_mirai(const struct bulletin *b)
{
	const struct series *s = series_existing(&b->fingerprints, "mirai");

	return s && s->total;
}

static bool had_increase_unwatched(const struct bulletin *b)
{
	for (size_t i = 0; i < b->n_findings; i++) {
		if (!b->findings[i].watched)
			return true;
	}
	return false;
}

/* FreePBX is worth a word where calls were signalled: many such callers were hijacked FreePBX. */
static bool had_signalling(const struct bulletin *b)
{
	return had_purpose(b, (const char *const[]){ "call-signalling", NULL });
}

static const struct countermeasure all[] = {
	{ "ami-password", "ami",
	  N_("Change the passwords of the management interface from their defaults, and choose "
	     "ones that are long and cannot be guessed."),
	  had_logins },
	{ "ami-restrict", "ami",
	  N_("Let only known IP addresses connect to the management interface, for instance with "
	     "deny and permit in manager.conf and with a packet filter."),
	  NULL },
	{ "ami-close", "ami",
	  N_("Block communication from the Internet to services that need not be public; where "
	     "the interface is only used on the same host, bind it to 127.0.0.1."),
	  NULL },
	{ "ami-secrets", "ami",
	  N_("Attackers ask for configuration files. Once a login may have succeeded, replace "
	     "every "
	     "password that stands in sip.conf, pjsip.conf, voicemail.conf and manager.conf."),
	  had_config },
	{ "ami-privileges", "ami",
	  N_("Give each account of the management interface only the privileges it needs "
	     "(above all not originate, command or system), and have the carrier limit or bar "
	     "international calls that nobody makes."),
	  had_calls },
	{ "ami-update", "ami",
	  N_("Follow the security advisories for the products in use, and update them."), NULL },
	{ "docker-check", "docker",
	  N_("Check whether the Docker API can be reached over the network from outside."), NULL },
	{ "docker-close", "docker",
	  N_("Where the API need not be used from outside, block connections from outside to it, "
	     "or leave it on its UNIX domain socket, which is the default."),
	  NULL },
	{ "docker-restrict", "docker",
	  N_("Where it must be used from outside, restrict access: allow connections only from "
	     "certain IP addresses, or only through a VPN."),
	  NULL },
	{ "docker-certificates", "docker",
	  N_("Where IP addresses cannot be known beforehand, require client certificates (TLS with "
	     "--tlsverify)."),
	  NULL },
	{ "docker-containers", "docker",
	  N_("Look for containers, images and mounts of the host's root directory that nobody "
	     "put there: requests that create or run containers were observed."),
	  had_deployment },
	{ "h323-close", "h323",
	  N_("Block communication from the Internet to H.323 ports on devices that need not take "
	     "calls from everybody; else allow only known peers and gatekeepers."),
	  NULL },
	{ "h323-calls", "h323",
	  N_("Make sure that a gateway does not route calls of strangers to the telephone "
	     "network, and watch call records for calls nobody made."),
	  had_signalling },
	{ "freepbx-update", "h323",
	  N_("Update FreePBX to its latest version: callers of this kind were often hosts with a "
	     "FreePBX that others had taken over."),
	  had_signalling },
	{ "freepbx-restrict", "h323",
	  N_("Block access from outside to the administration pages of FreePBX, or allow it only "
	     "from certain IP addresses."),
	  had_signalling },
	{ "sip-restrict", "sip",
	  N_("Let SIP servers accept requests only from known peers and networks, and refuse "
	     "unauthenticated calls."),
	  NULL },
	{ "sip-password", "sip",
	  N_("Give each extension a long random password that differs from its number, and limit "
	     "failed registrations (for instance with fail2ban)."),
	  had_sip_logins },
	{ "sip-calls", "sip",
	  N_("Restrict destinations and credit of outgoing calls, so that misuse stays small."),
	  had_sip_logins },
	{ "iot-update", "general",
	  N_("Accesses with the mark of the Mirai family were observed. Change the default "
	     "passwords "
	     "of routers, cameras and recorders, update their firmware, and do not expose their "
	     "administration to the Internet."),
	  had_mirai },
	{ "unwatched-check", "general",
	  N_("Check whether the ports with a rapid increase are open on hosts of one's own, and "
	     "close those that need not be public."),
	  had_increase_unwatched },
	{ "general-close", "general",
	  N_("Find out which services are reachable from the Internet, close what is not needed, "
	     "and keep the rest up to date."),
	  NULL },
};

static bool (*belonging(const char *part))(enum protocol)
{
	if (!strcmp(part, "ami"))
		return protocol_is_ami;
	if (!strcmp(part, "docker"))
		return protocol_is_docker;
	if (!strcmp(part, "h323"))
		return protocol_is_h323;
	return protocol_is_sip;
}

static bool part_observed(const struct bulletin *b, const char *part)
{
	if (!strcmp(part, "general"))
		return b->accesses > 0 || b->n_findings;
	return accesses_of(b, belonging(part)) > 0;
}

const struct countermeasure *countermeasure_next(const struct bulletin *b, const char *part,
						 size_t *cursor)
{
	while (*cursor < sizeof(all) / sizeof(all[0])) {
		const struct countermeasure *c = &all[(*cursor)++];

		if ((!part || !strcmp(part, c->observed)) && part_observed(b, c->observed) &&
		    (!c->applies || c->applies(b)))
			return c;
	}
	return NULL;
}

void compose_countermeasures(struct document *d, const struct bulletin *b, const char *part,
			     const char *reason)
{
	const struct countermeasure *c;
	struct block *list;
	size_t cursor = 0;

	if (!part_observed(b, part))
		return;
	document_heading(d, 3, document_text(d, "%s-countermeasures", part), T("Countermeasures"));
	if (reason)
		document_paragraph(d, reason);
	list = document_list(d);
	while ((c = countermeasure_next(b, part, &cursor)))
		block_add(d, list, T(c->text));
}
