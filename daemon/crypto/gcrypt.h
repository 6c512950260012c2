/* SPDX-License-Identifier: MIT */
#pragma once

/* Before the first use of libgcrypt: no secure memory of its own, for seal keys live in ours. */
void gcrypt_start(void);
