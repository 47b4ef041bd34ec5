// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tables follow ITU-T H.225.0 (12/2009), Annex H, module H323-MESSAGES: the components in
 * its order and under its names. Root components are all described, since each has to be read
 * to reach the next one; extension additions only where something is wanted from them.
 */
#include "user/decode/h225.h"
#include "user/decode/per.h"
#include "user/decode/per_text.h"

/* The fields that are reported; those that name an endpoint kind stand together. */
enum tag {
	TAG_NONE,
	TAG_PROTOCOL,
	TAG_SOURCE,	 /* sourceAddress */
	TAG_DESTINATION, /* destinationAddress */
	TAG_INFO,	 /* sourceInfo, destinationInfo */
	TAG_VENDOR,
	TAG_COUNTRY,
	TAG_EXTENSION,
	TAG_MANUFACTURER,
	TAG_PRODUCT,
	TAG_VERSION,
	TAG_GATEKEEPER,
	TAG_GATEWAY,
	TAG_MCU,
	TAG_TERMINAL,
	TAG_MC,
	TAG_UNDEFINED,
	TAG_DIGITS,
	TAG_TEXT,
	TAG_BMP,
	TAG_GOAL,
};

#define TYPE(name) static const struct per_type name
#define FIELDS(name) static const struct per_field name[]
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SEQUENCE(f)                                                                           \
	{                                                                                     \
		.kind = PER_SEQUENCE, .fields = (f), .n_root = COUNT(f), .n_fields = COUNT(f) \
	}
/* With an extension marker; root: how many components stand before it. */
#define SEQUENCE_EXT(f, root)                                                              \
	{                                                                                  \
		.kind = PER_SEQUENCE, .extensible = true, .fields = (f), .n_root = (root), \
		.n_fields = COUNT(f)                                                       \
	}
#define CHOICE_EXT(f, root)                                                              \
	{                                                                                \
		.kind = PER_CHOICE, .extensible = true, .fields = (f), .n_root = (root), \
		.n_fields = COUNT(f)                                                     \
	}
/* A CHOICE whose root alternatives are all NULL; additions are skipped. */
#define CHOICE_OF_NULLS(root)                                            \
	{                                                                \
		.kind = PER_CHOICE, .extensible = true, .n_root = (root) \
	}
#define LIST_OF(t)                                       \
	{                                                \
		.kind = PER_SEQUENCE_OF, .element = &(t) \
	}
#define SIZED(k, from, to)                            \
	{                                             \
		.kind = (k), .lo = (from), .hi = (to) \
	}

TYPE(boolean) = { .kind = PER_BOOLEAN };
TYPE(unknown) = { .kind = PER_UNKNOWN };
TYPE(oid) = { .kind = PER_OID };
TYPE(octets) = { .kind = PER_OCTETS };
TYPE(octets_2) = SIZED(PER_OCTETS, 2, 2);
TYPE(octets_4) = SIZED(PER_OCTETS, 4, 4);
TYPE(octets_6) = SIZED(PER_OCTETS, 6, 6);
TYPE(octets_16) = SIZED(PER_OCTETS, 16, 16);
TYPE(octets_1_20) = SIZED(PER_OCTETS, 1, 20);
TYPE(octets_1_256) = SIZED(PER_OCTETS, 1, 256);
TYPE(ia5_1_512) = SIZED(PER_CHARS, 1, 512);
TYPE(bmp_1_128) = SIZED(PER_BMP, 1, 128);
TYPE(bmp_1_256) = SIZED(PER_BMP, 1, 256);
TYPE(integer_255) = SIZED(PER_INTEGER, 0, 255);
TYPE(integer_65535) = SIZED(PER_INTEGER, 0, 65535);
TYPE(sequence_number) = SIZED(PER_INTEGER, 1, 65535);
/* IA5String (SIZE (1..128)) (FROM ("0123456789#*,")): 13 characters take four bits */
TYPE(number_digits) = { .kind = PER_CHARS, .nibbles = true, .lo = 1, .hi = 128 };

