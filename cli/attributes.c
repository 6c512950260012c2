/* SPDX-License-Identifier: MIT */
#include "cli/attributes.h"

#include <string.h>

#include "cli/output.h"

bool attribute_add(const struct cli *cli, json_t *list, const char *word)
{
	const char *equals = strchr(word, '=');

	if (equals == NULL || equals == word) {
		output_error(cli, "%s is not KEY=VALUE", word);
		return false;
	}
	json_t *name = json_stringn(word, (size_t)(equals - word));
	json_t *value = json_string(equals + 1);
	if (name == NULL || value == NULL) {
		json_decref(name);
		json_decref(value);
		output_error(cli, "%s is not valid UTF-8", word);
		return false;
	}
	json_t *attribute = must_json(json_pack("{s:o, s:o}", "Name", name, "Value", value));
	if (json_array_append_new(list, attribute) < 0)
		out_of_memory();
	return true;
}
