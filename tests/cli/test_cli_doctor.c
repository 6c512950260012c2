/* SPDX-License-Identifier: MIT */
/* userpool doctor on planted systems: each mistake is found, a whole system has none. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "tests/cli/fake_daemon.h"
#include "tests/cli/run.h"
#include "tests/lib/testing.h"

static struct run run;

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static void plant(const char *root, const char *name, const char *text)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	make_parents(path);
	if (text == NULL) {
		(void)unlink(path);
		return;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

#define COMMON_STACK "auth [success=1 default=ignore] pam_userpool.so\nauth required pam_deny.so\n"

/* A system with nothing to find. */
static const struct {
	const char *name, *text;
} whole[] = {
	{ "/etc/nsswitch.conf", "passwd: files userpool # ours\ngroup:  compat  userpool\n" },
	{ "/etc/pam.d/sshd", "@include common-auth\naccount include common-account\n" },
	{ "/etc/pam.d/sudo", "auth substack common-auth\naccount include common-account\n" },
	{ "/etc/pam.d/login", "@include common-auth\n@include common-account\n" },
	{ "/etc/pam.d/common-auth", COMMON_STACK },
	{ "/etc/pam.d/common-account",
	  "-account \\\n [default=bad success=ok] \\\n /lib/security/pam_userpool.so debug\n" },
	{ "/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nUsePAM no\n" },
	{ "/etc/ssh/sshd_config.d/10-pam.conf", "usepam=yes\nMatch User x\nUsePAM no\n" },
	{ "/etc/subuid", "lee:100000:65536\nedge:1879048182:10\n" },
	{ "/etc/subgid", "lee:100000:65536\n" },
	{ "/etc/passwd", "root:x:0:0::/root:/bin/sh\nlee:x:1000:1000::/home/lee:/bin/sh\n" },
	{ "/etc/group", "root:x:0:\n" },
};

/* clang-format off */
static const struct {
	const char *name, *text; /* what is planted over the whole system; NULL text: removed */
	const char *check, *result, *found;
} mistakes[] = {
	{ "/etc/nsswitch.conf", NULL, "nsswitch", "error", "No such file" },
	{ "/etc/nsswitch.conf", "passwd: userpool files\ngroup: files userpool\n", "nsswitch", "error", "passwd: asks userpool before files" },
	{ "/etc/nsswitch.conf", "passwd: files userpool\ngroup: files\n", "nsswitch", "error", "group: does not ask" },
	{ "/etc/nsswitch.conf", "passwd: files # userpool\ngroup: files userpool\n", "nsswitch", "error", "passwd: does not ask" },
	{ "/etc/pam.d/sshd", "@include common-auth\n", "pam", "error", "sshd: account does not ask" },
	{ "/etc/pam.d/sudo", "@include common-account\n", "pam", "error", "sudo: auth does not ask" },
	{ "/etc/pam.d/login", "auth required pam_unix.so\n", "pam", "warning", "login: does not ask" },
	{ "/etc/pam.d/common-auth", "#auth required pam_userpool.so\n@include common-auth\n", "pam", "error", "none of sshd" },
	{ "/etc/ssh/sshd_config.d/10-pam.conf", "", "sshd", "error", "UsePAM" },
	{ "/etc/ssh/sshd_config.d/20-kbd.conf", "ChallengeResponseAuthentication no\n", "sshd", "error", "KbdInteractiveAuthentication is no" },
	{ "/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nKbdInteractiveAuthentication no\n", "sshd", "error", "KbdInteractiveAuthentication is no" },
	{ "/etc/subuid", "lee:1879048190:10\n", "ids", "error", "/etc/subuid gives lee" },
	{ "/etc/subgid", "lee:2147483647:1\n", "ids", "error", "/etc/subgid gives lee" },
	{ "/etc/passwd", "odd:x:1879048192:5::/:/bin/sh\n", "ids", "error", "/etc/passwd: odd" },
	{ "/etc/group", "odd:x:2147483647:\n", "ids", "error", "/etc/group: odd" },
	{ "/etc/passwd", "eve:x:1001:1001::/:/bin/sh\n", "names", "warning", "pool user Eve is also" },
};
/* clang-format on */

static const struct fake_answer script[] = {
	{ "GetJsonWebKeySet", "{\"keys\":[]}", NULL, NULL },
	{ "ListUsers", "{\"Users\":[{\"Username\":\"Eve\"}],\"PaginationToken\":\"t\"}", NULL,
	  NULL },
	{ "ListUsers", "{\"Users\":[{\"Username\":\"mallory\"}]}", NULL, NULL },
};

/* A planted system and a daemon; the sockets that the fake does not serve are made by `sockets`. */
struct planted {
	char root[64], state[80];
	struct fake fake;
};

static void begin(struct planted *p)
{
	static const struct fake_step unused = { .type = UP_FRAME_LOGIN_DONE };
	char from[128], to[128];

	*p = (struct planted){ .root = "/tmp/userpool-doctor-XXXXXX" };
	assert_non_null(mkdtemp(p->root));
	for (size_t i = 0; i < UP_COUNT(whole); i++)
		plant(p->root, whole[i].name, whole[i].text);
	plant(p->root, "/state/identity/identity.base", "snapshot");
	(void)snprintf(p->state, sizeof(p->state), "%s/state", p->root);
	fake_new(&p->fake);
	/* The same socket under another name is as good: only its file is looked at. */
	fake_serve_login(&p->fake, &unused, 1);
	(void)snprintf(from, sizeof(from), "%s/" UP_SOCKET_LOGIN, p->fake.dir);
	(void)snprintf(to, sizeof(to), "%s/" UP_SOCKET_NSS, p->fake.dir);
	assert_int_equal(link(from, to), 0);
}

