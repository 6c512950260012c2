/* SPDX-License-Identifier: MIT */
/* The entry points of the NSS module, as glibc calls them. */
#pragma once

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stddef.h>

enum nss_status _nss_userpool_getpwnam_r(const char *name, struct passwd *ret, char *buffer,
					 size_t size, int *errnop);
enum nss_status _nss_userpool_getpwuid_r(uid_t uid, struct passwd *ret, char *buffer, size_t size,
					 int *errnop);
enum nss_status _nss_userpool_setpwent(int stay_open);
enum nss_status _nss_userpool_getpwent_r(struct passwd *ret, char *buffer, size_t size,
					 int *errnop);
enum nss_status _nss_userpool_endpwent(void);
enum nss_status _nss_userpool_getgrnam_r(const char *name, struct group *ret, char *buffer,
					 size_t size, int *errnop);
enum nss_status _nss_userpool_getgrgid_r(gid_t gid, struct group *ret, char *buffer, size_t size,
					 int *errnop);
enum nss_status _nss_userpool_setgrent(int stay_open);
enum nss_status _nss_userpool_getgrent_r(struct group *ret, char *buffer, size_t size, int *errnop);
enum nss_status _nss_userpool_endgrent(void);
enum nss_status _nss_userpool_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					     gid_t **groups, long limit, int *errnop);
