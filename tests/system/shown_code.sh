#!/bin/bash
# SPDX-License-Identifier: MIT
# Reads what a login showed and prints the code for the secret in it; with --secret, that itself.
secret=$(sed -n 's/.*type this secret into it: \([A-Z2-7]*\).*/\1/p' | tail -n 1)
if [[ ${1-} == --secret ]]; then
	echo "$secret"
else
	oathtool --totp --base32 "$secret"
fi
