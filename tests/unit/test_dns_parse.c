// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of name servers: good ones, cut ones, and what nobody would send. */
#include "dns_util.h"

#define ROUNDS 60000

static struct df_dns_answer answers[DF_DNS_RECORDS_MAX];
static struct wire wire;

static size_t parse(void)
{
	/* A copy of the very size: a byte too far is seen. */
	uint8_t *copy = malloc(wire.length ?: 1);
	size_t count;

	assert_non_null(copy);
	memcpy(copy, wire.data, wire.length);
	count = df_dns_message(copy, wire.length, answers);
	free(copy);
	return count;
}

static void reads_addresses(void **state)
{
	static const char v6[16] = { 0x20, 0x01, 0x0d, (char)0xb8, [15] = 1 };
	size_t at;

	simple_answer(&wire, "gw.Example.COM", "\x2f\x5b\xa1\xe6");
	assert_int_equal(parse(), 1);
	assert_string_equal(answers[0].name, "gw.example.com");
	assert_int_equal(answers[0].family, DF_IPV4);
	assert_int_equal(answers[0].ttl, 300);
	assert_memory_equal(answers[0].addr, "\x2f\x5b\xa1\xe6", 4);
	assert_true(df_dns_answer_valid(&answers[0]));

	at = begin_answer(&wire, "_x-1.example.com", 28, 2);
	put_pointer(&wire, at);
	put_record(&wire, 28, 0x10002, 16);
	put_bytes(&wire, v6, 16);
	put_name(&wire, "_x-1.example.com");
	put_record(&wire, 28, 5, 16);
	put_bytes(&wire, v6, 16);
	assert_int_equal(parse(), 2);
	assert_int_equal(answers[0].family, DF_IPV6);
	assert_int_equal(answers[0].ttl, 0x10002);
	assert_memory_equal(answers[0].addr, v6, 16);
	assert_string_equal(answers[1].name, "_x-1.example.com");
}

/* The name is the one of the question, whatever the chain leads to. */
static void follows_aliases(void **state)
{
	size_t question, alias, last;

	/* Out of order: the address, the second alias, the first one. */
	question = begin_answer(&wire, "www.example.com", 1, 4);
	last = put_name(&wire, "edge7.cdn.example");
	put_record(&wire, 1, 60, 4);
	put_bytes(&wire, "\x08\x08\x08\x08", 4);
	alias = put_name(&wire, "lb.example.net");
	put_record(&wire, 5, 60, 2);
	put_pointer(&wire, last);
	put_pointer(&wire, question);
	put_record(&wire, 5, 60, 2);
	put_pointer(&wire, alias);
	/* Nobody asked for this one. */
	put_name(&wire, "bank.example");
	put_record(&wire, 1, 60, 4);
	put_bytes(&wire, "\x01\x02\x03\x04", 4);
	assert_int_equal(parse(), 1);
	assert_string_equal(answers[0].name, "www.example.com");
	assert_memory_equal(answers[0].addr, "\x08\x08\x08\x08", 4);
}

static void ends_with_circles(void **state)
{
	size_t at = begin_answer(&wire, "a.example", 1, 2), i;

	put_pointer(&wire, at);
	put_record(&wire, 5, 1, 11);
	put_name(&wire, "b.example");
	put_name(&wire, "b.example");
	put_record(&wire, 5, 1, 2);
	put_pointer(&wire, at);
	assert_int_equal(parse(), 0);

	/* Pointers to themselves, forwards, and in a long row. */
	begin_answer(&wire, "a.example", 1, 1);
	put_pointer(&wire, wire.length);
	put_record(&wire, 1, 1, 4);
	put_bytes(&wire, "\1\2\3\4", 4);
	assert_int_equal(parse(), 0);
	begin_answer(&wire, "a.example", 1, 1);
	put_pointer(&wire, wire.length + 2);
	put_record(&wire, 1, 1, 4);
	put_bytes(&wire, "\1\2\3\4", 4);
	assert_int_equal(parse(), 0);
	begin_answer(&wire, "a.example", 1, 2);
	put_pointer(&wire, wire.length + 2 + 10 + 4 + 1 + 10);
	put_record(&wire, 1, 1, 4);
	put_bytes(&wire, "\1\2\3\4", 4);
	put_name(&wire, "");
	put_record(&wire, 16, 1, 11);
	put_name(&wire, "a.example");
	assert_int_equal(parse(), 0);
	at = begin_answer(&wire, "a.example", 1, 2);
	put_pointer(&wire, at);
	put_record(&wire, 16, 1, 40);
	for (i = 0; i < 20; i++) {
		put_pointer(&wire, at);
		at = wire.length - 2;
	}
	put_pointer(&wire, at);
	put_record(&wire, 1, 1, 4);
	put_bytes(&wire, "\1\2\3\4", 4);
	assert_int_equal(parse(), 0);
}

