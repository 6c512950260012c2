/* SPDX-License-Identifier: MIT */
#include "daemon/store/host_schema.h"

#include "common/attributes.h"

const char *const host_migrations[] = {
	/* The ledger: an id or a name, once given, is never given to another subject. */
	"CREATE TABLE ids ("
	" id INTEGER PRIMARY KEY,"
	" issuer TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('user', 'group')),"
	" subject TEXT NOT NULL, given_at INTEGER NOT NULL,"
	" UNIQUE (issuer, kind, subject)) STRICT;"
	"CREATE TABLE names ("
	" name TEXT PRIMARY KEY,"
	" issuer TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('user', 'group')),"
	" subject TEXT NOT NULL, given_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	/* The pool as last read, and only what was admitted. */
	"CREATE TABLE users ("
	" sub TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, uid INTEGER NOT NULL UNIQUE,"
	" enabled INTEGER NOT NULL, status TEXT NOT NULL, gecos TEXT NOT NULL) STRICT;"
	"CREATE TABLE groups ("
	" pool_name TEXT PRIMARY KEY, name TEXT UNIQUE, gid INTEGER UNIQUE) STRICT;"
	"CREATE TABLE members ("
	" sub TEXT NOT NULL, pool_group TEXT NOT NULL,"
	" PRIMARY KEY (sub, pool_group)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX members_by_group ON members (pool_group);"
	/* Live logins; tokens are sealed. */
	"CREATE TABLE sessions ("
	" id TEXT PRIMARY KEY, boot_id TEXT NOT NULL, uid INTEGER NOT NULL, sub TEXT NOT NULL,"
	" name TEXT NOT NULL, service TEXT NOT NULL, rhost TEXT NOT NULL, tty TEXT NOT NULL,"
	" leader_pid INTEGER NOT NULL, leader_start INTEGER NOT NULL, since INTEGER NOT NULL,"
	" second_factor_at INTEGER NOT NULL, tokens BLOB,"
	" tokens_until INTEGER NOT NULL) STRICT;",
};
const size_t host_migration_count = UP_COUNT(host_migrations);
