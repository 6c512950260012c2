/* SPDX-License-Identifier: MIT */
/* Frames and messages of login.sock: the first byte chooses what is claimed of the rest. */
#include "tests/common/codecs.h"
#include "tests/lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const properties[])(struct up_reader * choices) = {
		a_payload_is_refused_or_has_one_form,
		a_header_is_refused_or_within_its_limit,
		a_message_comes_back_as_it_was,
		a_cut_message_is_refused,
	};
	struct up_reader choices = up_reader_over(data, size);

	properties[up_read_u8(&choices) % UP_COUNT(properties)](&choices);
	return 0;
}
