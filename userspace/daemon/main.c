// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon.h"
#include "keep.h"
#include "load.h"
#include "options.h"

int main(int argc, char **argv)
{
	struct df_options options;
	enum df_exit code;

	if (!df_options_parse(&options, argc, argv, &code))
		return (int)code;
	if (options.keep)
		return (int)df_keep_run();
	return (int)(options.load_only ? df_load_run(&options) :
					 df_daemon_run(&options));
}
