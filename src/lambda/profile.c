/*
 * profile.c - AWS's two ini files: config and credentials.
 */
#include "lambda/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/xalloc.h"
#include "lambda/environment.h"
#include "lambda/ini.h"

enum { FILE_MAX = 4 * 1024 * 1024 };

struct profile {
	char *name, *section; /* "x", "profile x" */
	char *config_path, *credentials_path;
	struct ini config, credentials;
	bool was_named;
};

/* Where the variable says, with ~/ for the home folder. */
static char *
path_of(const char *variable, const char *usual)
{
	const char *path = environment(variable);
	const char *home = environment("HOME");

	if (!path)
		path = usual;
	if (home && strncmp(path, "~/", 2) == 0)
		return xasprintf("%s%s", home, path + 1);
	return xstrdup(path);
}

/* A file that is not there is empty. */
static int
read_file(const char *path, struct ini *ini, struct err *e)
{
	struct buf text;
	int fd, result;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_sys(e, "open %s", path);
	buf_init(&text, FILE_MAX);
	result = fd_read_all(fd, &text, path, e);
	close(fd);
	if (result == 0)
		result = ini_parse(ini, buf_str(&text), text.len, path, e);
	if (text.data)
		explicit_bzero(text.data, text.len);
	buf_clear(&text);
	return result;
}

/* [profile default] is stronger than [default]. */
static char *
section_of(const struct profile *p)
{
	char *section = xasprintf("profile %s", p->name);

	if (strcmp(p->name, "default") == 0 &&
	    !ini_has_section(&p->config, section)) {
		free(section);
		return xstrdup(p->name);
	}
	return section;
}

struct profile *
profile_open(const char *name, struct err *e)
{
	struct profile *p = xcalloc(1, sizeof(*p));

	if (!name)
		name = environment("AWS_PROFILE");
	p->was_named = name != NULL;
	p->name = xstrdup(name ? name : "default");
	p->config_path = path_of("AWS_CONFIG_FILE", "~/.aws/config");
	p->credentials_path = path_of("AWS_SHARED_CREDENTIALS_FILE",
	    "~/.aws/credentials");
	if (read_file(p->config_path, &p->config, e) < 0 ||
	    read_file(p->credentials_path, &p->credentials, e) < 0)
		goto fail;
	p->section = section_of(p);
	if (p->was_named && !ini_has_section(&p->config, p->section) &&
	    !ini_has_section(&p->credentials, p->name)) {
		err_set(e, ERR_MISSING,
		    "there is no profile '%s': neither [%s] in %s nor [%s] in "
		    "%s",
		    p->name, p->section, p->config_path, p->name,
		    p->credentials_path);
		goto fail;
	}
	return p;
fail:
	profile_free(p);
	return NULL;
}

void
profile_free(struct profile *p)
{
	if (!p)
		return;
	free(p->name);
	free(p->section);
	free(p->config_path);
	free(p->credentials_path);
	ini_clear(&p->config);
	ini_clear(&p->credentials);
	free(p);
}

const char *
profile_name(const struct profile *p)
{
	return p->name;
}

bool
profile_was_named(const struct profile *p)
{
	return p->was_named;
}

const char *
profile_config_path(const struct profile *p)
{
	return p->config_path;
}

const char *
profile_credentials_path(const struct profile *p)
{
	return p->credentials_path;
}

/* An empty value is none. */
static const char *
find(const struct ini *ini, const char *section, const char *table,
    const char *key)
{
	const char *value = ini_find(ini, section, table, key);

	return value && *value ? value : NULL;
}

const char *
profile_config(const struct profile *p, const char *key)
{
	return p ? find(&p->config, p->section, NULL, key) : NULL;
}

const char *
profile_credentials(const struct profile *p, const char *key)
{
	return p ? find(&p->credentials, p->name, NULL, key) : NULL;
}

const char *
profile_service(const struct profile *p, const char *service, const char *key)
{
	const char *services = profile_config(p, "services");
	const char *value;
	char *section;

	if (!services)
		return NULL;
	section = xasprintf("services %s", services);
	value = find(&p->config, section, service, key);
	free(section);
	return value;
}
