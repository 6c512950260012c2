/* SPDX-License-Identifier: MIT */
#include "common/frame.h"
