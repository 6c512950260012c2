/* SPDX-License-Identifier: MIT */
#include "pam/conversation.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "pam/printable.h"

static const struct pam_conv *find_function(pam_handle_t *pamh)
{
	const void *item = NULL;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return NULL;
	const struct pam_conv *conv = item;
	return conv->conv != NULL ? conv : NULL;
}

bool conversation_is_possible(pam_handle_t *pamh)
{
	return find_function(pamh) != NULL;
}

/* The text belongs to us now, and may be a password. */
static void response_free(struct pam_response *response)
{
	if (response == NULL)
		return;
	if (response->resp != NULL) {
		explicit_bzero(response->resp, strlen(response->resp));
		free(response->resp);
	}
	free(response);
}
UP_DEFINE_AUTO(struct pam_response, response_free);

/*
 * One message to the application; *ret may be NULL on success.  A conversation that failed
 * keeps what it allocated: some applications have freed it by then and left the pointer.
 * PAM_CONV_AGAIN is a failure too, since nothing here could be taken up again later.
 */
static bool converse(pam_handle_t *pamh, int style, const char *text, struct pam_response **ret)
{
	const struct pam_conv *conv = find_function(pamh);
	const struct pam_message message = { .msg_style = style, .msg = text };
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;

	if (conv == NULL || conv->conv(1, &messages, &response, conv->appdata_ptr) != PAM_SUCCESS)
		return false;
	*ret = response;
	return true;
}

static enum talk_step show_text(struct conversation *c, int style, const char *text)
{
	_auto_(response_free) struct pam_response *response = NULL;

	/* Without anybody to read it a text is no reason to fail a cron job's account check. */
	if (c->is_silent || text[0] == '\0' || !conversation_is_possible(c->pamh))
		return TALK_STEP_OK;
	return converse(c->pamh, style, text, &response) ? TALK_STEP_OK : TALK_STEP_FAILED;
}

static enum talk_step type_answer(struct conversation *c, const struct up_login_prompt *prompt,
				  const char *text, char answer[UP_ANSWER_SIZE])
{
	_auto_(response_free) struct pam_response *response = NULL;
	const int style = prompt->echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;

	if (!converse(c->pamh, style, text, &response))
		return TALK_STEP_FAILED;
	if (response == NULL || response->resp == NULL)
		return TALK_STEP_FAILED;
	/* Never cut: a password that was cut would match another one. */
	size_t len = strlen(response->resp);
	if (len >= UP_ANSWER_SIZE) {
		pam_syslog(c->pamh, LOG_NOTICE, "an answer was longer than %d bytes",
			   UP_ANSWER_SIZE - 1);
		return TALK_STEP_FAILED;
	}
	memcpy(answer, response->resp, len + 1);
	return TALK_STEP_OK;
}

/* How a prompt and PAM's items belong together. */
struct rule {
	enum up_purpose purpose;
	enum up_prompt_kind kind;
	int item;                      /* a typed answer is left there for the modules behind us */
	bool may_reuse;                /* the item may answer, as the options say */
	enum options_first_pass least; /* whatever the options say */
};

static const struct rule rules[] = {
	/* clang-format off */
	{ UP_PURPOSE_AUTHENTICATE,  UP_PROMPT_PASSWORD,     PAM_AUTHTOK,    true,  OPTIONS_ASK },
	/* A forced change within a login: the item holds the password that must go. */
	{ UP_PURPOSE_AUTHENTICATE,  UP_PROMPT_NEW_PASSWORD, PAM_AUTHTOK,    false, OPTIONS_ASK },
	{ UP_PURPOSE_CHANGE_CHECK,  UP_PROMPT_PASSWORD,     PAM_OLDAUTHTOK, true,  OPTIONS_ASK },
	{ UP_PURPOSE_CHANGE_CHECK,  UP_PROMPT_OLD_PASSWORD, PAM_OLDAUTHTOK, true,  OPTIONS_ASK },
	/* The first pass has just asked for it. */
	{ UP_PURPOSE_CHANGE_UPDATE, UP_PROMPT_PASSWORD,     PAM_OLDAUTHTOK, true,  OPTIONS_TRY },
	{ UP_PURPOSE_CHANGE_UPDATE, UP_PROMPT_OLD_PASSWORD, PAM_OLDAUTHTOK, true,  OPTIONS_TRY },
	{ UP_PURPOSE_CHANGE_UPDATE, UP_PROMPT_NEW_PASSWORD, PAM_AUTHTOK,    true,  OPTIONS_ASK },
	/* clang-format on */
};

