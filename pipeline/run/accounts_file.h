/* accounts_file.h - accounts.txt: what was counted of each source, beside the manifest of a run of
 * many sources.
 *
 * In a run of a few sources all of it stands in manifest.xml. Of thousands that is tens of
 * megabytes of XML that say nearly the same. So beyond MANIFEST_MANY_SOURCES the manifest keeps of
 * a source its sums, stages, files and messages. The rest stands here, in the lines of an account
 * (STREAM.md):
 *
 *     %accounts^1                      the version of this form
 *     %shared^1                        programs, tables and kinds, once for all that share them
 *     %program^… %table^… %kind^…
 *     %account^NAME^1                  a source, in the order of the manifest, and what it shares
 *     %field^… %note^… %changed^… %found^… %school^… %breach^…
 *
 * A text stands as the manifest would show it. The manifest has the hash of the file, and
 * manifest.h reads both, source by source.
 */
#ifndef CTE_ACCOUNTS_FILE_H
#define CTE_ACCOUNTS_FILE_H

#include <stdio.h>

#include "codetables/base/digest.h"
#include "codetables/base/text.h"
#include "pipeline/run/manifest.h"

#define ACCOUNTS_FILE "accounts.txt"

/* Write errors are the output's. */
void accounts_write(const struct manifest *manifest, struct output *output);

/* The file as it is read beside its manifest: an account at a time. */
struct accounts_reader {
    FILE *file;
    char *path, *shown, *line;
    size_t line_room;
    ssize_t length; /* of the line at hand; -1 at the end */
    const char *sha256;
    struct digest digest;
    struct text *shared; /* lines that accounts share */
    size_t shared_count, shared_room;
};

/* CTE_BAD_INPUT where the file is not what the manifest says, is cut or is none; CTE_IO,
 * CTE_NO_PERMISSION where it cannot be read. One that could not be opened is closed. */
int accounts_open(struct accounts_reader *reader, const char *folder, const struct manifest *head,
                  struct cte_error *error);

/* Adds what the file tells of the next source, which must have this name. */
int accounts_next(struct accounts_reader *reader, const char *name, struct account *account,
                  struct cte_error *error);

/* After the last source: nothing may be left, and the hash must be that of the manifest. */
int accounts_close(struct accounts_reader *reader, struct cte_error *error);

#endif
