/* Every code of every year has an answer: of a map by itself, and of crosswalks in a chain. */
#include <string.h>

#include "codetables/cte-table/check.h"
#include "codetables/base/year.h"

/* The first stretch of the years for which the map does not answer for a code; with `moves`, not by
 * anything but that it stays. */
static bool not_answered(const struct crosswalk_map *map, struct slice code, struct year_span years,
                         bool moves, struct year_span *gap)
{
    for (int year = years.first; year <= years.last;) {
        int next = YEAR_LAST + 1, covered = year;
        for (const struct crosswalk_row *row = crosswalk_rows(map, code.at, code.length);
             row != NULL; row = row->same) {
            struct year_span answers = common_years((struct year_span){row->first, row->last},
                                                    (struct year_span){map->first, map->last});
            if (moves && row->kind == ROW_SAME)
                continue;
            if (answers.first <= year && year <= answers.last)
                covered = answers.last + 1;
            else if (answers.first > year && answers.first < next && answers.first <= answers.last)
                next = answers.first;
        }
        if (covered == year) {
            *gap = common_years((struct year_span){year, next - 1}, years);
            return true;
        }
        year = covered;
    }
    return false;
}

/* True when other crosswalks lead the code elsewhere before this one is asked, or hold it: retired
 * codes to those of today. Else *gap is cut to the first stretch of it in which none does. */
static bool led_before(const struct checking *checking, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct code *code,
                       struct year_span *gap)
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
            struct year_span left;
            if (strcmp(before->from, map->from) != 0 ||
                strcmp(before->outputs[0].code_set, map->from) != 0)
                continue;
            if (!not_answered(before, (struct slice){code->value, code->length}, *gap, true, &left))
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
        struct year_span gap;
        struct year_span years = common_years((struct year_span){code->first, code->last},
                                              (struct year_span){map->first, map->last});
        bool open;
        while ((open = not_answered(map, (struct slice){code->value, code->length}, years, false,
                                    &gap)) &&
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

/* A row of one crosswalk, and the map of another that goes on from where it leads. */
struct link {
    struct findings *findings;
    const struct crosswalk *crosswalk, *next;
    const struct crosswalk_map *map, *next_map;
    const struct crosswalk_row *row;
};

/* The place is that of the row, or of its condition or choice that leads to the targets. */
static void check_link(const struct link *link, struct place place, const struct targets *to)
{
    char text[YEARS_TEXT];
    const struct crosswalk_row *row = link->row;
    const char *code = to->code[0];
    struct year_span gap,
        covered = common_years((struct year_span){row->first, row->last},
                               (struct year_span){link->map->first, link->map->last});
    if (code == NULL)
        return;
    for (const struct code *source = codeset_find(link->map->set, row->code, row->length);
         source != NULL; source = source->same) {
        struct year_span years =
            common_years(covered, (struct year_span){source->first, source->last});
        if (not_answered(link->next_map, slice_of(code), years, false, &gap)) {
            report_warning(
                link->findings, place,
                "leads to %s, for which %s@%s has no row %s; the two in a chain hold such records",
                code, link->next->identity.id, link->next->identity.version,
                years_text(gap.first, gap.last, text));
            return;
        }
    }
}

static void check_links(const struct link *link)
{
    const char *path = link->crosswalk->identity.path;
    const struct crosswalk_row *row = link->row;
    check_link(link, (struct place){path, row->line, row->n}, &row->to);
    for (size_t w = 0; w < row->when_count; w++)
        check_link(link, (struct place){path, row->whens[w].line, row->whens[w].n},
                   &row->whens[w].to);
    for (size_t c = 0; c < row->choice_count; c++)
        check_link(link, (struct place){path, row->choices[c].line, row->choices[c].n},
                   &row->choices[c].to);
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
            for (size_t r = 0; r < map->row_count; r++)
                check_links(&(struct link){.findings = &checking->findings,
                                           .crosswalk = crosswalk,
                                           .next = next,
                                           .map = map,
                                           .next_map = next_map,
                                           .row = &map->rows[r]});
        }
    }
}
