/* Across maps: a code that courses belong to (a pathway), and its courses. They must become the
 * same, or leave the same open; and what courses are to decide, some course must be able to decide.
 *
 * Which map is of pathways and which of their courses, the joins of the rule table say. Years are
 * gone through in stretches in which no row begins or ends, so that each is judged once. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/cte-table/across.h"

/* True when the field of the join that names the pathway has the map's codes. */
static bool begins_from(const struct checking *checking, const struct rule_join *join,
                        const struct crosswalk_map *map)
{
    for (size_t l = 0; l < checking->tables.layout_count; l++) {
        size_t type;
        const struct record_layout *record =
            layout_record(&checking->tables.layouts[l], join->record, strlen(join->record), &type);
        int position = record != NULL ? record_field(record, join->code) : -1;
        for (size_t s = 0; position >= 0 && s < record->fields[position].code_set_count; s++) {
            if (strcmp(record->fields[position].code_sets[s], map->from) == 0)
                return true;
        }
    }
    return false;
}

static bool has_course_field(const struct checking *checking, const struct rule_join *join)
{
    for (size_t l = 0; l < checking->tables.layout_count; l++) {
        size_t type;
        const struct record_layout *record =
            layout_record(&checking->tables.layouts[l], join->record, strlen(join->record), &type);
        if (record != NULL && record_field(record, join->course) >= 0)
            return true;
    }
    return false;
}

/* The map of a crosswalk that says what becomes of courses, in the terms of `map`. */
static const struct crosswalk_map *course_map(const struct crosswalk *crosswalk,
                                              const struct crosswalk_map *map,
                                              const struct codeset *set)
{
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        const struct crosswalk_map *other = &crosswalk->maps[m];
        if (other != map && strcmp(other->set->identity.id, set->identity.id) == 0 &&
            crosswalk_output(other, map->outputs[0].id) >= 0)
            return other;
    }
    return NULL;
}

/* Pathways and courses may be two crosswalks that are run together: then each has the one map and
 * not the other. */
static void find_courses(struct across *across)
{
    const struct checking *checking = across->checking;
    across->courses = course_map(across->crosswalk, across->map, across->set);
    across->course_crosswalk = across->crosswalk;
    for (size_t i = 0; i < checking->count && across->courses == NULL; i++) {
        const struct crosswalk *other = checking->list[i].loaded.crosswalk;
        bool has_pathways = false;
        if (other == NULL || other == across->crosswalk ||
            !is_latest(checking, &checking->list[i]) ||
            !same_code(other->target_layout, across->crosswalk->target_layout))
            continue;
        for (size_t m = 0; m < other->map_count; m++)
            has_pathways = has_pathways || begins_from(checking, across->join, &other->maps[m]);
        if (!has_pathways) {
            across->courses = course_map(other, across->map, across->set);
            across->course_crosswalk = other;
        }
    }
    for (size_t o = 0; o < across->map->output_count; o++)
        across->outputs[o] = across->courses != NULL
                                 ? crosswalk_output(across->courses, across->map->outputs[o].id)
                                 : -1;
}

static int compare_members(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    int order = strcmp(a->pathway, b->pathway);
    if (order == 0)
        order = strcmp(a->code->value, b->code->value);
    return order != 0 ? order : (a->code->line > b->code->line) - (a->code->line < b->code->line);
}

static void list_members(struct across *across)
{
    const struct codeset *set = across->set;
    across->members = cte_zalloc(set->code_count, sizeof *across->members);
    for (size_t i = 0; i < set->code_count; i++) {
        const char *pathway = code_property(&set->codes[i], across->join->property);
        if (pathway != NULL)
            across->members[across->member_count++] = (struct member){pathway, &set->codes[i]};
    }
    if (across->member_count > 1)
        qsort(across->members, across->member_count, sizeof *across->members, compare_members);
}

/* The members of one pathway. */
static struct member_list find_members(const struct across *across, const char *pathway)
{
    size_t low = 0, high = across->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(across->members[middle].pathway, pathway) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct member_list found = {&across->members[low], 0};
    while (low + found.count < across->member_count &&
           strcmp(found.list[found.count].pathway, pathway) == 0)
        found.count++;
    return found;
}

static int compare_years(const void *x, const void *y)
{
    int a = *(const int *)x, b = *(const int *)y;
    return (a > b) - (a < b);
}

/* The years in which a stretch begins: of the row, and wherever a course or the row of one begins
 * or has ended. To be freed. */
