/* SPDX-License-Identifier: MIT */
#include <argon2.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto/password.h"
#include "tests/lib/testing.h"

#define OURS "$argon2id$v=19$m=19456,t=2,p=1$"

static char *hash(const char *password)
{
	char *stored = NULL;

	assert_int_equal(password_hash(password, &stored), UP_OK);
	return stored;
}

static bool verify(const char *stored, const char *password)
{
	bool matches = false;

	assert_int_equal(password_verify(stored, password, &matches), UP_OK);
	return matches;
}

static void only_the_same_password_matches(void **state)
{
	static const char *const others[] = { "",
					      "Correct horse",
					      "correct hors",
					      "correct horsf",
					      "correct horse ",
					      " correct horse" };

	(void)state;
	_auto_(free) char *stored = hash("correct horse");

	assert_true(verify(stored, "correct horse"));
	for (size_t i = 0; i < UP_COUNT(others); i++)
		assert_false(verify(stored, others[i]));
}

/* CRY-17 */
static void a_hash_has_owasp_s_parameters_and_a_salt_of_its_own(void **state)
{
	(void)state;
	_auto_(free) char *one = hash("same"), *two = hash("same");

	assert_memory_equal(one, OURS, strlen(OURS));
	/* 16 bytes of salt and 32 of tag, in base64 without padding. */
	assert_int_equal(strlen(one), strlen(OURS) + 22 + 1 + 43);
	assert_memory_not_equal(one + strlen(OURS), two + strlen(OURS), 22);
	assert_string_not_equal(one, two);
	assert_false(password_is_outdated(one));
}

static void a_password_has_its_limits(void **state)
{
	char longest[PASSWORD_MAX + 2];
	char *stored = NULL;
	bool matches = true;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(password_hash(longest, &stored), UP_ERR_TOO_LARGE);
	assert_int_equal(password_hash("", &stored), UP_ERR_TOO_LARGE);
	assert_null(stored);
	longest[PASSWORD_MAX] = '\0';
	stored = hash(longest);
	assert_true(verify(stored, longest));
	/* All of it counts: nothing is cut, as at bcrypt's 72 bytes. */
	longest[PASSWORD_MAX - 1] = 'y';
	assert_false(verify(stored, longest));
	memset(longest, 'x', sizeof(longest));
	longest[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(password_verify(stored, longest, &matches), UP_OK);
	assert_false(matches);
	free(stored);
}

static void any_bytes_may_be_a_password(void **state)
{
	static const char *const passwords[] = { "\x01", "\xff\xfe", "p\xc3\xa4ss", "a\nb",
						 "$argon2id$" };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(passwords); i++) {
		_auto_(free) char *stored = hash(passwords[i]);

		assert_true(verify(stored, passwords[i]));
	}
}

static char *foreign(uint32_t passes, uint32_t memory, uint32_t lanes, argon2_type type)
{
	char encoded[256];

	assert_int_equal(argon2_hash(passes, memory, lanes, "secret", 6, "somesaltsomesalt", 16,
				     NULL, 32, encoded, sizeof(encoded), type, ARGON2_VERSION_13),
			 ARGON2_OK);
	return strdup(encoded);
}

static void other_parameters_are_read_and_called_outdated(void **state)
{
	static const uint32_t cases[][3] = {
		{ 1, 8192, 1 }, { 3, 65536, 4 }, { 2, 19455, 1 }, { 10, 8, 1 }, { 2, 19456, 2 }
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		_auto_(free) char *stored =
			foreign(cases[i][0], cases[i][1], cases[i][2], Argon2_id);

		assert_true(verify(stored, "secret"));
		assert_false(verify(stored, "Secret"));
		assert_true(password_is_outdated(stored));
	}
}

/* What a hash costs is not the database's to choose. */
static void a_hash_that_costs_too_much_is_refused(void **state)
{
	static const uint32_t cases[][3] = { { 2, 65537, 1 }, { 11, 8, 1 }, { 1, 64, 5 } };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		_auto_(free) char *stored =
			foreign(cases[i][0], cases[i][1], cases[i][2], Argon2_id);
		bool matches = false;

		assert_int_equal(password_verify(stored, "secret", &matches), UP_ERR_CORRUPT);
		assert_false(matches);
	}
}

static void what_is_no_hash_is_damage_and_never_a_match(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"*",
		"!",
		"secret",
		"$argon2id$",
		OURS,
		OURS "c29tZXNhbHRzb21lc2FsdA",
		OURS "c29tZXNhbHRzb21lc2FsdA$",
		OURS "$c29tZXNhbHRzb21lc2FsdA",
		OURS "c29tZXNhbHRzb21lc2FsdA$!!!!",
		"$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAA",
		"$argon2id$v=19$m=19456,t=99999999999,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAA",
		"$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAA",
		"$argon2id$v=19$m=0,t=0,p=0$c29tZXNhbHRzb21lc2FsdA$AAAAAAAA",
		"$2b$12$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK",
		"$6$salt$hash",
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(texts); i++) {
		bool matches = false;

		if (password_verify(texts[i], "secret", &matches) != UP_ERR_CORRUPT || matches)
			fail_msg("takes \"%s\"", texts[i]);
		assert_int_equal(password_is_outdated(texts[i]),
				 strncmp(texts[i], OURS, strlen(OURS)) != 0);
	}
}

static void another_kind_of_argon2_is_damage(void **state)
{
	(void)state;
	_auto_(free) char *i = foreign(2, 64, 1, Argon2_i), *d = foreign(2, 64, 1, Argon2_d);
	bool matches = false;

	assert_int_equal(password_verify(i, "secret", &matches), UP_ERR_CORRUPT);
	assert_int_equal(password_verify(d, "secret", &matches), UP_ERR_CORRUPT);
	assert_false(matches);
}

static void a_flipped_bit_in_salt_or_tag_never_matches(void **state)
{
	(void)state;
	_auto_(free) char *stored = foreign(1, 8, 1, Argon2_id);
	const size_t start = (size_t)(strstr(stored, "p=1$") + 4 - stored);

	for (size_t i = start; i < strlen(stored); i++) {
		_auto_(free) char *changed = strdup(stored);
		bool matches = false;

		changed[i] ^= 1;
		(void)!password_verify(changed, "secret", &matches);
		assert_false(matches);
	}
}

static void nobody_costs_a_verification_and_matches_nothing(void **state)
{
	(void)state;
	assert_int_equal(password_verify_nobody("anything"), UP_OK);
	assert_int_equal(password_verify_nobody(""), UP_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_same_password_matches),
		cmocka_unit_test(a_hash_has_owasp_s_parameters_and_a_salt_of_its_own),
		cmocka_unit_test(a_password_has_its_limits),
		cmocka_unit_test(any_bytes_may_be_a_password),
		cmocka_unit_test(other_parameters_are_read_and_called_outdated),
		cmocka_unit_test(a_hash_that_costs_too_much_is_refused),
		cmocka_unit_test(what_is_no_hash_is_damage_and_never_a_match),
		cmocka_unit_test(another_kind_of_argon2_is_damage),
		cmocka_unit_test(a_flipped_bit_in_salt_or_tag_never_matches),
		cmocka_unit_test(nobody_costs_a_verification_and_matches_nothing),
	};

	return cmocka_run_group_tests_name("crypto/password", tests, NULL, NULL);
}
