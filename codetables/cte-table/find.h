/* find.h - the tables of a folder, and the one that somebody names.
 *
 * A table is known by its root element: its kind, ID, version and status, which are read without
 * the rest of the file. The folders are those for which there is a schema (codesets/ and
 * schema/codeset.xsd), so that a kind of table that is new needs no line here.
 *
 * Errors: CTE_NO_INPUT for a file that is not there, CTE_BAD_TABLE for a table or folder that is
 * not.
 */
#ifndef CTE_TABLE_FIND_H
#define CTE_TABLE_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/model/tables.h"

struct table_file {
    char *path;
    /* under the folder of tables ("codesets"); NULL for a file from elsewhere */
    char *folder;
    /* "codeset", "crosswalk" …: of the schema it is held against */
    char *kind;
    /* empty where the root element cannot be read or says nothing */
    char *id, *version, *supersedes, *status, *title;
};

/* All tables of the folder, by folder, ID and version. What was found is to be freed also after an
 * error. */
int find_tables(const char *codetables, struct table_file **files, size_t *count,
                struct cte_error *error);

/* The table that is named: ID (its highest version), ID@VERSION, or a file. Where kinds share an ID
 * the crosswalk is meant. */
int find_table(const char *codetables, const char *named, struct table_file *file,
               struct cte_error *error);

/* A file from elsewhere. */
int find_file_table(const char *codetables, const char *path, struct table_file *file,
                    struct cte_error *error);

/* Frees what is told of a table; of a list, the list too. */
void free_table_file(struct table_file *file);
void free_table_files(struct table_file *files, size_t count);

/* True when no table of the list is of the same kind and ID and has a higher version. */
bool is_highest(const struct table_file *files, size_t count, const struct table_file *file);

/* The schema of a kind; to be freed. */
char *schema_of_kind(const char *codetables, const char *kind);

#endif
