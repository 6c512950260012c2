/* SPDX-License-Identifier: MIT */
/* Which login becomes which session, whose its tokens are, and when it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fake_host.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/fake_processes.h"
#include "tests/lib/scratch.h"
#include "tests/lib/small_pool.h"
#include "tests/lib/testing.h"

#define ALICE 2000000001
#define BOB   2000000002

static struct fake_reply answer_nothing(const char *operation, json_t *request, void *arg)
{
	(void)operation, (void)request, (void)arg;
	return fake_error(POOL_UNAVAILABLE, "");
}

/* sshd of one connection (20), its child that authenticates (21), the shell (22) and a sudo (23) in
 * it; another connection (30, 31). */
static void begin(struct fake_host *host)
{
	fake_pool_answer_with(answer_nothing, NULL);
	fake_host_init(host);
	fake_process(10, 1, 100, 0);
	fake_process(20, 10, 200, 0);
	fake_process(21, 20, 210, 0);
	fake_process(22, 20, 220, ALICE);
	fake_process(23, 22, 230, ALICE);
	fake_process(30, 10, 300, 0);
	fake_process(31, 30, 310, 0);
	fake_host_open(host);
}

static void end(struct fake_host *host)
{
	fake_host_clear(host);
	fake_processes_clear();
}

static struct session_proof proof_of(uint32_t uid, const char *service, pid_t pid)
{
	struct session_proof proof = { .uid = uid, .rhost = "192.0.2.1", .tty = "ssh" };

	(void)snprintf(proof.sub, sizeof(proof.sub), "%s", uid == ALICE ? SUB_ALICE : SUB_BOB);
	(void)snprintf(proof.name, sizeof(proof.name), "%s", uid == ALICE ? "alice" : "bob");
	(void)snprintf(proof.service, sizeof(proof.service), "%s", service);
	assert_int_equal(process_tree_read(pid, &proof.tree), UP_OK);
	return proof;
}

static void sign_in(struct fake_host *host, uint32_t uid, const char *service, pid_t pid,
		    const char *token)
{
	struct session_proof proof = proof_of(uid, service, pid);

	proof.id_token = proof.refresh_token = "other";
	proof.access_token = token;
	assert_int_equal(session_note_login(host->sessions, &proof), UP_OK);
}

static enum up_err open_session(struct fake_host *host, uint32_t uid, const char *service,
				pid_t pid)
{
	const struct session_proof proof = proof_of(uid, service, pid);
	char id[SESSION_ID_SIZE];

	return session_begin(host->sessions, &proof, id);
}

/* The token that `uid` gets, or "". */
static const char *token_of(struct fake_host *host, uint32_t uid)
{
	static char text[64];
	char *token = NULL;

	text[0] = '\0';
	if (session_access_token(host->sessions, uid, &token) == UP_OK)
		(void)snprintf(text, sizeof(text), "%s", token);
	free(token);
	return text;
}

/* Who proved, who opens, and whether the tokens pass from the one to the other. */
static void a_login_is_matched_to_its_session(void **state)
{
	static const struct {
		const char *what;
		uint32_t uid;
		const char *service;
		pid_t prover;
		const char *opens_service;
		uint32_t opens_uid;
		pid_t opener;
		bool fits;
	} cases[] = {
		{ "sshd: the child proved", ALICE, "sshd", 21, "sshd", ALICE, 20, true },
		{ "sudo: one process", ALICE, "sudo", 23, "sudo", ALICE, 23, true },
		{ "a child of who proved", ALICE, "sshd", 20, "sshd", ALICE, 21, false },
		{ "another connection", ALICE, "sshd", 21, "sshd", ALICE, 30, false },
		{ "its child", ALICE, "sshd", 21, "sshd", ALICE, 31, false },
		{ "another service", ALICE, "sudo", 23, "su", ALICE, 23, false },
		{ "another user", ALICE, "sudo", 23, "sudo", BOB, 23, false },
	};

	(void)state;
	for (size_t i = 0; i < UP_COUNT(cases); i++) {
		struct fake_host host;

		begin(&host);
		sign_in(&host, cases[i].uid, cases[i].service, cases[i].prover, "hers");
		assert_string_equal(token_of(&host, ALICE), "");
		assert_int_equal(open_session(&host, cases[i].opens_uid, cases[i].opens_service,
					      cases[i].opener),
				 UP_OK);
		if ((strcmp(token_of(&host, cases[i].opens_uid), "hers") == 0) != cases[i].fits)
			fail_msg("%s", cases[i].what);
		end(&host);
	}
}