static int *list_stretches(const struct across *across, const struct member_list *members,
                           struct year_span covered, size_t *found)
{
    size_t room = 2 * members->count + 64, kept = 0;
    int *years = cte_alloc(room * sizeof *years);
    *found = 0;
    years[(*found)++] = covered.first;
    for (size_t i = 0; i < members->count; i++) {
        const struct code *code = members->list[i].code;
        const struct crosswalk_row *row =
            across->courses != NULL ? crosswalk_rows(across->courses, code->value, code->length)
                                    : NULL;
        int first = code->first, last = code->last;
        for (;;) {
            if (*found + 2 > room)
                years = cte_realloc(years, (room *= 2) * sizeof *years);
            if (first > covered.first && first <= covered.last)
                years[(*found)++] = first;
            if (last >= covered.first && last < covered.last)
                years[(*found)++] = last + 1;
            if (row == NULL)
                break;
            first = row->first;
            last = row->last;
            row = row->same;
        }
    }
    qsort(years, *found, sizeof *years, compare_years);
    for (size_t i = 0; i < *found; i++) {
        if (kept == 0 || years[kept - 1] != years[i])
            years[kept++] = years[i];
    }
    *found = kept;
    return years;
}

/* The courses that are there in a year, with what becomes of each. */
static void list_voices(const struct across *across, const struct crosswalk_row *row,
                        const struct member_list *members, int year, struct voice_list *voices)
{
    voices->count = 0;
    for (size_t i = 0; i < members->count; i++) {
        const struct code *code = members->list[i].code;
        if (year < code->first || year > code->last ||
            (voices->count > 0 &&
             strcmp(voices->list[voices->count - 1].code->value, code->value) == 0))
            continue;
        struct voice *voice = &voices->list[voices->count++];
        *voice = (struct voice){.code = code};
        if (across->courses != NULL) {
            voice->row = crosswalk_lookup(across->courses, code->value, code->length, year);
            if (voice->row != NULL)
                voice->meaning = row_meaning(voice->row);
            else
                voice->meaning = across->courses->unlisted_passes ? MEANS_NOTHING : MEANS_UNKNOWN;
            if (voice->meaning == MEANS_CODES)
                voice->to = translate(across, &voice->row->to);
        }
        for (size_t w = 0; w < row->when_count && voice->when == NULL; w++) {
            if (strcmp(row->whens[w].field, across->join->course) == 0 &&
                when_holds(&row->whens[w], code->value, code->length))
                voice->when = &row->whens[w];
        }
    }
}

/* False where courses with certain properties are required of who completes, and none has any:
 * exploring is no pathway. */
static bool can_complete(const struct across *across, const struct voice_list *voices)
{
    for (size_t i = 0; i < voices->count; i++) {
        for (size_t p = 0; p < across->join->required_count; p++) {
            if (code_property(voices->list[i].code, across->join->required[p]) != NULL)
                return true;
        }
    }
    return across->join->required_count == 0;
}

static void judge_pathway(const struct across *across, const struct crosswalk_row *row,
                          struct voice_list *voices)
{
    size_t begins, reach_count = row->when_count + row->choice_count;
    const struct member_list members = find_members(across, row->code);
    struct year_span covered =
        common_years((struct year_span){row->first, row->last},
                     (struct year_span){across->map->first, across->map->last});
    if (members.count == 0 || covered.first > covered.last)
        return;
    int *years = list_stretches(across, &members, covered, &begins);
    struct reach *reaches = cte_zalloc(reach_count, sizeof *reaches);
    struct common common = {NULL, {0, 0}};
    for (size_t y = 0; y < begins; y++) {
        struct year_span stretch = {years[y], y + 1 < begins ? years[y + 1] - 1 : covered.last};
        list_voices(across, row, &members, stretch.first, voices);
        bool completed = can_complete(across, voices);
        for (size_t i = 0; i < voices->count; i++) {
            if (across->courses != NULL)
                compare_course(across, row, &voices->list[i], stretch.first, completed);
            if (voices->list[i].when != NULL) { /* before the course's own row is asked */
                voices->list[i].meaning = MEANS_CODES;
                voices->list[i].to = voices->list[i].when->to;
            }
        }
        if (row_meaning(row) == MEANS_OPEN)
            note_common(&common, common_target(voices), stretch);
        mark_silent(across, row, voices);
        note_reaches(across, row, voices, stretch, reaches);
    }
    /* a condition on another field leads where it says */
    for (size_t w = 0; w < row->when_count; w++) {
        for (size_t c = 0; c < row->choice_count; c++) {
            if (strcmp(row->whens[w].field, across->join->course) != 0 || across->in_record)
                reaches[row->when_count + c].reached =
                    reaches[row->when_count + c].reached ||
                    agree(&row->whens[w].to, &row->choices[c].to, across->map->output_count);
        }
    }
    if (across->courses != NULL)
        report_common(across, row, &common);
    if (across->decides)
        judge_conditions(across, row, reaches);
    if (across->decides && across->courses != NULL && row->kind == ROW_UNDECIDED)
        judge_choices(across, row, reaches);
    free_reaches(reaches, reach_count);
    free(years);
}

