/* SPDX-License-Identifier: MIT */
/* ListUsers: a page, and Cognito's one-term filter. */
#include <stdio.h>
#include <string.h>

#include "daemon/embedded/handlers.h"

/* `name = "value"` or `name ^= "value"`. */
struct filter {
	char name[33], value[NAME_SIZE];
	bool is_prefix, is_set;
};

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " ");
}

/* The value ends at a quote that no backslash stands before. */
static const char *read_value(const char *text, struct filter *ret)
{
	size_t len = 0;

	if (*text != '"')
		return NULL;
	for (text++; *text != '"'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		if (*text == '\0' || len + 1 >= sizeof(ret->value))
			return NULL;
		ret->value[len++] = *text;
	}
	ret->value[len] = '\0';
	return text + 1;
}

static bool read_filter(const char *text, struct filter *ret)
{
	*ret = (struct filter){ 0 };
	text = skip_spaces(text);
	if (*text == '\0')
		return true;
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz_:");
	if (len == 0 || len >= sizeof(ret->name))
		return false;
	memcpy(ret->name, text, len);
	text = skip_spaces(text + len);
	ret->is_prefix = *text == '^';
	text += ret->is_prefix;
	if (*text != '=')
		return false;
	text = read_value(skip_spaces(text + 1), ret);
	ret->is_set = true;
	return text != NULL && *skip_spaces(text) == '\0';
}

/* What may be filtered by, and the statement that does; all take pool, first, name, value, limit.
 */
#define PAGE(condition)                                                                            \
	"SELECT " USER_FIELDS " FROM users WHERE pool_id = ?1 AND username > ?2 AND " condition    \
	" ORDER BY username LIMIT ?5"
#define IS(column) "iif(?3 = 'p', substr(" column ", 1, length(?4)) = ?4, " column " = ?4)"
#define IS_NO_CASE(column)                                                                         \
	"iif(?3 = 'p', lower(substr(" column ", 1, length(?4))) = lower(?4),"                      \
	" lower(" column ") = lower(?4))"
#define HAS(attribute)                                                                             \
	"EXISTS (SELECT 1 FROM attributes WHERE attributes.sub = users.sub"                        \
	" AND name = '" attribute "' AND " IS_NO_CASE("value") ")"

static const struct {
	const char *name, *sql;
} filters[] = {
	{ "", PAGE("?3 = ?3 AND ?4 = ?4") },
	{ "username", PAGE(IS("username")) },
	{ "sub", PAGE(IS("users.sub")) },
	{ "cognito:user_status", PAGE(IS_NO_CASE("users.status")) },
	{ "status", PAGE(IS("iif(enabled, 'Enabled', 'Disabled')")) },
	{ "email", PAGE(HAS("email")) },
	{ "phone_number", PAGE(HAS("phone_number")) },
	{ "name", PAGE(HAS("name")) },
	{ "given_name", PAGE(HAS("given_name")) },
	{ "family_name", PAGE(HAS("family_name")) },
	{ "preferred_username", PAGE(HAS("preferred_username")) },
};

static const char *statement_of(const struct filter *filter)
{
	for (size_t i = 0; i < UP_COUNT(filters); i++)
		if (strcmp(filters[i].name, filter->name) == 0)
			return filters[i].sql;
	return NULL;
}

/* AttributesToGet leaves the others out; `sub` only if it is asked for, as the real service does.
 */
static bool reduce(json_t *user, json_t *wanted)
{
	json_t *old = json_object_get(user, "Attributes"), *kept = json_array(), *attribute, *name;
	size_t i, j;

	if (wanted == NULL || kept == NULL) {
		json_decref(kept);
		return wanted == NULL;
	}
	json_array_foreach (old, i, attribute)
		json_array_foreach (wanted, j, name)
			if (strcmp(text_of(attribute, "Name"), json_string_value(name)) == 0 &&
			    json_array_append(kept, attribute) != 0)
				return false;
	return json_object_set_new(user, "Attributes", kept) == 0;
}

struct listing {
	struct embedded *e;
	json_t *list, *wanted;
	int64_t limit;
	bool has_more;
	char last[NAME_SIZE];
};

static enum up_err add_row(struct listing *listing, const struct query *q)
{
	struct user_row user;

	if (!user_read(q, &user))
		return UP_ERR_CORRUPT;
	json_t *shown = user_describe(listing->e, &user, "Attributes");
	if (shown == NULL || !reduce(shown, listing->wanted)) {
		json_decref(shown);
		return UP_ERR_NOMEM;
	}
	memcpy(listing->last, user.username, sizeof(listing->last));
	return json_array_append_new(listing->list, shown) == 0 ? UP_OK : UP_ERR_NOMEM;
}

static enum up_err read_rows(struct listing *listing, struct query *q)
{
	enum up_err err = UP_OK;

	while (err == UP_OK && query_next(q) == QUERY_ROW) {
		listing->has_more = (int64_t)json_array_size(listing->list) == listing->limit;
		if (listing->has_more)
			break;
		err = add_row(listing, q);
	}
	enum up_err end = query_end(q);
	return end != UP_OK ? end : err;
}

json_t *list_users(void *backend, json_t *request, struct pool_error *error)
{
	struct listing listing = { .e = backend, .wanted = member_of(request, "AttributesToGet") };
	struct filter filter;
	struct pool_row pool;
	struct page page;

	if (!pool_of(backend, request, &pool, error) ||
	    !page_read(request, "Limit", "PaginationToken", &page, error))
		return NULL;
	const char *sql =
		read_filter(text_of(request, "Filter"), &filter) ? statement_of(&filter) : NULL;
	if (sql == NULL)
		return refuse_parameter(error, "Error while parsing filter.");
	if (filter.is_set && strcmp(filter.name, "username") == 0)
		(void)fold_name(filter.value, filter.value);
	listing.list = json_array();
	listing.limit = page.limit;
	struct query q = store_query(listing.e->store, sql);
	query_bind_text(&q, pool.id);
	query_bind_text(&q, page.first);
	query_bind_text(&q, filter.is_prefix ? "p" : "=");
	query_bind_text(&q, filter.value);
	query_bind_int(&q, page.limit + 1);
	enum up_err err = read_rows(&listing, &q);
	if (err != UP_OK) {
		json_decref(listing.list);
		return refuse_internal(error, err);
	}
	return or_internal(page_answer(listing.list, "Users", "PaginationToken", listing.last,
				       listing.has_more),
			   error);
}
