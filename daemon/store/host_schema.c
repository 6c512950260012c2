/* SPDX-License-Identifier: MIT */
#include "daemon/store/host_schema.h"

#include "common/attributes.h"

/* A row of `changes` for each changed row: its newest place in the order counts. */
#define NOTE_CHANGE(name, on, when, kind, id)                                                      \
	"CREATE TRIGGER " name " AFTER " on " " when " BEGIN"                                      \
	" DELETE FROM changes WHERE kind = '" kind "' AND id = " id ";"                            \
	" INSERT INTO changes (kind, id) SELECT '" kind "', i FROM (SELECT " id " AS i)"           \
	" WHERE i IS NOT NULL;"                                                                    \
	" END;"

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
	/* Ids whose record is another one than in the snapshot's base, in the order of the changes.
	 * Members that go with their group are the group's change, not theirs. */
	"CREATE TABLE changes ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind TEXT NOT NULL CHECK (kind IN ('user', 'group')), id INTEGER NOT NULL,"
	" UNIQUE (kind, id)) STRICT;"
	/* clang-format off */
	NOTE_CHANGE("user_comes", "INSERT ON users", "", "user", "NEW.uid")
	NOTE_CHANGE("user_changes", "UPDATE ON users", "", "user", "NEW.uid")
	NOTE_CHANGE("user_moves", "UPDATE ON users", "WHEN OLD.uid <> NEW.uid", "user", "OLD.uid")
	NOTE_CHANGE("user_goes", "DELETE ON users", "", "user", "OLD.uid")
	NOTE_CHANGE("group_comes", "INSERT ON groups", "", "group", "NEW.gid")
	NOTE_CHANGE("group_changes", "UPDATE ON groups", "", "group", "NEW.gid")
	NOTE_CHANGE("group_moves", "UPDATE ON groups", "WHEN OLD.gid IS NOT NEW.gid", "group", "OLD.gid")
	NOTE_CHANGE("group_goes", "DELETE ON groups", "", "group", "OLD.gid")
	NOTE_CHANGE("member_comes", "INSERT ON members", "",
		    "user", "(SELECT uid FROM users WHERE sub = NEW.sub)")
	NOTE_CHANGE("member_goes", "DELETE ON members",
		    "WHEN EXISTS (SELECT 1 FROM groups WHERE pool_name = OLD.pool_group)",
		    "user", "(SELECT uid FROM users WHERE sub = OLD.sub)")
	/* clang-format on */
	/* A group that went and came again has none of the members that the base lists. */
	"CREATE TABLE new_groups (gid INTEGER PRIMARY KEY) STRICT;"
	"CREATE TRIGGER group_ends AFTER DELETE ON groups WHEN OLD.gid IS NOT NULL BEGIN"
	" DELETE FROM new_groups WHERE gid = OLD.gid;"
	" INSERT INTO new_groups (gid) VALUES (OLD.gid);"
	" END;"
	/* What the files were when they were last written. */
	"CREATE TABLE published ("
	" one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL,"
	" base INTEGER NOT NULL) STRICT;"
	"INSERT INTO published VALUES (1, 0, 0);"
	/* Live logins; tokens are sealed. */
	"CREATE TABLE sessions ("
	" id TEXT PRIMARY KEY, boot_id TEXT NOT NULL, uid INTEGER NOT NULL, sub TEXT NOT NULL,"
	" name TEXT NOT NULL, service TEXT NOT NULL, rhost TEXT NOT NULL, tty TEXT NOT NULL,"
	" leader_pid INTEGER NOT NULL, leader_start INTEGER NOT NULL, since INTEGER NOT NULL,"
	" second_factor_at INTEGER NOT NULL, tokens BLOB,"
	" tokens_until INTEGER NOT NULL) STRICT;",
};
const size_t host_migration_count = UP_COUNT(host_migrations);
