/* SPDX-License-Identifier: MIT */
void searches(struct store *store, sqlite3 *db, const char *name)
{
	char sql[100], *text;

	struct query good = store_query(store, "SELECT sub FROM users WHERE name = ?");
	snprintf(sql, sizeof(sql), "SELECT sub FROM users "
				   "WHERE name = '%s'", name);
	struct query bad = store_query(store, text);
	sqlite3_exec(db, "DELETE FROM users", NULL, NULL, NULL);
	memcpy(sql, "DELETE FROM users", 18);
}
