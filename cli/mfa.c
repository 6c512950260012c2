/* SPDX-License-Identifier: MIT */
/* userpool mfa ...: second factors, of the pool, of a user, and the own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/listing.h"
#include "common/qr.h"

static const struct output_column user_fields[] = {
	{ "Name", "Username", COLUMN_TEXT },
	{ "Second factors", "UserMFASettingList", COLUMN_LIST },
	{ "Preferred factor", "PreferredMfaSetting", COLUMN_TEXT },
};

/* {UserPoolId, Username: the first argument}. */
static enum outcome user_request(struct cli *cli, json_t **ret)
{
	enum outcome outcome = api_pool_request(cli, ret);

	if (outcome == OUTCOME_OK)
		api_set_text(*ret, "Username", cli->arguments[0]);
	return outcome;
}

enum outcome mfa_show(struct cli *cli)
{
	json_t *request = NULL;
	bool is_user = cli->argument_count > 0;
	enum outcome outcome =
		is_user ? user_request(cli, &request) : api_pool_request(cli, &request);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (is_user)
		return show_result(cli, "AdminGetUser", request, NULL, user_fields,
				   UP_COUNT(user_fields));
	return show_result(cli, "GetUserPoolMfaConfig", request, NULL, NULL, 0);
}

enum outcome mfa_require(struct cli *cli)
{
	static const char *const words[] = { "OFF", "OPTIONAL", "ON" };
	const char *word = NULL;
	json_t *request = NULL;

	for (size_t i = 0; i < UP_COUNT(words); i++)
		if (strcasecmp(words[i], cli->arguments[0]) == 0)
			word = words[i];
	if (word == NULL) {
		output_error(cli, "%s is none of OFF, OPTIONAL, ON", cli->arguments[0]);
		return OUTCOME_USAGE;
	}
	enum outcome outcome = api_pool_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	api_set_text(request, "MfaConfiguration", word);
	/* With OFF it is left alone: an enabled factor next to OFF is refused by the pool. */
	if (strcmp(word, "OFF") != 0)
		api_set(request, "SoftwareTokenMfaConfiguration", json_pack("{s:b}", "Enabled", 1));
	return api_do(cli, "SetUserPoolMfaConfig", request, "the pool's MFA is now", word);
}

enum outcome pool_set_mfa(struct cli *cli)
{
	return mfa_require(cli);
}

enum outcome mfa_reset(struct cli *cli)
{
	json_t *request = NULL;

	if (!ask_is_sure(cli, "Forget the authenticator app of user", cli->arguments[0]))
		return OUTCOME_REFUSED;
	enum outcome outcome = user_request(cli, &request);
	if (outcome != OUTCOME_OK)
		return outcome;
	return api_do(cli, "AdminDeleteSoftwareToken", request,
		      "forgot the authenticator app of user", cli->arguments[0]);
}

static char *percent_encode(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	char *encoded = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&encoded, &size);

	if (stream == NULL)
		out_of_memory();
	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			(void)fputc(*text, stream);
		else
			(void)fprintf(stream, "%%%02X", (unsigned char)*text);
	if (fclose(stream) != 0)
		out_of_memory();
	return encoded;
}

/* The address that authenticator apps read from the QR code. */
static char *make_uri(const char *user, const char *secret)
{
	char *name = percent_encode(user), *key = percent_encode(secret), *uri = NULL;

	if (asprintf(&uri, "otpauth://totp/userpool:%s?secret=%s&issuer=userpool", name, key) < 0)
		out_of_memory();
	explicit_bzero(key, strlen(key));
	free(key);
	free(name);
	return uri;
}

static void show_secret(struct cli *cli, const char *user, json_t *result)
{
	const char *secret = json_string_value(json_object_get(result, "SecretCode"));

	if (secret == NULL)
		return;
	char *uri = make_uri(user, secret), *shown = output_escape(secret, ESCAPE_LINE);
	if (option_is_given(cli, OPT_JSON)) {
		api_set_text(result, "OtpauthUri", uri);
		output_json(result);
	} else {
		if (isatty(STDOUT_FILENO))
			(void)qr_draw(stdout, uri);
		(void)printf("%s\nsecret: %s\n", uri, shown);
		(void)fflush(stdout);
	}
	explicit_bzero(uri, strlen(uri));
	explicit_bzero(shown, strlen(shown));
	free(uri);
	free(shown);
}

