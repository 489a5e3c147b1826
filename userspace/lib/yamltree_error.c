// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "yamltree_error.h"

/* Where to point at: libyaml often notices long after the mistake. */
enum place {
	AT_PROBLEM,
	AT_CONTEXT,
};

struct explanation {
	const char *problem;
	enum place place;
	const char *message;
};

/* What libyaml says, and what a person needs to know. */
static const struct explanation explanations[] = {
	{ "mapping values are not allowed in this context", AT_PROBLEM,
	  "unexpected ':'; check the indentation, or quote text that contains ': '" },
	{ "block sequence entries are not allowed in this context", AT_PROBLEM,
	  "a list entry cannot start here; put '- ' on a line of its own" },
	{ "could not find expected ':'", AT_CONTEXT,
	  "expected ':' behind the key" },
	{ "found unexpected ':'", AT_PROBLEM,
	  "inside [ ] and { } text that contains ':' needs quotes" },
	{ "found unexpected end of stream", AT_CONTEXT,
	  "the quotes that open here are never closed" },
	{ "found unexpected document indicator", AT_CONTEXT,
	  "the quotes that open here are not closed before '---' or '...'" },
	{ "found unknown escape character", AT_PROBLEM,
	  "unknown escape; use single quotes, where a backslash stands for itself" },
	{ "did not find expected ',' or ']'", AT_CONTEXT,
	  "the list that opens here is not closed: expected ',' or ']'" },
	{ "did not find expected ',' or '}'", AT_CONTEXT,
	  "the mapping that opens here is not closed: expected ',' or '}'" },
	{ "did not find expected key", AT_PROBLEM,
	  "expected a key; check the indentation" },
	{ "did not find expected '-' indicator", AT_PROBLEM,
	  "expected a list entry ('- '); check the indentation" },
	{ "did not find expected <document start>", AT_PROBLEM,
	  "the policy has ended before this line; check the indentation" },
	{ "found a tab character that violates indentation", AT_PROBLEM,
	  "a tab cannot indent; use blanks" },
	{ "found a tab character where an indentation space is expected",
	  AT_PROBLEM, "a tab cannot indent; use blanks" },
	{ "did not find expected alphabetic or numeric character", AT_CONTEXT,
	  "text that starts with '*' or '&' needs quotes" },
	{ "did not find expected node content", AT_PROBLEM,
	  "expected a value; text that starts with ':', ',' or '?' needs quotes" },
	{ "found undefined tag handle", AT_PROBLEM,
	  "tags (!name) are not supported; quote text that starts with '!'" },
};

static const struct explanation *find(const char *problem)
{
	size_t i;

	for (i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (!strcmp(explanations[i].problem, problem))
			return &explanations[i];
	return NULL;
}

static struct df_mark mark_of(struct df_source *source, const yaml_mark_t *mark)
{
	return df_source_mark(source, mark->index);
}

static size_t offset_of(const struct df_source *source,
			const struct df_mark *mark)
{
	return source->lines[mark->line - 1] + mark->column - 1;
}

/* "found character that cannot start any token": it depends which one. */
static void bad_start(struct df_source *source, struct df_diags *diags,
		      const struct df_mark *mark)
{
	size_t offset = offset_of(source, mark);
	char c = offset < source->text_size ? source->text[offset] : '\0';

	if (c == '\t')
		df_source_error(source, diags, mark,
				"a tab cannot indent; use blanks");
	else
		df_source_error(source, diags, mark,
				"text that starts with '%c' needs quotes", c);
}

/**
 * df_yaml_syntax_error() - report what libyaml stumbled over
 * @parser: after a call that failed, not for lack of memory
 * @source: the file
 * @diags: where to report it
 */
void df_yaml_syntax_error(const yaml_parser_t *parser, struct df_source *source,
			  struct df_diags *diags)
{
	const char *problem = parser->problem ? parser->problem : "unreadable";
	struct df_mark mark = mark_of(source, &parser->problem_mark);
	const struct explanation *explanation = find(problem);

	if (explanation && explanation->place == AT_CONTEXT && parser->context)
		mark = mark_of(source, &parser->context_mark);
	if (explanation && offset_of(source, &mark) == source->text_size)
		df_source_error(source, diags, &mark,
				"the file ends too early, in the middle of a list or mapping");
	else if (explanation)
		df_source_error(source, diags, &mark, "%s",
				explanation->message);
	else if (!strcmp(problem, "found character that cannot start any token"))
		bad_start(source, diags, &mark);
	else if (parser->context)
		df_source_error(source, diags, &mark, "YAML syntax: %s, %s",
				problem, parser->context);
	else
		df_source_error(source, diags, &mark, "YAML syntax: %s",
				problem);
}
