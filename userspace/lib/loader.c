// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "utf8.h"

static const struct df_source *source_of(const struct df_loader *l,
					 const struct df_mark *mark)
{
	size_t i;

	/* Marks borrow the path, so that the pointers can be compared. */
	for (i = 0; i < l->policy->file_count; i++)
		if (l->files[i].source.path == mark->file)
			return &l->files[i].source;
	return NULL;
}

/**
 * df_load_error() - report an error of the policy
 * @l: the loader
 * @mark: the place
 * @fmt: printf format of the message: one line, no full stop
 */
void df_load_error(struct df_loader *l, const struct df_mark *mark,
		   const char *fmt, ...)
{
	char *message;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&message, fmt, args);
	va_end(args);
	if (n < 0) {
		l->nomem = true;
		return;
	}
	df_source_error(source_of(l, mark), l->diags, mark, "%s", message);
	free(message);
}

/**
 * df_load_alloc() - allocate zeroed memory
 * @l: the loader; remembers a failure
 * @count: number of elements; may be 0
 * @size: of an element in bytes
 *
 * Return: memory for free(), or NULL if there is none or @count is 0.
 */
void *df_load_alloc(struct df_loader *l, size_t count, size_t size)
{
	void *memory;

	if (!count)
		return NULL;
	memory = calloc(count, size);
	if (!memory)
		l->nomem = true;
	return memory;
}

/**
 * df_load_strdup() - copy a text
 * @l: the loader; remembers a failure
 * @text: what to copy
 *
 * Return: memory for free(), or NULL if there is none.
 */
char *df_load_strdup(struct df_loader *l, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		l->nomem = true;
	return copy;
}

static const char *kind_name(enum df_yaml_kind kind)
{
	switch (kind) {
	case DF_YAML_LIST:
		return "a list";
	case DF_YAML_MAPPING:
		return "a mapping (key: value)";
	default:
		return "a single value";
	}
}

/**
 * df_load_text() - the text of a node
 * @l: the loader
 * @node: any node
 * @what: what is expected, with its article
 *
 * Return: the text, or NULL after an error was reported.
 */
const char *df_load_text(struct df_loader *l, const struct df_yaml *node,
			 const char *what)
{
	if (node->kind == DF_YAML_TEXT)
		return node->text;
	if (node->kind != DF_YAML_BAD)
		df_load_error(l, &node->mark, "expected %s, found %s", what,
			      kind_name(node->kind));
	return NULL;
}

/**
 * df_load_is_mapping() - is a node a mapping
 * @l: the loader
 * @node: any node
 * @what: what the mapping describes, for messages
 *
 * Return: true; false after an error was reported.
 */
bool df_load_is_mapping(struct df_loader *l, const struct df_yaml *node,
			const char *what)
{
	if (node->kind == DF_YAML_MAPPING)
		return true;
	if (node->kind != DF_YAML_BAD)
		df_load_error(l, &node->mark,
			      "%s: expected a mapping (key: value), found %s",
			      what, kind_name(node->kind));
	return false;
}

/**
 * df_load_items() - see a single value as a list of one
 * @node: any node
 * @items: where to store the first one
 *
 * Return: the number of items; 0 for a bad node, and for an empty list.
 */
size_t df_load_items(const struct df_yaml *node, const struct df_yaml **items)
{
	*items = node;
	if (node->kind == DF_YAML_BAD)
		return 0;
	if (node->kind != DF_YAML_LIST)
		return 1;
	*items = node->list;
	return node->count;
}

