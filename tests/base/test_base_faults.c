/* SPDX-License-Identifier: MIT */
/* Every allocation of ours fails once, and all from it on: DMN-08.  A reload without memory keeps
 * what was in force. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/config.h"
#include "daemon/base/limits.h"
#include "tests/lib/fault.h"
#include "tests/lib/prop.h"
#include "tests/lib/scratch.h"
#include "tests/lib/testing.h"

static enum up_err load(void *arg)
{
	struct config *config = NULL;
	char *problem = NULL;
	enum up_err err = config_load(arg, &config, &problem);

	PROP((err == UP_OK) == (config != NULL));
	if (config != NULL) {
		PROP(config->daemon_workers == 4);
		PROP(strcmp(config_policy_for(config, "sshd")->factors, "password+otp") == 0);
	}
	config_free(config);
	free(problem);
	return err;
}

/* A mistake that cannot even be told is a mistake still. */
static enum up_err load_wrong(void *arg)
{
	struct config *config = NULL;
	char *problem = NULL;
	enum up_err err = config_load(arg, &config, &problem);

	PROP(err != UP_OK && config == NULL);
	free(problem);
	return err == UP_ERR_CONFIG ? UP_OK : err;
}

static enum up_err make_limits(void *arg)
{
	_auto_(limits_free) struct limits *limits = NULL;

	(void)arg;
	return limits_new(100, 10, 10, &limits);
}

static void nothing_is_half_read_without_memory(void **state)
{
	static const char good[] = "[daemon]\nworkers = 4\n[identity]\nmap_groups = a:b c:d\n"
				   "[policy sshd]\nfactors = password+otp\ngroups = x y\n";
	static const char bad[] = "[daemon]\nworkers = 4\n[policy sshd]\nfactors = nothing\n";
	_auto_(scratch_free) char *directory = scratch_new();
	_auto_(free) char *good_path = scratch_path(directory, "good.conf");
	_auto_(free) char *bad_path = scratch_path(directory, "bad.conf");

	(void)state;
	fault_init();
	scratch_write(directory, "good.conf", good, sizeof(good) - 1, 0644);
	scratch_write(directory, "bad.conf", bad, sizeof(bad) - 1, 0644);
	assert_true(fault_every_allocation(load, good_path) >= 20);
	assert_true(fault_every_allocation(load_wrong, bad_path) >= 5);
	assert_true(fault_every_allocation(make_limits, NULL) == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_half_read_without_memory),
	};

	return cmocka_run_group_tests_name("base/faults", tests, NULL, NULL);
}