FIELDS(h221_fields) = {
	{ &integer_255, false, TAG_COUNTRY },
	{ &integer_255, false, TAG_EXTENSION },
	{ &integer_65535, false, TAG_MANUFACTURER },
};
TYPE(h221_non_standard) = SEQUENCE_EXT(h221_fields, 3);

FIELDS(non_standard_identifiers) = { { &oid, false, 0 }, { &h221_non_standard, false, 0 } };
TYPE(non_standard_identifier) = CHOICE_EXT(non_standard_identifiers, 2);
FIELDS(non_standard_fields) = { { &non_standard_identifier, false, 0 }, { &octets, false, 0 } };
TYPE(non_standard) = SEQUENCE(non_standard_fields);

/* --- addresses --------------------------------------------------------------------------- */

FIELDS(ip_fields) = { { &octets_4, false, 0 }, { &integer_65535, false, 0 } };
TYPE(ip_address) = SEQUENCE(ip_fields);
TYPE(route) = LIST_OF(octets_4);
TYPE(routing) = CHOICE_OF_NULLS(2);
FIELDS(source_route_fields) = {
	{ &octets_4, false, 0 },
	{ &integer_65535, false, 0 },
	{ &route, false, 0 },
	{ &routing, false, 0 },
};
TYPE(ip_source_route) = SEQUENCE_EXT(source_route_fields, 4);
FIELDS(ipx_fields) = { { &octets_6, false, 0 }, { &octets_4, false, 0 }, { &octets_2, false, 0 } };
TYPE(ipx_address) = SEQUENCE(ipx_fields);
FIELDS(ip6_fields) = { { &octets_16, false, 0 }, { &integer_65535, false, 0 } };
TYPE(ip6_address) = SEQUENCE_EXT(ip6_fields, 2);
FIELDS(transports) = {
	{ &ip_address, false, 0 },   { &ip_source_route, false, 0 }, { &ipx_address, false, 0 },
	{ &ip6_address, false, 0 },  { &octets_16, false, 0 }, /* netBios */
	{ &octets_1_20, false, 0 },			       /* nsap */
	{ &non_standard, false, 0 },
};
TYPE(transport_address) = CHOICE_EXT(transports, 7);

TYPE(type_of_number) = CHOICE_OF_NULLS(6);
FIELDS(party_fields) = { { &type_of_number, false, 0 }, { &number_digits, false, TAG_DIGITS } };
TYPE(party_with_type) = SEQUENCE(party_fields); /* Public- and PrivatePartyNumber */
FIELDS(parties) = {
	{ &party_with_type, false, 0 },	       { &number_digits, false, TAG_DIGITS },
	{ &number_digits, false, TAG_DIGITS }, { &party_with_type, false, 0 },
	{ &number_digits, false, TAG_DIGITS },
};
TYPE(party_number) = CHOICE_EXT(parties, 5);

FIELDS(alias_kinds) = {
	{ &number_digits, false, TAG_DIGITS }, /* dialledDigits; called e164 before version 3 */
	{ &bmp_1_256, false, TAG_BMP },	       /* h323-ID */
	{ &ia5_1_512, false, TAG_TEXT },       /* url-ID */
	{ NULL, false, 0 },		       /* transportID */
	{ &ia5_1_512, false, TAG_TEXT },       /* email-ID */
	{ &party_number, false, 0 },
};
TYPE(alias_address) = CHOICE_EXT(alias_kinds, 2);
TYPE(alias_list) = LIST_OF(alias_address);

/* --- EndpointType ------------------------------------------------------------------------ */

FIELDS(vendor_fields) = {
	{ &h221_non_standard, false, 0 },
	{ &octets_1_256, true, TAG_PRODUCT },
	{ &octets_1_256, true, TAG_VERSION },
};
TYPE(vendor_identifier) = SEQUENCE_EXT(vendor_fields, 3);

