/* SPDX-License-Identifier: MIT */
/* What the daemon, and with it its workers, may still do when it has started. */
#pragma once

#include "daemon/server/server.h"

UP_MUST_USE enum up_err confine(const struct server_options *options) UP_NONNULL;
