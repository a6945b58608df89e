/* What makes a roll-up unsound that the schema cannot say: its columns, and the fields it names. */
#include <string.h>

#include "codetables/model/tables.h"

/* Columns that each rollup-ID.csv has, with the words that rollup-totals.csv counts by. */
static const char *const cell_columns[] = {"year", "lea", "school", "outcome", "records", "all"};
/* Further columns of rollup-totals.csv, where those of people stand too. */
static const char *const total_columns[] = {"rollup", "side", "by", "of", "code", "name"};

enum {
    CELL_COLUMNS = sizeof cell_columns / sizeof *cell_columns,
    TOTAL_COLUMNS = sizeof total_columns / sizeof *total_columns,
    MOST_COLUMNS = CELL_COLUMNS + TOTAL_COLUMNS + 2 + ROLLUP_MAX_AFTER + ROLLUP_MAX_ALSO +
                   ROLLUP_MAX_BY + 2 + ROLLUP_MAX_COMPANIONS
};

struct columns {
    const char *ids[MOST_COLUMNS];
    size_t count;
    const char *twice; /* one that was there already, or NULL */
};

static void add_column(struct columns *columns, const char *id)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->ids[i], id) == 0)
            columns->twice = id;
    }
    columns->ids[columns->count++] = id;
}

/* The identifier of a column that the roll-up has twice in one of its files; NULL: there is none.
 */
static const char *find_twice(const struct rollup *rollup)
{
    struct columns columns = {.count = 0};
    for (size_t i = 0; i < CELL_COLUMNS; i++)
        add_column(&columns, cell_columns[i]);
    add_column(&columns, rollup->before.id);
    add_column(&columns, rollup->group.id);
    for (size_t a = 0; a < rollup->after_count; a++)
        add_column(&columns, rollup->after[a].id);
    for (size_t i = 0; i < rollup->also_count; i++)
        add_column(&columns, rollup->also[i].id);
    for (size_t b = 0; b < rollup->by_count; b++)
        add_column(&columns, rollup->by[b].id);
    if (rollup->distinct.field == NULL)
        return columns.twice;
    for (size_t i = 0; i < TOTAL_COLUMNS; i++)
        columns.ids[columns.count++] = total_columns[i];
    add_column(&columns, rollup->distinct.id);
    if (rollup->distinct.reach > 0)
        add_column(&columns, rollup->distinct.reach_id);
    for (size_t i = 0; i < rollup->companion_count; i++)
        add_column(&columns, rollup->companions[i].id);
    return columns.twice;
}

int rollup_check_columns(const struct rollup *rollup, const char *path, struct cte_error *error)
{
    const char *twice = find_twice(rollup);
    if (strlen(rollup->id) > ROLLUP_MOST_ID)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: the identifier of this roll-up has more than %d letters; give it "
                        "a shorter one",
                        path, rollup->line, ROLLUP_MOST_ID);
    if (strcmp(rollup->id, "totals") == 0)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: roll-up %s: rollup-%s.csv is the file of all totals; give the "
                        "roll-up another identifier",
                        path, rollup->line, rollup->id, rollup->id);
    if (twice != NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "%s:%ld: roll-up %s: two columns of its files are called %s; give one of "
                        "them another identifier",
                        path, rollup->line, rollup->id, twice);
    return CTE_OK;
}

int tables_check_rollups(const struct tables *tables, const struct rollups *rollups,
                         struct cte_error *error)
{
    for (size_t i = 0; i < rollups->count; i++) {
        const struct rollup *rollup = &rollups->rollups[i];
        const char *fields[3 + ROLLUP_MAX_AFTER + ROLLUP_MAX_BY];
        size_t count = 0;
        if (rollup->through == NULL) {
            fields[count++] = rollup->before.field;
            for (size_t a = 0; a < rollup->after_count; a++)
                fields[count++] = rollup->after[a].field;
        }
        for (size_t b = 0; b < rollup->by_count; b++) {
            if (rollup->by[b].field != NULL)
                fields[count++] = rollup->by[b].field;
        }
        if (rollup->matches != NULL)
            fields[count++] = rollup->matches;
        if (rollup->distinct.field != NULL)
            fields[count++] = rollup->distinct.field;
        for (size_t f = 0; f < count; f++) {
            bool found = false;
            for (size_t l = 0; l < tables->layout_count && !found; l++) {
                size_t type_index;
                const struct record_layout *record = layout_record(
                    &tables->layouts[l], rollup->record, strlen(rollup->record), &type_index);
                found = record != NULL && record_field(record, fields[f]) >= 0;
            }
            if (!found)
                cte_fail(
                    error, CTE_BAD_TABLE,
                    "%s:%ld: roll-up %s names field %s, which no layout has for its record type",
                    rollups->identity.path, rollup->line, rollup->id, fields[f]);
        }
    }
    return error->status;
}
