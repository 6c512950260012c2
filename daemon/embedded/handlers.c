/* SPDX-License-Identifier: MIT */
#include "daemon/embedded/handlers.h"

const struct backend_operation embedded_operations[] = {
#define X(operation, function) { #operation, function },
	HANDLERS(X)
#undef X
};
const size_t embedded_operation_count = UP_COUNT(embedded_operations);
