/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of YAML that a policy is written in, as a tree with marks. */
#ifndef DF_YAMLTREE_H
#define DF_YAMLTREE_H

#include <stddef.h>

#include "diag.h"
#include "source.h"

/* Deepest nesting of lists and mappings. */
#define DF_YAML_DEPTH_MAX 32

/**
 * enum df_yaml_kind - what a node is
 * @DF_YAML_BAD: refused; the error has been reported, say nothing more
 * @DF_YAML_TEXT: a single value; whatever it looks like, it is a text
 * @DF_YAML_LIST: a sequence
 * @DF_YAML_MAPPING: a mapping
 */
enum df_yaml_kind {
	DF_YAML_BAD,
	DF_YAML_TEXT,
	DF_YAML_LIST,
	DF_YAML_MAPPING,
};

/**
 * struct df_yaml - a node
 * @kind: which of the other members hold
 * @mark: where it starts; covers it if it ends in the same line
 * @text: of DF_YAML_TEXT: one line, not empty, no control characters
 * @count: entries of a list, pairs of a mapping
 * @list: the entries; of a mapping key, value, key, value ...; keys are texts
 *	and each is there once
 */
struct df_yaml {
	enum df_yaml_kind kind;
	struct df_mark mark;
	char *text;
	size_t count;
	struct df_yaml *list;
};

int df_yaml_parse(struct df_source *source, struct df_diags *diags,
		  struct df_yaml *root);
void df_yaml_free(struct df_yaml *node);

#endif