static const struct df_key *find_key(const struct df_key *keys, size_t count,
				     const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static void unknown_key(struct df_loader *l, const struct df_yaml *node,
			const char *what, const struct df_key *keys,
			size_t count)
{
	struct df_suggestion suggestion = { .word = node->text };
	char list[256] = "", buf[DF_QUOTE_SIZE];
	size_t i, length = 0;

	for (i = 0; i < count; i++) {
		df_suggest(&suggestion, keys[i].name);
		length += (size_t)snprintf(list + length, sizeof(list) - length,
					   "%s%s", i ? ", " : "", keys[i].name);
		if (length >= sizeof(list))
			break;
	}
	if (suggestion.best)
		df_load_error(l, &node->mark,
			      "unknown key '%s' in %s; did you mean '%s'?",
			      df_quote(node->text, buf), what, suggestion.best);
	else
		df_load_error(l, &node->mark,
			      "unknown key '%s' in %s; there can be: %s",
			      df_quote(node->text, buf), what, list);
}

/* Returns whether the key is there. */
static bool load_key(struct df_loader *l, const struct df_yaml *node,
		     const struct df_key *key, void *arg)
{
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (strcmp(node->list[2 * i].text, key->name))
			continue;
		if (key->load)
			key->load(l, &node->list[2 * i],
				  &node->list[2 * i + 1], arg);
		return true;
	}
	return false;
}

/**
 * df_load_mapping() - read a mapping by a table of its keys
 * @l: the loader
 * @node: any node; an error is reported unless it is a mapping
 * @mark: where to report that a key is missing
 * @what: what the mapping describes, for messages
 * @keys: the keys that there may be; they are loaded in this order
 * @count: number of @keys
 * @arg: passed on to the loading functions
 *
 * Return: true if there is no unknown key; else a key that is missing is
 * probably there, mistyped.
 */
bool df_load_mapping(struct df_loader *l, const struct df_yaml *node,
		     const struct df_mark *mark, const char *what,
		     const struct df_key *keys, size_t count, void *arg)
{
	bool known = true;
	size_t i;

	if (!df_load_is_mapping(l, node, what))
		return false;
	for (i = 0; i < node->count; i++) {
		if (find_key(keys, count, node->list[2 * i].text))
			continue;
		unknown_key(l, &node->list[2 * i], what, keys, count);
		known = false;
	}
	for (i = 0; i < count; i++)
		if (!load_key(l, node, &keys[i], arg) && keys[i].required &&
		    known)
			df_load_error(l, mark, "'%s' is missing in %s",
				      keys[i].name, what);
	return known;
}

static bool is_name(const char *text)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return strspn(text, first) &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") ==
	       strlen(text);
}

/**
 * df_load_name() - read a name that the policy gives to something
 * @l: the loader
 * @node: the text
 * @what: of what it is the name
 *
 * A bad name is reported and used nevertheless: other parts of the policy can
 * refer to it, and that is no second error.
 *
 * Return: memory for free(), or NULL if there is none.
 */
char *df_load_name(struct df_loader *l, const struct df_yaml *node,
		   const char *what)
{
	char buf[DF_QUOTE_SIZE];

	if (!is_name(node->text))
		df_load_error(l, &node->mark,
			      "'%s' cannot be the name of %s: a name has a-z, 0-9, '-' and '_' and starts with a letter or digit",
			      df_quote(node->text, buf), what);
	else if (strlen(node->text) > DRONEFENCE_NAME_MAX)
		df_load_error(l, &node->mark,
			      "the name of %s is longer than %d characters",
			      what, DRONEFENCE_NAME_MAX);
	return df_load_strdup(l, node->text);
}

/**
 * df_load_path() - the file that the policy means by a path
 * @l: the loader
 * @path: absolute, or relative to the folder of the policy
 *
 * Return: memory for free(), or NULL if there is none.
 */
char *df_load_path(struct df_loader *l, const char *path)
{
	const char *base = l->policy->files[0], *slash = strrchr(base, '/');
	char *result;

	if (path[0] == '/' || !slash)
		return df_load_strdup(l, path);
	if (asprintf(&result, "%.*s/%s", (int)(slash - base), base, path) < 0) {
		l->nomem = true;
		return NULL;
	}
	return result;
}
