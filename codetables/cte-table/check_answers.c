/* Every code of every year has an answer: of a map by itself, and of crosswalks in a chain. */
#include <string.h>

#include "codetables/cte-table/check.h"
#include "codetables/base/year.h"

/* The first stretch of the years for which the map does not answer for a code; with `moves`, not by
 * anything but that it stays. */
static bool not_answered(const struct crosswalk_map *map, const char *code, size_t length,
                         struct span years, bool moves, struct span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1, covered = year;
        for (const struct crosswalk_row *row = crosswalk_rows(map, code, length); row != NULL;
             row = row->same) {
            struct span answers =
                both((struct span){row->first, row->last}, (struct span){map->first, map->last});
            if (moves && row->kind == ROW_SAME)
                continue;
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

/* True when other crosswalks lead the code elsewhere before this one is asked, or hold it: retired
 * codes to those of today. Else *gap is cut to the first stretch of it in which none does. */
static bool led_before(const struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct code *code, struct span *gap)
{
    if (is_unsound(checking, "crosswalk", NULL))
        return true;
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *other = checking->list[i].loaded.crosswalk;
        if (other == NULL || strcmp(other->identity.id, crosswalk->identity.id) == 0 ||
            !is_latest(checking, &checking->list[i]))
            continue;
        for (size_t m = 0; m < other->map_count; m++) {
            const struct crosswalk_map *before = &other->maps[m];
            struct span left;
            if (strcmp(before->from, map->from) != 0 ||
                strcmp(before->outputs[0].code_set, map->from) != 0)
                continue;
            if (!not_answered(before, code->value, code->length, *gap, true, &left))
                return true;
            *gap = left;
        }
    }
    return false;
}

void check_answers(struct checking *checking, const struct crosswalk *crosswalk,
                   const struct crosswalk_map *map)
{
    char text[YEARS_TEXT];
    for (size_t i = 0; i < map->set->code_count && !map->unlisted_passes; i++) {
        const struct code *code = &map->set->codes[i];
        struct span gap;
        struct span years =
            both((struct span){code->first, code->last}, (struct span){map->first, map->last});
        bool open;
        while ((open = not_answered(map, code->value, code->length, years, false, &gap)) &&
               led_before(checking, crosswalk, map, code, &gap))
            years.first = gap.last + 1;
        if (open)
            report_warning(&checking->findings,
                           (struct place){.path = crosswalk->identity.path, .line = map->line},
                           "map %s: code %s (%s) has no row %s and is held; give it one, undecided "
                           "where nobody knows",
                           map->id, code->value, code->name, years_text(gap.first, gap.last, text));
    }
}

static void check_link(struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct crosswalk_row *row, unsigned n,
                       long line, const struct targets *to, const struct crosswalk *next,
                       const struct crosswalk_map *next_map)
{
    char text[YEARS_TEXT];
    const char *code = to->code[0];
    struct span gap,
        covered = both((struct span){row->first, row->last}, (struct span){map->first, map->last});
    if (code == NULL)
        return;
    for (const struct code *source = codeset_find(map->set, row->code, row->length); source != NULL;
         source = source->same) {
        if (not_answered(next_map, code, strlen(code),
                         both(covered, (struct span){source->first, source->last}), false, &gap)) {
            report_warning(
                &checking->findings, (struct place){crosswalk->identity.path, line, n},
                "leads to %s, for which %s@%s has no row %s; the two in a chain hold such records",
                code, next->identity.id, next->identity.version,
                years_text(gap.first, gap.last, text));
            return;
        }
    }
}

/* Where this crosswalk leads into the code set that another one begins from, the other one must go
 * on. */
void check_chains(struct checking *checking, const struct crosswalk *crosswalk,
                  const struct crosswalk_map *map)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *next = checking->list[i].loaded.crosswalk;
        if (next == NULL || strcmp(next->identity.id, crosswalk->identity.id) == 0 ||
            !is_latest(checking, &checking->list[i]))
            continue;
        for (size_t m = 0; m < next->map_count; m++) {
            const struct crosswalk_map *next_map = &next->maps[m];
            if (strcmp(map->outputs[0].code_set, next_map->from) != 0 || next_map->unlisted_passes)
                continue;
            for (size_t r = 0; r < map->row_count; r++) {
                const struct crosswalk_row *row = &map->rows[r];
                check_link(checking, crosswalk, map, row, row->n, row->line, &row->to, next,
                           next_map);
                for (size_t w = 0; w < row->when_count; w++)
                    check_link(checking, crosswalk, map, row, row->whens[w].n, row->whens[w].line,
                               &row->whens[w].to, next, next_map);
                for (size_t c = 0; c < row->choice_count; c++)
                    check_link(checking, crosswalk, map, row, row->choices[c].n,
                               row->choices[c].line, &row->choices[c].to, next, next_map);
            }
        }
    }
}