/*
 * GatekeeperInfo, McuInfo, TerminalInfo and H310Caps to T120OnlyCaps have the same root, an
 * optional nonStandardData; the rest of each, like dataRatesSupported, are additions.
 */
FIELDS(only_non_standard_fields) = { { &non_standard, true, 0 } };
TYPE(only_non_standard) = SEQUENCE_EXT(only_non_standard_fields, 1);
FIELDS(protocol_kinds) = {
	{ &non_standard, false, 0 },	  { &only_non_standard, false, 0 },
	{ &only_non_standard, false, 0 }, { &only_non_standard, false, 0 },
	{ &only_non_standard, false, 0 }, { &only_non_standard, false, 0 },
	{ &only_non_standard, false, 0 }, { &only_non_standard, false, 0 },
	{ &only_non_standard, false, 0 },
};
TYPE(supported_protocol) = CHOICE_EXT(protocol_kinds, 9);
TYPE(supported_protocols) = LIST_OF(supported_protocol);
FIELDS(gateway_fields) = { { &supported_protocols, true, 0 }, { &non_standard, true, 0 } };
TYPE(gateway_info) = SEQUENCE_EXT(gateway_fields, 2);

FIELDS(endpoint_fields) = {
	{ &non_standard, true, 0 },
	{ &vendor_identifier, true, TAG_VENDOR },
	{ &only_non_standard, true, TAG_GATEKEEPER },
	{ &gateway_info, true, TAG_GATEWAY },
	{ &only_non_standard, true, TAG_MCU },
	{ &only_non_standard, true, TAG_TERMINAL },
	{ &boolean, false, TAG_MC },
	{ &boolean, false, TAG_UNDEFINED },
};
TYPE(endpoint_type) = SEQUENCE_EXT(endpoint_fields, 8);

/* --- call signalling messages ------------------------------------------------------------ */

TYPE(reference_list) = LIST_OF(integer_65535);
TYPE(conference_goal) = CHOICE_OF_NULLS(3);
TYPE(call_type) = CHOICE_OF_NULLS(4);
FIELDS(q954_fields) = { { &boolean, false, 0 }, { &boolean, false, 0 } };
TYPE(q954_details) = SEQUENCE_EXT(q954_fields, 2);
FIELDS(qseries_fields) = {
	{ &boolean, false, 0 }, { &boolean, false, 0 },	     { &boolean, false, 0 },
	{ &boolean, false, 0 }, { &boolean, false, 0 },	     { &boolean, false, 0 },
	{ &boolean, false, 0 }, { &q954_details, false, 0 },
};
TYPE(qseries_options) = SEQUENCE_EXT(qseries_fields, 8);

FIELDS(setup_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &transport_address, true, 0 }, /* h245Address */
	{ &alias_list, true, TAG_SOURCE },
	{ &endpoint_type, false, TAG_INFO },
	{ &alias_list, true, TAG_DESTINATION },
	{ &transport_address, true, 0 }, /* destCallSignalAddress */
	{ &alias_list, true, 0 },	 /* destExtraCallInfo */
	{ &reference_list, true, 0 },	 /* destExtraCRV */
	{ &boolean, false, 0 },		 /* activeMC */
	{ &octets_16, false, 0 },	 /* conferenceID */
	{ &conference_goal, false, TAG_GOAL },
	{ &qseries_options, true, 0 },
	{ &call_type, false, 0 },
};
TYPE(setup) = SEQUENCE_EXT(setup_fields, 13);

/* Alerting-UUIE and CallProceeding-UUIE have the same root. */
FIELDS(alerting_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &endpoint_type, false, TAG_INFO },
	{ &transport_address, true, 0 },
};
TYPE(alerting) = SEQUENCE_EXT(alerting_fields, 3);

FIELDS(connect_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &transport_address, true, 0 },
	{ &endpoint_type, false, TAG_INFO },
	{ &octets_16, false, 0 },
};
TYPE(connect_uuie) = SEQUENCE_EXT(connect_fields, 4);

