/* SPDX-License-Identifier: MIT */
/* How this folder starts OpenSSL. */
#pragma once

/* Once, lazily, without openssl.cnf: what a login stack computes is not a matter of that file.
 * Thread-safe. */
void openssl_start(void);
