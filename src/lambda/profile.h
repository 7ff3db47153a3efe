/*
 * profile.h - AWS's two ini files: config and credentials.
 *
 * Where they are: AWS_CONFIG_FILE or ~/.aws/config, and
 * AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. Files that do not exist
 * are empty. In config a profile x is [profile x], or [default]; in
 * credentials it is [x]. [services x] in config holds tables one level deeper:
 *
 *	lambda =
 *	  endpoint_url = http://127.0.0.1:3001
 */
#ifndef DURABLE_PROFILE_H
#define DURABLE_PROFILE_H

#include <stdbool.h>

#include "base/err.h"

struct profile;

/*
 * Reads both files for a profile: name, or AWS_PROFILE, or "default". An
 * unreadable or wrong file is ERR_IO or ERR_USAGE with its path and line. A
 * profile that was named and is in neither file: ERR_MISSING, naming both. The
 * caller frees with profile_free.
 */
struct profile *profile_open(const char *name, struct err *e) MUST_USE;
void profile_free(struct profile *p);

const char *profile_name(const struct profile *p);
bool profile_was_named(const struct profile *p); /* not by default */

/* The paths that were looked at. */
const char *profile_config_path(const struct profile *p);
const char *profile_credentials_path(const struct profile *p);

/* The value of key in the config file's or the credentials file's section, or
 * NULL. Valid as long as p. Keys in any letter case. p may be NULL. */
const char *profile_config(const struct profile *p, const char *key);
const char *profile_credentials(const struct profile *p, const char *key);

/* The value of key in table service of the profile's services section. */
const char *profile_service(const struct profile *p, const char *service,
    const char *key);

#endif
