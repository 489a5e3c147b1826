/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy with everything in it, and a folder that it is kept in. */
#ifndef CACHE_UTIL_H
#define CACHE_UTIL_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "apply.h"
#include "cache.h"
#include "policy_util.h"

#define DAY 86400
#define DIR_NAME "state/cache"

/* 2026-11-20T00:00:00Z, as in the files below */
#define TODAY 1795132800

#define GENERATED "# Generated: Fri, 20 Nov 2026 00:00:00 GMT\n"

static const char main_file[] =
	"version: 1\n"
	"name: test\n"
	"include: sets.yaml\n"
	"geo:\n"
	"  country: tor-geoipdb:tor\n"
	"profiles:\n"
	"  p:\n"
	"    rules:\n"
	"      - allow: local\n"
	"      - { deny: bad, protocol: tcp, ports: [80, 443-445], log: all }\n"
	"      - allow: bad\n"
	"      - drop: { located-in: CN }\n"
	"    default: deny\n"
	"applications:\n"
	"  app: { match: { cgroup: /app }, profile: p }\n"
	"  bridge:\n"
	"    match:\n"
	"      - { source: 10.0.0.0/8, in-interface: \"br*\", mac: \"02:00:5e:10:00:01\" }\n"
	"      - { source: \"2001:db8::/32\" }\n"
	"      - { user: 1500 }\n"
	"      - { executable: /opt/x/*, copies: true }\n"
	"    profile: p\n"
	"    mode: audit\n"
	"    strays: adopt\n"
	"bulk: 100MiB\n";

static const char include_file[] =
	"version: 1\n"
	"sets:\n"
	"  bad: { countries: [CN], networks: [198.51.100.0/24, \"2001:db8::/32\"] }\n";

static const char geoip[] =
	GENERATED "0,999999999,US\n2000000000,2900000000,CN\n";

static const char geoip6[] = GENERATED "2000::,3fff::,US\n";

static time_t now = TODAY;
static const char *cache = DIR_NAME;
static const struct df_switches *switches;

static inline int set_up(void **state)
{
	if (system("rm -rf state tor other && mkdir tor"))
		return -1;
	write_text("policy.yaml", main_file);
	write_text("sets.yaml", include_file);
	write_text("tor/geoip", geoip);
	write_text("tor/geoip6", geoip6);
	now = TODAY;
	cache = DIR_NAME;
	return 0;
}

/**
 * struct result - how a build ended
 * @code: as the programs return it
 * @warm: it came from the cache
 * @digest: of what the kernel would get
 * @messages: as people see them, for free()
 */
struct result {
	enum df_exit code;
	bool warm;
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	char *messages;
};

static struct df_progress progress;

static inline struct result build_at(const char *path)
{
	const struct df_build_options options = {
		.geo = { .root = "root", .now = now },
		.cache = cache,
		.switches = switches,
		.progress = progress,
	};
	struct df_diags diags = { 0 };
	struct result result = { 0 };
	struct df_build build;

	result.code = df_build_load(&build, path, &options, &diags);
	result.warm = build.warm;
	result.messages = render(&diags);
	if (build.image)
		assert_int_equal(df_image_digest(build.image, result.digest), 0);
	df_build_free(&build);
	df_diags_free(&diags);
	return result;
}

static inline struct result build(void)
{
	return build_at("policy.yaml");
}

static inline void assert_build(const char *path, bool warm)
{
	struct result result = build_at(path);

	assert_int_equal(result.code, DF_EXIT_OK);
	if (result.warm != warm)
		fail_msg("%s is %s\n%s", path, warm ? "cold" : "warm",
			 result.messages);
	free(result.messages);
}

static inline void assert_cold(void)
{
	assert_build("policy.yaml", false);
}

static inline void assert_warm(void)
{
	assert_build("policy.yaml", true);
}

static inline size_t count_files(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(DIR_NAME);
	size_t count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

/* The one file there is. */
static inline const char *only_file(void)
{
	static char path[512];
	const struct dirent *entry;
	DIR *dir = opendir(DIR_NAME);

	assert_non_null(dir);
	assert_int_equal(count_files(), 1);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), DIR_NAME "/%s",
				 entry->d_name);
	closedir(dir);
	return path;
}

#endif
