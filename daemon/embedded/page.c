/* SPDX-License-Identifier: MIT */
/* Pages go on behind the last key that was shown: no state, and no row twice. */
#include <string.h>

#include "daemon/crypto/encoding.h"
#include "daemon/embedded/handlers.h"

#include <stdlib.h>

#define PAGE_STANDARD 60

bool page_read(json_t *request, const char *limit, const char *token, struct page *ret,
	       struct pool_error *error)
{
	json_t *wanted = member_of(request, limit);
	const char *text = text_of(request, token);
	size_t len = 0;

	*ret = (struct page){ .limit = PAGE_STANDARD };
	if (wanted != NULL && json_integer_value(wanted) > 0)
		ret->limit = json_integer_value(wanted);
	if (text[0] == '\0')
		return true;
	_auto_(free) uint8_t *key = base64url_decode(text, strlen(text), &len);
	if (key == NULL || len >= sizeof(ret->first) || strlen((char *)key) != len) {
		(void)refuse_parameter(error, "Invalid pagination token.");
		return false;
	}
	memcpy(ret->first, key, len + 1);
	return true;
}

json_t *page_answer(json_t *list, const char *list_name, const char *token_name, const char *key,
		    bool has_more)
{
	json_t *answer = json_pack("{s:o}", list_name, list);

	if (answer == NULL || !has_more)
		return answer;
	_auto_(free) char *token =
		base64url_encode((struct up_span){ (const uint8_t *)key, strlen(key) });
	if (token == NULL || json_object_set_new(answer, token_name, json_string(token)) != 0) {
		json_decref(answer);
		return NULL;
	}
	return answer;
}
