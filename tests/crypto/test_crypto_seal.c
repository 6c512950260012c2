/* SPDX-License-Identifier: MIT */
/* Sealing, and the files that its keys come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/crypto/key_file.h"
#include "daemon/crypto/seal.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static char *directory;

static int make_directory(void **state)
{
	(void)state;
	directory = scratch_new();
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	scratch_free(directory);
	return 0;
}

static struct seal_key *open_key(const char *name)
{
	struct seal_key *key = NULL;

	assert_int_equal(seal_key_open(directory, name, true, &key), UP_OK);
	return key;
}

struct sealed {
	uint8_t *bytes;
	size_t len;
};

static struct sealed seal_text(const struct seal_key *key, const char *context, const char *text)
{
	struct sealed sealed = { 0 };

	assert_int_equal(seal(key, context, (struct up_span){ (const uint8_t *)text, strlen(text) },
			      &sealed.bytes, &sealed.len),
			 UP_OK);
	return sealed;
}

/* Whether it opens; if so it must be `text`. */
static bool opens(const struct seal_key *key, const char *context, const uint8_t *bytes, size_t len,
		  const char *text)
{
	uint8_t *plain = NULL;
	size_t plain_len = 0;
	enum up_err err = unseal(key, context, (struct up_span){ bytes, len }, &plain, &plain_len);

	if (err != UP_OK) {
		assert_int_equal(err, UP_ERR_CORRUPT);
		assert_null(plain);
		return false;
	}
	assert_int_equal(plain_len, strlen(text));
	assert_string_equal((const char *)plain, text);
	free(plain);
	return true;
}

static void what_was_sealed_opens_in_its_own_record_only(void **state)
{
	static const char *const texts[] = { "", "x", "a secret of some length, for a user" };

	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k"), *other = open_key("other");
	for (size_t i = 0; i < UP_COUNT(texts); i++) {
		struct sealed s = seal_text(key, "totp:alice", texts[i]);

		assert_true(opens(key, "totp:alice", s.bytes, s.len, texts[i]));
		assert_false(opens(key, "totp:bob", s.bytes, s.len, texts[i]));
		assert_false(opens(key, "totp:alic", s.bytes, s.len, texts[i]));
		assert_false(opens(key, "totp:alicex", s.bytes, s.len, texts[i]));
		assert_false(opens(key, "", s.bytes, s.len, texts[i]));
		assert_false(opens(other, "totp:alice", s.bytes, s.len, texts[i]));
		free(s.bytes);
	}
}

static void every_flipped_bit_and_every_cut_is_noticed(void **state)
{
	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k");
	struct sealed s = seal_text(key, "c", "secret");

	for (size_t i = 0; i < s.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			s.bytes[i] ^= (uint8_t)(1 << bit);
			assert_false(opens(key, "c", s.bytes, s.len, "secret"));
			s.bytes[i] ^= (uint8_t)(1 << bit);
		}
	for (size_t len = 0; len < s.len; len++)
		assert_false(opens(key, "c", s.bytes, len, "secret"));
	assert_true(opens(key, "c", s.bytes, s.len, "secret"));
	free(s.bytes);
}

static void a_longer_text_is_another_text(void **state)
{
	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k");
	struct sealed s = seal_text(key, "c", "secret");
	_auto_(free) uint8_t *longer = calloc(1, s.len + 1);

	memcpy(longer, s.bytes, s.len);
	assert_false(opens(key, "c", longer, s.len + 1, "secret"));
	free(s.bytes);
}

static void the_same_text_is_never_sealed_twice_alike(void **state)
{
	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k");
	struct sealed one = seal_text(key, "c", "secret"), two = seal_text(key, "c", "secret");

	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.bytes, two.bytes, 12);
	assert_memory_not_equal(one.bytes + 12, two.bytes + 12, 6);
	free(one.bytes);
	free(two.bytes);
}

