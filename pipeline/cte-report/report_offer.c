/* What schools offer, on the page: by group before, codes after that draw on several groups, and
 * sequences of courses. The latter two count sections one by one and are left
 * out where small counts are hidden. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/report.h"

static void put_number(struct page_table *table, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    page_cell_text(table, text);
}

/* ---- by group before ---- */

void report_put_groups(struct report *report, const struct run_rollup *rollup)
{
    const struct rollup *about = rollup->rollup;
    const struct linked_table *groups = &rollup->totals[TOTAL_BEFORE_GROUP];
    const bool has_people = about->distinct.field != NULL;
    if (about->group.crosswalk == NULL || about->through != NULL)
        return;
    char *caption = cte_format("%s: by %s", about->title, about->group.name),
         *group = cte_format("!%s", about->group.name),
         *people = cte_format("#%s", has_people ? about->distinct.name : "");
    const char *const columns[] = {group, "Year", "#Read", people};
    struct page_table table = {
        .caption = caption, .columns = columns, .column_count = has_people ? 4 : 3};
    for (size_t r = 0; r < groups->listed_count; r++) {
        const struct linked_row *row = &groups->rows[r];
        char *shown = cte_format("%s %s", row->values[DIM_GROUP],
                                 total_name(rollup, TOTAL_BEFORE_GROUP, row));
        page_cell_text(&table, shown);
        page_cell_text(&table, row->values[DIM_YEAR]);
        page_cell_count(&table, row->cell);
        if (has_people)
            page_cell_people(&table, row->cell, PEOPLE_ALL);
        free(shown);
    }
    page_fold(&report->page, caption);
    page_put_table(&report->page, &table);
    page_unfold(&report->page);
    free(caption);
    free(group);
    free(people);
}

/* ---- codes after that draw on several groups ---- */

/* Written records of a code before. */
struct drawn {
    const char *after, *group, *before;
    uint64_t records;
};

static int compare_drawn(const void *x, const void *y)
{
    const struct drawn *a = x, *b = y;
    int order = strcmp(a->after, b->after);
    if (order == 0)
        order = strcmp(a->group, b->group);
    return order != 0 ? order : strcmp(a->before, b->before);
}

/* To be freed; the texts are those of the roll-up and its tables. */
static struct drawn *list_drawn(const struct run_rollup *rollup, size_t *count)
{
    const struct map *kinds = &rollup->kinds.keys;
    struct drawn *list = cte_zalloc(kinds->count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; i < kinds->count; i++) {
        const char *at = map_key(kinds, i).at, *year = next_part(&at);
        struct rollup_cell cell;
        take_kind(&cell, at);
        const char *after = cell.after[0],
                   *group = rollup_group(rollup->rollup, &rollup->sets, cell.before,
                                         academic_year(year, strlen(year)));
        if (cell.state == 'R' && cell.course[0] == '\0' && after[0] != '\0' &&
            strcmp(after, unlisted) != 0 && group[0] != '\0')
            list[(*count)++] = (struct drawn){after, group, cell.before, rollup->kinds.records[i]};
    }
    if (*count > 1)
        qsort(list, *count, sizeof *list, compare_drawn);
    return list;
}

/* Where the members with the code after, or with the group too, end. */
static size_t end_of(const struct drawn *list, size_t count, size_t at, bool with_group)
{
    size_t end = at;
    while (end < count && strcmp(list[end].after, list[at].after) == 0 &&
           (!with_group || strcmp(list[end].group, list[at].group) == 0))
        end++;
    return end;
}

static void put_drawn(struct page_table *table, const struct run_rollup *rollup,
                      const struct drawn *list, size_t count)
{
    struct text codes = {0};
    uint64_t records = 0;
    for (size_t i = 0; i < count; i++) {
        records += list[i].records;
        if (i == 0 || strcmp(list[i].before, list[i - 1].before) != 0)
            text_join(&codes, " ", list[i].before);
    }
    const char *after = rollup_name(rollup->sets.after[0], list->after, YEAR_LAST),
               *group = rollup_name(rollup->sets.group, list->group, YEAR_LAST);
    char *shown = cte_format("%s %s", list->after, after != NULL ? after : "");
    page_cell_text(table, shown);
    free(shown);
    shown = cte_format("%s %s", list->group, group != NULL ? group : "");
    page_cell_text(table, shown);
    free(shown);
    page_cell_text(table, text_string(&codes));
    put_number(table, records);
    text_free(&codes);
}

