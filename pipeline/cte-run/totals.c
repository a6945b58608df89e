/* Totals of roll-ups, and the files they and the cells are written to. */
#include "pipeline/cte-run/rollup.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static bool is_by(enum total total, enum total first)
{
    return total >= first && total < first + ROLLUP_MAX_BY;
}

/* The further dimension that a total is told of, or NULL. */
static const struct rollup_dimension *by_of(const struct run_rollup *rollup, enum total total)
{
    const enum total first = is_by(total, TOTAL_BEFORE_BY) ? TOTAL_BEFORE_BY : TOTAL_AFTER_BY;
    return is_by(total, first) && total - first < rollup->rollup->by_count
               ? &rollup->rollup->by[total - first]
               : NULL;
}

/* The keys of a cell for a total. False where the total does not count the cell. */
static bool keys_of(const struct run_rollup *rollup, enum total total,
                    const struct rollup_cell *cell, const char *key[TOTAL_KEYS])
{
    const char *fate = fate_of(cell);
    const int year = academic_year(cell->year, strlen(cell->year));
    for (size_t i = 0; i < TOTAL_KEYS; i++)
        key[i] = "";
    key[0] = cell->year;
    if ((is_by(total, TOTAL_BEFORE_BY) || is_by(total, TOTAL_AFTER_BY)) &&
        by_of(rollup, total) == NULL)
        return false;
    if (is_by(total, TOTAL_BEFORE_BY))
        key[1] = cell->by[total - TOTAL_BEFORE_BY];
    else if (is_by(total, TOTAL_AFTER_BY))
        key[1] = cell->by[total - TOTAL_AFTER_BY];
    switch (total) {
    case TOTAL_BEFORE_CODE:
        key[2] = cell->before;
        /* fallthrough */
    case TOTAL_BEFORE_GROUP:
        key[1] = rollup_group(rollup->rollup, &rollup->sets, cell->before, year);
        break;
    case TOTAL_BEFORE_SCHOOL:
    case TOTAL_AFTER_SCHOOL: key[1] = cell->school; break;
    case TOTAL_FATE: key[1] = fate != NULL ? fate : ""; break;
    case TOTAL_AFTER_CROSS:
        memcpy(&key[2], cell->by, sizeof cell->by);
        key[1] = cell->after[0];
        break;
    case TOTAL_AFTER_FINE:
        key[2] = cell->after[1];
        /* fallthrough */
    case TOTAL_AFTER_CODE: key[1] = cell->after[0]; break;
    default: break;
    }
    return total < TOTAL_AFTER || (total == TOTAL_FATE) == (fate != NULL);
}

/* Values before none at all, else in their order. */
static int compare_rows(const void *x, const void *y)
{
    const struct total_row *a = x, *b = y;
    int order = 0;
    for (size_t i = 0; i < TOTAL_KEYS && order == 0; i++) {
        order = (a->key[i][0] == '\0') - (b->key[i][0] == '\0');
        if (order == 0)
            order = strcmp(a->key[i], b->key[i]);
    }
    return order;
}

static void make_rows(struct run_rollup *rollup, enum total total, struct counts *counts)
{
    struct total_rows *rows = &rollup->totals[total];
    struct total_row *items = cte_zalloc(rollup->count + 1, sizeof *items);
    size_t count = 0;
    free(rows->items); /* of another page */
    *rows = (struct total_rows){NULL, 0};
    for (size_t c = 0; c < rollup->count; c++) {
        if (keys_of(rollup, total, &rollup->cells[c], items[count].key))
            items[count++].records = rollup->cells[c].records;
    }
    if (count > 1)
        qsort(items, count, sizeof *items, compare_rows);
    for (size_t i = 0; i < count; i++) {
        if (rows->count > 0 && compare_rows(&items[rows->count - 1], &items[i]) == 0)
            items[rows->count - 1].records += items[i].records;
        else
            items[rows->count++] = items[i];
    }
    for (size_t i = 0; i < rows->count; i++)
        items[i].count = counts_add(counts, items[i].records);
    rows->items = items;
}

/* ---- which are sums of which ---- */

/* Parts of a sum, while they are collected. */
struct parts {
    size_t *numbers, count;
};

