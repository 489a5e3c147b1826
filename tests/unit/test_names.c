// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "countries.h"
#include "policy.h"
#include "suggest.h"
#include "utf8.h"

static void names_every_value(void **state)
{
	assert_string_equal(df_verdict_name(DFENCE_VERDICT_ALLOW), "allow");
	assert_string_equal(df_verdict_name(DFENCE_VERDICT_DENY), "deny");
	assert_string_equal(df_verdict_name(DFENCE_VERDICT_DROP), "drop");
	assert_string_equal(df_log_name(DFENCE_LOG_NONE), "none");
	assert_string_equal(df_log_name(DFENCE_LOG_NEW), "new");
	assert_string_equal(df_log_name(DFENCE_LOG_ALL), "all");
	assert_string_equal(df_mode_name(DFENCE_MODE_ENFORCE), "enforce");
	assert_string_equal(df_mode_name(DFENCE_MODE_AUDIT), "audit");
	assert_string_equal(df_reason_name(DFENCE_REASON_DEFAULT), "default");
	assert_string_equal(df_reason_name(DFENCE_REASON_ANY), "any");
	assert_string_equal(df_reason_name(DFENCE_REASON_NETWORK), "network");
	assert_string_equal(df_reason_name(DFENCE_REASON_LOCATED_IN),
			    "located-in");
	assert_string_equal(df_reason_name(DFENCE_REASON_HIDDEN), "hidden");
	assert_string_equal(df_reason_name(DFENCE_REASON_OPERATED_BY),
			    "operated-by");
	assert_string_equal(df_flow_state_name(DFENCE_FLOW_TCP_OPENING),
			    "tcp-opening");
	assert_string_equal(df_flow_state_name(DFENCE_FLOW_TCP_ESTABLISHED),
			    "tcp-established");
	assert_string_equal(df_flow_state_name(DFENCE_FLOW_TCP_CLOSING),
			    "tcp-closing");
	assert_string_equal(df_flow_state_name(DFENCE_FLOW_UDP), "udp");
	assert_string_equal(df_flow_state_name(DFENCE_FLOW_OTHER), "other");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_IDLE), "idle");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_CLOSED), "closed");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_RESET), "reset");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_REUSED), "reused");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_EVICTED), "evicted");
	assert_string_equal(df_flow_end_name(DFENCE_FLOW_END_POLICY), "policy");
	assert_string_equal(df_closed_name(DFENCE_CLOSED_LENT), "lent");
	assert_string_equal(df_closed_name(DFENCE_CLOSED_POLICY), "policy");
	assert_string_equal(df_closed_name(DFENCE_CLOSED_POLICY + 1), "?");
	assert_string_equal(df_command_name(DFENCE_CMD_STATUS_GET), "status-get");
	assert_string_equal(df_command_name(DFENCE_CMD_LIMITS_SET), "limits-set");
	assert_string_equal(df_command_name(DFENCE_CMD_SEAL), "seal");
	assert_string_equal(df_refused_name(DFENCE_REFUSED_UNLISTED), "unlisted");
	assert_string_equal(df_refused_name(DFENCE_REFUSED_PERMIT + 1), "?");
	assert_string_equal(df_command_name(0), "?");
	assert_string_equal(df_command_name(DFENCE_CMD_MAX + 1), "?");
	assert_string_equal(df_quorum_name(DF_QUORUM_ANY), "any");
	assert_string_equal(df_quorum_name(DF_QUORUM_MAJORITY), "majority");
	assert_string_equal(df_quorum_name(DF_QUORUM_ALL), "all");
}

/* A newer module may send what this program does not know. */
static void survives_unknown_values(void **state)
{
	assert_string_equal(df_verdict_name(3), "?");
	assert_string_equal(df_log_name(3), "?");
	assert_string_equal(df_mode_name(2), "?");
	assert_string_equal(df_reason_name(6), "?");
	assert_string_equal(df_quorum_name(3), "?");
	assert_string_equal(df_flow_state_name(5), "?");
	assert_string_equal(df_flow_end_name(6), "?");
	assert_string_equal(df_verdict_name(UINT32_MAX), "?");
}

static void knows_protocols(void **state)
{
	assert_int_equal(df_protocol_number("icmp"), 1);
	assert_int_equal(df_protocol_number("tcp"), 6);
	assert_int_equal(df_protocol_number("udp"), 17);
	assert_int_equal(df_protocol_number("dccp"), 33);
	assert_int_equal(df_protocol_number("icmpv6"), 58);
	assert_int_equal(df_protocol_number("ipv6-icmp"), 58);
	assert_int_equal(df_protocol_number("sctp"), 132);
	assert_int_equal(df_protocol_number("udplite"), 136);
	assert_int_equal(df_protocol_number("0"), 0);
	assert_int_equal(df_protocol_number("6"), 6);
	assert_int_equal(df_protocol_number("255"), 255);
	assert_string_equal(df_protocol_name(6), "tcp");
	assert_string_equal(df_protocol_name(58), "icmpv6");
	assert_null(df_protocol_name(255));
	assert_null(df_protocol_name(256));
}

