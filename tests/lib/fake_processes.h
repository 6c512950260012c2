/* SPDX-License-Identifier: MIT */
/* Processes out of a table instead of /proc.  A program that links it passes
 * $(fake_processes_ldflags) to the linker. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* From now on `pid` has this start time, real uid and parent; the table is empty at first, and a
 * process not in it is gone. */
void fake_process(pid_t pid, pid_t parent, uint64_t start, uid_t real_uid);
void fake_process_gone(pid_t pid);
void fake_processes_clear(void);
