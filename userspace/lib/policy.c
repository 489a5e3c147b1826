// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading a policy: the file and what it includes are read into trees, then the
 * parts are read from the trees, the sets first, because rules name them. After
 * an error the loader goes on, so that all errors are reported at once; an
 * error that follows from another one is not reported.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

static const char *read_problem(int err)
{
	switch (err) {
	case -EFBIG:
		return "it is larger than 4 MiB";
	case -EINVAL:
		return "it is not a regular file";
	case -EAGAIN:
		return "it changed while it was read";
	default:
		return strerror(-err);
	}
}

/* Was the last file read before, perhaps by another name. */
static bool is_repeated(struct df_loader *l, const struct df_mark *where)
{
	size_t last = l->policy->file_count - 1, i;
	const struct df_source *source = &l->files[last].source;

	for (i = 0; i < last; i++) {
		const struct df_source *other = &l->files[i].source;

		if (other->inode != source->inode ||
		    other->device != source->device)
			continue;
		if (i)
			df_load_error(l, where, "%s is included twice",
				      source->path);
		else
			df_load_error(l, where, "%s includes itself",
				      other->path);
		return true;
	}
	return false;
}

/*
 * Read and parse the last file. @where is the place that names it. Returns its
 * tree, or NULL after an error.
 */
static const struct df_yaml *read_file(struct df_loader *l,
				       const struct df_mark *where)
{
	struct df_loaded_file *file = &l->files[l->policy->file_count - 1];
	struct df_source *source = &file->source;
	int err;

	if (l->text && l->policy->file_count == 1)
		err = df_source_copy(source, source->path, l->text);
	else
		err = df_source_read(source, source->path);
	if (err == -ENOMEM)
		goto nomem;
	if (err) {
		df_load_error(l, where, "cannot read %s: %s", source->path,
			      read_problem(err));
		return NULL;
	}
	if (is_repeated(l, where))
		return NULL;
	if (!EVP_DigestUpdate(l->digest, source->buffer, source->size))
		goto nomem;
	if (!df_source_check(source, l->diags))
		return NULL;
	err = df_yaml_parse(source, l->diags, &file->root);
	if (err == -ENOMEM)
		goto nomem;
	return err ? NULL : &file->root;

nomem:
	l->nomem = true;
	return NULL;
}

/* Take @path over as the path of one more file. */
static struct df_loaded_file *add_file(struct df_loader *l, char *path)
{
	struct df_loaded_file *file = &l->files[l->policy->file_count];

	l->policy->files[l->policy->file_count++] = path;
	file->source.path = path;
	return file;
}

static const struct df_yaml *find_value(const struct df_yaml *node,
					const char *key)
{
	size_t i;

	for (i = 0; i < node->count; i++)
		if (!strcmp(node->list[2 * i].text, key))
			return &node->list[2 * i + 1];
	return NULL;
}

/* Returns false if the rest of the file may mean something else. */
static bool check_version(struct df_loader *l, const struct df_yaml *root)
{
	const struct df_yaml *version = find_value(root, "version");
	struct df_mark start = root->mark;
	const char *text;
	char buf[DF_QUOTE_SIZE];

	if (!version) {
		start.length = 1;
		df_load_error(l, &start,
			      "'version' is missing; write 'version: 1'");
		return true;
	}
	text = df_load_text(l, version, "a version number");
	if (!text || !strcmp(text, "1"))
		return true;
	df_load_error(l, &version->mark,
		      "version '%s' is not known; this program reads version 1",
		      df_quote(text, buf));
	return false;
}

static void load_name(struct df_loader *l, const struct df_yaml *key,
		      const struct df_yaml *value, void *arg)
{
	if (df_load_text(l, value, "a name"))
		l->policy->name = df_load_name(l, value, "the policy");
}

static void load_sets_node(struct df_loader *l, const struct df_yaml *key,
			   const struct df_yaml *value, void *arg)
{
	struct df_loaded_file *file = arg;

	if (df_load_is_mapping(l, value, "'sets'"))
		file->sets = value;
	else
		l->incomplete = true;
}

static const struct df_key include_keys[] = {
	{ "version", false, NULL },
	{ "sets", true, load_sets_node },
};

/* Returns false after an error that can have hidden sets. */
static bool include_file(struct df_loader *l, const struct df_yaml *node,
			 char *path)
{
	struct df_loaded_file *file = add_file(l, path);
	const struct df_yaml *root = read_file(l, &node->mark);

	if (!root || !df_load_is_mapping(l, root, "an included file") ||
	    !check_version(l, root))
		return false;
	df_load_mapping(l, root, &root->mark, "an included file", include_keys,
			2, file);
	return true;
}