static void a_mebibyte_is_the_limit(void **state)
{
	enum { MOST = 1 << 20 };
	uint8_t *sealed = NULL, *plain = NULL;
	size_t len = 0, plain_len = 0;

	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k");
	_auto_(free) uint8_t *text = calloc(1, MOST + 64);
	assert_int_equal(seal(key, "c", (struct up_span){ text, MOST + 1 }, &sealed, &len),
			 UP_ERR_TOO_LARGE);
	assert_int_equal(seal(key, "c", (struct up_span){ text, MOST }, &sealed, &len), UP_OK);
	assert_int_equal(unseal(key, "c", (struct up_span){ sealed, len }, &plain, &plain_len),
			 UP_OK);
	assert_int_equal(plain_len, MOST);
	free(plain);
	plain = NULL;
	assert_int_equal(unseal(key, "c", (struct up_span){ text, MOST + 29 }, &plain, &plain_len),
			 UP_ERR_CORRUPT);
	assert_null(plain);
	free(sealed);
}

static void derived_keys_differ_by_label_and_key(void **state)
{
	uint8_t a[32], again[32], b[32], c[32];

	(void)state;
	_auto_(seal_key_free) struct seal_key *key = open_key("k"), *other = open_key("other");
	assert_int_equal(seal_derive(key, "one", a), UP_OK);
	assert_int_equal(seal_derive(key, "one", again), UP_OK);
	assert_int_equal(seal_derive(key, "two", b), UP_OK);
	assert_int_equal(seal_derive(other, "one", c), UP_OK);
	assert_memory_equal(a, again, sizeof(a));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
}

/* HKDF-SHA-256 without salt, RFC 5869, of 32 bytes 0x0b for "label"; made with openssl kdf. */
static void derived_keys_are_hkdf(void **state)
{
	static const uint8_t expected[32] = { 0xb9, 0x35, 0x32, 0x92, 0xf1, 0xf5, 0xb8, 0xde,
					      0x76, 0x12, 0xeb, 0x41, 0x30, 0x46, 0xcf, 0x02,
					      0x26, 0x83, 0x18, 0xc8, 0xb1, 0xec, 0x02, 0x0e,
					      0x2e, 0x50, 0xf0, 0x50, 0xbd, 0x2c, 0xb6, 0x46 };
	uint8_t bytes[SEAL_KEY_SIZE], derived[32];
	struct seal_key *key = NULL;

	(void)state;
	memset(bytes, 0x0b, sizeof(bytes));
	scratch_write(directory, "fixed", bytes, sizeof(bytes), 0600);
	assert_int_equal(seal_key_open(directory, "fixed", false, &key), UP_OK);
	assert_int_equal(seal_derive(key, "label", derived), UP_OK);
	assert_memory_equal(derived, expected, sizeof(derived));
	seal_key_free(key);
}

static enum up_err read_key(const char *name, bool create)
{
	uint8_t key[SEAL_KEY_SIZE];

	return key_file_read(directory, name, create, key);
}

static void a_key_is_made_once_and_read_from_then_on(void **state)
{
	uint8_t one[SEAL_KEY_SIZE] = { 0 }, two[SEAL_KEY_SIZE] = { 0 };
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	assert_int_equal(read_key("new", false), UP_ERR_IO);
	assert_int_equal(key_file_read(directory, "new", true, one), UP_OK);
	assert_int_equal(key_file_read(directory, "new", true, two), UP_OK);
	(void)umask(mask);
	assert_memory_equal(one, two, sizeof(one));
	_auto_(free) char *path = scratch_path(directory, "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, SEAL_KEY_SIZE);
	/* The draft that it was written to is gone. */
	assert_int_equal(st.st_nlink, 1);
}

static void a_key_of_a_loose_mode_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		enum up_err err;
	} cases[] = {
		{ 0600, UP_OK },
		{ 0400, UP_OK },
		{ 0640, UP_ERR_UNTRUSTED },
		{ 0604, UP_ERR_UNTRUSTED },
		{ 0620, UP_ERR_UNTRUSTED },
		{ 0602, UP_ERR_UNTRUSTED },
		{ 0610, UP_ERR_UNTRUSTED },
		{ 0601, UP_ERR_UNTRUSTED },
		{ 0644, UP_ERR_UNTRUSTED },
		{ 0666, UP_ERR_UNTRUSTED },
	};
	const uint8_t bytes[SEAL_KEY_SIZE] = { 1 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		scratch_write(directory, "k", bytes, sizeof(bytes), cases[i].mode);
		assert_int_equal(read_key("k", false), cases[i].err);
		/* And it is not made anew either: what was sealed with it would be lost. */
		assert_int_equal(read_key("k", true), cases[i].err);
	}
}

