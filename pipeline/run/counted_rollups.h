/* counted_rollups.h - the roll-ups of which a run has records, with the code sets they need.
 *
 *     struct map types = {0};                          // record types that occur
 *     note_record_types(&types, &account);             // for each source
 *     struct counted_rollups counted = {0};
 *     if (load_counted_rollups(&tables, reference, &types, &counted, &error) != CTE_OK) ...
 *     for (size_t i = 0; i < counted.count; i++)
 *         puts(counted.items[i].rollup->title);
 *
 * Nothing else is loaded, so a run keeps no table that had no part in it. All of it is owned by the
 * tables.
 *
 * Errors: those of tables_rollups() and rollup_sets_load().
 */
#ifndef CTE_COUNTED_ROLLUPS_H
#define CTE_COUNTED_ROLLUPS_H

#include "codetables/base/map.h"
#include "codetables/model/tables.h"
#include "pipeline/run/account.h"

struct counted_rollups {
    const struct rollups *table; /* NULL: the folder of code tables has none */
    struct {
        const struct rollup *rollup;
        struct rollup_sets sets;
        struct rollup_also_sets also;
    } items[ROLLUP_MAX]; /* in the order of the table */
    size_t count;
};

/* Adds the types of the records of a source. */
void note_record_types(struct map *types, const struct account *account);

/* Loads those whose type is among these, or that one of them goes through. `reference` names the
 * table as tables_rollups() takes it. */
int load_counted_rollups(struct tables *tables, const char *reference, const struct map *types,
                         struct counted_rollups *counted, struct cte_error *error);

#endif
