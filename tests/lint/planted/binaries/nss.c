/* SPDX-License-Identifier: MIT */
int _nss_userpool_getpwnam_r(void)
{
	return 0;
}
