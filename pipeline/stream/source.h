/* source.h - the bytes of one source file: plain, gzip or zip, from a file or standard input; or a
 * workbook.
 *
 * What the bytes are packed in is told by their first bytes and must agree with a .gz or .zip
 * ending. The content, after unpacking, is counted and hashed while it is read, because packed
 * bytes of one content differ from tool to tool.
 *
 * Of a zip archive one file is read; folders in it, and what a Mac adds for itself, are passed
 * over. Zeros after the end of a gzip file are padding. Both are told by source_note().
 *
 * A workbook (.xlsx) is a zip archive of many files, and yet it is not packed: its bytes are those
 * of the file, and its sheet is read by way of source_open_package().
 *
 * Errors: CTE_NO_INPUT (no such file, nothing in it), CTE_NO_PERMISSION, CTE_IO (the disk),
 * CTE_BAD_INPUT (truncated or corrupt gzip, garbage after it, zip with several files, with a path
 * outside, encrypted, with a wrong CRC or another size than it says, content that unpacks beyond
 * its bound).
 */
#ifndef CTE_SOURCE_H
#define CTE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/digest.h"
#include "codetables/base/error.h"
#include "codetables/base/quick_hash.h"

struct package;
struct source;

/* path NULL or "-" is standard input. name is what messages call the source (NULL: the path). */
int source_open(const char *path, const char *name, struct source **source,
                struct cte_error *error);

/* Standard input is a part of a plain file, of `bytes` bytes from where its offset is: what its
 * first bytes look like says nothing. To be called at once after source_open(). */
void source_limit(struct source *source, uint64_t bytes);

/* Extracts pack to a tenth of their size, in XML to a fiftieth. What packs to less holds the same
 * few bytes again and again, and each record of it may write many. */
enum { SOURCE_RATIO = 50, SOURCE_RATIO_XML = 250 };

/* How many bytes a packed source may unpack to. 0: 64 GiB, and past 16 MiB so many times the packed
 * bytes as `ratio` says (SOURCE_RATIO where this is not called). */
void source_bound(struct source *source, uint64_t bytes, uint64_t ratio);

/* From here on a thread of its own reads, unpacks and hashes some blocks ahead of source_read(),
 * which gives the same bytes and errors as without: 1 MiB more memory. Worth it for a long source,
 * where a processor would have nothing to do. Nothing else changes where no thread can be had. To
 * be called after source_bound() and source_choose_hashes(), before the first source_read(). */
void source_read_ahead(struct source *source);

/* Whether its file is of 4 MiB or more, so that this is worth a thread. */
bool source_is_long(const struct source *source);

/* Reads up to room bytes; *got is 0 at the end and only there. */
int source_read(struct source *source, char *buffer, size_t room, size_t *got,
                struct cte_error *error);

void source_close(struct source *source);

const char *source_name(const struct source *source);
const char *source_packing(const struct source *source); /* "none", "gzip", "zip" */

/* By what the content is hashed while it is read: */
enum {
    SOURCE_SHA256 = 1,    /* what is written down */
    SOURCE_QUICK_HASH = 2 /* what two programs hold against each other; see quick_hash.h */
};

/* Any of them, or 0; SHA-256 where this is not called. To be called before the first
 * source_read(). */
void source_choose_hashes(struct source *source, unsigned hashes);

/* Bytes of content so far, and their hashes once source_read() has said the end; "" for a hash that
 * was not chosen. */
uint64_t source_bytes(const struct source *source);
void source_sha256(struct source *source, char hex[DIGEST_HEX]);
void source_quick_hash(struct source *source, char hex[QUICK_HASH_HEX]);

/* The name of a source without folder, .gz or .zip, and then .txt, .csv, .xml or .xlsx: what its
 * output files are called. To be freed. */
char *source_stem(const char *path);

/* "csv", "xml", "xlsx" or "caret": what the ending of the name under .gz or .zip says; where that
 * says nothing and the source is a zip archive, what the name of the file in it says; else caret.
 */
const char *source_format(const struct source *source);

/* Whether the source is a workbook, as far as that can be told: what else is a package of Office
 * documents seems to be one. */
bool source_is_workbook(const struct source *source);

/* The parts of a workbook, which the caller closes before the source. Counts and hashes the file.
 * Refuses a source that is none, and says what it looks like. */
int source_open_package(struct source *source, struct package **package, struct cte_error *error);

/* The format in which records of a source are written as they were received: its own, or caret
 * where that is no text. */
const char *format_of_held(const char *source_format);

/* What was passed over in the packing; NULL: nothing. What follows the content is known once
 * source_read() has said the end. */
const char *source_note(const struct source *source);

#endif
