/* SPDX-License-Identifier: MIT */
#include "common/frame.h"
#include "daemon/base/log.h"
#include "talk.h"
#include <jansson.h>
