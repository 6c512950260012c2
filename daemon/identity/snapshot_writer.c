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

	if (image_find_group(image, gid) != NULL || image_has_group_name(image, name))
		return UP_ERR_CONFLICT;
	return image_add_group(image, name, gid, false);
}

enum up_err snapshot_writer_add_new_group(struct snapshot_writer *writer, const char *name,
					  uint32_t gid)
{
	struct snapshot_image *image = &writer->image;

	if (image_find_group(image, gid) != NULL || image_has_group_name(image, name))
		return UP_ERR_CONFLICT;
	return image_add_group(image, name, gid, true);
}

enum up_err snapshot_writer_add_user(struct snapshot_writer *writer,
				     const struct snapshot_user *user)
{
	struct snapshot_image *image = &writer->image;
	const struct image_user entry = { .name = user->name,
					  .gecos = user->gecos,
					  .home = user->home,
					  .shell = user->shell,
					  .uid = user->uid,
					  .gid = user->uid };

	if (image_find_user(image, user->uid) != NULL || image_has_user_name(image, user->name))
		return UP_ERR_CONFLICT;
	UP_TRY(snapshot_writer_add_group(writer, user->name, user->uid));
	return image_add_user(image, &entry);
}

enum up_err snapshot_writer_add_gone_user(struct snapshot_writer *writer, uint32_t uid)
{
	struct snapshot_image *image = &writer->image;

	if (image_find_user(image, uid) != NULL)
		return UP_ERR_CONFLICT;
	UP_TRY(snapshot_writer_add_gone_group(writer, uid));
	return image_add_gone_user(image, uid);
}

enum up_err snapshot_writer_add_gone_group(struct snapshot_writer *writer, uint32_t gid)
{
	struct snapshot_image *image = &writer->image;

	if (image_find_group(image, gid) != NULL)
		return UP_ERR_CONFLICT;
	return image_add_gone_group(image, gid);
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

enum up_err snapshot_writer_write_base(struct snapshot_writer *writer, const char *directory,
				       uint64_t generation)
{
	struct snapshot_image *image = &writer->image;

	UP_TRY(image_finish(image, generation, 0));
	return snapshot_file_write(directory, UP_SNAPSHOT_BASE, image->piece, UP_SECTIONS + 1);
}

enum up_err snapshot_writer_publish_base(struct snapshot_writer *writer, const char *directory,
					 uint64_t generation)
{
	UP_TRY(snapshot_writer_write_base(writer, directory, generation));
	return snapshot_file_commit(directory, UP_SNAPSHOT_BASE);
}

enum up_err snapshot_writer_publish_delta(struct snapshot_writer *writer, const char *directory,
					  uint64_t generation, uint64_t of_base)
{
	struct snapshot_image *image = &writer->image;

	UP_TRY(image_finish(image, generation, of_base));
	UP_TRY(snapshot_file_write(directory, UP_SNAPSHOT_DELTA, image->piece, UP_SECTIONS + 1));
	return snapshot_file_commit(directory, UP_SNAPSHOT_DELTA);
}