static void escapes_names(void **state)
{
	static const struct { const char *name, *shown; } cases[] = {
		{ "a\nb", "a\\x0ab" },
		{ "a b\"\\.<b>", "a\\x20b\\x22\\x5c.\\x3cb\\x3e" },
		{ "\x1b[31m", "\\x1b\\x5b31m" },
		{ "gr\xc3\xbc\xc3\x9f.example", "gr\\xc3\\xbc\\xc3\\x9f.example" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		simple_answer(&wire, cases[i].name, "\1\2\3\4");
		assert_int_equal(parse(), 1);
		assert_string_equal(answers[0].name, cases[i].shown);
		assert_true(df_dns_answer_valid(&answers[0]));
	}
	/* A dot in a label is not one between two. */
	begin_answer(&wire, "aXb", 1, 1);
	wire.data[14] = '.';
	put_pointer(&wire, 12);
	put_record(&wire, 1, 300, 4);
	put_bytes(&wire, "\1\2\3\4", 4);
	assert_int_equal(parse(), 1);
	assert_string_equal(answers[0].name, "a\\x2eb");
}

static void knows_the_longest_name(void **state)
{
	char name[300];
	int i;

	for (i = 0; i < 253; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[253] = '\0';
	simple_answer(&wire, name, "\1\2\3\4");
	assert_int_equal(parse(), 1);
	assert_string_equal(answers[0].name, name);
	/* Each byte becomes four. */
	memset(name, '\n', 63);
	name[63] = '.';
	memset(name + 64, '\n', 10);
	name[74] = '\0';
	simple_answer(&wire, name, "\1\2\3\4");
	assert_int_equal(parse(), 0);
}

static void ignores_what_is_no_answer(void **state)
{
	static const struct { size_t at; uint8_t value; } changes[] = {
		{ 2, 0x01 },	/* a question */
		{ 2, 0x90 },	/* another opcode */
		{ 3, 0x83 },	/* no such name */
		{ 5, 0 },	/* no question */
		{ 5, 2 },	/* two */
		{ 12, 0 },	/* for the root */
		{ 12, 0x40 },	/* label of a kind that there is not */
		{ 26, 15 },	/* asks for MX */
		{ 28, 3 },	/* of another class */
		{ 32, 16 },	/* holds text */
		{ 34, 3 },	/* of another class */
		{ 40, 3 },	/* an address of three bytes */
		{ 40, 5 },	/* an address of five */
	};
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		simple_answer(&wire, "www.example", "\1\2\3\4");
		assert_int_equal(wire.length, 45);
		wire.data[changes[i].at] = changes[i].value;
		assert_int_equal(parse(), 0);
	}
}

static void takes_only_so_many(void **state)
{
	size_t at = begin_answer(&wire, "many.example", 1, 200);
	int i;

	for (i = 0; i < 200; i++) {
		put_pointer(&wire, at);
		put_record(&wire, 1, 60, 4);
		put_bytes(&wire, "\1\2\3\4", 4);
	}
	assert_int_equal(parse(), DF_DNS_RECORDS_MAX);
}

static void needs_all_of_it(void **state)
{
	size_t whole;

	simple_answer(&wire, "www.example", "\1\2\3\4");
	whole = wire.length;
	while (wire.length--)
		assert_int_equal(parse(), 0);
	wire.length = whole;
	assert_int_equal(parse(), 1);
}

static size_t parse_packet(const struct wire *packet)
{
	uint8_t *copy = malloc(packet->length ?: 1);
	size_t count;

	assert_non_null(copy);
	memcpy(copy, packet->data, packet->length);
	count = df_dns_packet(copy, packet->length, answers);
	free(copy);
	return count;
}

static void finds_the_message(void **state)
{
	struct wire packet;
	int version;

	simple_answer(&wire, "www.example", "\1\2\3\4");
	for (version = 4; version <= 6; version += 2) {
		size_t header = version == 4 ? 20 : 40, whole;

		wrap(&wire, version, &packet);
		whole = packet.length;
		assert_int_equal(parse_packet(&packet), 1);
		/* Padding of the link. */
		put_bytes(&packet, "\0\0\0", 3);
		assert_int_equal(parse_packet(&packet), 1);
		for (packet.length = 0; packet.length < whole; packet.length++)
			assert_int_equal(parse_packet(&packet), 0);
		packet.data[header + 1]++;
		assert_int_equal(parse_packet(&packet), 0);
		packet.data[header + 1]--;
		packet.data[version == 4 ? 9 : 6] = 6;
		assert_int_equal(parse_packet(&packet), 0);
	}
	/* With options; a header that is none; a fragment. */
	wrap(&wire, 4, &packet);
	packet.data[0] = 0x44;
	assert_int_equal(parse_packet(&packet), 0);
	packet.data[0] = 0x45;
	packet.data[6] = 0x20;
	assert_int_equal(parse_packet(&packet), 0);
	packet.data[6] = 0x40;
	assert_int_equal(parse_packet(&packet), 1);
	memmove(packet.data + 24, packet.data + 20, packet.length - 20);
	packet.length += 4;
	packet.data[0] = 0x46;
	assert_int_equal(parse_packet(&packet), 1);
}

/* What a child that was taken over might say. */
static void checks_what_it_is_told(void **state)
{
	static const char *const bad[] = {
		"", "a b", "a\nb", "A", "a\"", "<b>", "\\", "\\x", "\\x0",
		"\\x0g", "\\x0A", "\\y00", "a\\", "\xc3\xbc", "a=b",
	};
	struct df_dns_answer answer = { .family = DF_IPV4 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		strcpy(answer.name, bad[i]);
		assert_false(df_dns_answer_valid(&answer));
	}
	strcpy(answer.name, "a-1_.b\\x0a\\xff");
	assert_true(df_dns_answer_valid(&answer));
	answer.family = DF_FAMILIES;
	assert_false(df_dns_answer_valid(&answer));
	answer.family = DF_IPV6;
	memset(answer.name, 'a', sizeof(answer.name));
	assert_false(df_dns_answer_valid(&answer));
	strcpy(answer.name + sizeof(answer.name) - 4, "\\x0");
	assert_false(df_dns_answer_valid(&answer));
}

static void make_answer(unsigned int kind)
{
	switch (kind % 3) {
	case 0:
		simple_answer(&wire, "www.example.com", "\1\2\3\4");
		break;
	case 1:
		follows_aliases(NULL);
		break;
	default:
		ends_with_circles(NULL);
	}
}

static void survives_mutations(void **state)
{
	unsigned int seed = 20261127;
	size_t found = 0;
	int i, changes;

	for (i = 0; i < ROUNDS; i++) {
		struct wire packet;
		size_t count, a;

		make_answer((unsigned int)i);
		wrap(&wire, i % 2 ? 4 : 6, &packet);
		for (changes = rand_r(&seed) % 6; changes; changes--)
			packet.data[(size_t)rand_r(&seed) % packet.length] =
				(uint8_t)rand_r(&seed);
		if (rand_r(&seed) % 4 == 0)
			packet.length = (size_t)rand_r(&seed) % packet.length;
		count = parse_packet(&packet);
		assert_true(count <= DF_DNS_RECORDS_MAX);
		for (a = 0; a < count; a++)
			assert_true(df_dns_answer_valid(&answers[a]));
		found += count;
	}
	/* Or nothing of it was looked at. */
	assert_true(found > ROUNDS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(follows_aliases),
		cmocka_unit_test(ends_with_circles),
		cmocka_unit_test(escapes_names),
		cmocka_unit_test(knows_the_longest_name),
		cmocka_unit_test(ignores_what_is_no_answer),
		cmocka_unit_test(takes_only_so_many),
		cmocka_unit_test(needs_all_of_it),
		cmocka_unit_test(finds_the_message),
		cmocka_unit_test(checks_what_it_is_told),
		cmocka_unit_test(survives_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
