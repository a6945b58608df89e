/* The codes of a crosswalk, by what another one makes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/cte-table/by_crosswalk.h"
#include "codetables/cte-table/show.h"

/* What stands in the place of a code; no code begins with a parenthesis. */
static const char no_row[] = "(no row)", undecided[] = "(undecided)", nothing[] = "(nothing)";

/* A code, its group, and what it becomes. */
struct member {
    const char *code, *group;
    const char *target[2]; /* before and after; the same where there is but one crosswalk */
};

/* The maps that are held together: all begin from one code set. */
struct together {
    const struct crosswalk_map *by, *maps[2];
    struct member *members;
    size_t count;
    bool is_compared;
};

static const char *target_of(const struct crosswalk_map *map, const struct code *code, int year)
{
    const struct crosswalk_row *row = crosswalk_lookup(map, code->value, code->length, year);
    if (row == NULL)
        return no_row;
    if (row->kind == ROW_UNDECIDED)
        return undecided;
    if (row->kind == ROW_SAME)
        return code->value;
    return row->to.code[0] != NULL ? row->to.code[0] : nothing;
}

static bool is_valid(const struct codeset *set, const struct code *code, int year)
{
    const struct code *row = codeset_row(set, code->value, code->length, year);
    return row->first <= year && year <= row->last;
}

/* Codes that the crosswalk `by` knows nothing of have no group. */
static void list_members(struct together *together, int year)
{
    const struct codeset *set = together->by->set;
    together->members = cte_zalloc(set->code_count + 1, sizeof *together->members);
    together->count = 0;
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *code = &set->codes[i];
        if (codeset_find(set, code->value, code->length) != code || !is_valid(set, code, year))
            continue;
        const char *group = target_of(together->by, code, year);
        if (group == no_row || group == nothing)
            continue;
        together->members[together->count++] = (struct member){
            code->value,
            group,
            {target_of(together->maps[0], code, year), target_of(together->maps[1], code, year)}};
    }
}

static int compare_texts(const char *first, const char *second, int otherwise)
{
    const int order = strcmp(first, second);
    return order != 0 ? order : otherwise;
}

static int compare_groups(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    return compare_texts(
        a->group, b->group,
        compare_texts(a->target[0], b->target[0],
                      compare_texts(a->target[1], b->target[1], strcmp(a->code, b->code))));
}

/* By target, and by group within. */
static int compare_before(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    return compare_texts(a->target[0], b->target[0], strcmp(a->group, b->group));
}

static int compare_after(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    return compare_texts(a->target[1], b->target[1], strcmp(a->group, b->group));
}

/* "FAB Business and Finance"; of what is no code, the words. */
static void print_code(const struct crosswalk_output *output, const char *value, int year)
{
    const struct code *code = codeset_row(output->set, value, strlen(value), year);
    printf("%s%s%s", value, code != NULL ? " " : "", code != NULL ? code->name : "");
}

/* The number of members from `at` on that have its group. */
static size_t group_length(const struct together *together, size_t at)
{
    const struct member *members = together->members;
    size_t end = at;
    while (end < together->count && strcmp(members[end].group, members[at].group) == 0)
        end++;
    return end - at;
}

/* "; cluster 020200 9, 020100 2": what the members of a group become. */
static void print_targets(const struct together *together, size_t at, size_t length)
{
    const struct member *members = together->members;
    printf(": %s", together->maps[0]->outputs[0].id);
    for (size_t i = at, end; i < at + length; i = end) {
        for (end = i;
             end < at + length && strcmp(members[end].target[0], members[i].target[0]) == 0;)
            end++;
        printf("%s %s %zu", i > at ? "," : "", members[i].target[0], end - i);
    }
    puts("");
}

static bool differs(const struct member *member)
{
    return strcmp(member->target[0], member->target[1]) != 0;
}

static void print_differences(const struct together *together, size_t at, size_t length)
{
    const struct member *members = together->members;
    size_t count = 0;
    for (size_t i = at; i < at + length; i++)
        count += differs(&members[i]);
    printf(", %zu come out differently\n", count);
    for (size_t i = at; i < at + length; i++) {
        if (differs(&members[i]))
            printf("  %s: %s %s -> %s\n", members[i].code, together->maps[0]->outputs[0].id,
                   members[i].target[0], members[i].target[1]);
    }
}

static void print_groups(const struct together *together, int year)
{
    qsort(together->members, together->count, sizeof *together->members, compare_groups);
    for (size_t i = 0, length; i < together->count; i += length) {
        length = group_length(together, i);
        print_code(&together->by->outputs[0], together->members[i].group, year);
        printf(", %zu codes", length);
        if (together->is_compared)
            print_differences(together, i, length);
        else
            print_targets(together, i, length);
    }
}

