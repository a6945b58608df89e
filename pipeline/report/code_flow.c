#include "pipeline/report/code_flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/map.h"
#include "codetables/base/memory.h"

/* ---- counting ---- */

const char unlisted[] = "?";

static const unsigned end_dimensions =
    1U << DIM_YEAR | 1U << DIM_WRITTEN | 1U << DIM_OUTCOME | 1U << DIM_AFTER;

void code_flow_begin(struct code_flow *flow, const struct rollup *rollup,
                     const struct rollup_sets *sets)
{
    *flow = (struct code_flow){.rollup = rollup,
                               .sets = *sets,
                               .by_group.dimensions = 1U << DIM_GROUP | end_dimensions,
                               .by_code.dimensions =
                                   1U << DIM_GROUP | 1U << DIM_BEFORE | end_dimensions};
}

struct flow_rows code_flow_add(struct code_flow *flow, const struct coded_records *coded)
{
    const char *values[LINKED_DIMENSIONS] = {NULL};
    const char *after = coded->fate == NULL ? coded->after : "";
    const struct rollup_sets *sets = &flow->sets;
    const bool is_code = codeset_holds(sets->after[0], after, strlen(after));
    values[DIM_YEAR] = coded->year;
    values[DIM_GROUP] = rollup_group(flow->rollup, sets, coded->before,
                                     academic_year(coded->year, strlen(coded->year)));
    values[DIM_BEFORE] =
        codeset_holds(sets->before, coded->before, strlen(coded->before)) ? coded->before : "";
    values[DIM_WRITTEN] = coded->fate == NULL ? IS_WRITTEN : "";
    values[DIM_OUTCOME] = coded->fate != NULL ? coded->fate : "";
    values[DIM_AFTER] = after[0] == '\0' || is_code ? after : unlisted;
    const bool is_listed = values[DIM_GROUP][0] != '\0' || is_code || coded->fate != NULL;
    return (struct flow_rows){linked_table_add(&flow->by_group, values, coded->records, is_listed),
                              linked_table_add(&flow->by_code, values, coded->records, is_listed)};
}

/* ---- the ends of the flow ---- */

/* Where the records of a row went. */
struct flow_end {
    const char *text; /* a code after, or a fate in words */
    bool is_fate;
};

static struct flow_end find_end(const struct linked_row *row)
{
    const char *after = row->values[DIM_AFTER], *outcome = row->values[DIM_OUTCOME];
    if (outcome[0] != '\0')
        return (struct flow_end){outcome, true};
    if (after[0] == '\0')
        return (struct flow_end){"No code after", true};
    if (strcmp(after, unlisted) == 0)
        return (struct flow_end){"Keeps its code", true};
    return (struct flow_end){after, false};
}

/* Codes before fates. */
static int compare_ends(const void *x, const void *y)
{
    const struct flow_end *a = x, *b = y;
    return a->is_fate != b->is_fate ? a->is_fate - b->is_fate : strcmp(a->text, b->text);
}

/* Groups and codes in the order of their codes, those without a group last; of each, the ends in
 * their order. */
static int compare_rows(const void *x, const void *y)
{
    const struct linked_row *a = *(const struct linked_row *const *)x,
                            *b = *(const struct linked_row *const *)y;
    const char *const *of_a = a->values, *const *of_b = b->values;
    int order = (of_a[DIM_GROUP][0] == '\0') - (of_b[DIM_GROUP][0] == '\0');
    if (order == 0)
        order = strcmp(of_a[DIM_GROUP], of_b[DIM_GROUP]);
    if (order == 0)
        order = strcmp(of_a[DIM_BEFORE], of_b[DIM_BEFORE]);
    const struct flow_end ends[] = {find_end(a), find_end(b)};
    return order != 0 ? order : compare_ends(&ends[0], &ends[1]);
}

/* The rows of a year in a table, which are those from `first` on: the listed ones stand together,
 * and so do the others. */
struct year_rows {
    const struct linked_row *first;
    size_t count;
};

