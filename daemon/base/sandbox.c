/* SPDX-License-Identifier: MIT */
#include "daemon/base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/base/log.h"

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                                               \
	(ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |            \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define ACCESS_EXECUTE (ACCESS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define ACCESS_FILE                                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
/* All that the first version of Landlock knows. */
#define ACCESS_ALL ((1ULL << 13) - 1)

static void limited(const char *what)
{
	log_event(EV_SANDBOX_LIMITED, log_str("what", what), log_errno(errno));
}

static enum up_err allow_path(int ruleset, const struct sandbox_path *path)
{
	static const uint64_t access[] = {
		[SANDBOX_READ] = ACCESS_READ,
		[SANDBOX_WRITE] = ACCESS_WRITE,
		[SANDBOX_EXECUTE] = ACCESS_EXECUTE,
	};
	struct landlock_path_beneath_attr rule = { .allowed_access = access[path->access] };
	struct stat st;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == EACCES ? UP_OK : UP_ERR_SYSTEM;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= ACCESS_FILE;
	long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return rc == 0 ? UP_OK : UP_ERR_SYSTEM;
}

static enum up_err restrict_files(const struct sandbox_path *paths, size_t count)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs = ACCESS_ALL };
	long ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	enum up_err err = UP_OK;

	if (ruleset < 0) {
		limited("landlock");
		return UP_OK;
	}
	for (size_t i = 0; i < count && err == UP_OK; i++)
		err = allow_path((int)ruleset, &paths[i]);
	if (err == UP_OK && syscall(SYS_landlock_restrict_self, (int)ruleset, 0) != 0)
		err = UP_ERR_SYSTEM;
	(void)close((int)ruleset);
	return err;
}

static const int never[] = {
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(personality),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(sethostname),
	SCMP_SYS(open_by_handle_at),
};

static int add_rules(scmp_filter_ctx filter, unsigned int calls)
{
	int rc = 0;

	for (size_t i = 0; i < UP_COUNT(never) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), never[i], 0);
	if (rc == 0 && (calls & SANDBOX_NO_EXEC) != 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execve), 0);
	if (rc == 0 && (calls & SANDBOX_NO_EXEC) != 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 0);
	if (rc == 0 && (calls & SANDBOX_NO_INET) != 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
				      SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
	return rc;
}

static enum up_err restrict_calls(unsigned int calls)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL)
		return UP_ERR_NOMEM;
	int rc = add_rules(filter, calls);
	if (rc == 0 && seccomp_load(filter) != 0)
		limited("seccomp");
	seccomp_release(filter);
	return rc == 0 ? UP_OK : UP_ERR_SYSTEM;
}

enum up_err sandbox_enter(const struct sandbox_path *paths, size_t count, unsigned int calls)
{
	const struct rlimit no_core = { 0, 0 };

	/* Secrets are in this memory: no core, no debugger of the same user. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
		return UP_ERR_SYSTEM;
	UP_TRY(restrict_files(paths, count));
	return restrict_calls(calls);
}
