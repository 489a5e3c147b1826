/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the policy loader: what its files share. */
#ifndef DF_LOADER_H
#define DF_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "policy.h"
#include "source.h"
#include "suggest.h"
#include "yamltree.h"

/* Most files of a policy, the first one included. */
#define DF_POLICY_FILES_MAX 64

/**
 * struct df_loaded_file - a file of the policy and its tree
 * @source: the text
 * @root: the tree, bad if there is none
 * @sets: node of the sets, NULL for none
 */
struct df_loaded_file {
	struct df_source source;
	struct df_yaml root;
	const struct df_yaml *sets;
};

/**
 * struct df_set_name - entry of the index of sets
 * @name: borrowed from the policy
 * @set: index into the policy's sets
 */
struct df_set_name {
	const char *name;
	size_t set;
};

/**
 * struct df_loader - state of df_policy_load()
 * @policy: what is being built
 * @diags: where errors go
 * @text: stands for the first file; NULL to read it
 * @files: as many as @policy has files
 * @digest: over what was read so far
 * @set_nodes: tree node of each set of @policy
 * @set_names: index of the sets, sorted by name
 * @incomplete: something that can define sets could not be read: a set that is
 *	not there is no error then
 * @no_profiles: the same for profiles
 * @bad_geo: the same for geo sources
 * @nomem: an allocation failed; reported once at the end
 */
struct df_loader {
	struct df_policy *policy;
	struct df_diags *diags;
	const char *text;
	struct df_loaded_file *files;
	EVP_MD_CTX *digest;
	const struct df_yaml **set_nodes;
	struct df_set_name *set_names;
	bool incomplete;
	bool no_profiles;
	bool bad_geo;
	bool nomem;
};

/**
 * struct df_key - a key that a mapping may have
 * @name: of the key
 * @required: it is an error if it is not there
 * @load: called with the value; @arg is what was given to df_load_mapping();
 *	NULL if somebody else looks at it
 */
struct df_key {
	const char *name;
	bool required;
	void (*load)(struct df_loader *l, const struct df_yaml *key,
		     const struct df_yaml *value, void *arg);
};

/* loader.c: reporting and reading of single nodes */
void df_load_error(struct df_loader *l, const struct df_mark *mark,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void *df_load_alloc(struct df_loader *l, size_t count, size_t size);
char *df_load_strdup(struct df_loader *l, const char *text);
const char *df_load_text(struct df_loader *l, const struct df_yaml *node,
			 const char *what);
bool df_load_is_mapping(struct df_loader *l, const struct df_yaml *node,
			const char *what);
size_t df_load_items(const struct df_yaml *node, const struct df_yaml **items);
bool df_load_mapping(struct df_loader *l, const struct df_yaml *node,
		     const struct df_mark *mark, const char *what,
		     const struct df_key *keys, size_t count, void *arg);
char *df_load_name(struct df_loader *l, const struct df_yaml *node,
		   const char *what);
char *df_load_path(struct df_loader *l, const char *path);

/* loader_value.c: typed values */
bool df_load_choice(struct df_loader *l, const struct df_yaml *node,
		    const char *what, const char *(*name)(unsigned int),
		    unsigned int count, unsigned int *choice);
bool df_load_bool(struct df_loader *l, const struct df_yaml *node,
		  const char *what, bool *value);
bool df_load_number(struct df_loader *l, const struct df_mark *mark,
		    const char *text, const char *what, uint64_t min,
		    uint64_t max, uint64_t *number);
bool df_load_duration(struct df_loader *l, const struct df_yaml *node,
		      uint64_t none, uint64_t *seconds);
bool df_load_country(struct df_loader *l, const struct df_yaml *node,
		     char country[3]);
bool df_load_hint_country(struct df_loader *l, const struct df_yaml *node);
bool df_load_asn(struct df_loader *l, const struct df_yaml *node,
		 const char *digits, uint32_t *asn);
bool df_load_network(struct df_loader *l, const struct df_yaml *node,
		     struct df_net *net);
bool df_load_ifname(struct df_loader *l, const struct df_yaml *node,
		    char name[DRONEFENCE_IFNAME_MAX + 1]);

/* The other files: one part of the policy each. */
void df_load_geo(struct df_loader *l, const struct df_yaml *node);
void df_load_set_names(struct df_loader *l);
void df_load_sets(struct df_loader *l);
bool df_find_set(const struct df_loader *l, const char *name, size_t *set);
void df_unknown_set(struct df_loader *l, const struct df_yaml *node);
void df_load_destinations(struct df_loader *l, const struct df_yaml *node,
			  struct df_atoms *atoms);
void df_load_profiles(struct df_loader *l, const struct df_yaml *node);
bool df_load_unit(struct df_loader *l, const struct df_yaml *node, bool of_user,
		  char pattern[DRONEFENCE_PATTERN_MAX + 1]);
bool df_load_user(struct df_loader *l, const struct df_yaml *node,
		  uint32_t *uid);
void df_load_applications(struct df_loader *l, const struct df_yaml *node);
void df_load_bulk(struct df_loader *l, const struct df_yaml *key,
		  const struct df_yaml *value, void *arg);
void df_load_unlock(struct df_loader *l, const struct df_yaml *key,
		    const struct df_yaml *value, void *arg);
void df_check_policy(struct df_loader *l);

struct df_atom *df_add_atom(struct df_loader *l, struct df_atoms *atoms,
			    enum df_atom_kind kind, const struct df_mark *mark);

#endif
