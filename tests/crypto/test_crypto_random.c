/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/crypto/random.h"
#include "tests/lib/testing.h"

static void a_uuid_is_version_4_in_lower_case(void **state)
{
	char uuid[UUID_SIZE];

	(void)state;
	for (int n = 0; n < 1000; n++) {
		assert_int_equal(random_uuid(uuid), UP_OK);
		assert_int_equal(strlen(uuid), 36);
		for (size_t i = 0; i < 36; i++)
			if (i == 8 || i == 13 || i == 18 || i == 23)
				assert_int_equal(uuid[i], '-');
			else
				assert_non_null(strchr("0123456789abcdef", uuid[i]));
		assert_int_equal(uuid[14], '4');
		assert_non_null(strchr("89ab", uuid[19]));
	}
}

static void fills_exactly_what_it_is_given(void **state)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 257, 70000 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(sizes); i++) {
		_auto_(free) unsigned char *bytes = calloc(1, sizes[i] + 64);
		size_t zeros = 0;

		assert_int_equal(random_bytes(bytes, sizes[i]), UP_OK);
		for (size_t j = 0; j < sizes[i]; j++)
			zeros += bytes[j] == 0;
		assert_true(zeros <= sizes[i] / 64 + 1);
		for (size_t j = sizes[i]; j < sizes[i] + 64; j++)
			assert_int_equal(bytes[j], 0);
	}
}

static void text_is_drawn_evenly_from_its_alphabet(void **state)
{
	static const char *const alphabets[] = { "ab", "abc", "0123456789",
						 "ABCDEFGHJKLMNPQRSTUVWXYZ23456789!$%*+" };
	enum { LETTERS = 40000 };
	static char text[LETTERS + 1];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(alphabets); i++) {
		const size_t letters = strlen(alphabets[i]);
		const double mean = (double)LETTERS / (double)letters;
		size_t seen[256] = { 0 };
		double chi = 0;

		assert_int_equal(random_text(text, LETTERS, alphabets[i]), UP_OK);
		assert_int_equal(strlen(text), LETTERS);
		for (size_t j = 0; j < LETTERS; j++)
			seen[(unsigned char)text[j]]++;
		size_t counted = 0;
		for (size_t j = 0; j < letters; j++) {
			const double count = (double)seen[(unsigned char)alphabets[i][j]];

			counted += seen[(unsigned char)alphabets[i][j]];
			chi += (count - mean) * (count - mean) / mean;
		}
		assert_int_equal(counted, LETTERS);
		/* Far beyond the mean of letters - 1: one run in more than 10^9 fails by chance. */
		assert_true(chi < (double)letters * 2 + 45);
	}
}

static void an_alphabet_has_its_limits(void **state)
{
	char all[258], text[9];

	(void)state;
	for (int i = 0; i < 257; i++)
		all[i] = (char)(i % 255 + 1);
	all[256] = '\0';
	assert_int_equal(random_text(text, 8, all), UP_OK);
	all[256] = 'x';
	all[257] = '\0';
	assert_int_equal(random_text(text, 8, all), UP_ERR_MALFORMED);
	assert_int_equal(random_text(text, 8, ""), UP_ERR_MALFORMED);
	assert_int_equal(random_text(text, 8, "a"), UP_ERR_MALFORMED);
	assert_int_equal(random_text(text, 0, "ab"), UP_OK);
	assert_string_equal(text, "");
}

/* CRY-19: a child draws other bytes than its parent and its siblings. */
static void forks_share_nothing(void **state)
{
	enum { CHILDREN = 50 };
	char drawn[CHILDREN + 1][16];
	int fds[2];

	(void)state;
	assert_int_equal(random_bytes(drawn[CHILDREN], sizeof(drawn[CHILDREN])), UP_OK);
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = fork();
		int status = 0;

		assert_true(child >= 0);
		if (child == 0) {
			char bytes[16];

			_exit(random_bytes(bytes, sizeof(bytes)) == UP_OK &&
					      write(fds[1], bytes, sizeof(bytes)) == sizeof(bytes)
				      ? 0
				      : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_int_equal(read(fds[0], drawn[i], sizeof(drawn[i])), sizeof(drawn[i]));
	}
	for (int i = 0; i <= CHILDREN; i++)
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(drawn[i], drawn[j], sizeof(drawn[i]));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_is_version_4_in_lower_case),
		cmocka_unit_test(fills_exactly_what_it_is_given),
		cmocka_unit_test(text_is_drawn_evenly_from_its_alphabet),
		cmocka_unit_test(an_alphabet_has_its_limits),
		cmocka_unit_test(forks_share_nothing),
	};

	return cmocka_run_group_tests_name("crypto/random", tests, NULL, NULL);
}