FIELDS(information_fields) = { { &oid, false, TAG_PROTOCOL } };
TYPE(information) = SEQUENCE_EXT(information_fields, 1);

TYPE(release_reason) = CHOICE_OF_NULLS(12);
FIELDS(release_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &release_reason, true, 0 },
	/* additions */
	{ NULL, false, 0 }, /* callIdentifier */
	{ NULL, false, 0 }, /* tokens */
	{ NULL, false, 0 }, /* cryptoTokens */
	{ NULL, false, 0 }, /* busyAddress */
	{ NULL, false, 0 }, /* presentationIndicator */
	{ NULL, false, 0 }, /* screeningIndicator */
	{ NULL, false, 0 }, /* capacity */
	{ NULL, false, 0 }, /* serviceControl */
	{ NULL, false, 0 }, /* featureSet */
	{ &endpoint_type, false, TAG_INFO },
};
TYPE(release_complete) = SEQUENCE_EXT(release_fields, 2);

TYPE(facility_reason) = CHOICE_OF_NULLS(4);
FIELDS(facility_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &transport_address, true, 0 },	/* alternativeAddress */
	{ &alias_list, true, TAG_DESTINATION }, /* alternativeAliasAddress */
	{ &octets_16, true, 0 },
	{ &facility_reason, false, 0 },
	/* additions */
	{ NULL, false, 0 }, /* callIdentifier */
	{ NULL, false, 0 }, /* destExtraCallInfo */
	{ NULL, false, 0 }, /* remoteExtensionAddress */
	{ NULL, false, 0 }, /* tokens */
	{ NULL, false, 0 }, /* cryptoTokens */
	{ NULL, false, 0 }, /* conferences */
	{ NULL, false, 0 }, /* h245Address */
	{ NULL, false, 0 }, /* fastStart */
	{ NULL, false, 0 }, /* multipleCalls */
	{ NULL, false, 0 }, /* maintainConnection */
	{ NULL, false, 0 }, /* fastConnectRefused */
	{ NULL, false, 0 }, /* serviceControl */
	{ NULL, false, 0 }, /* circuitInfo */
	{ NULL, false, 0 }, /* featureSet */
	{ &endpoint_type, false, TAG_INFO },
};
TYPE(facility) = SEQUENCE_EXT(facility_fields, 5);

/*
 * What follows in these roots (security tokens of H.235) is not wanted; the optional ones among
 * it have to be counted all the same, since their presence bits come first.
 */
FIELDS(progress_fields) = {
	{ &oid, false, TAG_PROTOCOL },	 { &endpoint_type, false, TAG_INFO },
	{ &transport_address, true, 0 }, { &unknown, false, 0 }, /* callIdentifier … */
	{ &unknown, true, 0 },					 /* h245SecurityMode */
	{ &unknown, true, 0 },					 /* tokens */
	{ &unknown, true, 0 },					 /* cryptoTokens */
	{ &unknown, true, 0 },					 /* fastStart */
};
TYPE(progress) = SEQUENCE_EXT(progress_fields, 8);
/* Status, StatusInquiry, SetupAcknowledge and Notify begin alike. */
FIELDS(status_fields) = {
	{ &oid, false, TAG_PROTOCOL },
	{ &unknown, false, 0 }, /* callIdentifier … */
	{ &unknown, true, 0 },	/* tokens */
	{ &unknown, true, 0 },	/* cryptoTokens */
};
TYPE(status) = SEQUENCE_EXT(status_fields, 4);

FIELDS(bodies) = {
	{ &setup, false, 0 },
	{ &alerting, false, 0 },
	{ &connect_uuie, false, 0 },
	{ &alerting, false, 0 },
	{ &information, false, 0 },
	{ &release_complete, false, 0 },
	{ &facility, false, 0 },
	/* additions */
	{ &progress, false, 0 },
	{ NULL, false, 0 }, /* empty */
	{ &status, false, 0 },
	{ &status, false, 0 },
	{ &status, false, 0 },
	{ &status, false, 0 },
};
TYPE(message_body) = CHOICE_EXT(bodies, 7);

