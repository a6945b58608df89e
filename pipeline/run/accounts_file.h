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
 *     %field^… %note^… %changed^… %found^… %school^…
 *
 * A text stands as the manifest would show it. The manifest has the hash of the file, and
 * manifest_read() reads both.
 */
#ifndef CTE_ACCOUNTS_FILE_H
#define CTE_ACCOUNTS_FILE_H

#include "pipeline/run/manifest.h"

#define ACCOUNTS_FILE "accounts.txt"

/* Write errors are the output's. */
void accounts_write(const struct manifest *manifest, struct output *output);

/* Fills the accounts of the sources of a manifest that was read. CTE_BAD_INPUT where the file is
 * not what the manifest says, is cut or is none; CTE_IO, CTE_NO_PERMISSION where it cannot be
 * read. */
int accounts_read(const char *folder, struct manifest *manifest, struct cte_error *error);

#endif
