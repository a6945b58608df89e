/* export_as.h - what the parts of `cte-table export --as` share: a table in a form that somebody
 * else takes.
 *
 *   export_as.c            the command: which form is asked for
 *   export_file.c          the file, or standard output
 *   export_list.c          a list: rows of cells as CSV or as a workbook
 *   export_combinations.c  valid-code-combinations: codes of a map with what they become
 *   export_systems.c       a code set with its codes in another system
 *   export_descriptors.c   a code set as descriptors of the Ed-Fi data standard
 *
 * What a code is in other systems stands in tables: the code set ID-systems has, for a code of the
 * code set ID, the properties S, S-name, S-iri, S-from, S-basis and S-source of each system S. A
 * system that a table names needs no line here.
 *
 * Errors: CTE_USAGE for a form, a setting or a name of a file that does not go with the table;
 * CTE_BAD_TABLE for a table that is not sound; those of output.h and xlsx_out.h.
 */
#ifndef CTE_TABLE_EXPORT_AS_H
#define CTE_TABLE_EXPORT_AS_H

#include "codetables/cte-table/commands.h"
#include "codetables/cte-table/load.h"
#include "codetables/cte-table/plan.h"

struct exporting {
    const struct request *request;
    struct plan plan;
    struct tables tables;
    struct loaded table;
    int year; /* only what holds in this academic year; YEAR_NONE: in any */
};

/* True when the file that is asked for has a name that ends so. */
bool export_file_ends(const struct exporting *exporting, const char *end);

/* The file that is asked for, or standard output; and its end. */
int export_begin(const struct exporting *exporting, struct output *output, struct cte_error *error);
int export_end(const struct exporting *exporting, struct output *output, struct cte_error *error);

/* A list. Its texts are copied; zeroed, it is empty. */
struct export_list {
    struct arena memory;
    const char **headings, **cells;
    size_t heading_count, heading_room, cell_count, cell_room;
};

void list_heading(struct export_list *list, const char *heading);
/* The next cell, row after row; NULL: an empty one. */
void list_cell(struct export_list *list, const char *text);
/* A year as a cell; an open end is an empty one. */
void list_year(struct export_list *list, int year);
/* Writes it, in a workbook on a sheet of that name, and frees it. */
int list_write(const struct exporting *exporting, struct export_list *list, const char *name,
               struct cte_error *error);
void list_free(struct export_list *list);

/* A code of the set that is exported, and what it is in a system. */
struct system_code {
    const struct code *own, *there;                 /* `there`: its row in ID-systems, or NULL */
    const char *value, *name, *iri, *from, *source; /* NULL: nothing is said */
    const char *basis;
};

struct system_codes {
    const struct codeset *set, *systems;
    struct system_code *list; /* those of the year, in the order of the set */
    size_t count;
};

/* To be freed by system_codes_free(), also after an error. */
int system_codes_read(struct exporting *exporting, const char *system, struct system_codes *codes,
                      struct cte_error *error);
void system_codes_free(struct system_codes *codes);

int export_combinations(struct exporting *exporting, struct cte_error *error);
int export_system(struct exporting *exporting, const char *system, struct cte_error *error);
int export_descriptors(struct exporting *exporting, const char *system, struct cte_error *error);

/* export --as; the status to end with. */
int command_export_as(const struct request *request);

#endif
