/* SPDX-License-Identifier: MIT */
/* The messages of login.sock, each the same way, and what must hold of all of them. */
#pragma once

#include "common/frame.h"

struct codec {
	const char *name;
	uint16_t type;
	/* Decodes a payload and encodes it again, as a whole frame. */
	enum up_err (*recode)(struct up_span payload, struct up_writer *w, size_t *len);
	/* Encodes a message that the choices make up. */
	enum up_err (*make)(struct up_reader *choices, struct up_writer *w, size_t *len);
};

enum { CODECS = 5 };
extern const struct codec codecs[CODECS];

/* Properties, see tests/lib/prop.h. */
void a_header_is_refused_or_within_its_limit(struct up_reader *choices) UP_NONNULL;
void a_payload_is_refused_or_has_one_form(struct up_reader *choices) UP_NONNULL;
void a_message_comes_back_as_it_was(struct up_reader *choices) UP_NONNULL;
void a_cut_message_is_refused(struct up_reader *choices) UP_NONNULL;