static void a_key_of_another_length_is_damage(void **state)
{
	static const size_t sizes[] = { 0, 1, SEAL_KEY_SIZE - 1, SEAL_KEY_SIZE + 1, 4096 };
	const uint8_t bytes[4096] = { 1 };

	(void)state;
	for (size_t i = 0; i < UP_COUNT(sizes); i++) {
		scratch_write(directory, "k", bytes, sizes[i], 0600);
		assert_int_equal(read_key("k", true), UP_ERR_CORRUPT);
	}
}

static void only_a_regular_file_is_a_key(void **state)
{
	const uint8_t bytes[SEAL_KEY_SIZE] = { 1 };

	(void)state;
	scratch_write(directory, "real", bytes, sizeof(bytes), 0600);
	_auto_(free) char *link = scratch_path(directory, "link");
	_auto_(free) char *fifo = scratch_path(directory, "fifo");
	_auto_(free) char *sub = scratch_path(directory, "sub");
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(read_key("link", false), UP_ERR_UNTRUSTED);
	assert_int_equal(read_key("fifo", false), UP_ERR_UNTRUSTED);
	assert_int_equal(read_key("sub", false), UP_ERR_UNTRUSTED);
}

static void a_key_of_somebody_else_is_refused(void **state)
{
	const uint8_t bytes[SEAL_KEY_SIZE] = { 1 };

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: cannot give a file away\n");
		return;
	}
	scratch_write(directory, "k", bytes, sizeof(bytes), 0600);
	_auto_(free) char *path = scratch_path(directory, "k");
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(read_key("k", false), UP_ERR_UNTRUSTED);
}

static void the_service_manager_s_key_comes_first(void **state)
{
	uint8_t bytes[SEAL_KEY_SIZE], key[SEAL_KEY_SIZE];

	(void)state;
	_auto_(scratch_free) char *credentials = scratch_new();
	memset(bytes, 7, sizeof(bytes));
	scratch_write(credentials, "k", bytes, sizeof(bytes), 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", credentials, 1), 0);
	assert_int_equal(key_file_read(directory, "k", true, key), UP_OK);
	assert_memory_equal(key, bytes, sizeof(key));
	assert_int_equal(read_key("k2", false), UP_ERR_IO);
	/* One that is there and is wrong is an error, not a reason to look elsewhere. */
	scratch_write(credentials, "k", bytes, sizeof(bytes) - 1, 0400);
	assert_int_equal(read_key("k", true), UP_ERR_CORRUPT);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void processes_that_start_together_get_one_key(void **state)
{
	enum { CHILDREN = 20 };
	uint8_t first[SEAL_KEY_SIZE], key[SEAL_KEY_SIZE];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(key_file_read(directory, "k", true, key) == UP_OK &&
					      write(fds[1], key, sizeof(key)) == sizeof(key)
				      ? 0
				      : 1);
	}
	for (int i = 0; i < CHILDREN; i++) {
		int status = 0;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		assert_int_equal(read(fds[0], key, sizeof(key)), sizeof(key));
		if (i == 0)
			memcpy(first, key, sizeof(key));
		assert_memory_equal(key, first, sizeof(key));
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

#define SEAL_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEAL_TEST(what_was_sealed_opens_in_its_own_record_only),
		SEAL_TEST(every_flipped_bit_and_every_cut_is_noticed),
		SEAL_TEST(a_longer_text_is_another_text),
		SEAL_TEST(the_same_text_is_never_sealed_twice_alike),
		SEAL_TEST(a_mebibyte_is_the_limit),
		SEAL_TEST(derived_keys_differ_by_label_and_key),
		SEAL_TEST(derived_keys_are_hkdf),
		SEAL_TEST(a_key_is_made_once_and_read_from_then_on),
		SEAL_TEST(a_key_of_a_loose_mode_is_refused),
		SEAL_TEST(a_key_of_another_length_is_damage),
		SEAL_TEST(only_a_regular_file_is_a_key),
		SEAL_TEST(a_key_of_somebody_else_is_refused),
		SEAL_TEST(the_service_manager_s_key_comes_first),
		SEAL_TEST(processes_that_start_together_get_one_key),
	};

	return cmocka_run_group_tests_name("crypto/seal", tests, NULL, NULL);
}