static bool include(struct df_loader *l, const struct df_yaml *node)
{
	const char *text = df_load_text(l, node, "the name of a file");
	char *path;

	if (!text)
		return false;
	if (l->policy->file_count == DF_POLICY_FILES_MAX) {
		df_load_error(l, &node->mark, "more than %d included files",
			      DF_POLICY_FILES_MAX - 1);
		return false;
	}
	path = df_load_path(l, text);
	return path && include_file(l, node, path);
}

static void load_include(struct df_loader *l, const struct df_yaml *key,
			 const struct df_yaml *value, void *arg)
{
	const struct df_yaml *items;
	size_t count = df_load_items(value, &items), i;

	if (value->kind == DF_YAML_BAD)
		l->incomplete = true;
	for (i = 0; i < count; i++)
		if (!include(l, &items[i]))
			l->incomplete = true;
}

/* What is not loaded here waits until all sets are known. */
static const struct df_key policy_keys[] = {
	{ "version", false, NULL },
	{ "name", false, load_name },
	{ "include", false, load_include },
	{ "geo", false, NULL },
	{ "sets", false, load_sets_node },
	{ "profiles", false, NULL },
	{ "applications", false, NULL },
	{ "bulk", false, df_load_bulk },
	{ "unlock", false, df_load_unlock },
};

static void load_root(struct df_loader *l, const struct df_yaml *root)
{
	const struct df_yaml *part;

	if (!df_load_is_mapping(l, root, "the policy") || !check_version(l, root))
		return;
	df_load_mapping(l, root, &root->mark, "the policy", policy_keys,
			sizeof(policy_keys) / sizeof(*policy_keys),
			&l->files[0]);
	df_load_set_names(l);
	if (l->nomem)
		return;
	df_load_sets(l);
	part = find_value(root, "geo");
	if (part)
		df_load_geo(l, part);
	part = find_value(root, "profiles");
	if (part)
		df_load_profiles(l, part);
	part = find_value(root, "applications");
	if (part)
		df_load_applications(l, part);
	df_check_policy(l);
}

/*
 * The name of a policy that has none: the name of its file without folder and
 * extension, made to look like a name.
 */
static char *default_name(const char *path)
{
	const char *base = strrchr(path, '/'), *dot;
	char *name = malloc(DRONEFENCE_NAME_MAX + 1);
	size_t length = 0;

	if (!name)
		return NULL;
	base = base ? base + 1 : path;
	dot = strrchr(base, '.');
	for (; *base && base != dot && length < DRONEFENCE_NAME_MAX; base++) {
		char c = (char)tolower((unsigned char)*base);

		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", c))
			c = '-';
		if (length || (c != '-' && c != '_'))
			name[length++] = c;
	}
	name[length] = '\0';
	if (!length)
		memcpy(name, "policy", sizeof("policy"));
	return name;
}

static void load_all(struct df_loader *l, const char *path)
{
	struct df_policy *policy = l->policy;
	struct df_mark whole = { 0 };
	const struct df_yaml *root;

	policy->files = df_load_alloc(l, DF_POLICY_FILES_MAX,
				      sizeof(*policy->files));
	policy->sources = df_load_alloc(l, DF_POLICY_FILES_MAX,
					sizeof(*policy->sources));
	l->files = df_load_alloc(l, DF_POLICY_FILES_MAX, sizeof(*l->files));
	l->digest = EVP_MD_CTX_new();
	whole.file = df_load_strdup(l, path);
	if (l->nomem || !l->digest ||
	    !EVP_DigestInit_ex(l->digest, EVP_sha256(), NULL)) {
		free((char *)whole.file);
		l->nomem = true;
		return;
	}

	add_file(l, (char *)whole.file);
	root = read_file(l, &whole);
	if (root)
		load_root(l, root);
	if (!policy->name)
		policy->name = default_name(path);
	if (!policy->name ||
	    !EVP_DigestFinal_ex(l->digest, policy->digest, NULL))
		l->nomem = true;
}

/* The policy keeps the text of its files. */
static void free_loader(struct df_loader *l)
{
	size_t i;

	for (i = 0; i < l->policy->file_count; i++) {
		l->policy->sources[i] = l->files[i].source;
		df_yaml_free(&l->files[i].root);
	}
	free(l->files);
	free(l->set_nodes);
	free(l->set_names);
	EVP_MD_CTX_free(l->digest);
}

