/* The kinds of a crosswalk's rows: what a row calls itself, against the codes and targets that are
 * counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/check.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

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

static bool leads_somewhere(const struct targets *to, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) {
        if (to->code[o] != NULL)
            return true;
    }
    return false;
}

static void add_way(struct ways *ways, const struct crosswalk_row *row, const struct targets *to,
                    bool plain)
{
    if (!leads_somewhere(to, ways->outputs))
        return;
    if (ways->count == ways->room)
        ways->list =
            cte_realloc(ways->list, (ways->room = ways->room * 2 + 64) * sizeof *ways->list);
    ways->list[ways->count++] = (struct way){row, to, plain};
}

static struct ways all_ways(const struct crosswalk_map *map)
{
    struct ways ways = {.outputs = map->output_count};
    for (size_t r = 0; r < map->row_count; r++) {
        const struct crosswalk_row *row = &map->rows[r];
        add_way(&ways, row, &row->to,
                row->kind == ROW_RENAMED || row->kind == ROW_MOVED || row->kind == ROW_MERGED);
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
    struct text text = {0};
    for (size_t o = 0; o < outputs; o++)
        text_join(&text, " ", to->code[o] != NULL ? to->code[o] : "-");
    return text_take(&text);
}

/* The target stays where it is, so that it leads to itself. */
static bool stays(const struct crosswalk_map *map, const struct targets *to)
{
    return map->output_count == 1 && map->unlisted_passes && map->set == map->outputs[0].set &&
           to->code[0] != NULL &&
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
    struct text text = {0};
    qsort(rows, count, sizeof *rows, compare_unsigned);
    for (size_t i = 0; i < count && i < MOST; i++)
        text_format(&text, "%s%u", i > 0 ? ", " : "", rows[i]);
    if (count > MOST)
        text_add(&text, " …");
    return text_take(&text);
}

/* All ways to one target: who calls itself what, and how many codes there are. */
static void check_ways(struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct way *way, size_t count)
{
    const char *path = crosswalk->identity.path;
    size_t codes = stays(map, way->to), plain = 0;
    const struct crosswalk_row *first = NULL, *new_row = NULL;
    const char *plain_code = NULL;
    unsigned *rows = cte_zalloc(count, sizeof *rows);
    size_t row_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct crosswalk_row *row = way[i].row;
        bool is_repeated = i > 0 && strcmp(way[i - 1].row->code, row->code) == 0;
        if (row->kind == ROW_NEW)
            new_row = row;
        codes += !is_repeated && row->kind != ROW_NEW;
        if (!way[i].plain)
            continue;
        /* rows of other years count once */
        plain += plain_code == NULL || strcmp(plain_code, row->code) != 0;
        plain_code = row->code;
        if (row->kind != ROW_MERGED && (first == NULL || row->line < first->line))
            first = row;
        rows[row_count++] = row->n;
    }
    char *to = targets_text(way->to, map->output_count);
    if (first != NULL && plain > 1) {
        char *text = rows_text(rows, row_count);
        report_warning(
            &checking->findings, (struct place){path, first->line, first->n},
            "%s is one to one, but %zu codes lead to %s (rows %s); several to one is merged",
            first->kind_name, plain, to, text);
        free(text);
    }
    for (size_t i = 0; i < count && codes == 1; i++) {
        if (way[i].row->kind == ROW_MERGED && way[i].plain)
            report_warning(&checking->findings,
                           (struct place){path, way[i].row->line, way[i].row->n},
                           "merged, but no other code leads to %s; one to one is renamed", to);
    }
    if (new_row != NULL && codes > 0)
        report_warning(&checking->findings, (struct place){path, new_row->line, new_row->n},
                       "new, but row %u leads to %s; what has a source is not new",
                       way[0].row == new_row ? way[1].row->n : way[0].row->n, to);
    free(rows);
    free(to);
}

/* In a draft, what is hardly known is for somebody to decide. */
static void check_confidence(struct checking *checking, const struct crosswalk *crosswalk,
                             const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    static const char low[] = "low";
    const char *path = crosswalk->identity.path;
    if (!table_is_draft(&crosswalk->identity))
        return;
    if (strcmp(row->why.confidence, low) == 0 && leads_somewhere(&row->to, map->output_count) &&
        row->kind != ROW_NEW)
        report_warning(&checking->findings, (struct place){path, row->line, row->n},
                       "%s at confidence low, but it converts by itself; make it undecided, with "
                       "this target as a choice",
                       row->kind_name);
    for (size_t w = 0; w < row->when_count; w++) {
        const struct crosswalk_when *when = &row->whens[w];
        if (strcmp(when->why.confidence, low) == 0 && leads_somewhere(&when->to, map->output_count))
            report_warning(&checking->findings, (struct place){path, when->line, when->n},
                           "a condition at confidence low, but it converts by itself; take it out, "
                           "and leave its target as a "
                           "choice");
    }
}

static void check_kind(struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    const char *path = crosswalk->identity.path;
    size_t filled = 0;
    for (size_t o = 0; o < map->output_count; o++)
        filled += row->to.code[o] != NULL;
    if ((row->kind == ROW_RENAMED || row->kind == ROW_MOVED) && row->when_count > 0)
        report_warning(
            &checking->findings, (struct place){path, row->line, row->n},
            "%s is one to one, but a condition leads elsewhere; one of several is split-one",
            row->kind_name);
    if ((row->kind == ROW_SAME || row->kind == ROW_RETIRED || row->kind == ROW_NONE) &&
        row->when_count + row->choice_count > 0)
        report_warning(&checking->findings, (struct place){path, row->line, row->n},
                       "%s leads nowhere, but the row has conditions or choices; take them out, or "
                       "call it undecided",
                       row->kind_name);
    if (row->kind == ROW_SPLIT_ALL && filled + row->when_count + row->choice_count < 2)
        report_warning(
            &checking->findings, (struct place){path, row->line, row->n},
            "split-all is several at once, but the row has one target; one to one is renamed");
    if (filled == 0 && row->kind != ROW_SAME && row->kind != ROW_RETIRED && row->kind != ROW_NONE &&
        row->kind != ROW_UNDECIDED)
        report_warning(&checking->findings, (struct place){path, row->line, row->n},
                       "%s, but no target is named; none, retired or undecided is meant",
                       row->kind_name);
    if (row->kind == ROW_RETIRED) {
        for (const struct code *code = codeset_find(map->set, row->code, row->length); code != NULL;
             code = code->same) {
            if (code->last == YEAR_LAST)
                report_warning(
                    &checking->findings, (struct place){path, row->line, row->n},
                    "retired, but code %s is still valid in code set %s; give its last year there",
                    row->code, map->from);
        }
    }
}

void check_kinds(struct checking *checking, const struct crosswalk *crosswalk,
                 const struct crosswalk_map *map)
{
    for (size_t r = 0; r < map->row_count; r++) {
        check_kind(checking, crosswalk, map, &map->rows[r]);
        check_confidence(checking, crosswalk, map, &map->rows[r]);
    }
    struct ways ways = all_ways(map);
    for (size_t i = 0, end; i < ways.count; i = end) {
        for (end = i + 1; end < ways.count &&
                          compare_targets(ways.list[i].to, ways.list[end].to, ways.outputs) == 0;)
            end++;
        check_ways(checking, crosswalk, map, &ways.list[i], end - i);
    }
    free(ways.list);
}
