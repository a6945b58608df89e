/* What the codes after are elsewhere: further columns of a roll-up. */
#include <string.h>

#include "codetables/model/tables.h"

int rollup_also_load(struct tables *tables, const struct rollup *rollup,
                     struct rollup_also_sets *sets, struct cte_error *error)
{
    *sets = (struct rollup_also_sets){{NULL}};
    for (size_t i = 0; i < rollup->also_count; i++) {
        if (tables_codeset(tables, rollup->also[i].code_set, &sets->sets[i], error) != CTE_OK)
            return error->status;
    }
    return CTE_OK;
}

const char *rollup_also(const struct rollup_also *also, const struct codeset *set, const char *code,
                        int year)
{
    const struct code *row = codeset_row(set, code, strlen(code), year);
    const char *value = row != NULL ? code_property(row, also->property) : NULL;
    return value != NULL ? value : "";
}

const char *rollup_also_name(const struct rollup_also *also, const struct codeset *set,
                             const char *value)
{
    for (size_t i = 0; also->named != NULL && i < set->code_count; i++) {
        const char *name = code_property(&set->codes[i], also->named);
        if (name != NULL && code_has(&set->codes[i], YEAR_NONE, also->property, value))
            return name;
    }
    return value;
}