/* Targets with members of several groups, with the number of these: of the crosswalk before or of
 * the one after. */
static void print_mixed(struct together *together, size_t side, int year)
{
    struct member *members = together->members;
    const struct crosswalk_output *output = &together->maps[side]->outputs[0];
    size_t mixed = 0;
    qsort(members, together->count, sizeof *members, side == 0 ? compare_before : compare_after);
    for (size_t i = 0, end; i < together->count; i = end) {
        const char *target = members[i].target[side];
        for (end = i; end < together->count && strcmp(members[end].target[side], target) == 0;)
            end++;
        if (target[0] == '(' || strcmp(members[i].group, members[end - 1].group) == 0)
            continue;
        mixed++;
        printf("  ");
        print_code(output, target, year);
        for (size_t at = i, after; at < end; at = after) {
            for (after = at; after < end && strcmp(members[after].group, members[at].group) == 0;)
                after++;
            printf("%s %s %zu", at > i ? "," : ":", members[at].group, after - at);
        }
        puts("");
    }
    if (mixed == 0)
        puts("  none");
}

static void print_together(struct together *together, const struct crosswalk *const *crosswalks,
                           const struct crosswalk *by, int year)
{
    char text[YEARS_TEXT];
    const int asked = year != YEAR_NONE ? year : YEAR_LAST;
    list_members(together, asked);
    printf("\nMap %s, by %s of ", together->maps[0]->id, together->by->outputs[0].id);
    print_name(&by->identity);
    printf(", codes valid %s%s:\n", year != YEAR_NONE ? "in " : "today",
           year != YEAR_NONE ? year_text(year, text) : "");
    print_groups(together, asked);
    for (size_t side = 0; side < (together->is_compared ? 2 : 1); side++) {
        printf("%s by ", together->maps[side]->outputs[0].id);
        print_name(&crosswalks[side]->identity);
        printf(" that draws on more than one %s:\n", together->by->outputs[0].id);
        print_mixed(together, side, asked);
    }
    free(together->members);
}

static const struct crosswalk *load_crosswalk(struct tables *tables, const char *named,
                                              struct cte_error *error)
{
    struct table_file file = {0};
    struct loaded table = {0};
    const struct crosswalk *crosswalk = NULL;
    if (find_table(tables->folder, named, &file, error) == CTE_OK &&
        load_table(tables, &file, &table, error) == CTE_OK) {
        crosswalk = table.crosswalk;
        if (crosswalk == NULL)
            cte_fail(error, CTE_USAGE, "%s: is a table of kind %s; --by is about crosswalks",
                     file.path, file.kind);
        loaded_free(&table);
    }
    table_file_free(&file);
    return error->status == CTE_OK ? crosswalk : NULL;
}

/* The maps that are held together: that of a number among the maps of the one that groups, and of
 * the crosswalk before; false where they are none. */
static bool find_together(const struct by_crosswalk *by, size_t g, size_t m,
                          struct together *together)
{
    const struct crosswalk_map *map = &by->sides[0]->maps[m];
    *together = (struct together){.by = &by->grouping->maps[g],
                                  .maps = {map, crosswalk_map(by->sides[1], map->id)},
                                  .is_compared = by->after != NULL};
    return strcmp(map->from, together->by->from) == 0 && together->maps[1] != NULL;
}

int open_by_crosswalk(struct tables *tables, struct by_crosswalk *by, struct cte_error *error)
{
    by->grouping = load_crosswalk(tables, by->by, error);
    for (size_t i = 0; i < 2 && error->status == CTE_OK; i++)
        by->sides[i] = i > 0 && by->after == NULL
                           ? by->sides[0]
                           : load_crosswalk(tables, i == 0 ? by->before : by->after, error);
    size_t found = 0;
    struct together together;
    for (size_t g = 0; error->status == CTE_OK && g < by->grouping->map_count; g++) {
        for (size_t m = 0; m < by->sides[0]->map_count; m++)
            found += find_together(by, g, m, &together);
    }
    if (error->status == CTE_OK && found == 0)
        cte_fail(error, CTE_USAGE, "%s: no map of it begins from a code set of %s's maps", by->by,
                 by->before);
    return error->status;
}

void print_by_crosswalk(const struct by_crosswalk *by)
{
    struct together together;
    for (size_t g = 0; g < by->grouping->map_count; g++) {
        for (size_t m = 0; m < by->sides[0]->map_count; m++) {
            if (find_together(by, g, m, &together))
                print_together(&together, by->sides, by->grouping, by->year);
        }
    }
}