/* Adds the rows that have a value in a key, of one year. NULL: any. */
static void add_parts(struct parts *parts, const struct total_rows *rows, const char *year,
                      size_t key, const char *value)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct total_row *row = &rows->items[i];
        if ((year == NULL || strcmp(row->key[0], year) == 0) &&
            (value == NULL || strcmp(row->key[key], value) == 0)) {
            parts->numbers =
                cte_realloc(parts->numbers, (parts->count + 1) * sizeof *parts->numbers);
            parts->numbers[parts->count++] = row->count;
        }
    }
}

static void add_number(struct parts *parts, size_t number)
{
    parts->numbers = cte_realloc(parts->numbers, (parts->count + 1) * sizeof *parts->numbers);
    parts->numbers[parts->count++] = number;
}

static void end_sum(struct counts *counts, size_t total, struct parts *parts)
{
    counts_sum(counts, total, parts->numbers, parts->count);
    free(parts->numbers);
    *parts = (struct parts){NULL, 0};
}

/* Each row of `totals` is the sum of those rows of `rows` that have its value in `key`; NULL value:
 * all of the year. */
static void add_sums(struct run_rollup *rollup, struct counts *counts, enum total totals,
                     enum total rows, size_t key, bool by_value)
{
    const struct total_rows *wholes = &rollup->totals[totals];
    struct parts parts = {NULL, 0};
    for (size_t i = 0; i < wholes->count; i++) {
        const struct total_row *whole = &wholes->items[i];
        add_parts(&parts, &rollup->totals[rows], whole->key[0], key,
                  by_value ? whole->key[1] : NULL);
        if (parts.count > 0)
            end_sum(counts, whole->count, &parts);
    }
}

/* The parts again, as another sum of the same records: both add up to one count, which is not
 * shown. */
static void end_same(struct counts *counts, struct parts *parts, struct parts *others,
                     uint64_t records)
{
    const size_t unseen = counts_add(counts, records);
    end_sum(counts, unseen, parts);
    end_sum(counts, unseen, others);
}

/* The links of a node on the left of a picture; returns their records. */
static uint64_t add_links(struct parts *parts, const struct ribbons *ribbons, size_t node,
                          const struct counts *counts)
{
    uint64_t records = 0;
    for (size_t i = 0; i < ribbons->link_count; i++) {
        if (ribbons->links[i].from == node) {
            add_number(parts, ribbons->links[i].count);
            records += counts->items[ribbons->links[i].count].value;
        }
    }
    return records;
}

static uint64_t records_of(const struct parts *parts, const struct counts *counts)
{
    uint64_t records = 0;
    for (size_t i = 0; i < parts->count; i++)
        records += counts->items[parts->numbers[i]].value;
    return records;
}

/* Groups before: those of the records that the picture leaves out are of the group that is none. */
static void link_groups(struct run_rollup *rollup, struct counts *counts)
{
    const struct movement *movement = &rollup->movement;
    const struct ribbons *ribbons = &movement->by_group.ribbons;
    struct parts links = {NULL, 0}, rows = {NULL, 0};
    bool has_none = false;
    for (size_t g = 0; g < ribbons->left_count; g++) {
        const bool is_none = ribbons->left[g].code[0] == '\0';
        uint64_t records = add_links(&links, ribbons, g, counts);
        if (is_none) {
            add_number(&links, movement->outside_count);
            records += movement->outside;
        }
        has_none = has_none || is_none;
        add_parts(&rows, &rollup->totals[TOTAL_BEFORE_GROUP], NULL, 1, ribbons->left[g].code);
        end_same(counts, &links, &rows, records);
    }
    if (!has_none && movement->outside > 0) {
        add_parts(&rows, &rollup->totals[TOTAL_BEFORE_GROUP], NULL, 1, "");
        end_sum(counts, movement->outside_count, &rows);
    }
}

/* Codes before. Of a code without a group the picture may leave records out; nobody can tell how
 * many. */