/* The courses of a pathway in the years in which another crosswalk leads it to the one of this row.
 */
static void judge_led_courses(const struct across *across, const struct crosswalk_row *row,
                              const struct member_list *members, struct year_span covered,
                              struct voice_list *voices)
{
    size_t begins;
    if (covered.first > covered.last)
        return;
    int *years = list_stretches(across, members, covered, &begins);
    for (size_t y = 0; y < begins; y++) {
        list_voices(across, row, members, years[y], voices);
        bool completed = can_complete(across, voices);
        for (size_t i = 0; i < voices->count; i++)
            compare_course(across, row, &voices->list[i], years[y], completed);
    }
    free(years);
}

/* A pathway that has no row here may be led to one that has by a crosswalk that is asked before:
 * retired codes to those of today. */
static void judge_led_pathway(const struct across *across, const struct member_list *members,
                              struct voice_list *voices)
{
    const struct checking *checking = across->checking;
    const char *pathway = members->list[0].pathway;
    for (size_t i = 0; i < checking->count; i++) {
        const struct crosswalk *other = checking->list[i].loaded.crosswalk;
        for (size_t m = 0;
             other != NULL && is_latest(checking, &checking->list[i]) && m < other->map_count;
             m++) {
            const struct crosswalk_map *before = &other->maps[m];
            if (strcmp(before->from, across->map->from) != 0 ||
                strcmp(before->outputs[0].code_set, across->map->from) != 0)
                continue;
            for (const struct crosswalk_row *led = crosswalk_rows(before, pathway, strlen(pathway));
                 led != NULL; led = led->same) {
                const char *to = led->when_count + led->choice_count == 0 ? led->to.code[0] : NULL;
                const struct crosswalk_row *row =
                    to != NULL ? crosswalk_rows(across->map, to, strlen(to)) : NULL;
                struct year_span years =
                    common_years((struct year_span){led->first, led->last},
                                 (struct year_span){before->first, before->last});
                for (; row != NULL; row = row->same)
                    judge_led_courses(
                        across, row, members,
                        common_years(years, common_years((struct year_span){row->first, row->last},
                                                         (struct year_span){across->map->first,
                                                                            across->map->last})),
                        voices);
            }
        }
    }
}

static void judge_map(struct checking *checking, const struct rule_join *join,
                      const struct crosswalk *crosswalk, const struct crosswalk_map *map)
{
    struct across across = {.checking = checking, .join = join, .crosswalk = crosswalk, .map = map};
    struct cte_error error = {0};
    const struct codeset *set;
    across.decides = map->evidence != NULL && strcmp(map->evidence, join->id) == 0;
    across.in_record = has_course_field(checking, join);
    if ((!across.decides && !begins_from(checking, join, map)) ||
        tables_codeset(&checking->tables, join->code_set, &set, &error) != CTE_OK)
        return;
    across.set = set;
    find_courses(&across);
    if (across.courses == NULL && !across.decides)
        return;
    list_members(&across);
    struct voice_list voices = {cte_zalloc(across.member_count, sizeof *voices.list), 0};
    for (size_t r = 0; r < map->row_count; r++)
        judge_pathway(&across, &map->rows[r], &voices);
    struct member_list members;
    for (size_t m = 0; across.courses != NULL && m < across.member_count; m += members.count) {
        const char *pathway = across.members[m].pathway;
        members = find_members(&across, pathway);
        if (crosswalk_rows(map, pathway, strlen(pathway)) == NULL)
            judge_led_pathway(&across, &members, &voices);
    }
    free(voices.list);
    free(across.members);
}

void check_across(struct checking *checking, const struct crosswalk *crosswalk,
                  const struct crosswalk_map *map)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct rules *rules = checking->list[i].loaded.rules;
        for (size_t j = 0;
             rules != NULL && is_latest(checking, &checking->list[i]) && j < rules->join_count; j++)
            judge_map(checking, &rules->joins[j], crosswalk, map);
    }
}