static struct df_policy *load(const char *path, const char *text,
			      struct df_diags *diags)
{
	struct df_policy *policy = calloc(1, sizeof(*policy));
	struct df_loader l = { .policy = policy, .diags = diags, .text = text };
	size_t errors = diags->errors;

	if (!policy) {
		df_diag(diags, DF_ERROR, NULL, NULL, "out of memory");
		return NULL;
	}
	policy->quorum_deny = DF_QUORUM_ANY;
	policy->quorum_allow = DF_QUORUM_ALL;
	load_all(&l, path);
	if (l.nomem)
		df_diag(diags, DF_ERROR, NULL, NULL, "out of memory");
	free_loader(&l);
	if (diags->errors == errors && !diags->lost)
		return policy;
	df_policy_free(policy);
	return NULL;
}

/**
 * df_policy_load() - read and check a policy
 * @path: of the file; relative includes are looked for beside it
 * @diags: where errors are added; sort them with df_diags_sort() to show them
 *	in the order of the file
 *
 * All errors of the file and its includes are reported, up to a thousand. Geo
 * data is not looked at. The limits of one policy are those of the kernel
 * interface, 4 MiB a file and 64 files.
 *
 * Return: the policy, to be freed with df_policy_free(), or NULL if at least
 * one error was added to @diags.
 */
struct df_policy *df_policy_load(const char *path, struct df_diags *diags)
{
	return load(path, NULL, diags);
}

/**
 * df_policy_parse() - check a policy that is in memory
 * @name: stands for the path of its file
 * @text: the file
 * @diags: see df_policy_load()
 *
 * Return: see df_policy_load().
 */
struct df_policy *df_policy_parse(const char *name, const char *text,
				  struct df_diags *diags)
{
	return load(name, text, diags);
}

static void free_rule(struct df_rule *rule)
{
	free(rule->to.list);
	free(rule->ports);
}

static void free_profile(struct df_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rule_count; i++)
		free_rule(&profile->rules[i]);
	free(profile->rules);
	free(profile->name);
}

static void free_application(struct df_application *app)
{
	size_t i;

	for (i = 0; i < app->selector_count; i++)
		free(app->selectors[i].pattern);
	free(app->selectors);
	free(app->name);
}

/**
 * df_applications_free() - free applications, and the array they are in
 * @list: may be NULL
 * @count: how many
 */
void df_applications_free(struct df_application *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free_application(&list[i]);
	free(list);
}

static void free_specs(struct df_geo_spec *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(list[i].path);
	free(list);
}

/**
 * df_policy_free() - free a policy
 * @policy: may be NULL; marks that point into its files become invalid
 */
void df_policy_free(struct df_policy *policy)
{
	size_t i;

	if (!policy)
		return;
	for (i = 0; i < policy->set_count; i++) {
		free(policy->sets[i].atoms.list);
		free(policy->sets[i].name);
	}
	for (i = 0; i < policy->profile_count; i++)
		free_profile(&policy->profiles[i]);
	df_applications_free(policy->applications, policy->application_count);
	for (i = 0; i < policy->file_count; i++) {
		df_source_free(&policy->sources[i]);
		free(policy->files[i]);
	}
	free_specs(policy->country, policy->country_count);
	free_specs(policy->operator, policy->operator_count);
	free(policy->sets);
	free(policy->profiles);
	free(policy->files);
	free(policy->sources);
	free(policy->name);
	free(policy->variant);
	free(policy);
}

static void quote(const struct df_policy *policy, struct df_diag *diag)
{
	char buf[DF_SOURCE_LINE_MAX + 1];
	const char *text;
	size_t i;

	for (i = 0; i < policy->file_count; i++) {
		if (strcmp(policy->files[i], diag->file))
			continue;
		text = df_source_line(&policy->sources[i], diag->line, buf);
		/* Without memory the message is shown without it. */
		diag->text = text ? strdup(text) : NULL;
		return;
	}
}

/**
 * df_policy_quote() - add to messages the line that they are about
 * @policy: whose marks they were made with
 * @diags: the messages; those that have a line already keep it
 */
void df_policy_quote(const struct df_policy *policy, struct df_diags *diags)
{
	size_t i;

	for (i = 0; i < diags->count; i++) {
		struct df_diag *diag = &diags->list[i];

		if (diag->file && diag->line && !diag->text)
			quote(policy, diag);
	}
}
