/* SPDX-License-Identifier: MIT */
typedef struct login login_t;
static const int table[] = { 1, 2 };
static int counter;
static struct {
	int depth;
} state = { 0 };

struct verdict habits(const struct verdict *given)
{
	if (given->verdict == UP_VERDICT_ALLOW)
		goto out;
out:
	return (struct verdict){ UP_VERDICT_ALLOW };
}
