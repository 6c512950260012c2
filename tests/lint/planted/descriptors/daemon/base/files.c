/* SPDX-License-Identifier: MIT */
void opens(const char *path)
{
	int good = open(path, O_RDONLY |
				      O_CLOEXEC);
	int fd = open(path, O_RDONLY);
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	int copy = dup(fd);
	FILE *right = fopen(path, "re");
	FILE *file = fopen(path, "r");
	queue->open(path);
}
