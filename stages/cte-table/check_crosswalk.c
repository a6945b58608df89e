/* Crosswalks: every code of every year has one answer, and each answer is good in that year. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-table/check.h"
#include "stages/cte-table/years.h"

struct span {
    int first, last;
};

static struct span both(struct span a, struct span b)
{
    return (struct span){a.first > b.first ? a.first : b.first, a.last < b.last ? a.last : b.last};
}

/* ---- years ---- */

/* The first stretch of the years in which no row of the code set has the value; false when there is none. */
static bool not_listed(const struct code *code, struct span years, struct span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1;
        const struct code *covers = NULL;
        for (const struct code *c = code; c != NULL && covers == NULL; c = c->same) {
            if (c->first <= year && year <= c->last)
                covers = c;
            else if (c->first > year && c->first < next)
                next = c->first;
        }
        if (covers == NULL) {
            *gap = both((struct span){year, next - 1}, years);
            return true;
        }
        year = covers->last + 1;
    }
    return false;
}

/* The first stretch of the years for which the map does not answer for a code. */
static bool not_answered(const struct crosswalk_map *map, const char *code, size_t length, struct span years, struct span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1, covered = year;
        for (const struct crosswalk_row *row = crosswalk_rows(map, code, length); row != NULL; row = row->same) {
            struct span answers = both((struct span){row->first, row->last}, (struct span){map->first, map->last});
            if (answers.first <= year && year <= answers.last)
                covered = answers.last + 1;
            else if (answers.first > year && answers.first < next && answers.first <= answers.last)
                next = answers.first;
        }
        if (covered == year) {
            *gap = both((struct span){year, next - 1}, years);
            return true;
        }
        year = covered;
    }
    return false;
}

/* ---- targets ---- */

static void check_target_years(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                               const struct crosswalk_row *row, unsigned n, long line, const struct targets *to)
{
    struct span covered = both((struct span){row->first, row->last}, (struct span){map->first, map->last});
    char text[YEARS_TEXT];
    for (size_t o = 0; o < map->output_count; o++) {
        const struct code *target = to->code[o] != NULL ? codeset_find(map->outputs[o].set, to->code[o], strlen(to->code[o]))
                                                        : NULL;
        const struct code *source = row->kind == ROW_NEW ? NULL : codeset_find(map->set, row->code, row->length);
        struct span gap;
        bool missing = false;
        if (target == NULL)
            continue;
        /* A row is asked only in years in which its own code may stand. */
        for (const struct code *s = source; s != NULL && !missing; s = s->same)
            missing = not_listed(target, both(covered, (struct span){s->first, s->last}), &gap);
        if (source == NULL)
            missing = (map->first != YEAR_FIRST || row->first != YEAR_FIRST) && not_listed(target, covered, &gap);
        if (missing)
            check_error(checking, crosswalk->identity.path, line, n,
                        "target code %s is not valid %s in code set %s; limit the row's years", to->code[o],
                        years_text(gap.first, gap.last, text), map->outputs[o].code_set);
    }
}

/* ---- conditions ---- */

/* The codes that the values of a condition are of: those of the first layout's field that has the number. */
static const struct field *find_field(const struct checking *checking, const char *number)
{
    for (size_t l = checking->tables.layout_count; l-- > 0;) {
        const struct layout *layout = &checking->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            int position = record_field(&layout->records[r], number);
            if (position >= 0)
                return &layout->records[r].fields[position];
        }
    }
    return NULL;
}

static int compare_code(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length != b_length ? (a_length > b_length ? 1 : -1) : memcmp(a, b, a_length);
}

static int compare_codes(const void *x, const void *y)
{
    const struct code *a = *(const struct code *const *)x, *b = *(const struct code *const *)y;
    return compare_code(a->value, a->length, b->value, b->length);
}

