/* SPDX-License-Identifier: MIT */
#include "cli/listing.h"

enum outcome show_listing(struct cli *cli, const struct api_listing *listing, json_t *request,
			  const struct output_column *columns, size_t count)
{
	json_t *result = NULL;
	enum outcome outcome = api_list(cli, listing, request, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (option_is_given(cli, OPT_JSON))
		output_json(result);
	else
		output_table(columns, count, json_object_get(result, listing->list));
	json_decref(result);
	return OUTCOME_OK;
}

enum outcome show_result(struct cli *cli, const char *operation, json_t *request,
			 const char *member, const struct output_column *columns, size_t count)
{
	json_t *result = NULL;
	enum outcome outcome = api_call(cli, operation, request, &result);

	if (outcome != OUTCOME_OK)
		return outcome;
	json_t *object = member != NULL ? json_object_get(result, member) : result;
	if (option_is_given(cli, OPT_JSON))
		output_json(result);
	else if (object != NULL && columns != NULL)
		output_fields(columns, count, object);
	else if (object != NULL)
		output_any(object);
	json_decref(result);
	return OUTCOME_OK;
}