static const struct rule *find_rule(enum up_purpose purpose, enum up_prompt_kind kind)
{
	for (size_t i = 0; i < UP_COUNT(rules); i++)
		if (rules[i].purpose == purpose && rules[i].kind == kind)
			return &rules[i];
	return NULL;
}

static bool copy_item(pam_handle_t *pamh, int which, char answer[UP_ANSWER_SIZE])
{
	const void *item = NULL;

	if (pam_get_item(pamh, which, &item) != PAM_SUCCESS || item == NULL)
		return false;
	const char *text = item;
	size_t len = strnlen(text, UP_ANSWER_SIZE);
	if (len >= UP_ANSWER_SIZE)
		return false;
	memcpy(answer, text, len + 1);
	return true;
}

/* TALK_STEP_OK: the item answered.  FAILED: it may not or cannot, so ask. */
static enum talk_step answer_from_item(struct conversation *c, const struct rule *rule,
				       char answer[UP_ANSWER_SIZE])
{
	const enum options_first_pass wanted = c->options->first_pass;
	const enum options_first_pass mode = wanted > rule->least ? wanted : rule->least;
	enum item_use *use = rule->kind == UP_PROMPT_NEW_PASSWORD ? &c->new_password : &c->password;

	if (!rule->may_reuse || mode == OPTIONS_ASK)
		return TALK_STEP_FAILED;
	if (*use == ITEM_UNUSED && copy_item(c->pamh, rule->item, answer)) {
		*use = ITEM_ANSWERED;
		return TALK_STEP_OK;
	}
	*use = ITEM_SPENT;
	return mode == OPTIONS_USE ? TALK_STEP_NO_PASSWORD : TALK_STEP_FAILED;
}

static enum talk_step ask_person(struct conversation *c, const struct up_login_prompt *prompt,
				 char answer[UP_ANSWER_SIZE])
{
	char *text = strdup(prompt->text);

	if (text == NULL)
		return TALK_STEP_FAILED;
	printable_make(text);
	enum talk_step step = type_answer(c, prompt, text, answer);
	free(text);
	return step;
}

static enum talk_step ask(void *self, const struct up_login_prompt *prompt,
			  char answer[UP_ANSWER_SIZE])
{
	struct conversation *c = self;
	const struct rule *rule = find_rule(c->purpose, prompt->kind);

	if (prompt->kind == UP_PROMPT_NEW_PASSWORD_AGAIN && c->new_password == ITEM_ANSWERED)
		return copy_item(c->pamh, PAM_AUTHTOK, answer) ? TALK_STEP_OK
							       : TALK_STEP_NO_PASSWORD;
	if (rule != NULL) {
		enum talk_step step = answer_from_item(c, rule, answer);

		if (step != TALK_STEP_FAILED)
			return step;
	}
	enum talk_step step = ask_person(c, prompt, answer);
	if (step == TALK_STEP_OK && rule != NULL &&
	    pam_set_item(c->pamh, rule->item, answer) != PAM_SUCCESS)
		return TALK_STEP_FAILED;
	return step;
}

static enum talk_step show(void *self, const struct up_login_show *shown)
{
	struct conversation *c = self;
	char *text = strdup(shown->text);

	if (text == NULL)
		return TALK_STEP_FAILED;
	printable_make(text);
	enum talk_step step = show_text(c, shown->is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO, text);
	free(text);
	return step;
}

static void received(void *self, uint16_t type)
{
	struct conversation *c = self;

	if (c->options->debug)
		pam_syslog(c->pamh, LOG_DEBUG, "purpose %d: frame 0x%04x from the daemon",
			   (int)c->purpose, (unsigned int)type);
}

struct talk_terminal conversation_terminal(struct conversation *conversation)
{
	return (struct talk_terminal){
		.ask = ask, .show = show, .received = received, .self = conversation
	};
}

void conversation_tell(struct conversation *conversation, const char *text, bool is_error)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return;
	printable_make(copy);
	(void)show_text(conversation, is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO, copy);
	free(copy);
}