static const struct code **sorted_codes(struct checking *checking, const struct codeset *set)
{
    for (size_t i = 0; i < checking->sorted_count; i++) {
        if (checking->sorted[i].set == set)
            return checking->sorted[i].codes;
    }
    const struct code **codes = cte_zalloc(set->code_count, sizeof *codes);
    for (size_t i = 0; i < set->code_count; i++)
        codes[i] = &set->codes[i];
    if (set->code_count > 1)
        qsort(codes, set->code_count, sizeof *codes, compare_codes);
    checking->sorted = cte_realloc(checking->sorted, (checking->sorted_count + 1) * sizeof *checking->sorted);
    checking->sorted[checking->sorted_count++] = (struct sorted_set){set, codes};
    return codes;
}

static bool range_holds_code(struct checking *checking, const struct value_range *range, const struct codeset *set)
{
    const struct code **codes = sorted_codes(checking, set);
    size_t low = 0, high = set->code_count;
    while (low < high) { /* the first code that is not below the range */
        size_t middle = low + (high - low) / 2;
        if (compare_code(codes[middle]->value, codes[middle]->length, range->first, range->length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->code_count && compare_code(codes[low]->value, codes[low]->length, range->last, range->length) <= 0;
}

static void check_when(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_row *row,
                       const struct crosswalk_when *when)
{
    const char *path = crosswalk->identity.path;
    const struct field *field = find_field(checking, when->field);
    if (field == NULL && is_unsound(checking, "layout", NULL))
        return;
    if (field == NULL) {
        check_error(checking, path, when->line, when->n, "the condition names field %s, which no layout has", when->field);
        return;
    }
    for (size_t i = 0; i < when->range_count; i++) {
        const struct value_range *range = &when->ranges[i];
        bool known = field->code_set_count == 0;
        for (size_t s = 0; s < field->code_set_count && !known; s++) {
            struct cte_error error = {0};
            const struct codeset *set;
            known = tables_codeset(&checking->tables, field->code_sets[s], &set, &error) != CTE_OK || set->kind == CODESET_FORM ||
                    set->kind == CODESET_UNREAD || range_holds_code(checking, range, set);
        }
        if (!known)
            check_warning(checking, path, when->line, when->n,
                          "%s%s%s is no code of field %s, so that this never decides; correct it", range->first,
                          strcmp(range->first, range->last) != 0 ? "-" : "",
                          strcmp(range->first, range->last) != 0 ? range->last : "", when->field);
    }
    for (const struct crosswalk_when *other = row->whens; other < when; other++) {
        for (size_t i = 0; i < when->range_count * other->range_count; i++) {
            const struct value_range *a = &when->ranges[i / other->range_count], *b = &other->ranges[i % other->range_count];
            if (strcmp(when->field, other->field) == 0 && a->length == b->length && strcmp(a->first, b->last) <= 0 &&
                strcmp(b->first, a->last) <= 0)
                check_error(checking, path, when->line, when->n,
                            "%s of field %s is in the condition of row %u too; a value can be in one condition only",
                            strcmp(a->first, b->first) > 0 ? a->first : b->first, when->field, other->n);
        }
    }
}

/* ---- kinds ---- */

/* A way from a code to targets: by the row itself, a condition or a choice. */
struct way {
    const struct crosswalk_row *row;
    const struct targets *to;
    bool plain; /* by the row itself, which says that it is the one */
};

struct ways {
    struct way *list;
    size_t count, room;
    size_t outputs;
};

static int compare_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    int order = 0;
    for (size_t o = 0; o < outputs && order == 0; o++) {
        const char *x = a->code[o], *y = b->code[o];
        order = x == NULL || y == NULL ? (x != NULL) - (y != NULL) : strcmp(x, y);
    }
    return order;
}

static int compare_ways(const void *x, const void *y, void *context)
{
    const struct way *a = x, *b = y;
    int order = compare_targets(a->to, b->to, *(const size_t *)context);
    if (order == 0)
        order = strcmp(a->row->code, b->row->code);
    return order != 0 ? order : (a->row->line > b->row->line) - (a->row->line < b->row->line);
}

static void add_way(struct ways *ways, const struct crosswalk_row *row, const struct targets *to, bool plain)
{
    bool empty = true;
    for (size_t o = 0; o < ways->outputs; o++)
        empty = empty && to->code[o] == NULL;
    if (empty)
        return;
    if (ways->count == ways->room)
        ways->list = cte_realloc(ways->list, (ways->room = ways->room * 2 + 64) * sizeof *ways->list);
    ways->list[ways->count++] = (struct way){row, to, plain};
}

static struct ways all_ways(const struct crosswalk_map *map)
{
    struct ways ways = {.outputs = map->output_count};
    for (size_t r = 0; r < map->row_count; r++) {
        const struct crosswalk_row *row = &map->rows[r];
        add_way(&ways, row, &row->to, row->kind == ROW_RENAMED || row->kind == ROW_MOVED || row->kind == ROW_MERGED);
        for (size_t i = 0; i < row->when_count; i++)
            add_way(&ways, row, &row->whens[i].to, false);
        for (size_t i = 0; i < row->choice_count; i++)
            add_way(&ways, row, &row->choices[i].to, false);
    }
    if (ways.count > 1)
        qsort_r(ways.list, ways.count, sizeof *ways.list, compare_ways, &ways.outputs);
    return ways;
}

static char *targets_text(const struct targets *to, size_t outputs)
{
    char *text = cte_strdup("");
    for (size_t o = 0; o < outputs; o++) {
        char *longer = cte_format("%s%s%s", text, o > 0 ? " " : "", to->code[o] != NULL ? to->code[o] : "-");
        free(text);
        text = longer;
    }
    return text;
}

/* The target stays where it is, so that it leads to itself. */
static bool stays(const struct crosswalk_map *map, const struct targets *to)
{
    return map->output_count == 1 && map->unlisted_passes && map->set == map->outputs[0].set && to->code[0] != NULL &&
           codeset_find(map->set, to->code[0], strlen(to->code[0])) != NULL &&
           crosswalk_rows(map, to->code[0], strlen(to->code[0])) == NULL;
}

static int compare_unsigned(const void *x, const void *y)
{
    unsigned a = *(const unsigned *)x, b = *(const unsigned *)y;
    return (a > b) - (a < b);
}

/* "1, 2, 3", of the first dozen: the line is for people. To be freed. */
static char *rows_text(unsigned *rows, size_t count)
{
    enum { MOST = 12 };
    char *text = cte_strdup("");
    qsort(rows, count, sizeof *rows, compare_unsigned);
    for (size_t i = 0; i < count && i <= MOST; i++) {
        char *longer = i == MOST ? cte_format("%s …", text) : cte_format("%s%s%u", text, i > 0 ? ", " : "", rows[i]);
        free(text);
        text = longer;
    }
    return text;
}

/* All ways to one target: who calls itself what, and how many codes there are. */
static void check_ways(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                       const struct way *way, size_t count)
{
    const char *path = crosswalk->identity.path;
    size_t codes = stays(map, way->to), plain = 0;
    const struct crosswalk_row *first = NULL, *new_row = NULL;
    const char *plain_code = NULL;
    unsigned *rows = cte_zalloc(count, sizeof *rows);
    size_t row_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct crosswalk_row *row = way[i].row;
        bool again = i > 0 && strcmp(way[i - 1].row->code, row->code) == 0;
        if (row->kind == ROW_NEW)
            new_row = row;
        codes += !again && row->kind != ROW_NEW;
        if (!way[i].plain)
            continue;
        plain += plain_code == NULL || strcmp(plain_code, row->code) != 0; /* rows of other years count once */
        plain_code = row->code;
        if (row->kind != ROW_MERGED && (first == NULL || row->line < first->line))
            first = row;
        rows[row_count++] = row->n;
    }
    char *to = targets_text(way->to, map->output_count);
    if (first != NULL && plain > 1) {
        char *text = rows_text(rows, row_count);
        check_warning(checking, path, first->line, first->n,
                      "%s is one to one, but %zu codes lead to %s (rows %s); several to one is merged", first->kind_name, plain, to,
                      text);
        free(text);
    }
    for (size_t i = 0; i < count && codes == 1; i++) {
        if (way[i].row->kind == ROW_MERGED && way[i].plain)
            check_warning(checking, path, way[i].row->line, way[i].row->n,
                          "merged, but no other code leads to %s; one to one is renamed", to);
    }
    if (new_row != NULL && codes > 0)
        check_warning(checking, path, new_row->line, new_row->n, "new, but row %u leads to %s; what has a source is not new",
                      way[0].row == new_row ? way[1].row->n : way[0].row->n, to);
    free(rows);
    free(to);
}

static void check_kind(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                       const struct crosswalk_row *row)
{
    const char *path = crosswalk->identity.path;
    size_t filled = 0;
    for (size_t o = 0; o < map->output_count; o++)
        filled += row->to.code[o] != NULL;
    if ((row->kind == ROW_RENAMED || row->kind == ROW_MOVED) && row->when_count > 0)
        check_warning(checking, path, row->line, row->n,
                      "%s is one to one, but a condition leads elsewhere; one of several is split-one", row->kind_name);
    if ((row->kind == ROW_SAME || row->kind == ROW_RETIRED || row->kind == ROW_NONE) && row->when_count + row->choice_count > 0)
        check_warning(checking, path, row->line, row->n,
                      "%s leads nowhere, but the row has conditions or choices; take them out, or call it undecided",
                      row->kind_name);
    if (row->kind == ROW_SPLIT_ALL && filled + row->when_count + row->choice_count < 2)
        check_warning(checking, path, row->line, row->n,
                      "split-all is several at once, but the row has one target; one to one is renamed");
    if (filled == 0 && row->kind != ROW_SAME && row->kind != ROW_RETIRED && row->kind != ROW_NONE && row->kind != ROW_UNDECIDED)
        check_warning(checking, path, row->line, row->n, "%s, but no target is named; none, retired or undecided is meant",
                      row->kind_name);
    if (row->kind == ROW_RETIRED) {
        for (const struct code *code = codeset_find(map->set, row->code, row->length); code != NULL; code = code->same) {
            if (code->last == YEAR_LAST)
                check_warning(checking, path, row->line, row->n,
                              "retired, but code %s is still valid in code set %s; give its last year there", row->code, map->from);
        }
    }
}

/* ---- every code has an answer ---- */

/* True when another crosswalk leads the code elsewhere before this one is asked, or holds it: retired codes to those of today. */
static bool led_before(const struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                       const struct code *code)
{
    if (is_unsound(checking, "crosswalk", NULL))
        return true;
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *other = checking->list[i].loaded.crosswalk;
        if (other == NULL || strcmp(other->identity.id, crosswalk->identity.id) == 0 || !is_latest(checking, &checking->list[i]))
            continue;
        for (size_t m = 0; m < other->map_count; m++) {
            const struct crosswalk_map *before = &other->maps[m];
            if (strcmp(before->from, map->from) == 0 && strcmp(before->outputs[0].code_set, map->from) == 0 &&
                crosswalk_rows(before, code->value, code->length) != NULL)
                return true;
        }
    }
    return false;
}

