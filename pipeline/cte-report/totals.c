/* Totals of roll-ups: tables by one thing at a time, and what their rows are called. */
#include "pipeline/cte-report/rollup.h"

#include <string.h>

/* ---- which tables there are ---- */

/* Which rows of a table are listed. The others complete it: together they count every record. */
enum listing { LISTS_ALL, LISTS_WRITTEN, LISTS_FATES, LISTS_NONE };

/* A table: what it counts by, and which of its dimensions its rows are called by. */
struct plan {
    unsigned dimensions;
    enum listing listing;
    enum dimension code, of; /* DIMENSIONS: none */
};

#define BIT(dimension) (1U << DIM_##dimension)

static bool is_by(enum total total, enum total first)
{
    return total >= first && total < first + ROLLUP_MAX_BY;
}

static bool is_also(enum total total)
{
    return total >= TOTAL_AFTER_ALSO && total < TOTAL_AFTER_ALSO + ROLLUP_MAX_ALSO;
}

/* The tables of what people are besides, of the first companion. */
static const enum total companion_totals[] = {TOTAL_BEFORE_COMPANION, TOTAL_GROUP_COMPANION,
                                              TOTAL_AFTER_COMPANION, TOTAL_CODE_COMPANION};
enum { COMPANION_TOTALS = sizeof companion_totals / sizeof *companion_totals };

bool is_by_companion(enum total total, size_t companion)
{
    for (size_t i = 0; i < COMPANION_TOTALS; i++) {
        if (total == companion_totals[i] + companion)
            return true;
    }
    return false;
}

/* The companion by which a table counts; ROLLUP_MAX_COMPANIONS: none. */
static size_t find_companion(enum total total)
{
    size_t companion = 0;
    while (companion < ROLLUP_MAX_COMPANIONS && !is_by_companion(total, companion))
        companion++;
    return companion;
}

enum { OF_YEAR = BIT(YEAR), OF_WRITTEN = BIT(YEAR) | BIT(WRITTEN) };
enum { OF_AFTER = OF_WRITTEN | BIT(OUTCOME) | BIT(AFTER) };

static struct plan plan_companion(enum total total, size_t companion)
{
    static const struct plan plans[COMPANION_TOTALS] = {
        {OF_YEAR, LISTS_ALL, DIM_COMPANION, DIMENSIONS},
        {OF_YEAR | BIT(GROUP), LISTS_ALL, DIM_COMPANION, DIM_GROUP},
        {OF_WRITTEN, LISTS_WRITTEN, DIM_COMPANION, DIMENSIONS},
        {OF_AFTER, LISTS_WRITTEN, DIM_COMPANION, DIM_AFTER}};
    size_t which = 0;
    while (total != companion_totals[which] + companion)
        which++;
    struct plan plan = plans[which];
    plan.code += (enum dimension)companion;
    plan.dimensions |= 1U << plan.code;
    return plan;
}

static struct plan plan_total(enum total total)
{
    const unsigned year = OF_YEAR, written = OF_WRITTEN, after = OF_AFTER;
    const unsigned by = (1U << ROLLUP_MAX_BY) - 1;
    const size_t companion = find_companion(total);
    if (companion < ROLLUP_MAX_COMPANIONS)
        return plan_companion(total, companion);
    if (is_by(total, TOTAL_BEFORE_BY)) {
        const enum dimension code = DIM_BY + (total - TOTAL_BEFORE_BY);
        return (struct plan){year | 1U << code, LISTS_ALL, code, DIMENSIONS};
    }
    if (is_by(total, TOTAL_AFTER_BY)) {
        const enum dimension code = DIM_BY + (total - TOTAL_AFTER_BY);
        return (struct plan){written | 1U << code, LISTS_WRITTEN, code, DIMENSIONS};
    }
    if (is_also(total)) {
        const enum dimension code = DIM_ALSO + (total - TOTAL_AFTER_ALSO);
        return (struct plan){written | 1U << code, LISTS_WRITTEN, code, DIMENSIONS};
    }
    static const enum dimension none = DIMENSIONS;
    switch (total) {
    case TOTAL_BEFORE: return (struct plan){year, LISTS_ALL, none, none};
    case TOTAL_BEFORE_GROUP: return (struct plan){year | BIT(GROUP), LISTS_ALL, DIM_GROUP, none};
    case TOTAL_BEFORE_CODE:
        return (struct plan){year | BIT(GROUP) | BIT(BEFORE), LISTS_ALL, DIM_BEFORE, DIM_GROUP};
    case TOTAL_BEFORE_SCHOOL: return (struct plan){year | BIT(SCHOOL), LISTS_ALL, DIM_SCHOOL, none};
    case TOTAL_BEFORE_LEA: return (struct plan){year | BIT(LEA), LISTS_ALL, DIM_LEA, none};
    case TOTAL_AFTER: return (struct plan){written, LISTS_WRITTEN, none, none};
    case TOTAL_FATE: return (struct plan){written | BIT(OUTCOME), LISTS_FATES, DIM_OUTCOME, none};
    case TOTAL_AFTER_CODE: return (struct plan){after, LISTS_WRITTEN, DIM_AFTER, none};
    case TOTAL_AFTER_FINE:
        return (struct plan){after | BIT(FINE), LISTS_WRITTEN, DIM_FINE, DIM_AFTER};
    case TOTAL_AFTER_SCHOOL:
        return (struct plan){written | BIT(SCHOOL), LISTS_WRITTEN, DIM_SCHOOL, none};
    case TOTAL_AFTER_LEA: return (struct plan){written | BIT(LEA), LISTS_WRITTEN, DIM_LEA, none};
    case TOTAL_AFTER_CROSS:
        return (struct plan){after | by << DIM_BY, LISTS_WRITTEN, DIM_AFTER, none};
    case TOTAL_PLACES:
    default: return (struct plan){written | BIT(LEA) | BIT(SCHOOL), LISTS_NONE, none, none};
    }
}

