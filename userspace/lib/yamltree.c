// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * YAML lets a text mean something else than what stands there: anchors and
 * merge keys build values from afar, tags and implicit types turn NO into false
 * and 0700 into 448, of two equal keys one silently wins. A policy must mean
 * what a reviewer reads, so all of that is refused, and every value is a text
 * until the policy loader gives it a type.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "utf8.h"
#include "yamltree.h"
#include "yamltree_error.h"

/* State of one file. */
struct builder {
	yaml_parser_t parser;
	struct df_source *source;
	struct df_diags *diags;
	unsigned int depth;
};

static int build(struct builder *b, yaml_event_t *event, struct df_yaml *node);

/* Returns 0, -ENOMEM, or -EINVAL after a syntax error was reported. */
static int next_event(struct builder *b, yaml_event_t *event)
{
	if (yaml_parser_parse(&b->parser, event))
		return 0;
	if (b->parser.error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	df_yaml_syntax_error(&b->parser, b->source, b->diags);
	return -EINVAL;
}

/* The mark of an event, as long as it is in one line. */
static struct df_mark mark_of(struct builder *b, const yaml_event_t *event)
{
	const yaml_mark_t *start = &event->start_mark, *end = &event->end_mark;
	struct df_mark mark = df_source_mark(b->source, start->index);

	if (start->line == end->line && end->index > start->index)
		mark.length = df_source_mark(b->source, end->index).column -
			      mark.column;
	return mark;
}

static void refuse(struct builder *b, struct df_yaml *node, const char *why)
{
	struct df_mark mark = node->mark;

	df_source_error(b->source, b->diags, &mark, "%s", why);
	df_yaml_free(node);
	node->mark = mark;
}

static bool one_line(const char *text, size_t size)
{
	while (size) {
		uint32_t c;
		size_t length = df_utf8_decode(text, size, &c);

		if (!length || c == '\t' || !df_utf8_allowed(c))
			return false;
		text += length;
		size -= length;
	}
	return true;
}

static int build_text(struct builder *b, yaml_event_t *event,
		      struct df_yaml *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	yaml_scalar_style_t style = event->data.scalar.style;

	if (style == YAML_LITERAL_SCALAR_STYLE ||
	    style == YAML_FOLDED_SCALAR_STYLE) {
		/* The event ends lines later, the mark shows the indicator. */
		node->mark.length = 1;
		refuse(b, node, "text in several lines (| or >) is not supported");
	} else if (!size) {
		refuse(b, node, style == YAML_PLAIN_SCALAR_STYLE
			       ? "a value is missing here" : "the text is empty");
	} else if (!one_line(text, size)) {
		refuse(b, node, "the text has a line end, tab or control character in it");
	}
	if (node->kind == DF_YAML_BAD)
		return 0;

	node->text = strdup(text);
	return node->text ? 0 : -ENOMEM;
}

/* Make room for @add more children of @node; it grows by doubling. */
static int grow(struct df_yaml *node, size_t *space, size_t used, size_t add)
{
	struct df_yaml *list;

	if (used + add <= *space)
		return 0;
	*space = *space ? 2 * *space : 4;
	list = reallocarray(node->list, *space, sizeof(*list));
	if (!list)
		return -ENOMEM;
	node->list = list;
	return 0;
}

static int build_list(struct builder *b, struct df_yaml *node)
{
	size_t space = 0;
	yaml_event_t event;
	int err;

	for (;;) {
		err = next_event(b, &event);
		if (err)
			return err;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		err = grow(node, &space, node->count, 1);
		if (err) {
			yaml_event_delete(&event);
			return err;
		}
		/* Counted before it is built: what there is gets freed. */
		node->list[node->count] = (struct df_yaml){ 0 };
		err = build(b, &event, &node->list[node->count++]);
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	return 0;
}

/* Returns whether the pair is kept. */
static bool check_key(struct builder *b, struct df_yaml *key, bool plain)
{
	if (key->kind == DF_YAML_BAD)
		return false;
	if (key->kind != DF_YAML_TEXT)
		refuse(b, key, "a key is a single word, not a list or mapping");
	else if (plain && !strcmp(key->text, "<<"))
		refuse(b, key, "merge keys (<<) are not supported; write the values out");
	return key->kind == DF_YAML_TEXT;
}

static int build_pair(struct builder *b, yaml_event_t *event,
		      struct df_yaml *node)
{
	struct df_yaml *pair = node->list + 2 * node->count;
	bool plain = event->type == YAML_SCALAR_EVENT &&
		     event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	bool empty = plain && !event->data.scalar.length;
	yaml_event_t value;
	int err;

	pair[0] = (struct df_yaml){ 0 };
	pair[1] = (struct df_yaml){ 0 };
	node->count++;
	if (empty) {
		pair[0].mark = mark_of(b, event);
		refuse(b, &pair[0], "the key in front of ':' is missing");
		yaml_event_delete(event);
	} else {
		err = build(b, event, &pair[0]);
		if (err)
			return err;
	}
	err = next_event(b, &value);
	if (!err)
		err = build(b, &value, &pair[1]);
	if (err)
		return err;

	if (!check_key(b, &pair[0], plain)) {
		df_yaml_free(&pair[0]);
		df_yaml_free(&pair[1]);
		node->count--;
	}
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct df_yaml *x = *(const struct df_yaml *const *)a;
	const struct df_yaml *y = *(const struct df_yaml *const *)b;
	int order = strcmp(x->text, y->text);

	if (order)
		return order;
	return x < y ? -1 : x > y;
}

/* Report keys that occur again, and mark their pairs as bad. */
static int refuse_duplicates(struct builder *b, struct df_yaml *node)
{
	const struct df_yaml *first = NULL;
	struct df_yaml **keys;
	char buf[DF_QUOTE_SIZE];
	size_t i;

	if (node->count < 2)
		return 0;
	keys = calloc(node->count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (i = 0; i < node->count; i++)
		keys[i] = &node->list[2 * i];
	qsort(keys, node->count, sizeof(*keys), compare_keys);
	for (i = 0; i < node->count; i++) {
		if (!first || strcmp(first->text, keys[i]->text)) {
			first = keys[i];
			continue;
		}
		df_source_error(b->source, b->diags, &keys[i]->mark,
				"key '%s' occurs again, it is already in line %u",
				df_quote(keys[i]->text, buf), first->mark.line);
		keys[i]->kind = DF_YAML_BAD;
	}
	free(keys);
	return 0;
}

/* Take out the pairs whose key is bad. */
static void drop_bad_pairs(struct df_yaml *node)
{
	size_t i, kept = 0;

	for (i = 0; i < node->count; i++) {
		struct df_yaml *pair = &node->list[2 * i];

		if (pair[0].kind == DF_YAML_BAD) {
			df_yaml_free(&pair[0]);
			df_yaml_free(&pair[1]);
			continue;
		}
		node->list[2 * kept] = pair[0];
		node->list[2 * kept + 1] = pair[1];
		kept++;
	}
	node->count = kept;
}

static int build_mapping(struct builder *b, struct df_yaml *node)
{
	size_t space = 0;
	yaml_event_t event;
	int err;

	for (;;) {
		err = next_event(b, &event);
		if (err)
			return err;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		err = grow(node, &space, 2 * node->count, 2);
		if (err) {
			yaml_event_delete(&event);
			return err;
		}
		err = build_pair(b, &event, node);
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	err = refuse_duplicates(b, node);
	if (!err)
		drop_bad_pairs(node);
	return err;
}

static int build_collection(struct builder *b, struct df_yaml *node, bool list)
{
	int err;

	if (b->depth == DF_YAML_DEPTH_MAX) {
		df_source_error(b->source, b->diags, &node->mark,
				"nested deeper than %d levels",
				DF_YAML_DEPTH_MAX);
		return -EINVAL;
	}
	b->depth++;
	err = list ? build_list(b, node) : build_mapping(b, node);
	b->depth--;
	return err;
}

static const char *anchor_or_tag(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return "anchors (&name) are not supported; quote text that starts with '&'";
	if (tag)
		return "tags (!name) are not supported; quote text that starts with '!'";
	return NULL;
}

/*
 * Build the node that starts with @event, which is deleted. What was built so
 * far stays in @node when this fails.
 */
static int build(struct builder *b, yaml_event_t *event, struct df_yaml *node)
{
	const char *why = anchor_or_tag(event);
	int err = 0;

	node->mark = mark_of(b, event);
	if (why) {
		df_source_error(b->source, b->diags, &node->mark, "%s", why);
		/* An anchor alone before a mapping: look on without it. */
	}

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node->kind = why ? DF_YAML_BAD : DF_YAML_TEXT;
		if (!why)
			err = build_text(b, event, node);
		break;
	case YAML_SEQUENCE_START_EVENT:
		node->kind = DF_YAML_LIST;
		err = build_collection(b, node, true);
		break;
	case YAML_MAPPING_START_EVENT:
		node->kind = DF_YAML_MAPPING;
		err = build_collection(b, node, false);
		break;
	default:
		refuse(b, node, "aliases (*name) are not supported; quote text that starts with '*'");
		break;
	}
	yaml_event_delete(event);
	return err;
}

/* A message about the whole file. */
static int whole_file(struct builder *b, const char *why)
{
	struct df_mark mark = { .file = b->source->path };

	df_source_error(b->source, b->diags, &mark, "%s", why);
	return -EINVAL;
}

static int refuse_at(struct builder *b, yaml_event_t *event, const char *why)
{
	struct df_mark mark = mark_of(b, event);

	yaml_event_delete(event);
	df_source_error(b->source, b->diags, &mark, "%s", why);
	return -EINVAL;
}

static bool has_directives(const yaml_event_t *event)
{
	return event->data.document_start.version_directive ||
	       event->data.document_start.tag_directives.start !=
	       event->data.document_start.tag_directives.end;
}

static bool is_empty(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT &&
	       event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       !event->data.scalar.length && !anchor_or_tag(event);
}

/* Behind the document: its end, then nothing more. */
static int build_end(struct builder *b)
{
	yaml_event_t event;
	int err, i;

	for (i = 0; i < 2; i++) {
		err = next_event(b, &event);
		if (err)
			return err;
		if (event.type == YAML_DOCUMENT_START_EVENT)
			return refuse_at(b, &event, "a second document starts here; a policy is one document");
		yaml_event_delete(&event);
	}
	return 0;
}

static int build_document(struct builder *b, struct df_yaml *root)
{
	yaml_event_t event;
	int err;

	err = next_event(b, &event);
	if (err)
		return err;
	yaml_event_delete(&event);

	err = next_event(b, &event);
	if (err)
		return err;
	if (event.type == YAML_STREAM_END_EVENT)
		return whole_file(b, "the file has no content");
	if (has_directives(&event))
		return refuse_at(b, &event, "directives (%) are not supported");
	yaml_event_delete(&event);

	err = next_event(b, &event);
	if (err)
		return err;
	if (is_empty(&event)) {
		yaml_event_delete(&event);
		return whole_file(b, "the file has no content");
	}
	err = build(b, &event, root);
	return err ? err : build_end(b);
}

/**
 * df_yaml_parse() - build the tree of a file
 * @source: a file that passed df_source_check(); outlives @root
 * @diags: where to report errors
 * @root: the tree; the caller frees it with df_yaml_free(), on errors too
 *
 * Return: 0 if there is a tree, which can have bad nodes: their errors have
 * been reported; -EINVAL after a syntax error was reported; -ENOMEM.
 */
int df_yaml_parse(struct df_source *source, struct df_diags *diags,
		  struct df_yaml *root)
{
	struct builder b = { .source = source, .diags = diags };
	int err;

	*root = (struct df_yaml){ 0 };
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	/* Not what a byte order mark may say. */
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser,
				     (const unsigned char *)source->text,
				     source->text_size);
	err = build_document(&b, root);
	yaml_parser_delete(&b.parser);
	return err;
}

/**
 * df_yaml_free() - free the content of a node
 * @node: itself is not freed, and is bad afterwards
 */
void df_yaml_free(struct df_yaml *node)
{
	size_t i, children = node->count;

	if (node->kind == DF_YAML_MAPPING)
		children *= 2;
	for (i = 0; i < children; i++)
		df_yaml_free(&node->list[i]);
	free(node->list);
	free(node->text);
	*node = (struct df_yaml){ 0 };
}
