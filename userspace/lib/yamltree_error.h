/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DF_YAMLTREE_ERROR_H
#define DF_YAMLTREE_ERROR_H

#include <yaml.h>

#include "diag.h"
#include "source.h"

void df_yaml_syntax_error(const yaml_parser_t *parser, struct df_source *source,
			  struct df_diags *diags);

#endif
