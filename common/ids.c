/* SPDX-License-Identifier: MIT */
#include "common/ids.h"

#include <stddef.h>

#include "common/attributes.h"

static const struct range {
	uint32_t first, last;
} reserved[] = {
	{ 0, 999 },                   /* root and system users */
	{ 60001, 65535 },             /* home areas, dynamic users, nobody, the 16-bit -1 */
	{ 524288, 1879048191 },       /* containers and what surrounds them */
	{ 2147483648u, 4294967295u }, /* negative as int32_t, and -1 */
};

bool up_id_is_admissible(uint32_t id)
{
	for (size_t i = 0; i < UP_COUNT(reserved); i++)
		if (id >= reserved[i].first && id <= reserved[i].last)
			return false;
	return true;
}