/* A pid that came again is another process, as prover, as opener and as leader. */
static void a_pid_that_came_again_is_nobody(void **state)
{
	struct fake_host host;

	(void)state;
	begin(&host);
	sign_in(&host, ALICE, "sshd", 21, "hers");
	fake_process(20, 10, 201, 0);
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_string_equal(token_of(&host, ALICE), "");
	/* The leader is the new 20; an end by another of that pid ends nothing. */
	fake_process(20, 10, 202, 0);
	const struct session_proof proof = proof_of(ALICE, "sshd", 20);
	assert_false(session_end(host.sessions, ALICE, "sshd", &proof.tree));
	assert_int_equal(sessions_count(host.sessions), 1);
	end(&host);
}

/* The login is used up; the newest one counts where there are two. */
static void a_login_opens_one_session(void **state)
{
	struct fake_host host;

	(void)state;
	begin(&host);
	sign_in(&host, ALICE, "sshd", 21, "older");
	fake_process(24, 20, 240, 0);
	sign_in(&host, ALICE, "sshd", 24, "newer");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_string_equal(token_of(&host, ALICE), "newer");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_string_equal(token_of(&host, ALICE), "older");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_int_equal(sessions_count(host.sessions), 3);
	end(&host);
}

/* Only the own uid's, and the newest. */
static void another_uid_gets_no_token(void **state)
{
	struct fake_host host;

	(void)state;
	begin(&host);
	sign_in(&host, ALICE, "sshd", 21, "hers");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_string_equal(token_of(&host, BOB), "");
	assert_string_equal(token_of(&host, 0), "");
	assert_string_equal(token_of(&host, (uint32_t)-1), "");
	assert_string_equal(token_of(&host, ALICE), "hers");
	end(&host);
}

/* The second factor stands in the session where it was proved and below, with that session's token.
 */
static void a_second_factor_stands_below_its_leader(void **state)
{
	struct session_standing standing;
	struct session_proof proof;
	struct fake_host host;

	(void)state;
	begin(&host);
	proof = proof_of(ALICE, "sshd", 21);
	proof.access_token = "with the code";
	proof.second_factor_at = 1750000000;
	assert_int_equal(session_note_login(host.sessions, &proof), UP_OK);
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	sign_in(&host, ALICE, "sshd", 31, "without");
	assert_int_equal(open_session(&host, ALICE, "sshd", 30), UP_OK);

	proof = proof_of(ALICE, "sudo", 23);
	assert_true(session_find_standing(host.sessions, SUB_ALICE, &proof.tree, &standing));
	assert_int_equal(standing.second_factor_at, 1750000000);
	assert_string_equal(standing.access_token, "with the code");
	assert_false(session_find_standing(host.sessions, SUB_BOB, &proof.tree, &standing));
	proof = proof_of(ALICE, "sudo", 31);
	assert_false(session_find_standing(host.sessions, SUB_ALICE, &proof.tree, &standing));
	end(&host);
}

