/* SPDX-License-Identifier: MIT */
/* Which uids and gids a pool may ever have on a Linux host.  One rule for daemon and modules. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether `id` is in none of the ranges that belong to somebody else: system and local users,
 * systemd's dynamic and container ranges, nobody, and what is negative as a signed number
 * (systemd, "Users, Groups, UIDs and GIDs on systemd Systems").  Thread-safe. */
bool up_id_is_admissible(uint32_t id);
