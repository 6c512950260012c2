/* SPDX-License-Identifier: MIT */
#include "daemon/embedded/schema.h"

#include "common/attributes.h"

const char *const embedded_migrations[] = {
	"CREATE TABLE pools ("
	" id TEXT PRIMARY KEY, name TEXT NOT NULL, issuer TEXT NOT NULL UNIQUE,"
	" mfa INTEGER NOT NULL, has_totp INTEGER NOT NULL, least INTEGER NOT NULL,"
	" upper INTEGER NOT NULL, lower INTEGER NOT NULL, digits INTEGER NOT NULL,"
	" symbols INTEGER NOT NULL, temporary_days INTEGER NOT NULL,"
	" id_key BLOB, access_key BLOB," /* sealed PKCS #8 */
	" created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;"

	"CREATE TABLE clients ("
	" id TEXT PRIMARY KEY, pool_id TEXT NOT NULL REFERENCES pools ON DELETE CASCADE,"
	" name TEXT NOT NULL, flows INTEGER NOT NULL, access_s INTEGER NOT NULL,"
	" id_s INTEGER NOT NULL, refresh_s INTEGER NOT NULL, session_s INTEGER NOT NULL,"
	" hides_users INTEGER NOT NULL, revokes INTEGER NOT NULL,"
	" created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;"
	"CREATE INDEX clients_by_pool ON clients (pool_id, id);"

	"CREATE TABLE users ("
	" sub TEXT PRIMARY KEY, pool_id TEXT NOT NULL REFERENCES pools ON DELETE CASCADE,"
	" username TEXT NOT NULL, enabled INTEGER NOT NULL, status TEXT NOT NULL,"
	" hash TEXT NOT NULL, temporary_until INTEGER NOT NULL,"
	" failures INTEGER NOT NULL DEFAULT 0, failed_at INTEGER NOT NULL DEFAULT 0,"
	" code_failures INTEGER NOT NULL DEFAULT 0, code_failed_at INTEGER NOT NULL DEFAULT 0,"
	" totp BLOB, totp_pending BLOB," /* sealed */
	" totp_on INTEGER NOT NULL DEFAULT 0, totp_preferred INTEGER NOT NULL DEFAULT 0,"
	" last_step INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0,"
	" created INTEGER NOT NULL, modified INTEGER NOT NULL,"
	" UNIQUE (pool_id, username)) STRICT;"

	/* Wrong passwords for names that nobody has; no name is kept. */
	"CREATE TABLE strangers ("
	" digest BLOB PRIMARY KEY, failures INTEGER NOT NULL, failed_at INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX strangers_by_time ON strangers (failed_at);"

	/* Where a user has signed in from of late. */
	"CREATE TABLE known_sources ("
	" sub TEXT NOT NULL REFERENCES users ON DELETE CASCADE, source TEXT NOT NULL,"
	" seen_at INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0,"
	" failed_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (sub, source)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE attributes ("
	" sub TEXT NOT NULL REFERENCES users ON DELETE CASCADE, name TEXT NOT NULL,"
	" value TEXT NOT NULL, PRIMARY KEY (sub, name)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE groups ("
	" pool_id TEXT NOT NULL REFERENCES pools ON DELETE CASCADE, name TEXT NOT NULL,"
	" description TEXT, precedence INTEGER, role TEXT,"
	" created INTEGER NOT NULL, modified INTEGER NOT NULL,"
	" PRIMARY KEY (pool_id, name)) STRICT;"

	"CREATE TABLE members ("
	" pool_id TEXT NOT NULL, group_name TEXT NOT NULL,"
	" sub TEXT NOT NULL REFERENCES users ON DELETE CASCADE,"
	" PRIMARY KEY (pool_id, group_name, sub),"
	" FOREIGN KEY (pool_id, group_name) REFERENCES groups ON DELETE CASCADE)"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX members_by_user ON members (sub);"

	"CREATE TABLE recovery_codes ("
	" sub TEXT NOT NULL REFERENCES users ON DELETE CASCADE, digest BLOB NOT NULL,"
	" PRIMARY KEY (sub, digest)) STRICT, WITHOUT ROWID;"

	/* A sign-in and all tokens that come of it. */
	"CREATE TABLE families ("
	" id TEXT PRIMARY KEY, sub TEXT NOT NULL REFERENCES users ON DELETE CASCADE,"
	" client_id TEXT NOT NULL REFERENCES clients ON DELETE CASCADE,"
	" refresh BLOB NOT NULL UNIQUE, auth_time INTEGER NOT NULL,"
	" expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE INDEX families_by_user ON families (sub);"
	"CREATE INDEX families_by_end ON families (expires);"

	/* Challenges that were answered, until they would have expired. */
	"CREATE TABLE used_sessions ("
	" nonce BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
};
const size_t embedded_migration_count = UP_COUNT(embedded_migrations);