static struct year_rows find_rows(const struct linked_table *table, const char *year,
                                  bool is_listed)
{
    const size_t begin = is_listed ? 0 : table->listed_count,
                 end = is_listed ? table->listed_count : table->count;
    struct year_rows rows = {NULL, 0};
    for (size_t r = begin; r < end; r++) {
        if (strcmp(table->rows[r].values[DIM_YEAR], year) != 0)
            continue;
        rows.first = rows.count == 0 ? &table->rows[r] : rows.first;
        rows.count++;
    }
    return rows;
}

/* The ends of the listed rows, each once; they are the nodes on the right of both pictures. */
static void find_ends(struct code_flow *flow, struct code_flow_year *shown)
{
    const struct year_rows rows = find_rows(&flow->by_group, shown->year, true);
    struct flow_end *ends = cte_alloc((rows.count + 1) * sizeof *ends);
    for (size_t r = 0; r < rows.count; r++)
        ends[r] = find_end(&rows.first[r]);
    if (rows.count > 1)
        qsort(ends, rows.count, sizeof *ends, compare_ends);
    shown->ends = arena_alloc(&flow->pictures, (rows.count + 1) * sizeof *shown->ends);
    shown->end_count = 0;
    for (size_t r = 0; r < rows.count; r++) {
        if (r > 0 && compare_ends(&ends[r - 1], &ends[r]) == 0)
            continue;
        const bool is_fate = ends[r].is_fate;
        shown->ends[shown->end_count++] = (struct sankey_node){
            is_fate ? "" : ends[r].text,
            is_fate ? ends[r].text : rollup_name(flow->sets.after[0], ends[r].text, YEAR_NONE),
            is_fate};
    }
    free(ends);
}

static size_t end_number(const struct code_flow_year *shown, const struct linked_row *row)
{
    const struct flow_end end = find_end(row);
    size_t number = 0;
    while (shown->ends[number].is_fate != end.is_fate ||
           strcmp(end.is_fate ? shown->ends[number].name : shown->ends[number].code, end.text) != 0)
        number++;
    return number;
}

/* ---- the pictures ---- */

/* The node on the left of a row, which is the last one or a new one: rows stand in the order of
 * groups and codes. `last` is the row before. */
static size_t add_left(const struct code_flow *flow, struct sankey *sankey, bool by_code,
                       const struct linked_row *last, const struct linked_row *row)
{
    if (last == NULL || strcmp(last->values[DIM_GROUP], row->values[DIM_GROUP]) != 0 ||
        strcmp(last->values[DIM_BEFORE], row->values[DIM_BEFORE]) != 0) {
        const char *code = row->values[by_code ? DIM_BEFORE : DIM_GROUP];
        const char *name =
            rollup_name(by_code ? flow->sets.before : flow->sets.group, code, YEAR_NONE);
        sankey->left[sankey->left_count++] =
            (struct sankey_node){code, name != NULL ? name : flow->rollup->before.none, false};
    }
    return sankey->left_count - 1;
}

static void make_picture(struct code_flow *flow, const struct code_flow_year *shown,
                         struct sankey *sankey, const char *id)
{
    struct arena *memory = &flow->pictures;
    const struct rollup *rollup = flow->rollup;
    const bool by_code = sankey == &shown->code_picture;
    const char *from = by_code ? rollup->before.name : rollup->group.name;
    const struct year_rows of_year =
        find_rows(by_code ? &flow->by_code : &flow->by_group, shown->year, true);
    const size_t count = of_year.count;
    const struct linked_row **rows = cte_alloc((count + 1) * sizeof(const struct linked_row *));
    *sankey =
        (struct sankey){.id = arena_format(memory, "%s%s", id, by_code ? "code" : "group"),
                        .title = arena_format(memory, "%s%s%s: from %s to %s", rollup->title,
                                              shown->year[0] != '\0' ? ", " : "", shown->year, from,
                                              rollup->after[0].name),
                        .left_title = from,
                        .right_title = rollup->after[0].name,
                        .left = arena_alloc(memory, (count + 1) * sizeof(struct sankey_node)),
                        .right = shown->ends,
                        .right_count = shown->end_count,
                        .links = arena_alloc(memory, (count + 1) * sizeof(struct sankey_link)),
                        .link_count = count};
    for (size_t r = 0; r < count; r++)
        rows[r] = &of_year.first[r];
    if (count > 1)
        qsort(rows, count, sizeof *rows, compare_rows);
    for (size_t r = 0; r < count; r++)
        sankey->links[r] = (struct sankey_link){
            add_left(flow, sankey, by_code, r > 0 ? rows[r - 1] : NULL, rows[r]),
            end_number(shown, rows[r]), rows[r]->cell};
    free(rows);
}

