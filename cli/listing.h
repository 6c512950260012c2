/* SPDX-License-Identifier: MIT */
/* Asking and showing in one go, for the commands that only do that. */
#pragma once

#include "cli/api.h"
#include "cli/output.h"

/* All pages as one table, or as JSON. */
UP_MUST_USE enum outcome show_listing(struct cli *cli, const struct api_listing *listing,
				      json_t *request, const struct output_column *columns,
				      size_t count);

/* The object at `member` of the result (NULL: the result) as fields; `columns` NULL: whatever it
 * has. */
UP_MUST_USE enum outcome show_result(struct cli *cli, const char *operation, json_t *request,
				     const char *member, const struct output_column *columns,
				     size_t count);
