/* SPDX-License-Identifier: MIT */
#include "tests/pam/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/testing.h"

static int let_down(enum person_mood mood, struct pam_response **ret)
{
	if (mood == PERSON_CONV_AGAIN)
		return PAM_CONV_AGAIN;
	if (mood == PERSON_ABORT)
		return PAM_ABORT;
	if (mood == PERSON_BUF_ERR)
		return PAM_BUF_ERR;
	if (mood == PERSON_LEAVES_POINTER) {
		*ret = calloc(1, sizeof(**ret));
		assert_non_null(*ret);
		free(*ret);
	}
	return PAM_CONV_ERR;
}

static bool is_prompt(int style)
{
	return style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;
}

static void note(struct person *person, const struct pam_message *message)
{
	assert_true(person->seen < PERSON_SEES);
	person->style[person->seen] = message->msg_style;
	(void)snprintf(person->text[person->seen], UP_PROMPT_SIZE, "%s", message->msg);
	person->seen++;
}

static const char *next_answer(struct person *person)
{
	assert_true(person->asked < UP_COUNT(person->answers));
	return person->answers[person->asked++];
}

int person_talks(int count, const struct pam_message **messages, struct pam_response **ret,
		 void *arg)
{
	struct person *person = arg;
	const struct pam_message *message = messages[0];

	/* One message at a time, for which Linux-PAM and Solaris agree; and a clean pointer. */
	assert_int_equal(count, 1);
	assert_null(*ret);
	note(person, message);
	if (person->mood == PERSON_CHANGES_USER)
		assert_int_equal(pam_set_item(person->pamh, PAM_USER, person->other_user),
				 PAM_SUCCESS);
	bool is_moody = is_prompt(message->msg_style) != person->is_moody_at_texts;
	if (is_moody && person->mood == PERSON_NO_RESPONSE)
		return PAM_SUCCESS;
	if (is_moody && person->mood > PERSON_FINE && person->mood < PERSON_NO_RESPONSE)
		return let_down(person->mood, ret);
	struct pam_response *response = calloc(1, sizeof(*response));
	assert_non_null(response);
	if (is_prompt(message->msg_style) && person->mood != PERSON_NO_TEXT) {
		const char *answer = next_answer(person);

		response->resp = strdup(answer != NULL ? answer : "");
		assert_non_null(response->resp);
	}
	*ret = response;
	return PAM_SUCCESS;
}

bool person_saw(const struct person *person, int style, const char *text)
{
	for (size_t i = 0; i < person->seen; i++)
		if (person->style[i] == style && strcmp(person->text[i], text) == 0)
			return true;
	return false;
}
