/* SPDX-License-Identifier: MIT */
/* What a login would be asked and how it would end, by the same questions as a real one. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/localdb.h"
#include "common/names.h"
#include "daemon/login/internal.h"
#include "daemon/login/verdict.h"

/* Adds a line; false: out of memory. */
UP_PRINTF(2, 3) static bool step(json_t *steps, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return json_array_append_new(steps, json_string(text)) == 0;
}

static struct verdict explain_name(const char *user, json_t *steps)
{
	if (!up_login_name_is_valid(user)) {
		step(steps, "%s cannot be the login name of a pool user", user);
		return verdict_refuse(UP_REASON_USER_UNKNOWN, "", NULL);
	}
	switch (up_local_find_name(UP_LOCAL_PASSWD, user, NULL)) {
	case UP_LOCAL_YES:
		step(steps, "%s is a local user: " UP_LOCAL_PASSWD " has the name", user);
		return verdict_refuse(UP_REASON_USER_UNKNOWN, "", NULL);
	case UP_LOCAL_NO:
		step(steps, "%s is no local user", user);
		return (struct verdict){ .reason = UP_REASON_NONE };
	case UP_LOCAL_UNKNOWN:
	default:
		step(steps, UP_LOCAL_PASSWD " cannot be read");
		return verdict_refuse(UP_REASON_UNAVAILABLE, "", NULL);
	}
}

static struct verdict explain_user(struct login *login, json_t *steps)
{
	switch (identity_find_by_name(login->engine->identity, login->begin.user, &login->user)) {
	case IDENTITY_FOUND:
		login->is_known = true;
		step(steps, "the pool has %s: uid %u, %s, %s", login->user.name, login->user.uid,
		     login->user.enabled ? "enabled" : "disabled", login->user.status);
		return (struct verdict){ .reason = UP_REASON_NONE };
	case IDENTITY_ABSENT:
		step(steps, "the pool has no %s, or the host may not take the record over",
		     login->begin.user);
		return verdict_refuse(UP_REASON_USER_UNKNOWN, "", NULL);
	case IDENTITY_CANNOT_TELL:
	default:
		step(steps, "the host's own store cannot be read");
		return verdict_refuse(UP_REASON_UNAVAILABLE, "", NULL);
	}
}

static void explain_policy(const struct login *login, json_t *steps)
{
	const struct login_policy *policy = &login->policy;
	char factors[FACTORS_TEXT_SIZE];

	factors_describe(policy->need, factors);
	step(steps, "%s asks for %s at least; what the pool requires comes on top",
	     login->begin.service, factors);
	if (policy->second_factor_valid > 0)
		step(steps, "a second factor proved in the same session stays good for %lld s",
		     (long long)policy->second_factor_valid);
	for (char **group = policy->groups; *group != NULL; group++)
		step(steps, "members of %s may enter", *group);
	if (policy->groups[0] == NULL)
		step(steps, "every user of the pool may enter");
}

/* Fills in what a real login has by then, and asks what the account phase asks. */
static struct verdict explain(struct login *login, json_t *steps)
{
	struct verdict verdict = explain_name(login->begin.user, steps);

	if (verdict.reason != UP_REASON_NONE)
		return verdict;
	verdict = explain_user(login, steps);
	if (verdict.reason != UP_REASON_NONE)
		return verdict;
	explain_policy(login, steps);
	verdict = verdict_on_account(login, login->user.enabled, login->user.status);
	if (verdict.verdict == UP_VERDICT_ALLOW)
		step(steps, "who proves these factors is let in");
	else
		step(steps, "refused: %s",
		     verdict.detail != NULL ? verdict.detail : up_reason_name(verdict.reason));
	return verdict;
}

json_t *login_explain(struct login_engine *engine, const char *user, const char *service)
{
	struct login login = { .engine = engine };
	json_t *steps = json_array();
	json_t *answer = NULL;
	char factors[FACTORS_TEXT_SIZE];

	if (steps == NULL)
		return NULL;
	(void)snprintf(login.begin.user, sizeof(login.begin.user), "%s", user);
	(void)snprintf(login.begin.service, sizeof(login.begin.service), "%s", service);
	if (policy_make(engine->config, service, "", &login.policy) == UP_OK) {
		const struct verdict verdict = explain(&login, steps);

		factors_describe(login.policy.need, factors);
		answer = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", "Username", user, "Service",
				   service, "Factors", factors, "Verdict",
				   verdict.verdict == UP_VERDICT_ALLOW ? "allow" : "deny", "Reason",
				   up_reason_name(verdict.reason), "Steps", steps);
		policy_clear(&login.policy);
	}
	json_decref(steps);
	return answer;
}