static void link_codes(struct run_rollup *rollup, struct counts *counts)
{
    const struct movement_view *view = &rollup->movement.by_code;
    const struct total_rows *codes = &rollup->totals[TOTAL_BEFORE_CODE];
    struct parts links = {NULL, 0}, rows = {NULL, 0};
    for (size_t n = 0; n < view->ribbons.left_count; n++) {
        const uint64_t records = add_links(&links, &view->ribbons, n, counts);
        for (size_t i = 0; i < codes->count; i++) {
            if (strcmp(codes->items[i].key[1], view->groups[n]) == 0 &&
                strcmp(codes->items[i].key[2], view->ribbons.left[n].code) == 0)
                add_number(&rows, codes->items[i].count);
        }
        if (records_of(&rows, counts) == records) {
            end_same(counts, &links, &rows, records);
        } else {
            links.count = rows.count = 0;
        }
    }
    free(links.numbers);
    free(rows.numbers);
}

/* Codes after, and fates. Records without a code after of the set are told by the totals in one or
 * two rows, and by the picture as ends of its own and as those that it leaves out. */
static void link_ends(struct run_rollup *rollup, struct counts *counts)
{
    const struct movement *movement = &rollup->movement;
    const struct ribbons *ribbons = &movement->by_group.ribbons;
    const struct total_rows *codes = &rollup->totals[TOTAL_AFTER_CODE];
    struct parts ends = {NULL, 0}, rows = {NULL, 0};
    uint64_t records = movement->outside;
    for (size_t e = 0; e < ribbons->right_count; e++) {
        const bool is_fate = ribbons->right[e].is_fate;
        add_parts(&rows, &rollup->totals[is_fate ? TOTAL_FATE : TOTAL_AFTER_CODE], NULL, 1,
                  is_fate ? ribbons->right[e].name : ribbons->right[e].code);
        if (rows.count > 0) {
            end_sum(counts, movement->after_totals[e], &rows);
            continue;
        }
        add_number(&ends, movement->after_totals[e]);
        records += counts->items[movement->after_totals[e]].value;
    }
    add_number(&ends, movement->outside_count);
    add_parts(&rows, codes, NULL, 1, "");
    add_parts(&rows, codes, NULL, 1, unlisted);
    end_same(counts, &ends, &rows, records);
}

/* What is before and not after is told too, to whoever subtracts: few records of a school or a
 * gender that were not written. */
static void guard_rest(struct run_rollup *rollup, struct counts *counts, enum total before,
                       enum total after)
{
    const struct total_rows *wholes = &rollup->totals[before], *left = &rollup->totals[after];
    size_t next = 0; /* both are in one order, and what is written was read */
    for (size_t i = 0; i < wholes->count && next < left->count; i++) {
        const struct total_row *whole = &wholes->items[i], *part = &left->items[next];
        if (compare_rows(whole, part) != 0)
            continue;
        next++;
        const uint64_t rest = whole->records - part->records;
        if (rest > 0 && rest < COUNTS_SMALL)
            counts_guard(counts, part->count);
    }
}

void count_totals(struct run_rollup *rollup, struct counts *counts)
{
    for (int total = 0; total < TOTALS; total++)
        make_rows(rollup, (enum total)total, counts);
    add_sums(rollup, counts, TOTAL_BEFORE, TOTAL_BEFORE_GROUP, 0, false);
    add_sums(rollup, counts, TOTAL_BEFORE_GROUP, TOTAL_BEFORE_CODE, 1, true);
    add_sums(rollup, counts, TOTAL_BEFORE, TOTAL_BEFORE_SCHOOL, 0, false);
    add_sums(rollup, counts, TOTAL_AFTER, TOTAL_AFTER_CODE, 0, false);
    add_sums(rollup, counts, TOTAL_AFTER_CODE, TOTAL_AFTER_FINE, 1, true);
    add_sums(rollup, counts, TOTAL_AFTER, TOTAL_AFTER_SCHOOL, 0, false);
    add_sums(rollup, counts, TOTAL_AFTER_CODE, TOTAL_AFTER_CROSS, 1, true);
    for (size_t b = 0; b < rollup->rollup->by_count; b++) {
        add_sums(rollup, counts, TOTAL_BEFORE, (enum total)(TOTAL_BEFORE_BY + b), 0, false);
        add_sums(rollup, counts, TOTAL_AFTER, (enum total)(TOTAL_AFTER_BY + b), 0, false);
        add_sums(rollup, counts, (enum total)(TOTAL_AFTER_BY + b), TOTAL_AFTER_CROSS, 2 + b, true);
    }
    const struct total_rows *all = &rollup->totals[TOTAL_BEFORE];
    for (size_t i = 0; i < all->count; i++) {
        struct parts parts = {NULL, 0};
        add_parts(&parts, &rollup->totals[TOTAL_AFTER], all->items[i].key[0], 0, NULL);
        add_parts(&parts, &rollup->totals[TOTAL_FATE], all->items[i].key[0], 0, NULL);
        end_sum(counts, all->items[i].count, &parts);
    }
    guard_rest(rollup, counts, TOTAL_BEFORE_SCHOOL, TOTAL_AFTER_SCHOOL);
    for (size_t b = 0; b < rollup->rollup->by_count; b++)
        guard_rest(rollup, counts, (enum total)(TOTAL_BEFORE_BY + b),
                   (enum total)(TOTAL_AFTER_BY + b));
    /* What the pictures show is the same again, of all years. */
    link_groups(rollup, counts);
    link_codes(rollup, counts);
    link_ends(rollup, counts);
}