static void end(struct planted *p)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/" UP_SOCKET_NSS, p->fake.dir);
	(void)unlink(path);
	fake_end(&p->fake);
	(void)nftw(p->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static json_t *examine(const struct planted *p)
{
	char words[512];

	(void)snprintf(words, sizeof(words), "doctor --json --root %s --state-dir %s", p->root,
		       p->state);
	run_userpool(&run, p->fake.dir, NULL, words);
	json_t *report = json_loads(run.out, 0, NULL);
	assert_non_null(report);
	return report;
}

static bool is_found(json_t *report, const char *check, const char *result, const char *text)
{
	json_t *finding;
	size_t i;

	json_array_foreach (json_object_get(report, "Findings"), i, finding)
		if (strcmp(json_string_value(json_object_get(finding, "Check")), check) == 0 &&
		    strcmp(json_string_value(json_object_get(finding, "Result")), result) == 0 &&
		    strstr(json_string_value(json_object_get(finding, "Text")), text) != NULL)
			return true;
	return false;
}

static void finds_nothing_in_a_whole_system(void **state)
{
	struct planted p;
	json_t *finding;
	size_t i;

	(void)state;
	begin(&p);
	fake_serve_api(&p.fake, script, UP_COUNT(script));
	json_t *report = examine(&p);
	json_array_foreach (json_object_get(report, "Findings"), i, finding)
		assert_string_equal(json_string_value(json_object_get(finding, "Result")), "ok");
	assert_int_equal(run.status, OUTCOME_OK);
	assert_true(is_found(report, "worker", "ok", ""));
	assert_true(is_found(report, "pam", "ok", "sudo"));
	assert_true(is_found(report, "snapshot", "ok", ""));
	json_decref(report);
	end(&p);
}

static void finds_each_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < UP_COUNT(mistakes); i++) {
		struct planted p;

		begin(&p);
		fake_serve_api(&p.fake, script, UP_COUNT(script));
		plant(p.root, mistakes[i].name, mistakes[i].text);
		json_t *report = examine(&p);
		if (!is_found(report, mistakes[i].check, mistakes[i].result, mistakes[i].found))
			fail_msg("%s: %s", mistakes[i].found, run.out);
		assert_int_equal(run.status, strcmp(mistakes[i].result, "error") == 0
						     ? OUTCOME_REFUSED
						     : OUTCOME_OK);
		json_decref(report);
		end(&p);
	}
}

static void finds_a_dead_daemon_and_a_bad_snapshot(void **state)
{
	struct planted p;
	char path[128];

	(void)state;
	begin(&p);
	(void)snprintf(path, sizeof(path), "%s/state/identity/identity.base", p.root);
	assert_int_equal(chmod(path, 0666), 0);
	json_t *report = examine(&p);
	assert_int_equal(run.status, OUTCOME_REFUSED);
	assert_true(is_found(report, "daemon", "error", "no answer"));
	assert_true(is_found(report, "socket", "error", "api.sock"));
	assert_true(is_found(report, "snapshot", "error", "written by others"));
	json_decref(report);

	assert_int_equal(chmod(path, 0600), 0);
	report = examine(&p);
	assert_true(is_found(report, "snapshot", "error", "cannot be read"));
	json_decref(report);

	assert_int_equal(unlink(path), 0);
	report = examine(&p);
	assert_true(is_found(report, "snapshot", "error", "No such file"));
	json_decref(report);
	end(&p);
}

static void finds_a_pool_that_does_not_answer(void **state)
{
	static const struct fake_answer broken[] = {
		{ "GetJsonWebKeySet", NULL, "InternalErrorException", "no worker" },
		{ "ListUsers", NULL, "AccessDeniedException", "no" },
	};
	struct planted p;

	(void)state;
	begin(&p);
	fake_serve_api(&p.fake, broken, UP_COUNT(broken));
	json_t *report = examine(&p);
	assert_int_equal(run.status, OUTCOME_REFUSED);
	assert_true(is_found(report, "worker", "error", "no worker"));
	assert_true(is_found(report, "names", "warning", "could not be listed"));
	json_decref(report);
	end(&p);
}

static void takes_the_range_from_the_configuration(void **state)
{
	struct planted p;

	(void)state;
	begin(&p);
	fake_serve_api(&p.fake, script, UP_COUNT(script));
	plant(p.root, UP_CONFDIR "/userpool.conf",
	      "[daemon]\nid_min = 5\n[identity]\nid_min = 100000\nid_max=200000\n");
	json_t *report = examine(&p);
	assert_true(is_found(report, "ids", "error", "/etc/subuid gives lee"));
	json_decref(report);
	end(&p);
}

static void says_what_to_do(void **state)
{
	struct planted p;
	char words[256];

	(void)state;
	begin(&p);
	(void)snprintf(words, sizeof(words), "doctor --root %s", p.root);
	run_userpool(&run, p.fake.dir, NULL, words);
	assert_int_equal(run.status, OUTCOME_REFUSED);
	assert_non_null(strstr(run.out, "systemctl enable --now userpoold"));
	assert_string_equal(run.err, "");
	end(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_a_whole_system),
		cmocka_unit_test(finds_each_mistake),
		cmocka_unit_test(finds_a_dead_daemon_and_a_bad_snapshot),
		cmocka_unit_test(finds_a_pool_that_does_not_answer),
		cmocka_unit_test(takes_the_range_from_the_configuration),
		cmocka_unit_test(says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
