/* load.h - a table of any kind, loaded as every program loads it; and a file that a command writes
 * beside what it prints.
 *
 * Ownership: code sets and crosswalks belong to the tables they were loaded with, all else to the
 * loaded table, which loaded_free() frees.
 */
#ifndef CTE_TABLE_LOAD_H
#define CTE_TABLE_LOAD_H

#include "codetables/base/output.h"
#include "codetables/cte-table/find.h"

/* One of the kinds is set, by what the file says it is. A crosswalk whose rows can be read is set
 * even when it is not sound. */
struct loaded {
    const struct table_identity *identity; /* NULL when the table is not sound */
    const struct codeset *set;
    const struct crosswalk *crosswalk;
    struct layout *layout;
    struct rules *rules;
    struct rollups *rollups;
    struct table_identity *other; /* of a kind that this program only knows by its schema */
};

/* Of a table that fails, *table may hold a crosswalk and nothing else. */
int load_table(struct tables *tables, const struct table_file *file, struct loaded *table,
               struct cte_error *error);

/* Frees what belongs to it. The tables with which it was loaded must still be there. */
void loaded_free(struct loaded *table);

/* Puts a file in place, for good, once all that was printed so far is out. */
int close_out(struct output *output, struct cte_error *error);

#endif