/* Whether a roll-up has what the table counts by. */
static bool has_total(const struct run_rollup *counted, enum total total)
{
    const struct rollup *rollup = counted->rollup;
    const size_t companion = find_companion(total);
    if (companion < ROLLUP_MAX_COMPANIONS)
        return counted->companions[companion].told_by != NULL;
    if (is_by(total, TOTAL_BEFORE_BY))
        return total - TOTAL_BEFORE_BY < rollup->by_count;
    if (is_by(total, TOTAL_AFTER_BY))
        return total - TOTAL_AFTER_BY < rollup->by_count;
    if (is_also(total))
        return total - TOTAL_AFTER_ALSO < rollup->also_count &&
               rollup->also[total - TOTAL_AFTER_ALSO].has_totals;
    return total == TOTAL_AFTER_CROSS  ? rollup->by_count > 0
           : total == TOTAL_AFTER_FINE ? rollup->after_count > 1
           : total == TOTAL_PLACES     ? counted->hides
                                       : true;
}

/* ---- counting ---- */

const char *fate_of(const struct rollup_cell *cell)
{
    return cell->state == 'H'        ? "Held"
           : cell->state == 'X'      ? "Rejected"
           : cell->state == 'M'      ? "Merged"
           : cell->course[0] != '\0' ? cell->course
                                     : NULL;
}

static bool is_of_place(const struct plan *plan)
{
    return (plan->dimensions & (BIT(LEA) | BIT(SCHOOL))) != 0;
}

void put_values(const struct run_rollup *rollup, const struct rollup_cell *cell,
                const char *values[LINKED_DIMENSIONS])
{
    const char *fate = fate_of(cell);
    const int year = academic_year(cell->year, strlen(cell->year));
    values[DIM_YEAR] = cell->year;
    values[DIM_GROUP] = rollup_group(rollup->rollup, &rollup->sets, cell->before, year);
    values[DIM_BEFORE] = cell->before;
    values[DIM_WRITTEN] = fate == NULL ? IS_WRITTEN : "";
    values[DIM_OUTCOME] = fate != NULL ? fate : "";
    values[DIM_AFTER] = fate == NULL ? cell->after[0] : "";
    values[DIM_FINE] = fate == NULL ? cell->after[1] : "";
    values[DIM_LEA] = cell->lea;
    values[DIM_SCHOOL] = cell->school;
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        values[DIM_BY + b] = cell->by[b];
    for (size_t c = 0; c < ROLLUP_MAX_COMPANIONS; c++)
        values[DIM_COMPANION + c] = "";
    for (size_t i = 0; i < ROLLUP_MAX_ALSO; i++) {
        const struct rollup_also *also = &rollup->rollup->also[i];
        values[DIM_ALSO + i] =
            fate == NULL && i < rollup->rollup->also_count && also->has_totals
                ? rollup_also(also, rollup->also.sets[i], cell->after[also->after], year)
                : "";
    }
}

/* Whether a table shows records of that fate; NULL: they were written. */
static bool lists_fate(enum listing listing, const char *fate)
{
    return listing == LISTS_ALL || listing == (fate == NULL ? LISTS_WRITTEN : LISTS_FATES);
}

bool lists_cell(enum total total, const struct rollup_cell *cell)
{
    return lists_fate(plan_total(total).listing, fate_of(cell));
}

