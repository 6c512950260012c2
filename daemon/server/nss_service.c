/* SPDX-License-Identifier: MIT */
/*
 * nss.sock: one question a frame, for what a partial snapshot does not hold.
 * NSS_ASK {u8 what, text key} is answered by NSS_REPLY {u8 found, u32 uid, text name,
 * text gecos, text home, text shell}; found is 0 for "cannot tell", 1 no, 2 yes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "daemon/server/services.h"

#define IDLE_MS    10000
#define FRAME_SIZE (UP_FRAME_HEADER_SIZE + sizeof(struct identity_user) + 64)

enum what { ASK_USER_BY_NAME = 1, ASK_USER_BY_UID = 2 };

struct asker {
	struct services *services;
};

static enum identity_found find_by_uid(struct services *services, const char *key,
				       struct identity_user *ret)
{
	char *end = NULL;

	errno = 0;
	unsigned long uid = strtoul(key, &end, 10);
	if (errno != 0 || key[0] < '0' || key[0] > '9' || *end != '\0' || uid > UINT32_MAX)
		return IDENTITY_ABSENT;
	return identity_find_by_uid(services->identity, (uint32_t)uid, ret);
}

/* Who has never read the pool knows nobody, and does not say that nobody is there. */
static enum identity_found find(struct services *services, uint8_t what, const char *key,
				struct identity_user *ret)
{
	enum identity_found found = IDENTITY_CANNOT_TELL;

	if (what == ASK_USER_BY_NAME)
		found = identity_find_by_name(services->identity, key, ret);
	else if (what == ASK_USER_BY_UID)
		found = find_by_uid(services, key, ret);
	if (found == IDENTITY_ABSENT && identity_pool_id(services->identity)[0] == '\0')
		return IDENTITY_CANNOT_TELL;
	return found;
}

static enum up_err received(struct connection *connection, void *state, uint16_t type,
			    struct up_span payload)
{
	struct asker *asker = state;
	struct up_reader r = up_reader_over(payload.data, payload.len);
	uint8_t frame[FRAME_SIZE];
	struct up_writer w = up_writer_into(frame, sizeof(frame));
	struct identity_user user = { .uid = 0 };
	char key[UP_USER_FIELD_SIZE];
	size_t len = 0;

	if (type != UP_FRAME_NSS_ASK)
		return UP_ERR_MALFORMED;
	uint8_t what = up_read_u8(&r);
	up_read_text(&r, key, sizeof(key));
	UP_TRY(up_reader_finish(&r));
	enum identity_found found = find(asker->services, what, key, &user);
	up_frame_begin(&w, UP_FRAME_NSS_REPLY);
	up_write_u8(&w, (uint8_t)found);
	up_write_u32(&w, user.uid);
	up_write_text(&w, user.name);
	up_write_text(&w, user.gecos);
	up_write_text(&w, user.home);
	up_write_text(&w, user.shell);
	UP_TRY(up_frame_end(&w, &len));
	connection_send(connection, frame, len);
	return UP_OK;
}

static void *opened(struct connection *connection, void *arg)
{
	struct asker *asker = calloc(1, sizeof(*asker));

	(void)connection;
	if (asker != NULL)
		asker->services = arg;
	return asker;
}

struct connection_service nss_service(struct services *services)
{
	return (struct connection_service){ .name = UP_SOCKET_NSS,
					    .payload_max = UP_FRAME_PAYLOAD_MAX,
					    .idle_ms = IDLE_MS,
					    .opened = opened,
					    .received = received,
					    .closed = free,
					    .arg = services };
}