static void check_answers(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map)
{
    char text[YEARS_TEXT];
    for (size_t i = 0; i < map->set->code_count && !map->unlisted_passes; i++) {
        const struct code *code = &map->set->codes[i];
        struct span gap;
        struct span years = both((struct span){code->first, code->last}, (struct span){map->first, map->last});
        if (not_answered(map, code->value, code->length, years, &gap) && !led_before(checking, crosswalk, map, code))
            check_warning(checking, crosswalk->identity.path, map->line, 0,
                          "map %s: code %s (%s) has no row %s and is held; give it one, undecided where nobody knows", map->id,
                          code->value, code->name, years_text(gap.first, gap.last, text));
    }
}

/* ---- chains ---- */

static void check_link(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map,
                       const struct crosswalk_row *row, unsigned n, long line, const struct targets *to,
                       const struct crosswalk *next, const struct crosswalk_map *next_map)
{
    char text[YEARS_TEXT];
    const char *code = to->code[0];
    struct span gap, covered = both((struct span){row->first, row->last}, (struct span){map->first, map->last});
    if (code == NULL)
        return;
    for (const struct code *source = codeset_find(map->set, row->code, row->length); source != NULL; source = source->same) {
        if (not_answered(next_map, code, strlen(code), both(covered, (struct span){source->first, source->last}), &gap)) {
            check_warning(checking, crosswalk->identity.path, line, n,
                          "leads to %s, for which %s@%s has no row %s; the two in a chain hold such records", code,
                          next->identity.id, next->identity.version, years_text(gap.first, gap.last, text));
            return;
        }
    }
}