/* ---- names ---- */

static const char *name_in(const struct codeset *set, const char *code, const char *year,
                           const char *none)
{
    const char *name = set != NULL && code[0] != '\0'
                           ? rollup_name(set, code, academic_year(year, strlen(year)))
                           : NULL;
    return name != NULL       ? name
           : code == unlisted ? "a code of another list"
           : code[0] == '\0'  ? none
           : set == NULL      ? code /* a property is its own name */
                              : "";
}

const char *total_name(const struct run_rollup *rollup, enum total total,
                       const struct total_row *row)
{
    const struct rollup *told = rollup->rollup;
    const struct rollup_dimension *by = by_of(rollup, total);
    const char *year = row->key[0];
    if (by != NULL)
        return name_in(rollup->sets.by[by - told->by], row->key[1], year, by->none);
    switch (total) {
    case TOTAL_BEFORE: return "all records";
    case TOTAL_AFTER: return "records written";
    case TOTAL_BEFORE_GROUP:
        return name_in(rollup->sets.group, row->key[1], year, told->before.none);
    case TOTAL_BEFORE_CODE:
        return name_in(rollup->sets.before, row->key[2], year, told->before.none);
    case TOTAL_BEFORE_SCHOOL:
    case TOTAL_AFTER_SCHOOL: return row->key[1][0] == '\0' ? "not told" : "";
    case TOTAL_AFTER_CODE:
    case TOTAL_AFTER_CROSS: return name_in(rollup->sets.after[0], row->key[1], year, "none");
    case TOTAL_AFTER_FINE: return name_in(rollup->sets.after[1], row->key[2], year, "none");
    default: return "";
    }
}

/* ---- files ---- */

static void put_cell(struct output *output, const char *text, const char *before)
{
    output_text(output, before);
    output_cell(output, text, strlen(text));
}

static void put_named(struct output *output, const struct codeset *set, const char *code,
                      const char *year, const char *none)
{
    put_cell(output, code == unlisted ? "" : code, ",");
    put_cell(output, name_in(set, code, year, none), ",");
}

static void put_heading(struct output *output, const struct run_rollup *rollup)
{
    const struct rollup *told = rollup->rollup;
    output_text(output, "year,lea,school");
    for (size_t b = 0; b < told->by_count; b++) {
        put_cell(output, told->by[b].id, ",");
        put_cell(output, told->by[b].id, ",");
        output_text(output, "_name");
    }
    const char *const ids[] = {told->group.id, told->before.id};
    for (size_t i = 0; i < 2 + told->after_count; i++) {
        const char *id = i < 2 ? ids[i] : told->after[i - 2].id;
        put_cell(output, id, ",");
        put_cell(output, id, ",");
        output_text(output, "_name");
    }
    output_text(output, ",outcome,records\r\n");
}

