/* SPDX-License-Identifier: MIT */
/* Collects users and groups in arrays, then lays them out: common/snapshot_format.h. */
#include "daemon/identity/snapshot_writer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/identity/snapshot_file.h"
#include "daemon/identity/snapshot_image.h"

struct snapshot_writer {
	struct snapshot_image image;
};

enum up_err snapshot_writer_new(struct snapshot_writer **ret)
{
	_auto_(snapshot_writer_free) struct snapshot_writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return UP_ERR_NOMEM;
	UP_TRY(image_start(&writer->image));
	*ret = TAKE(writer);
	return UP_OK;
}

void snapshot_writer_free(struct snapshot_writer *writer)
{
	if (writer == NULL)
		return;
	image_clear(&writer->image);
	free(writer);
}

enum up_err snapshot_writer_add_group(struct snapshot_writer *writer, const char *name,
				      uint32_t gid)
{
	struct snapshot_image *image = &writer->image;
	struct up_group_record record = { .gid = gid };

	if (image_find_group(image, gid) != NULL || image_has_group_name(image, name))
		return UP_ERR_CONFLICT;
	UP_TRY(image_add_string(image, name, &record.name));
	return image_add_group(image, &record);
}

enum up_err snapshot_writer_add_user(struct snapshot_writer *writer,
				     const struct snapshot_user *user)
{
	struct snapshot_image *image = &writer->image;
	struct up_user_record record = { .uid = user->uid, .gid = user->uid };

	if (image_find_user(image, user->uid) != NULL || image_has_user_name(image, user->name))
		return UP_ERR_CONFLICT;
	UP_TRY(snapshot_writer_add_group(writer, user->name, user->uid));
	UP_TRY(image_add_string(image, user->name, &record.name));
	UP_TRY(image_add_string(image, user->gecos, &record.gecos));
	UP_TRY(image_add_string(image, user->home, &record.home));
	UP_TRY(image_add_string(image, user->shell, &record.shell));
	return image_add_user(image, &record);
}

enum up_err snapshot_writer_add_member(struct snapshot_writer *writer, uint32_t gid, uint32_t uid)
{
	struct snapshot_image *image = &writer->image;

	if (image_find_group(image, gid) == NULL || image_find_user(image, uid) == NULL)
		return UP_ERR_CONFLICT;
	return image_add_link(image, gid, uid, true);
}

enum up_err snapshot_writer_add_foreign_gid(struct snapshot_writer *writer, uint32_t uid,
					    uint32_t gid)
{
	struct snapshot_image *image = &writer->image;

	if (image_find_user(image, uid) == NULL)
		return UP_ERR_CONFLICT;
	return image_add_link(image, gid, uid, false);
}

enum up_err snapshot_writer_publish(struct snapshot_writer *writer, const char *directory,
				    uint64_t generation)
{
	struct snapshot_image *image = &writer->image;

	UP_TRY(image_finish(image, generation));
	return snapshot_file_replace(directory, image->piece, UP_SECTIONS + 1);
}
