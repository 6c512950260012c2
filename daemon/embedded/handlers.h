/* SPDX-License-Identifier: MIT */
/* Every handler, by its operation's name in small letters, and the sign-in's own parts. */
#pragma once

#include "daemon/embedded/internal.h"

#define HANDLERS(X)                                                                                \
	X(CreateUserPool, create_user_pool)                                                        \
	X(DescribeUserPool, describe_user_pool)                                                    \
	X(ListUserPools, list_user_pools)                                                          \
	X(UpdateUserPool, update_user_pool)                                                        \
	X(DeleteUserPool, delete_user_pool)                                                        \
	X(GetUserPoolMfaConfig, get_user_pool_mfa_config)                                          \
	X(SetUserPoolMfaConfig, set_user_pool_mfa_config)                                          \
	X(CreateUserPoolClient, create_user_pool_client)                                           \
	X(DescribeUserPoolClient, describe_user_pool_client)                                       \
	X(ListUserPoolClients, list_user_pool_clients)                                             \
	X(DeleteUserPoolClient, delete_user_pool_client)                                           \
	X(AdminCreateUser, admin_create_user)                                                      \
	X(AdminGetUser, admin_get_user)                                                            \
	X(ListUsers, list_users)                                                                   \
	X(AdminUpdateUserAttributes, admin_update_user_attributes)                                 \
	X(AdminDeleteUserAttributes, admin_delete_user_attributes)                                 \
	X(AdminDisableUser, admin_disable_user)                                                    \
	X(AdminEnableUser, admin_enable_user)                                                      \
	X(AdminDeleteUser, admin_delete_user)                                                      \
	X(AdminSetUserPassword, admin_set_user_password)                                           \
	X(AdminUserGlobalSignOut, admin_user_global_sign_out)                                      \
	X(AdminSetUserMFAPreference, admin_set_user_mfa_preference)                                \
	X(AdminDeleteSoftwareToken, admin_delete_software_token)                                   \
	X(AdminCreateRecoveryCodes, admin_create_recovery_codes)                                   \
	X(AdminAssociateSoftwareToken, admin_associate_software_token)                             \
	X(CreateGroup, create_group)                                                               \
	X(GetGroup, get_group)                                                                     \
	X(ListGroups, list_groups)                                                                 \
	X(UpdateGroup, update_group)                                                               \
	X(DeleteGroup, delete_group)                                                               \
	X(AdminAddUserToGroup, admin_add_user_to_group)                                            \
	X(AdminRemoveUserFromGroup, admin_remove_user_from_group)                                  \
	X(AdminListGroupsForUser, admin_list_groups_for_user)                                      \
	X(ListUsersInGroup, list_users_in_group)                                                   \
	X(InitiateAuth, initiate_auth)                                                             \
	X(RespondToAuthChallenge, respond_to_auth_challenge)                                       \
	X(AdminInitiateAuth, admin_initiate_auth)                                                  \
	X(AdminRespondToAuthChallenge, admin_respond_to_auth_challenge)                            \
	X(AdminInitiateSecondFactor, admin_initiate_second_factor)                                 \
	X(GetTokensFromRefreshToken, get_tokens_from_refresh_token)                                \
	X(RevokeToken, revoke_token)                                                               \
	X(GetJsonWebKeySet, get_json_web_key_set)                                                  \
	X(GetUser, get_user)                                                                       \
	X(ChangePassword, change_password)                                                         \
	X(GlobalSignOut, global_sign_out)                                                          \
	X(AssociateSoftwareToken, associate_software_token)                                        \
	X(VerifySoftwareToken, verify_software_token)                                              \
	X(SetUserMFAPreference, set_user_mfa_preference)                                           \
	X(CreateRecoveryCodes, create_recovery_codes)

#define X(operation, function)                                                                     \
	json_t *function(void *backend, json_t *request, struct pool_error *error);
HANDLERS(X)
#undef X

/* A page of a list: `first` is what NextToken or PaginationToken says, or "". */
struct page {
	char first[NAME_SIZE];
	int64_t limit;
};

/* page.c: reads Limit (or MaxResults) and the token; false: refused. */
bool page_read(json_t *request, const char *limit, const char *token, struct page *ret,
	       struct pool_error *error) UP_NONNULL;
/* {list_name: list, token_name: ...}: one more than the page was read if there is more; `key` is
 * the last one shown.  Takes over `list`. */
json_t *page_answer(json_t *list, const char *list_name, const char *token_name, const char *key,
		    bool has_more) UP_NONNULL;

/* totp.c */
enum code_result { CODE_FAILED, CODE_WRONG, CODE_USED, CODE_RIGHT };
/* CODE_RIGHT gives the step that has to be stored. */
enum code_result totp_try(struct embedded *e, const struct user_row *user, const char *code,
			  int64_t *step) UP_NONNULL;
/* Makes `secret` the user's, with `step` used. */
UP_MUST_USE enum up_err totp_store(struct embedded *e, const char *sub, struct up_span secret,
				   int64_t step) UP_NONNULL;

/* recovery.c: inside a change; true if the code was one and is used up. */
UP_MUST_USE enum up_err recovery_use(struct embedded *e, const char *sub, const char *code,
				     bool *ret) UP_NONNULL;

/* tokens.c: AuthenticationResult.  With a new family if `family_id` is "". */
struct sign_in {
	const struct pool_row *pool;
	const struct client_row *client;
	const struct user_row *user;
	const char *family_id; /* origin_jti */
	int64_t auth_time;
	const char *refresh_token; /* NULL: none in the answer */
};
json_t *tokens_issue(struct embedded *e, const struct sign_in *sign_in,
		     struct pool_error *error) UP_NONNULL;

/* families.c: a new family of a sign-in, inside a change. */
#define REFRESH_SIZE 87
UP_MUST_USE enum up_err family_make(struct embedded *e, const struct user_row *user,
				    const struct client_row *client, int64_t now,
				    char id[UUID_SIZE], char refresh[REFRESH_SIZE]) UP_NONNULL;
UP_MUST_USE enum up_err families_revoke(struct embedded *e, const char *sub) UP_NONNULL;

/* access.c: the user whose access token is in the request; false: refused. */
bool access_user(struct embedded *e, json_t *request, struct pool_row *pool, struct user_row *ret,
		 struct pool_error *error) UP_NONNULL;