static uint64_t value_of(const struct publication *publication, const size_t *cells, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value += publication->cells[cells[i]].value;
    return value;
}

/* A listed cell that is the sum of others. */
static size_t add_total(struct publication *publication, const size_t *parts, size_t count)
{
    const size_t total = publication_add_cell(publication, value_of(publication, parts, count));
    publication_add_sum(publication, total, parts, count);
    return total;
}

/* What the tables show beside their rows: all records of each end and of the pictures, and those
 * that the pictures leave out. */
static void add_totals(struct code_flow *flow, struct code_flow_year *shown,
                       struct publication *publication)
{
    const struct year_rows listed = find_rows(&flow->by_group, shown->year, true),
                           left_out = find_rows(&flow->by_group, shown->year, false);
    size_t *parts = cte_alloc((flow->by_group.count + 1) * sizeof *parts), count;
    shown->end_cells =
        arena_alloc(&flow->pictures, (shown->end_count + 1) * sizeof *shown->end_cells);
    for (size_t e = 0; e < shown->end_count; e++) {
        count = 0;
        for (size_t r = 0; r < listed.count; r++) {
            if (end_number(shown, &listed.first[r]) == e)
                parts[count++] = listed.first[r].cell;
        }
        shown->end_cells[e] = add_total(publication, parts, count);
    }
    shown->all_cell = add_total(publication, shown->end_cells, shown->end_count);
    for (count = 0; count < left_out.count; count++)
        parts[count] = left_out.first[count].cell;
    shown->left_out_cell = add_total(publication, parts, count);
    free(parts);
}

/* The newest first, and last what tells no year. */
static int compare_years(const void *x, const void *y)
{
    const struct code_flow_year *a = x, *b = y;
    return strcmp(b->year, a->year);
}

static void find_years(struct code_flow *flow)
{
    const struct linked_table *table = &flow->by_group;
    struct map years = {0};
    flow->years = arena_alloc(&flow->pictures, (table->count + 1) * sizeof *flow->years);
    flow->year_count = 0;
    for (size_t r = 0; r < table->count; r++) {
        const char *year = table->rows[r].values[DIM_YEAR];
        if (map_add_string(&years, year) == flow->year_count)
            flow->years[flow->year_count++] = (struct code_flow_year){.year = year};
    }
    map_free(&years);
    qsort(flow->years, flow->year_count, sizeof *flow->years, compare_years);
}

void code_flow_publish(struct code_flow *flow, struct publication *publication, const char *id)
{
    arena_free(&flow->pictures); /* those of another page */
    linked_table_publish(&flow->by_group, publication);
    linked_table_publish(&flow->by_code, publication);
    find_years(flow);
    for (size_t y = 0; y < flow->year_count; y++) {
        struct code_flow_year *shown = &flow->years[y];
        char *year_id = cte_format("%s%zu", id, y);
        find_ends(flow, shown);
        make_picture(flow, shown, &shown->group_picture, year_id);
        make_picture(flow, shown, &shown->code_picture, year_id);
        add_totals(flow, shown, publication);
        free(year_id);
    }
}

void code_flow_free(struct code_flow *flow)
{
    arena_free(&flow->pictures);
    linked_table_free(&flow->by_group);
    linked_table_free(&flow->by_code);
}
