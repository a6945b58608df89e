/* load.h - a table of any kind, loaded as every program loads it; and a file that a command writes
 * beside what it prints.
 *
 * Ownership: code sets and crosswalks are those of `tables`; the rest lives until free_loaded().
 */
#ifndef CTE_TABLE_LOAD_H
#define CTE_TABLE_LOAD_H

#include "codetables/base/output.h"
#include "codetables/cte-table/find.h"

/* One of the four is set, or none for a kind that this program only knows by its schema. A
 * crosswalk whose rows can be read is set even when it is not sound. */
struct loaded {
    const struct table_identity *identity; /* NULL when the table is not sound */
    const struct codeset *set;
    const struct crosswalk *crosswalk;
    const struct layout *layout;
    const struct rules *rules;
    /* what free_loaded() frees, sound or not */
    struct {
        struct layout *layout;
        struct rules *rules;
        struct rollups *rollups;
        struct table_identity *other;
    } owned;
};

int load_table(struct tables *tables, const struct table_file *file, struct loaded *table,
               struct cte_error *error);

void free_loaded(struct loaded *table);

/* Puts a file in place, for good, once all that was printed so far is out. */
int close_out(struct output *output, struct cte_error *error);

#endif
