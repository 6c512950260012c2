/* SPDX-License-Identifier: MIT */
/* Built with directories of its own, "usr" and "etc" below where it stands: see Makemodule.am. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/config.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static char *directory;

static void put(const char *name, const char *text)
{
	scratch_write(directory, name, text, strlen(text), 0644);
}

static int make_directories(void **state)
{
	static const char *const names[] = { "usr", "usr/userpool.conf.d", "etc",
					     "etc/userpool.conf.d" };

	(void)state;
	directory = scratch_new();
	assert_int_equal(chdir(directory), 0);
	for (size_t i = 0; i < UP_COUNT(names); i++)
		assert_int_equal(mkdir(names[i], 0755), 0);
	return 0;
}

static int remove_directories(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	scratch_free(directory);
	return 0;
}

static struct config *must_load(const char *file)
{
	struct config *config = NULL;
	char *problem = NULL;

	if (config_load(file, &config, &problem) != UP_OK)
		fail_msg("%s", problem != NULL ? problem : "no problem told");
	return config;
}

static struct config *load_text(const char *text)
{
	put("one.conf", text);
	return must_load("one.conf");
}

static void expect_problem(const char *file, const char *expected)
{
	struct config *config = NULL;
	char *problem = NULL;

	assert_int_equal(config_load(file, &config, &problem), UP_ERR_CONFIG);
	assert_null(config);
	assert_non_null(problem);
	if (strstr(problem, expected) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", expected, problem);
	free(problem);
}

static void expect_problem_of(const char *text, const char *expected)
{
	put("one.conf", text);
	expect_problem("one.conf", expected);
}

static void without_a_file_every_key_has_its_default(void **state)
{
	(void)state;
	_auto_(config_free) struct config *config = must_load(NULL);

#define TEXT(section, key, standard, text) assert_string_equal(config->section##_##key, standard);
#define NUMBER(section, key, standard, least, most, text)                                          \
	assert_int_equal(config->section##_##key, standard);
#define CHOICE(section, key, standard, choices, text)                                              \
	assert_string_equal(config->section##_##key, standard);
#define LIST(section, key, standard, text) assert_null(config->section##_##key[0]);
#include "daemon/base/config_keys.def"
	assert_int_equal(config->policies, 1);
	assert_string_equal(config->policy[0].service, "default");
	assert_string_equal(config->policy[0].factors, "password");
	assert_int_equal(config->policy[0].second_factor_valid, 0);
	assert_null(config->policy[0].groups[0]);
}

/* One key at both ends of its range and one step past each. */
static void check_bounds(const char *section, const char *key, long long least, long long most)
{
	const struct {
		long long value;
		bool is_good;
	} cases[] = { { least - 1, false }, { least, true }, { most, true }, { most + 1, false } };
	char text[256], complaint[256];

	(void)snprintf(complaint, sizeof(complaint),
		       "one.conf:2: %s must be a number from %lld to %lld, not \"", key, least,
		       most);
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		/* So that the two ends of the range of ids are never the wrong way round. */
		const char *with = strcmp(key, "id_max") == 0   ? "id_min = 65536\n"
				   : strcmp(key, "id_min") == 0 ? "id_max = 2147483647\n"
								: "";
		(void)snprintf(text, sizeof(text), "[%s]\n%s = %lld\n%s", section, key,
			       cases[i].value, with);
		if (cases[i].is_good)
			config_free(load_text(text));
		else
			expect_problem_of(text, complaint);
	}
}