static void put_cells(struct output *output, const struct run_rollup *rollup)
{
    const struct rollup *told = rollup->rollup;
    put_heading(output, rollup);
    for (size_t c = 0; c < rollup->count; c++) {
        const struct rollup_cell *cell = &rollup->cells[c];
        const char *fate = fate_of(cell);
        char records[24];
        put_cell(output, cell->year, "");
        put_cell(output, cell->lea, ",");
        put_cell(output, cell->school, ",");
        for (size_t b = 0; b < told->by_count; b++)
            put_named(output, rollup->sets.by[b], cell->by[b], cell->year, told->by[b].none);
        put_named(output, rollup->sets.group,
                  rollup_group(told, &rollup->sets, cell->before,
                               academic_year(cell->year, strlen(cell->year))),
                  cell->year, told->before.none);
        put_named(output, rollup->sets.before, cell->before, cell->year, "");
        for (size_t a = 0; a < told->after_count; a++)
            put_named(output, rollup->sets.after[a], cell->after[a], cell->year, "");
        put_cell(output, fate != NULL ? fate : "Written", ",");
        snprintf(records, sizeof records, ",%" PRIu64 "\r\n", cell->records);
        output_text(output, records);
    }
}

/* What a total is told by, as the file calls it. */
static const char *word_of(const struct run_rollup *rollup, enum total total)
{
    const struct rollup *told = rollup->rollup;
    if (by_of(rollup, total) != NULL)
        return by_of(rollup, total)->id;
    switch (total) {
    case TOTAL_BEFORE:
    case TOTAL_AFTER: return "all";
    case TOTAL_BEFORE_GROUP: return told->group.id;
    case TOTAL_BEFORE_CODE: return told->before.id;
    case TOTAL_BEFORE_SCHOOL:
    case TOTAL_AFTER_SCHOOL: return "school";
    case TOTAL_FATE: return "outcome";
    case TOTAL_AFTER_CODE: return told->after[0].id;
    case TOTAL_AFTER_FINE: return told->after_count > 1 ? told->after[1].id : NULL;
    default: return NULL; /* a cross is read from the cells */
    }
}

static void put_totals(struct output *output, const struct run_rollup *rollup,
                       const struct counts *counts)
{
    for (int t = 0; t < TOTALS; t++) {
        const enum total total = (enum total)t;
        const struct total_rows *rows = &rollup->totals[total];
        const char *word = word_of(rollup, total);
        for (size_t i = 0; i < rows->count && word != NULL; i++) {
            const struct total_row *row = &rows->items[i];
            const bool is_fine = total == TOTAL_BEFORE_CODE || total == TOTAL_AFTER_FINE;
            const char *code = row->key[is_fine ? 2 : 1], *of = is_fine ? row->key[1] : "";
            char records[24];
            put_cell(output, rollup->rollup->id, "");
            put_cell(output, row->key[0], ",");
            put_cell(output, total < TOTAL_AFTER ? "before" : "after", ",");
            put_cell(output, word, ",");
            put_cell(output, of == unlisted ? "" : of, ",");
            put_cell(output, code == unlisted ? "" : code, ",");
            put_cell(output, total_name(rollup, total, row), ",");
            snprintf(records, sizeof records, ",%" PRIu64 "\r\n", row->records);
            output_text(output, counts->items[row->count].is_hidden ? ",\r\n" : records);
        }
    }
}

int write_rollups(struct run *run, const struct run_rollups *rollups, const struct counts *counts,
                  const char *sub, bool totals_only)
{
    struct output output = {0};
    for (size_t i = 0; i < rollups->count && !totals_only && run->error.status == CTE_OK; i++) {
        if (rollups->items[i].count == 0)
            continue;
        char *name = cte_format("rollup-%s.csv", rollups->items[i].rollup->id);
        if (begin_document(run, &output, sub, name) == CTE_OK) {
            put_cells(&output, &rollups->items[i]);
            end_document(run, &output, sub);
        }
        free(name);
    }
    if (rollups->count == 0 || run->error.status != CTE_OK ||
        begin_document(run, &output, sub, "rollup-totals.csv") != CTE_OK)
        return run->error.status;
    output_text(&output, "rollup,year,side,by,of,code,name,records\r\n");
    for (size_t i = 0; i < rollups->count; i++)
        put_totals(&output, &rollups->items[i], counts);
    return end_document(run, &output, sub);
}