static void refuses_other_protocols(void **state)
{
	static const char *const texts[] = {
		"", "TCP", "256", "-1", "06", "00", "1000", "99999999999",
		" 6", "6 ", "0x6", "tcp ",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(df_protocol_number(texts[i]), -EINVAL);
}

/* Finding all of them also proves that the table is sorted. */
static void knows_249_countries(void **state)
{
	unsigned int found = 0;
	char code[3] = "";

	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
			found += !!df_country_name(code);
	assert_int_equal(found, 249);
	assert_string_equal(df_country_name("CN"), "China");
	assert_string_equal(df_country_name("NO"), "Norway");
	assert_string_equal(df_country_name("ZW"), "Zimbabwe");
}

static void knows_no_other_countries(void **state)
{
	static const char *const codes[] = {
		"UK", "EU", "AP", "AN", "SU", "XK", "A1", "A2", "A3", "XD",
		"T1", "??", "cn", "Cn", "\0",
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_null(df_country_name(codes[i]));
}

static void finds_countries_by_name(void **state)
{
	assert_string_equal(df_country_by_name("China")->code, "CN");
	assert_string_equal(df_country_by_name("united states")->code, "US");
	assert_null(df_country_by_name("Atlantis"));
	assert_null(df_country_by_name(""));
}

static const char *suggestion(const char *word, const char *a, const char *b)
{
	struct df_suggestion s = { .word = word };

	df_suggest(&s, a);
	df_suggest(&s, b);
	return s.best;
}

static void suggests_the_nearest(void **state)
{
	assert_string_equal(suggestion("defualt", "rules", "default"),
			    "default");
	assert_string_equal(suggestion("rulez", "rules", "default"), "rules");
	assert_string_equal(suggestion("prc-cloud", "prc", "prc-clouds"),
			    "prc-clouds");
	/* Upper and lower case are no difference. */
	assert_string_equal(suggestion("LOCAL", "any", "local"), "local");
	/* A swap of neighbours is one edit. */
	assert_string_equal(suggestion("tpc", "udp", "tcp"), "tcp");
	/* The first of equally near ones. */
	assert_string_equal(suggestion("set3", "set1", "set2"), "set1");
	assert_string_equal(suggestion("set2", "set1", "set2"), "set2");
}

static void suggests_nothing_far(void **state)
{
	char endless[200];

	assert_null(suggestion("firewall", "rules", "default"));
	assert_null(suggestion("x", "a", "b"));
	assert_null(suggestion("", "a", "b"));
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_null(suggestion(endless, endless, "a"));
}

struct character {
	const char *bytes;
	size_t length;
	uint32_t value;
};

static const struct character characters[] = {
	{ "a", 1, 'a' },
	{ "\x7f", 1, 0x7f },
	{ "\xc2\x80", 2, 0x80 },
	{ "\xdf\xbf", 2, 0x7ff },
	{ "\xe0\xa0\x80", 3, 0x800 },
	{ "\xed\x9f\xbf", 3, 0xd7ff },
	{ "\xee\x80\x80", 3, 0xe000 },
	{ "\xef\xbf\xbf", 3, 0xffff },
	{ "\xf0\x90\x80\x80", 4, 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	/* Not the shortest form. */
	{ "\xc0\x80", 0, 0 },
	{ "\xc1\xbf", 0, 0 },
	{ "\xe0\x9f\xbf", 0, 0 },
	{ "\xf0\x8f\xbf\xbf", 0, 0 },
	/* Surrogates, too large, cut off, a rest alone, never used. */
	{ "\xed\xa0\x80", 0, 0 },
	{ "\xed\xbf\xbf", 0, 0 },
	{ "\xf4\x90\x80\x80", 0, 0 },
	{ "\xe2\x82", 0, 0 },
	{ "\xe2\x82" "a", 0, 0 },
	{ "\x80", 0, 0 },
	{ "\xf5\x80\x80\x80", 0, 0 },
	{ "\xff", 0, 0 },
};

static void decodes_utf8(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
		const struct character *c = &characters[i];
		uint32_t value = 0;

		assert_int_equal(df_utf8_decode(c->bytes, strlen(c->bytes),
						&value), c->length);
		assert_int_equal(value, c->value);
	}
}

static void cuts_long_texts(void **state)
{
	char buf[DF_QUOTE_SIZE], text[DF_QUOTE_SIZE + 10];

	assert_string_equal(df_quote("short", buf), "short");
	memset(text, 'a', sizeof(text) - 1);
	text[DF_QUOTE_SIZE - 1] = '\0';
	assert_ptr_equal(df_quote(text, buf), text);
	text[DF_QUOTE_SIZE - 1] = 'a';
	text[DF_QUOTE_SIZE] = '\0';
	assert_int_equal(strlen(df_quote(text, buf)), DF_QUOTE_SIZE - 1);
	assert_string_equal(buf + DF_QUOTE_SIZE - 5, "a...");
	/* Never through the middle of a character. */
	memcpy(text + DF_QUOTE_SIZE - 5, "\xc3\xa9", 2);
	df_quote(text, buf);
	assert_string_equal(buf + DF_QUOTE_SIZE - 6, "a...");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_value),
		cmocka_unit_test(survives_unknown_values),
		cmocka_unit_test(knows_protocols),
		cmocka_unit_test(refuses_other_protocols),
		cmocka_unit_test(knows_249_countries),
		cmocka_unit_test(knows_no_other_countries),
		cmocka_unit_test(finds_countries_by_name),
		cmocka_unit_test(suggests_the_nearest),
		cmocka_unit_test(suggests_nothing_far),
		cmocka_unit_test(decodes_utf8),
		cmocka_unit_test(cuts_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