static void every_number_has_its_bounds(void **state)
{
	(void)state;
#define NUMBER(section, key, standard, least, most, text) check_bounds(#section, #key, least, most);
#define POLICY_NUMBER(key, standard, least, most, text)                                            \
	check_bounds("policy sshd", #key, least, most);
#include "daemon/base/config_keys.def"
}

static void a_number_is_only_digits(void **state)
{
	static const char *const values[] = { "",    "x",    "1x",   "1 2", "0x10",
					      "1.0", "1e3",  "--1",  "٣",   "99999999999999999999",
					      "nan", "4\t5", "four", "+" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(values); i++) {
		(void)snprintf(text, sizeof(text), "[daemon]\nworkers = %s\n", values[i]);
		expect_problem_of(text, "one.conf:2: workers must be a number from 1 to 64");
	}
}

static void a_choice_is_one_of_its_words(void **state)
{
	static const char *const good[] = { "error", "warning", "notice", "info", "debug" };
	static const char *const bad[] = { "",           "ERROR", "inf",        "infos",
					   "error|info", "|info", "info|debug", "debug x" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(good); i++) {
		(void)snprintf(text, sizeof(text), "[daemon]\nlog_level = %s\n", good[i]);
		_auto_(config_free) struct config *config = load_text(text);

		assert_string_equal(config->daemon_log_level, good[i]);
	}
	for (size_t i = 0; i < UP_COUNT(bad); i++) {
		(void)snprintf(text, sizeof(text), "[daemon]\nlog_level = %s\n", bad[i]);
		expect_problem_of(text, "one.conf:2: log_level must be one of error|warning");
	}
}

static void a_list_is_split_at_blanks_and_commas(void **state)
{
	static const struct {
		const char *text, *words[4];
	} cases[] = {
		{ "", { NULL } },
		{ "ops", { "ops" } },
		{ "ops staff", { "ops", "staff" } },
		{ "ops,staff", { "ops", "staff" } },
		{ " ,ops ,\t staff,, ", { "ops", "staff" } },
		{ "a b c", { "a", "b", "c" } },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		(void)snprintf(text, sizeof(text), "[policy sshd]\ngroups = %s\n", cases[i].text);
		_auto_(config_free) struct config *config = load_text(text);
		char **words = config_policy_for(config, "sshd")->groups;

		for (size_t j = 0; cases[i].words[j] != NULL; j++)
			assert_string_equal(*words++, cases[i].words[j]);
		assert_null(*words);
	}
}

static void a_list_has_its_limit(void **state)
{
	char text[1024] = "[pool]\nadmins =";
	const size_t start = strlen(text);

	(void)state;
	for (size_t i = 0; i < 256; i++)
		memcpy(text + start + 2 * i, " a", 3);
	_auto_(config_free) struct config *config = load_text(text);
	assert_non_null(config->pool_admins[255]);
	assert_null(config->pool_admins[256]);
	memcpy(text + start + 512, " a", 3);
	expect_problem_of(text, "one.conf:2: admins has more than 256 words");
}

static void a_mistake_is_told_with_file_and_line(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "[daemon]\n\n# why\nworker = 4\n",
		  "one.conf:4: there is no key worker in [daemon]; see userpool.conf(5)" },
		{ "[deamon]\nworkers = 4\n", "one.conf:2: there is no section [deamon]" },
		{ "[Daemon]\nworkers = 4\n", "one.conf:2: there is no section [Daemon]" },
		{ "[daemon]\nWorkers = 4\n", "one.conf:2: there is no key Workers in [daemon]" },
		{ "[pool]\nworkers = 4\n", "one.conf:2: there is no key workers in [pool]" },
		{ "[policy sshd]\nworkers = 4\n", "one.conf:2: there is no key workers in" },
		{ "[daemon]\nfactors = otp\n", "one.conf:2: there is no key factors in [daemon]" },
		{ "workers = 4\n", "one.conf:1: workers stands before the first [section]" },
		{ "[policy]\nfactors = otp\n", "one.conf:2: there is no section [policy]" },
		{ "[daemon\nworkers = 4\n", "one.conf:1: " },
		{ "[daemon] x\nworkers = 4\n", "one.conf:1: " },
		{ "[daemon]\nworkers 4\n", "one.conf:2: " },
		{ "[daemon]\nworkers = 4\nworkers = 5\n", "workers is there twice" },
		{ "[daemon]\nworkers = 4\n[pool]\n[daemon]\nworkers = 4\n",
		  "workers is there twice" },
		{ "[daemon]\nlog_level = debug\n  info\n", "or has more than one line" },
		{ "[identity]\nid_min = 70001\nid_max = 70000\n", "id_min is greater than id_max" },
		{ "[identity]\nhome = home/%u\n", "home and shell must be absolute paths" },
		{ "[identity]\nshell =\n", "home and shell must be absolute paths" },
		{ "[identity]\nhome = /home:x\n", "home and shell may hold no colon" },
		{ "[identity]\nmap_groups = ops\n", "ops is not pool-group:local-group" },
		{ "[identity]\nmap_groups = :wheel\n", ":wheel is not pool-group:local-group" },
		{ "[identity]\nmap_groups = a:b ops:\n", "ops: is not pool-group:local-group" },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		expect_problem_of(cases[i].text, cases[i].problem);
	}
	expect_problem("absent.conf", "absent.conf: ");
}

static void a_service_has_its_own_policy_or_the_default(void **state)
{
	(void)state;
	_auto_(config_free) struct config *config =
		load_text("[policy default]\nfactors = password+otp\nsecond_factor_valid = 60\n"
			  "[policy sudo]\nsecond_factor_valid = 900\n");

	assert_string_equal(config_policy_for(config, "sshd")->factors, "password+otp");
	assert_int_equal(config_policy_for(config, "sshd")->second_factor_valid, 60);
	assert_int_equal(config_policy_for(config, "sudo")->second_factor_valid, 900);
	/* From the built-in values, not from [policy default]. */
	assert_string_equal(config_policy_for(config, "sudo")->factors, "password");
	assert_ptr_equal(config_policy_for(config, ""), &config->policy[0]);
	assert_ptr_equal(config_policy_for(config, "SUDO"), &config->policy[0]);
}