/* A restart keeps who is there, with tokens; who is gone, and who is of another boot, is not. */
static void sessions_outlive_the_daemon_and_not_the_machine(void **state)
{
	struct fake_host host;

	(void)state;
	begin(&host);
	sign_in(&host, ALICE, "sshd", 21, "hers");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_int_equal(open_session(&host, BOB, "sshd", 30), UP_OK);
	fake_host_close(&host);
	fake_process_gone(30);
	fake_host_open(&host);
	assert_int_equal(sessions_count(host.sessions), 1);
	assert_string_equal(token_of(&host, ALICE), "hers");
	/* The pid again, by another process. */
	fake_host_close(&host);
	fake_process(20, 10, 999, 0);
	fake_host_open(&host);
	assert_int_equal(sessions_count(host.sessions), 0);

	fake_process(20, 10, 200, 0);
	sign_in(&host, ALICE, "sshd", 21, "hers");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	struct query q = store_query(host.store, "UPDATE sessions SET boot_id = 'another boot'");
	assert_int_equal(query_run(&q), UP_OK);
	fake_host_close(&host);
	fake_host_open(&host);
	assert_int_equal(sessions_count(host.sessions), 0);
	end(&host);
}

static bool file_has(const struct fake_host *host, const char *name, const char *text)
{
	char path[64];
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", host->directory, name);
	_auto_(free) char *bytes = scratch_read(path, &len);
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* STO-11, CRD-02: tokens lie sealed, and those of one row do not open as another's. */
static void tokens_are_sealed_to_their_session(void **state)
{
	struct fake_host host;

	(void)state;
	begin(&host);
	sign_in(&host, ALICE, "sshd", 21, "plain-access-token-of-alice");
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	sign_in(&host, BOB, "sshd", 31, "plain-access-token-of-bob");
	assert_int_equal(open_session(&host, BOB, "sshd", 30), UP_OK);
	assert_false(file_has(&host, "host.db", "plain-access-token"));
	assert_false(file_has(&host, "host.db-wal", "plain-access-token"));
	struct query q =
		store_query(host.store, "UPDATE sessions SET tokens = (SELECT tokens FROM sessions"
					" WHERE name = 'alice') WHERE name = 'bob'");
	assert_int_equal(query_run(&q), UP_OK);
	fake_host_close(&host);
	fake_host_open(&host);
	assert_int_equal(sessions_count(host.sessions), 2);
	assert_string_equal(token_of(&host, ALICE), "plain-access-token-of-alice");
	assert_string_equal(token_of(&host, BOB), "");
	end(&host);
}

/* RES-02: one user's sessions are many at most, and another's are opened still. */
static void one_user_takes_no_others_room(void **state)
{
	struct fake_host host;
	size_t count = 0;

	(void)state;
	begin(&host);
	while (count < 1000 && open_session(&host, ALICE, "sudo", 23) == UP_OK)
		count++;
	assert_int_equal(count, SESSIONS_OF_A_USER);
	assert_int_equal(open_session(&host, BOB, "sshd", 30), UP_OK);
	session_end_all(host.sessions, SUB_ALICE);
	assert_int_equal(sessions_count(host.sessions), 1);
	assert_int_equal(open_session(&host, ALICE, "sudo", 23), UP_OK);
	end(&host);
}

static void each_sees_the_own_sessions(void **state)
{
	struct fake_host host;
	json_t *list;

	(void)state;
	begin(&host);
	assert_int_equal(open_session(&host, ALICE, "sshd", 20), UP_OK);
	assert_int_equal(open_session(&host, BOB, "sshd", 30), UP_OK);
	list = sessions_describe(host.sessions, ALICE);
	assert_int_equal(json_array_size(list), 1);
	const char *name = json_string_value(json_object_get(json_array_get(list, 0), "Username"));
	assert_string_equal(name, "alice");
	json_decref(list);
	list = sessions_describe(host.sessions, UINT32_MAX);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	end(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_is_matched_to_its_session),
		cmocka_unit_test(a_pid_that_came_again_is_nobody),
		cmocka_unit_test(a_login_opens_one_session),
		cmocka_unit_test(another_uid_gets_no_token),
		cmocka_unit_test(a_second_factor_stands_below_its_leader),
		cmocka_unit_test(sessions_outlive_the_daemon_and_not_the_machine),
		cmocka_unit_test(tokens_are_sealed_to_their_session),
		cmocka_unit_test(one_user_takes_no_others_room),
		cmocka_unit_test(each_sees_the_own_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