static enum outcome enrol_other(struct cli *cli)
{
	json_t *request = NULL, *result = NULL;
	enum outcome outcome = user_request(cli, &request);

	if (outcome == OUTCOME_OK)
		outcome = api_call(cli, "AdminAssociateSoftwareToken", request, &result);
	if (outcome != OUTCOME_OK)
		return outcome;
	show_secret(cli, cli->arguments[0], result);
	json_decref(result);
	return OUTCOME_OK;
}

/* The caller's name in the pool; the caller frees it. */
static enum outcome own_name(struct cli *cli, char **ret)
{
	json_t *user = NULL;
	enum outcome outcome = api_call(cli, "GetUser", NULL, &user);

	if (outcome != OUTCOME_OK)
		return outcome;
	const char *name = json_string_value(json_object_get(user, "Username"));
	*ret = strdup(name != NULL ? name : "");
	json_decref(user);
	if (*ret == NULL)
		out_of_memory();
	return OUTCOME_OK;
}

/* The code of the app proves that it has the secret; then sign-ins ask for it. */
static enum outcome verify_own(struct cli *cli)
{
	char code[ASK_CODE_SIZE] = "";
	json_t *request = must_json(json_object());
	enum outcome outcome = ask_line(cli, option_is_given(cli, OPT_STDIN),
					"Code that the app shows now: ", true, code, sizeof(code));

	if (outcome != OUTCOME_OK) {
		json_decref(request);
		return outcome;
	}
	api_set_text(request, "UserCode", code);
	explicit_bzero(code, sizeof(code));
	outcome = api_call(cli, "VerifySoftwareToken", request, NULL);
	if (outcome != OUTCOME_OK)
		return outcome;
	request = must_json(json_pack("{s:{s:b, s:b}}", "SoftwareTokenMfaSettings", "Enabled", 1,
				      "PreferredMfa", 1));
	outcome = api_call(cli, "SetUserMFAPreference", request, NULL);
	if (outcome == OUTCOME_OK)
		output_note(cli, "the authenticator app is set up; see also: userpool mfa "
				 "recovery-codes");
	return outcome;
}

static enum outcome enrol_own(struct cli *cli)
{
	json_t *result = NULL;
	char *name = NULL;
	enum outcome outcome = own_name(cli, &name);

	if (outcome == OUTCOME_OK)
		outcome = api_call(cli, "AssociateSoftwareToken", NULL, &result);
	if (outcome == OUTCOME_OK) {
		show_secret(cli, name, result);
		json_decref(result);
		outcome = verify_own(cli);
	}
	free(name);
	return outcome;
}

enum outcome mfa_enrol(struct cli *cli)
{
	return cli->argument_count > 0 ? enrol_other(cli) : enrol_own(cli);
}

enum outcome mfa_recovery_codes(struct cli *cli)
{
	json_t *request = NULL, *result = NULL, *code;
	bool is_own = cli->argument_count == 0;
	enum outcome outcome = is_own ? OUTCOME_OK : user_request(cli, &request);
	size_t i;

	if (outcome == OUTCOME_OK)
		outcome = api_call(cli, is_own ? "CreateRecoveryCodes" : "AdminCreateRecoveryCodes",
				   request, &result);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON)) {
		output_json(result);
	} else {
		json_array_foreach (json_object_get(result, "RecoveryCodes"), i, code) {
			char *text = output_escape(
				json_is_string(code) ? json_string_value(code) : "", ESCAPE_LINE);

			(void)puts(text);
			explicit_bzero(text, strlen(text));
			free(text);
		}
		output_note(cli, "Each is good once.  Keep them where the phone is not.");
	}
	json_decref(result);
	return OUTCOME_OK;
}
