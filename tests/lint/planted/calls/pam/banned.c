/* SPDX-License-Identifier: MIT */
void in_other_peoples_processes(void)
{
	abort();
	exit(1);
	assert(0);
	syslog(LOG_ERR, "");
	fprintf(stderr, "");
	printf("");
	perror("");
	signal(SIGPIPE, SIG_IGN);
	memcmp(a, b, 1);
	snprintf(a, 1, "");
}