/* Where this crosswalk leads into the code set that another one begins from, the other one must go on. */
static void check_chains(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *next = checking->list[i].loaded.crosswalk;
        if (next == NULL || strcmp(next->identity.id, crosswalk->identity.id) == 0 || !is_latest(checking, &checking->list[i]))
            continue;
        for (size_t m = 0; m < next->map_count; m++) {
            const struct crosswalk_map *next_map = &next->maps[m];
            if (strcmp(map->outputs[0].code_set, next_map->from) != 0 || next_map->unlisted_passes)
                continue;
            for (size_t r = 0; r < map->row_count; r++) {
                const struct crosswalk_row *row = &map->rows[r];
                check_link(checking, crosswalk, map, row, row->n, row->line, &row->to, next, next_map);
                for (size_t w = 0; w < row->when_count; w++)
                    check_link(checking, crosswalk, map, row, row->whens[w].n, row->whens[w].line, &row->whens[w].to, next,
                               next_map);
                for (size_t c = 0; c < row->choice_count; c++)
                    check_link(checking, crosswalk, map, row, row->choices[c].n, row->choices[c].line, &row->choices[c].to, next,
                               next_map);
            }
        }
    }
}

/* ---- what the crosswalk names ---- */

static void check_names(struct checking *checking, const struct crosswalk *crosswalk, const struct crosswalk_map *map)
{
    bool rules_known = false, found = map->evidence == NULL;
    for (size_t i = 0; i < checking->count; i++) {
        const struct rules *rules = checking->list[i].loaded.rules;
        if (rules != NULL && is_latest(checking, &checking->list[i])) {
            rules_known = true;
            found = found || rules_join(rules, map->evidence) != NULL;
        }
    }
    if (rules_known && !found)
        check_error(checking, crosswalk->identity.path, map->line, 0, "map %s: its evidence %s is no join of the rule table",
                    map->id, map->evidence);
}

