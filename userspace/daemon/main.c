// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon.h"
#include "load.h"
#include "options.h"

int main(int argc, char **argv)
{
	struct df_options options;
	enum df_exit code;

	if (!df_options_parse(&options, argc, argv, &code))
		return (int)code;
	return (int)(options.load_only ? df_load_run(&options) :
					 df_daemon_run(&options));
}
