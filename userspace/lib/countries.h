/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DF_COUNTRIES_H
#define DF_COUNTRIES_H

/**
 * struct df_country - a country of ISO 3166-1
 * @code: two upper-case letters
 * @name: usual English name
 */
struct df_country {
	char code[3];
	const char *name;
};

const struct df_country *df_country_by_name(const char *name);

#endif
