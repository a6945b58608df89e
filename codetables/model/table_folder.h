/* table_folder.h - which files of a folder are which versions of which table.
 *
 * layouts/ID.xml or layouts/ID-VERSION.xml; in the other folders ID-VERSION.xml. Versions are
 * compared number by number.
 *
 * Errors: CTE_BAD_TABLE for a folder or table that is not there, CTE_IO and 77 for one that cannot
 * be read.
 */
#ifndef CTE_TABLE_FOLDER_H
#define CTE_TABLE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

/* What a layout without a version is named by where there are higher ones: ID@0. */
#define VERSION_OF_NONE "0"

/* Compares dotted versions: 2026.10 is above 2026.9. None is VERSION_OF_NONE. */
int version_compare(const char *a, const char *b);

/* Whether a text is numbers of at most nine digits with points between them. */
bool is_version(const char *text);

/* Whether a text can name a table, ID or ID@VERSION: an identifier is lower-case letters, digits
 * and hyphens between them, a version numbers with points between them. */
bool is_table_reference(const char *text);

/* What a sentence says of a text that cannot. */
#define NO_TABLE_REFERENCE                                                                         \
    "names no table: a table is named by its ID or by ID@VERSION, an ID of lower-case letters, "   \
    "digits and hyphens, a version of numbers with points"

/* The names of the files in a folder of layouts, of each layout the highest version. They and their
 * list lie in the arena. Two spellings of one version are an error. */
int list_layout_files(const char *folder, struct arena *arena, char ***names, size_t *count,
                      struct cte_error *error);

/* The path of FOLDER/ID-VERSION.xml, to be freed. `reference` is ID or ID@VERSION; without a
 * version the highest is taken. */
int find_table_file(const char *folder, const char *reference, char **file,
                    struct cte_error *error);

/* The identifier of the one table of a folder, to be freed; NULL where the folder holds none.
 * `what` is what its tables are called. */
int find_only_table(const char *folder, const char *what, char **id, struct cte_error *error);

#endif
