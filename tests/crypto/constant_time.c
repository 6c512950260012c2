/* SPDX-License-Identifier: MIT */
/*
 * No branch and no address depends on what is compared: memcheck is told that the
 * secret is undefined and complains of each that does.  CRY-18.  The program runs
 * itself under valgrind.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <valgrind/memcheck.h>

#include "daemon/crypto/digest.h"
#include "tests/lib/testing.h"

#define SIZE 32

static uint8_t secret[SIZE], guess[SIZE];

/* How often memcheck complains while the two are compared; the verdict itself is no secret. */
static unsigned int complaints(bool (*is_equal)(void))
{
	const unsigned int before = (unsigned int)VALGRIND_COUNT_ERRORS;

	(void)VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof(secret));
	bool verdict = is_equal();
	(void)VALGRIND_MAKE_MEM_DEFINED(&verdict, sizeof(verdict));
	(void)VALGRIND_MAKE_MEM_DEFINED(secret, sizeof(secret));
	assert_int_equal(verdict, memcmp(secret, guess, SIZE) == 0);
	return (unsigned int)VALGRIND_COUNT_ERRORS - before;
}

static bool digest_says(void)
{
	return digest_equal((struct up_span){ secret, SIZE }, (struct up_span){ guess, SIZE });
}

/* The control: it stops at the first byte that differs. */
static bool careless_says(void)
{
	for (volatile size_t i = 0; i < SIZE; i++)
		if (secret[i] != guess[i])
			return false;
	return true;
}

static void a_careless_comparison_is_noticed(void **state)
{
	(void)state;
	assert_int_not_equal(complaints(careless_says), 0);
}

static void comparing_depends_on_no_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i <= SIZE; i++) {
		memset(guess, 0, sizeof(guess));
		if (i < SIZE)
			guess[i] = 1;
		assert_int_equal(complaints(digest_says), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_careless_comparison_is_noticed),
		cmocka_unit_test(comparing_depends_on_no_secret),
	};

	(void)argc;
	if (RUNNING_ON_VALGRIND)
		return cmocka_run_group_tests_name("crypto/constant_time", tests, NULL, NULL);
	(void)execlp("valgrind", "valgrind", "--quiet", argv[0], (char *)NULL);
	perror("valgrind");
	return EXIT_FAILURE;
}