/* Adds the records of a cell to the tables that count by place, or to the others. */
void total_cell(struct run_rollup *rollup, const struct rollup_cell *cell, bool is_by_place,
                uint32_t *rows)
{
    const char *fate = fate_of(cell), *values[LINKED_DIMENSIONS];
    put_values(rollup, cell, values);
    for (int t = 0; t < TOTALS; t++) {
        const struct plan plan = plan_total((enum total)t);
        const bool is_listed = lists_fate(plan.listing, fate);
        const bool is_part = is_of_place(&plan) == is_by_place &&
                             find_companion((enum total)t) == ROLLUP_MAX_COMPANIONS &&
                             has_total(rollup, (enum total)t);
        const size_t row =
            is_part ? linked_table_add(&rollup->totals[t], values, cell->records, is_listed)
                    : NO_ROW;
        if (rows != NULL)
            rows[t] = (uint32_t)row;
    }
    struct flow_rows flow_rows = {NO_ROW, NO_ROW};
    if (!is_by_place)
        flow_rows = code_flow_add(&rollup->flow, &(struct coded_records){.before = cell->before,
                                                                         .after = cell->after[0],
                                                                         .fate = fate,
                                                                         .year = cell->year,
                                                                         .records = cell->records});
    if (rows != NULL) {
        rows[FLOW_BY_GROUP] = (uint32_t)flow_rows.by_group;
        rows[FLOW_BY_CODE] = (uint32_t)flow_rows.by_code;
    }
}

/* A code settles what it is elsewhere, so the table of the codes alone counts by that too. */
static unsigned also_dimensions(const struct rollup *rollup, enum total total)
{
    unsigned dimensions = 0;
    for (size_t i = 0; i < rollup->also_count; i++) {
        const enum total codes = rollup->also[i].after == 0 ? TOTAL_AFTER_CODE : TOTAL_AFTER_FINE;
        if (total == codes && rollup->also[i].has_totals)
            dimensions |= 1U << (DIM_ALSO + i);
    }
    return dimensions;
}

void begin_totals(struct run_rollup *rollup)
{
    code_flow_begin(&rollup->flow, rollup->rollup, &rollup->sets);
    for (int t = 0; t < TOTALS; t++)
        rollup->totals[t].dimensions =
            plan_total((enum total)t).dimensions | also_dimensions(rollup->rollup, (enum total)t);
}

void publish_rollup(struct run_rollup *rollup, struct publication *publication, const char *id,
                    bool links)
{
    struct linked_table *tables[TOTALS + 2] = {&rollup->flow.by_group, &rollup->flow.by_code};
    size_t count = 2;
    code_flow_publish(&rollup->flow, publication, id);
    for (int t = 0; t < TOTALS; t++) {
        if (!has_total(rollup, (enum total)t))
            continue;
        linked_table_publish(&rollup->totals[t], publication);
        tables[count++] = &rollup->totals[t];
    }
    if (links)
        link_tables(publication, tables, count);
}

/* ---- names ---- */

bool is_no_code(const char *value)
{
    return strcmp(value, SECTIONS_DIFFER) == 0 || strcmp(value, COMPANION_MISSING) == 0;
}

const char *find_code_name(const struct codeset *set, const char *code, const char *year,
                           const char *none)
{
    const char *name = set != NULL && code[0] != '\0'
                           ? rollup_name(set, code, academic_year(year, strlen(year)))
                           : NULL;
    return name != NULL       ? name
           : code == unlisted ? "a code of another list"
           : is_no_code(code) ? code
           : code[0] == '\0'  ? none
           : set == NULL      ? code /* a property is its own name */
                              : "";
}

const char *rollup_value_name(const struct run_rollup *rollup, enum dimension dimension,
                              const char *value, const char *year)
{
    const struct rollup *table = rollup->rollup;
    const struct rollup_sets *sets = &rollup->sets;
    switch (dimension) {
    case DIM_GROUP: return find_code_name(sets->group, value, year, table->before.none);
    case DIM_BEFORE: return find_code_name(sets->before, value, year, table->before.none);
    case DIM_AFTER: return find_code_name(sets->after[0], value, year, "none");
    case DIM_FINE: return find_code_name(sets->after[1], value, year, "none");
    case DIM_LEA:
    case DIM_SCHOOL: return value[0] == '\0' ? "not told" : "";
    default: break;
    }
    if (dimension >= DIM_COMPANION && dimension < DIM_COMPANION + table->companion_count)
        return find_code_name(rollup->companions[dimension - DIM_COMPANION].set, value, year,
                              table->companions[dimension - DIM_COMPANION].none);
    if (dimension >= DIM_ALSO && value[0] == '\0')
        return "none";
    if (dimension >= DIM_ALSO)
        return rollup_also_name(&table->also[dimension - DIM_ALSO],
                                rollup->also.sets[dimension - DIM_ALSO], value);
    if (dimension < DIM_BY || dimension >= DIM_BY + table->by_count)
        return "";
    return find_code_name(sets->by[dimension - DIM_BY], value, year,
                          table->by[dimension - DIM_BY].none);
}

const char *total_name(const struct run_rollup *rollup, enum total total,
                       const struct linked_row *row)
{
    const enum dimension code = total_code(total);
    if (code == DIMENSIONS)
        return total == TOTAL_BEFORE ? "all records" : "records written";
    return rollup_value_name(rollup, code, row->values[code], row->values[DIM_YEAR]);
}

enum dimension total_code(enum total total)
{
    return plan_total(total).code;
}

enum dimension total_group(enum total total)
{
    return plan_total(total).of;
}
