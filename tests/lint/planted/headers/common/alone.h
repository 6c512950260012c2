/* SPDX-License-Identifier: MIT */
#pragma once

struct alone {
	uint32_t id;
};