/* Behind the message body nothing is wanted: the walk ends there. */
FIELDS(uu_pdu_fields) = { { &message_body, false, 0 }, { &unknown, true, 0 } };
TYPE(uu_pdu) = SEQUENCE_EXT(uu_pdu_fields, 2);
FIELDS(user_information_fields) = { { &uu_pdu, false, 0 }, { &unknown, true, 0 } };
TYPE(user_information) = SEQUENCE_EXT(user_information_fields, 2);

/* --- RAS: the messages that carry a protocolIdentifier ------------------------------------ */

TYPE(transport_list) = LIST_OF(transport_address);
FIELDS(gatekeeper_request_fields) = {
	{ &sequence_number, false, 0 },	     { &oid, false, TAG_PROTOCOL },
	{ &non_standard, true, 0 },	     { &transport_address, false, 0 },
	{ &endpoint_type, false, TAG_INFO }, { &bmp_1_128, true, 0 }, /* gatekeeperIdentifier */
	{ &qseries_options, true, 0 },	     { &alias_list, true, TAG_SOURCE },
};
TYPE(gatekeeper_request) = SEQUENCE_EXT(gatekeeper_request_fields, 8);
FIELDS(registration_request_fields) = {
	{ &sequence_number, false, 0 },
	{ &oid, false, TAG_PROTOCOL },
	{ &non_standard, true, 0 },
	{ &boolean, false, 0 }, /* discoveryComplete */
	{ &transport_list, false, 0 },
	{ &transport_list, false, 0 },
	{ &endpoint_type, false, TAG_INFO },
	{ &alias_list, true, TAG_SOURCE },
	{ &bmp_1_128, true, 0 },
	{ &vendor_identifier, false, TAG_VENDOR }, /* endpointVendor */
};
TYPE(registration_request) = SEQUENCE_EXT(registration_request_fields, 10);
/* What a gatekeeper answers: GatekeeperConfirm, -Reject, RegistrationConfirm, -Reject. */
FIELDS(answer_fields) = {
	{ &sequence_number, false, 0 }, { &oid, false, TAG_PROTOCOL }, { &unknown, false, 0 },
	{ &unknown, true, 0 },		{ &unknown, true, 0 },
};
TYPE(ras_answer) = SEQUENCE_EXT(answer_fields, 5);
FIELDS(registration_confirm_fields) = {
	{ &sequence_number, false, 0 }, { &oid, false, TAG_PROTOCOL }, { &unknown, false, 0 },
	{ &unknown, true, 0 },		{ &unknown, true, 0 },	       { &unknown, true, 0 },
};
TYPE(registration_confirm) = SEQUENCE_EXT(registration_confirm_fields, 6);
FIELDS(ras_messages) = {
	{ &gatekeeper_request, false, 0 },   { &ras_answer, false, 0 },
	{ &ras_answer, false, 0 },	     { &registration_request, false, 0 },
	{ &registration_confirm, false, 0 }, { &ras_answer, false, 0 },
};
/* 25 alternatives in the root; those behind the sixth begin without an identifier. */
TYPE(ras_message) = CHOICE_EXT(ras_messages, 25);

/* --- what is found goes into the facts ---------------------------------------------------- */

struct context {
	struct arena *arena;
	struct h323_facts *facts;
	uint32_t country, extension;
	unsigned endpoint_rank; /* the lowest tag so far of those that name an endpoint kind */
};

/* "184/0/39" */
static void set_vendor(struct context *c, uint32_t manufacturer)
{
	char *to, *text = arena_alloc(c->arena, sizeof("255/255/65535"));

	if (!text)
		return;
	to = per_put_decimal(text, c->country);
	*to++ = '/';
	to = per_put_decimal(to, c->extension);
	*to++ = '/';
	to = per_put_decimal(to, manufacturer);
	c->facts->vendor = slice_of(text, (size_t)(to - text));
}

