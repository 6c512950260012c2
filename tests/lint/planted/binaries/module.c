/* SPDX-License-Identifier: MIT */
int pam_sm_authenticate(void)
{
	return 0;
}

int stray(void)
{
	return 0;
}
