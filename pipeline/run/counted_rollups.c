#include "pipeline/run/counted_rollups.h"

void note_record_types(struct map *types, const struct account *account)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind))
        map_add_string(types, kind->type);
}

static bool is_met(const struct map *types, const struct rollup *rollup)
{
    return map_find_string(types, rollup->record) != MAP_NONE;
}

int load_counted_rollups(struct tables *tables, const char *reference, const struct map *types,
                         struct counted_rollups *counted, struct cte_error *error)
{
    if (tables_rollups(tables, reference, &counted->table, error) != CTE_OK)
        return error->status;
    const size_t count = counted->table != NULL ? counted->table->count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct rollup *rollup = &counted->table->rollups[i];
        bool is_needed = is_met(types, rollup);
        for (size_t t = 0; t < count && !is_needed; t++)
            is_needed = counted->table->rollups[t].through == rollup &&
                        is_met(types, &counted->table->rollups[t]);
        if (!is_needed)
            continue;
        counted->items[counted->count].rollup = rollup;
        if (rollup_also_load(tables, rollup, &counted->items[counted->count].also, error) !=
                CTE_OK ||
            rollup_sets_load(tables, rollup, &counted->items[counted->count++].sets, error) !=
                CTE_OK)
            return error->status;
    }
    return CTE_OK;
}
