// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: A file of the cache
 *
 * ::
 *
 *	"dronefence policy 3\n", key, sources, warnings, policy, SHA-256 of all
 *
 * The digest finds what a disk or a crash has done to the file. It is no
 * signature: that nobody else wrote the file is for its owner and mode to show.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "image_pack.h"

/* Changes with the format. */
static const char magic[] = "dronefence policy 3\n";

/* Longest text of a warning or a path. */
#define TEXT_MAX 65536

/* Most warnings that are kept. */
#define DIAGS_MAX 65536

static void pack_geo(struct df_pack *pack, const struct df_geo *geo)
{
	size_t i;

	df_pack_number(pack, geo->source_count, 4);
	for (i = 0; i < geo->source_count; i++) {
		df_pack_text(pack, geo->sources[i]->name);
		df_pack_text(pack, geo->sources[i]->path);
		df_pack_number(pack, geo->sources[i]->date, 8);
	}
	df_pack_number(pack, geo->use_count, 4);
	for (i = 0; i < geo->use_count; i++) {
		df_pack_number(pack, geo->uses[i].spec, 4);
		df_pack_number(pack, geo->uses[i].source, 4);
	}
}

static void pack_diags(struct df_pack *pack, const struct df_diags *diags)
{
	size_t i;

	df_pack_number(pack, diags->count, 4);
	for (i = 0; i < diags->count; i++) {
		const struct df_diag *diag = &diags->list[i];

		df_pack_text(pack, diag->file);
		df_pack_number(pack, diag->line, 4);
		df_pack_number(pack, diag->column, 4);
		df_pack_number(pack, diag->length, 4);
		df_pack_text(pack, diag->message);
	}
}

static int digest_of(const void *data, size_t size,
		     uint8_t digest[DRONEFENCE_DIGEST_LEN])
{
	const struct df_geo_file file = { (uint8_t *)data, size };

	return df_geo_sha256(&file, 1, digest);
}

/**
 * df_compiled_pack() - make the contents of a file
 * @cache: its place
 * @compiled: what is to be kept; no error among its messages
 * @file: result, to be freed with df_geo_file_free()
 *
 * Return: 0 or -ENOMEM.
 */
int df_compiled_pack(const struct df_cache *cache,
		     const struct df_compiled *compiled,
		     struct df_geo_file *file)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_pack pack = { 0 };

	df_pack_bytes(&pack, magic, sizeof(magic) - 1);
	df_pack_bytes(&pack, cache->key, sizeof(cache->key));
	pack_geo(&pack, compiled->geo);
	pack_diags(&pack, &compiled->diags);
	df_image_pack(&pack, compiled->image);
	if (pack.failed || digest_of(pack.data, pack.size, digest))
		pack.failed = true;
	df_pack_bytes(&pack, digest, sizeof(digest));
	*file = (struct df_geo_file){ .data = pack.data, .size = pack.size };
	if (!pack.failed)
		return 0;
	df_geo_file_free(file);
	return -ENOMEM;
}

/* A constant, as it was before. */
static const char *unpack_name(struct df_unpack *unpack)
{
	char *text = df_unpack_text(unpack, TEXT_MAX);
	const char *name = text ? df_geo_name(text) : NULL;

	free(text);
	if (!name)
		unpack->bad = true;
	return name;
}

static void unpack_sources(struct df_unpack *unpack, struct df_geo *geo)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_VOTES_MAX), i;

	geo->sources = df_unpack_alloc(unpack, count, sizeof(*geo->sources));
	for (i = 0; i < count && !unpack->bad; i++) {
		struct df_geo_source *source =
			df_unpack_alloc(unpack, 1, sizeof(*source));

		if (!source)
			return;
		geo->sources[geo->source_count++] = source;
		source->name = unpack_name(unpack);
		source->path = df_unpack_text(unpack, TEXT_MAX);
		source->date = df_unpack_number(unpack, 8, UINT64_MAX);
		if (!source->path)
			unpack->bad = true;
	}
}