static void add_alias(struct context *c, unsigned scope, unsigned tag, const struct per_value *v)
{
	struct slice s;

	if ((scope != TAG_SOURCE && scope != TAG_DESTINATION) || !v->p)
		return;
	if (tag == TAG_DIGITS)
		s = per_digits_text(c->arena, v->p, v->n);
	else if (tag == TAG_BMP)
		s = per_bmp_text(c->arena, v->p, v->n);
	else
		s = per_trimmed(v->p, v->n);
	if (s.p)
		(void)slice_list_add(c->arena,
				     scope == TAG_SOURCE ? &c->facts->source_aliases
							 : &c->facts->destination_aliases,
				     s);
}

static struct slice goal_name(uint32_t index)
{
	static const char *const names[] = { "create", "join", "invite", "capability-negotiation",
					     "call-independent-supplementary-service" };

	return slice_str(index < COUNT(names) ? names[index] : "unknown");
}

/* An endpoint may be several things at once: the first in the order of the tags names it. */
static void set_endpoint(struct context *c, unsigned tag)
{
	static const char *const names[] = { "gatekeeper", "gateway", "mcu",
					     "terminal",   "mc",      "undefined-node" };

	if (c->endpoint_rank && c->endpoint_rank <= tag)
		return;
	c->endpoint_rank = tag;
	c->facts->endpoint = slice_str(names[tag - TAG_GATEKEEPER]);
}

static void visit_vendor(struct context *c, unsigned tag, const struct per_value *v)
{
	if (tag == TAG_COUNTRY)
		c->country = v->number;
	else if (tag == TAG_EXTENSION)
		c->extension = v->number;
	else if (tag == TAG_MANUFACTURER)
		set_vendor(c, v->number);
	else if (tag == TAG_PRODUCT)
		c->facts->product_id = per_trimmed(v->p, v->n);
	else if (tag == TAG_VERSION)
		c->facts->version_id = per_trimmed(v->p, v->n);
}

static void visit(struct per_walk *w, unsigned tag, const struct per_value *v)
{
	struct context *c = w->context;

	switch ((enum tag)tag) {
	case TAG_PROTOCOL:
		c->facts->protocol_version = per_oid_text(c->arena, v->p, v->n);
		break;
	case TAG_COUNTRY:
	case TAG_EXTENSION:
	case TAG_MANUFACTURER:
	case TAG_PRODUCT:
	case TAG_VERSION:
		/* A nonStandardParameter names manufacturers as well. */
		if (w->scope == TAG_VENDOR)
			visit_vendor(c, tag, v);
		break;
	case TAG_MC:
	case TAG_UNDEFINED:
		if (!v->number)
			break;
		/* fallthrough */
	case TAG_GATEKEEPER:
	case TAG_GATEWAY:
	case TAG_MCU:
	case TAG_TERMINAL:
		set_endpoint(c, tag);
		break;
	case TAG_DIGITS:
	case TAG_TEXT:
	case TAG_BMP:
		add_alias(c, w->scope, tag, v);
		break;
	case TAG_GOAL:
		c->facts->conference_goal = goal_name(v->number);
		break;
	case TAG_NONE:
	case TAG_SOURCE:
	case TAG_DESTINATION:
	case TAG_INFO:
	case TAG_VENDOR:
		break;
	}
}

static int decode(const struct per_type *type, const uint8_t *p, size_t n, struct arena *arena,
		  struct h323_facts *f)
{
	struct context c = { .arena = arena, .facts = f };
	struct per_walk w = { .r = per_reader_of(p, n), .visit = visit, .context = &c };

	return per_walk(&w, type, TAG_NONE);
}

int h225_decode_user_information(const uint8_t *p, size_t n, struct arena *arena,
				 struct h323_facts *f)
{
	return decode(&user_information, p, n, arena, f);
}

int h225_decode_ras(const uint8_t *p, size_t n, struct arena *arena, struct h323_facts *f)
{
	return decode(&ras_message, p, n, arena, f);
}