void report_put_several(struct report *report, const struct run_rollup *rollup)
{
    const struct rollup *about = rollup->rollup;
    if (about->group.crosswalk == NULL || about->through != NULL || report->hides ||
        report->is_public)
        return;
    char *caption = cte_format("%s that draws on more than one %s", about->after[0].name,
                               about->group.name),
         *after = cte_format("!%s", about->after[0].name);
    const char *const columns[] = {after, about->group.name, about->before.name, "#Written"};
    struct page_table table = {.caption = caption, .columns = columns, .column_count = 4};
    size_t count;
    struct drawn *list = list_drawn(rollup, &count);
    for (size_t i = 0, end; i < count; i = end) {
        end = end_of(list, count, i, false);
        if (strcmp(list[i].group, list[end - 1].group) == 0)
            continue;
        for (size_t at = i, next; at < end; at = next) {
            next = end_of(list, end, at, true);
            put_drawn(&table, rollup, list + at, next - at);
        }
    }
    page_fold(&report->page, caption);
    if (table.cell_count > 0)
        page_put_table(&report->page, &table);
    else
        page_paragraph(&report->page, NULL, "None does, of what was written.");
    page_unfold(&report->page);
    free(list);
    free(caption);
    free(after);
}

/* ---- sequences ---- */

static int compare_numbers(const void *x, const void *y, void *context)
{
    const size_t *a = x, *b = y;
    return strcmp(map_key(context, *a).at, map_key(context, *b).at);
}

static void put_side(struct report *report, struct sequences *sequences, enum sequence_side side)
{
    const struct rollup *about = sequences->rollup;
    struct sequence_totals *totals = &sequences->totals[side];
    const bool is_before = side == SEQUENCE_BEFORE;
    const char *const columns[] = {is_before ? "!Before" : "!After", "#Schools with sections",
                                   "#With a full sequence", "#Full and split"};
    char *caption = is_before ? cte_format("Sequences before the recode")
                              : cte_format("Sequences by %s", about->after[0].name);
    struct page_table table = {
        .caption = caption, .columns = columns, .column_count = is_before ? 4 : 3};
    size_t *order = cte_zalloc(totals->codes.count + 1, sizeof *order);
    for (size_t i = 0; i < totals->codes.count; i++)
        order[i] = i;
    if (totals->codes.count > 1)
        qsort_r(order, totals->codes.count, sizeof *order, compare_numbers, &totals->codes);
    for (size_t i = 0; i < totals->codes.count; i++) {
        const struct sequence_schools *schools = &totals->schools[order[i]];
        const char *code = map_key(&totals->codes, order[i]).at;
        char *shown = cte_format("%s %s", code, sequence_name(sequences, side, code));
        page_cell_text(&table, shown);
        free(shown);
        put_number(&table, schools->any);
        put_number(&table, schools->full);
        if (is_before)
            put_number(&table, schools->split);
    }
    if (table.cell_count > 0)
        page_put_table(&report->page, &table);
    free(order);
    free(caption);
}

static struct sequence_schools sum_schools(const struct sequence_totals *totals)
{
    struct sequence_schools sum = {0};
    for (size_t i = 0; i < totals->codes.count; i++) {
        sum.any += totals->schools[i].any;
        sum.full += totals->schools[i].full;
        sum.split += totals->schools[i].split;
    }
    return sum;
}

void report_put_sequences(struct report *report, struct sequences *sequences)
{
    if (!sequences->is_told || report->hides || report->is_public)
        return;
    const struct sequence_schools before = sum_schools(&sequences->totals[SEQUENCE_BEFORE]),
                                  after = sum_schools(&sequences->totals[SEQUENCE_AFTER]);
    page_fold(&report->page, "Sequences of courses that schools offer");
    page_paragraph(&report->page, NULL,
                   "A school has a full sequence where it has sections of concentrator and "
                   "capstone courses, over all years of this report, and introductory ones where "
                   "there are any. Before: %" PRIu64 " of %" PRIu64 " are full, and of these the "
                   "sections of %" PRIu64 " went to several codes. After: %" PRIu64 " of %" PRIu64
                   " are full. Each school stands in sequences.csv.",
                   before.full, before.any, before.split, after.full, after.any);
    put_side(report, sequences, SEQUENCE_BEFORE);
    put_side(report, sequences, SEQUENCE_AFTER);
    page_unfold(&report->page);
}