static void unpack_uses(struct df_unpack *unpack, struct df_geo *geo,
			const struct df_policy *policy)
{
	size_t count = df_unpack_number(unpack, 4, DRONEFENCE_VOTES_MAX), i;
	size_t specs = policy ? policy->country_count + policy->operator_count :
		       SIZE_MAX;

	for (i = 0; i < count && !unpack->bad; i++) {
		struct df_geo_use *use = &geo->uses[geo->use_count];

		use->spec = df_unpack_number(unpack, 4, UINT32_MAX);
		use->source = df_unpack_number(unpack, 4, UINT32_MAX);
		if (use->spec >= specs || use->source >= geo->source_count)
			unpack->bad = true;
		else
			geo->use_count++;
	}
}

static void unpack_diag(struct df_unpack *unpack, struct df_diags *diags)
{
	struct df_mark mark = { 0 };
	char *file = df_unpack_text(unpack, TEXT_MAX), *message;

	mark.file = file;
	mark.line = df_unpack_number(unpack, 4, UINT32_MAX);
	mark.column = df_unpack_number(unpack, 4, UINT32_MAX);
	mark.length = df_unpack_number(unpack, 4, UINT32_MAX);
	message = df_unpack_text(unpack, TEXT_MAX);
	if (message)
		df_diag(diags, DF_WARNING, &mark, NULL, "%s", message);
	else
		unpack->bad = true;
	free(message);
	free(file);
}

static void unpack_all(struct df_unpack *unpack, const struct df_policy *policy,
		       struct df_compiled *compiled)
{
	size_t count, i;

	compiled->geo = df_unpack_alloc(unpack, 1, sizeof(*compiled->geo));
	if (!compiled->geo)
		return;
	unpack_sources(unpack, compiled->geo);
	unpack_uses(unpack, compiled->geo, policy);
	count = df_unpack_number(unpack, 4, DIAGS_MAX);
	for (i = 0; i < count && !unpack->bad; i++)
		unpack_diag(unpack, &compiled->diags);
	compiled->image = df_image_unpack(unpack, policy);
	if (unpack->left || compiled->diags.lost)
		unpack->bad = true;
}

/**
 * df_compiled_unpack() - read the contents of a file
 * @cache: its place
 * @file: the contents
 * @policy: that it was compiled from, NULL where nobody knows
 * @compiled: result; empty if there is none
 *
 * Return: true; false where the file is damaged, of another place, or of
 * another format, or memory is short.
 */
bool df_compiled_unpack(const struct df_cache *cache,
			const struct df_geo_file *file,
			const struct df_policy *policy,
			struct df_compiled *compiled)
{
	uint8_t digest[DRONEFENCE_DIGEST_LEN];
	struct df_unpack unpack = { .at = file->data, .left = file->size };
	const uint8_t *head, *key;

	*compiled = (struct df_compiled){ 0 };
	if (file->size < sizeof(digest))
		return false;
	unpack.left -= sizeof(digest);
	if (digest_of(file->data, unpack.left, digest) ||
	    memcmp(digest, file->data + unpack.left, sizeof(digest)))
		return false;
	head = df_unpack_bytes(&unpack, sizeof(magic) - 1);
	key = df_unpack_bytes(&unpack, sizeof(cache->key));
	if (!head || memcmp(head, magic, sizeof(magic) - 1) ||
	    !key || memcmp(key, cache->key, sizeof(cache->key)))
		return false;
	unpack_all(&unpack, policy, compiled);
	if (!unpack.bad)
		return true;
	df_compiled_free(compiled);
	return false;
}

/**
 * df_compiled_free() - free what df_compiled_unpack() made
 * @compiled: empty afterwards
 */
void df_compiled_free(struct df_compiled *compiled)
{
	df_image_free(compiled->image);
	df_geo_free(compiled->geo);
	df_diags_free(&compiled->diags);
	*compiled = (struct df_compiled){ 0 };
}