static void the_name_of_a_service_has_its_limit(void **state)
{
	char text[256];

	(void)state;
	for (int len = UP_SERVICE_SIZE - 2; len <= UP_SERVICE_SIZE; len++) {
		(void)snprintf(text, sizeof(text), "[policy %0*d]\nfactors = otp\n", len, 0);
		put("one.conf", text);
		if (len < UP_SERVICE_SIZE)
			config_free(must_load("one.conf"));
		else
			expect_problem("one.conf", "needs the name of a PAM service");
	}
}

static void policies_have_their_limit(void **state)
{
	char text[8192];
	size_t len = 0;

	(void)state;
	for (int i = 1; i < CONFIG_POLICIES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[policy s%d]\nfactors = otp\n", i);
	_auto_(config_free) struct config *config = load_text(text);
	assert_int_equal(config->policies, CONFIG_POLICIES_MAX);
	(void)snprintf(text + len, sizeof(text) - len, "[policy more]\nfactors = otp\n");
	expect_problem_of(text, "more than 64 policies");
}

/* Vendor, then host, then drop-ins by name: a later file replaces single keys. */
static void a_later_file_replaces_single_keys(void **state)
{
	(void)state;
	put("usr/userpool.conf", "[daemon]\nworkers = 3\nqueue = 10\nworker_idle = 30\n");
	_auto_(config_free) struct config *vendor = must_load(NULL);
	assert_int_equal(vendor->daemon_workers, 3);
	put("etc/userpool.conf", "[daemon]\nworkers = 4\nworker_idle = 31\n");
	_auto_(config_free) struct config *host = must_load(NULL);
	assert_int_equal(host->daemon_workers, 4);
	put("etc/userpool.conf.d/20-b.conf", "[daemon]\nworkers = 20\n");
	put("etc/userpool.conf.d/10-a.conf", "[daemon]\nworkers = 10\nworker_idle = 32\n");
	put("etc/userpool.conf.d/30-c.txt", "[daemon]\nworkers = 30\n");
	_auto_(config_free) struct config *all = must_load(NULL);
	assert_int_equal(all->daemon_workers, 20);
	assert_int_equal(all->daemon_worker_idle, 32);
	put("etc/userpool.conf.d/15-x.conf", "\n[daemon]\nworkerz = 1\n");
	expect_problem(NULL, "15-x.conf:3: there is no key workerz in [daemon]");
}

/* DMN-12 */
static void a_file_that_others_may_write_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		bool is_good;
	} cases[] = {
		{ 0644, true },  { 0600, true },  { 0444, true },  { 0664, false },
		{ 0646, false }, { 0666, false }, { 0602, false }, { 0620, false },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		put("one.conf", "[daemon]\nworkers = 4\n");
		assert_int_equal(chmod("one.conf", cases[i].mode), 0);
		if (cases[i].is_good)
			config_free(must_load("one.conf"));
		else
			expect_problem("one.conf", "one.conf: it must be a file of root's");
	}
	put("etc/userpool.conf.d/20-b.conf", "[daemon]\nworkers = 20\n");
	assert_int_equal(chmod("etc/userpool.conf.d/20-b.conf", 0666), 0);
	expect_problem(NULL, "20-b.conf: it must be a file of root's");
}

static void a_file_of_somebody_else_is_refused(void **state)
{
	(void)state;
	put("one.conf", "[daemon]\nworkers = 4\n");
	if (geteuid() != 0) {
		print_message("not root: cannot give a file away\n");
		return;
	}
	assert_int_equal(chown("one.conf", 12345, 0), 0);
	expect_problem("one.conf", "one.conf: it must be a file of root's");
}

#define CONFIG_TEST(test)                                                                          \
	cmocka_unit_test_setup_teardown(test, make_directories, remove_directories)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(without_a_file_every_key_has_its_default),
		CONFIG_TEST(every_number_has_its_bounds),
		CONFIG_TEST(a_number_is_only_digits),
		CONFIG_TEST(a_choice_is_one_of_its_words),
		CONFIG_TEST(a_list_is_split_at_blanks_and_commas),
		CONFIG_TEST(a_list_has_its_limit),
		CONFIG_TEST(a_mistake_is_told_with_file_and_line),
		CONFIG_TEST(a_service_has_its_own_policy_or_the_default),
		CONFIG_TEST(the_name_of_a_service_has_its_limit),
		CONFIG_TEST(policies_have_their_limit),
		CONFIG_TEST(a_later_file_replaces_single_keys),
		CONFIG_TEST(a_file_that_others_may_write_is_refused),
		CONFIG_TEST(a_file_of_somebody_else_is_refused),
	};

	return cmocka_run_group_tests_name("base/config", tests, NULL, NULL);
}