void check_crosswalk(struct checking *checking, const struct crosswalk *crosswalk)
{
    const char *path = crosswalk->identity.path;
    if (crosswalk->target_layout != NULL && !is_unsound(checking, "layout", crosswalk->target_layout) &&
        tables_layout(&checking->tables, crosswalk->target_layout) == NULL)
        check_error(checking, path, 0, 0, "its target layout %s is not in layouts/", crosswalk->target_layout);
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *map = &crosswalk->maps[m];
        check_names(checking, crosswalk, map);
        for (size_t r = 0; r < map->row_count; r++) {
            const struct crosswalk_row *row = &map->rows[r];
            check_kind(checking, crosswalk, map, row);
            check_target_years(checking, crosswalk, map, row, row->n, row->line, &row->to);
            for (size_t i = 0; i < row->when_count; i++) {
                check_when(checking, crosswalk, row, &row->whens[i]);
                check_target_years(checking, crosswalk, map, row, row->whens[i].n, row->whens[i].line, &row->whens[i].to);
            }
            for (size_t i = 0; i < row->choice_count; i++)
                check_target_years(checking, crosswalk, map, row, row->choices[i].n, row->choices[i].line, &row->choices[i].to);
        }
        struct ways ways = all_ways(map);
        for (size_t i = 0, end; i < ways.count; i = end) {
            for (end = i + 1; end < ways.count && compare_targets(ways.list[i].to, ways.list[end].to, ways.outputs) == 0;)
                end++;
            check_ways(checking, crosswalk, map, &ways.list[i], end - i);
        }
        free(ways.list);
        check_answers(checking, crosswalk, map);
        check_chains(checking, crosswalk, map);
    }
}
