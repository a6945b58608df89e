/* Across maps: a code that courses belong to (a pathway), and its courses. They must become the
 * same, or leave the same open; and what courses are to decide, some course must be able to decide.
 *
 * Which map is of pathways and which of their courses, the joins of the rule table say. Years are
 * gone through in stretches in which no row begins or ends, so that each is judged once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/check.h"
#include "codetables/base/year.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* A course of the join's code set, under the code that its property names. */
struct member {
    const char *pathway;
    const struct code *code;
};

struct across {
    struct checking *checking;
    const struct rule_join *join;
    const struct crosswalk *crosswalk, *course_crosswalk;
    /* `courses` is NULL where no crosswalk says what becomes of courses */
    const struct crosswalk_map *map, *courses;
    const struct codeset *set; /* the join's courses */
    /* for each of the map: the same one of `courses`, or -1 */
    int outputs[CROSSWALK_MAX_OUTPUTS];
    bool decides; /* the courses are the map's evidence */
    /* the record of the pathway has the course's field itself */
    bool in_record;
    struct member *members;
    size_t member_count;
};

/* What becomes of a course, or of a pathway. */
enum meaning { MEANS_UNKNOWN, MEANS_NOTHING, MEANS_CODES, MEANS_OPEN };

/* A course in one stretch of years. */
struct voice {
    const struct code *code;
    const struct crosswalk_row *row;   /* of the course, or NULL */
    const struct crosswalk_when *when; /* of the pathway's row, that holds for the course */
    enum meaning meaning;
    struct targets to;    /* MEANS_CODES: as outputs of the pathway's map */
    const char *required; /* the property for which it says nothing, or NULL */
    bool alone;           /* it is the only one that has it */
};

/* What is remembered of one choice or condition while the years are gone through. */
struct reach {
    bool reached;               /* a course or condition leads there */
    bool offered;               /* an open course may lead there, once somebody decides for it */
    const struct voice *silent; /* a copy of a course that leads there, but says nothing */
    struct span years;
};

static bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* True when neither says what the other does not allow: an output that is left open allows all. */
static bool agree(const struct targets *a, const struct targets *b, size_t outputs)
{
    bool agrees = same_code(a->code[0], b->code[0]);
    for (size_t o = 1; o < outputs && agrees; o++)
        agrees = a->code[o] == NULL || b->code[o] == NULL || same_code(a->code[o], b->code[o]);
    return agrees;
}

static struct targets translate(const struct across *across, const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t o = 0; o < across->map->output_count; o++)
        translated.code[o] = across->outputs[o] >= 0 ? to->code[across->outputs[o]] : NULL;
    return translated;
}

/* An undecided row without choices (work that is no pathway) says nothing of its courses. */
static enum meaning row_meaning(const struct crosswalk_row *row)
{
    if (row->kind == ROW_UNDECIDED)
        return row->choice_count > 0 ? MEANS_OPEN : MEANS_UNKNOWN;
    return row->to.code[0] != NULL ? MEANS_CODES : MEANS_NOTHING;
}

/* ---- which maps belong together ---- */

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
static const struct member *find_members(const struct across *across, const char *pathway,
                                         size_t *count)
{
    size_t low = 0, high = across->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(across->members[middle].pathway, pathway) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < across->member_count &&
                     strcmp(across->members[low + *count].pathway, pathway) == 0;)
        (*count)++;
    return &across->members[low];
}

/* ---- words ---- */

/* "050100 050105". To be freed. */
static char *targets_text(const struct across *across, const struct targets *to)
{
    struct text text = {0};
    for (size_t o = 0; o < across->map->output_count; o++)
        text_join(&text, " ", to->code[o] != NULL ? to->code[o] : "-");
    return text_take(&text);
}

/* What the row of a pathway says: "leads to 050100 -", "offers 050100 050105 or 060300 -", "leads
 * nowhere". To be freed. */
static char *row_text(const struct across *across, const struct crosswalk_row *row)
{
    if (row_meaning(row) == MEANS_NOTHING)
        return cte_strdup("leads nowhere");
    if (row->kind != ROW_UNDECIDED) {
        char *to = targets_text(across, &row->to), *text = cte_format("leads to %s", to);
        free(to);
        return text;
    }
    enum { MOST = 6 };
    struct text text = {0};
    text_add(&text, "offers ");
    for (size_t c = 0; c < row->choice_count && c < MOST; c++) {
        char *to = targets_text(across, &row->choices[c].to);
        text_format(&text, "%s%s", c > 0 ? " or " : "", to);
        free(to);
    }
    if (row->choice_count > MOST)
        text_add(&text, " …");
    return text_take(&text);
}

/* "course 7422 is the only capstone from 2017-2018, and all who complete pathway 180 must take it".
 * To be freed. */
static char *silent_text(const struct voice *voice, struct span years, const char *pathway)
{
    char when[YEARS_TEXT];
    years_text(years.first, years.last, when);
    return cte_format(
        voice->alone ? "course %s is the only %s %s, and all who complete pathway %s must take it"
                     : "course %s and every other %s lead to the same %s, and all who complete "
                       "pathway %s must take one",
        voice->code->value, voice->required, when, pathway);
}

/* ---- a course and its pathway ---- */

/* True when the row lets a course decide for these codes. */
static bool allows(const struct across *across, const struct crosswalk_row *row,
                   const struct voice *voice, const struct targets *to)
{
    size_t outputs = across->map->output_count;
    if (voice->when != NULL)
        return agree(&voice->when->to, to, outputs);
    bool found = row->kind != ROW_UNDECIDED && agree(&row->to, to, outputs);
    if (row->kind != ROW_UNDECIDED && !same_code(row->to.code[0], to->code[0]))
        return false;
    for (size_t c = 0; c < row->choice_count && !found; c++)
        found = agree(&row->choices[c].to, to, outputs);
    for (size_t w = 0; w < row->when_count && !found; w++)
        found = row->kind != ROW_UNDECIDED && agree(&row->whens[w].to, to, outputs);
    return found;
}

/* True when a course that belongs to several pathways in one year may be as it is because of
 * another one: it may follow any of them, and may be open, or stay, where they differ. Of a pathway
 * that has no row here, nothing is known. */
static bool follows_another(const struct across *across, const struct crosswalk_row *row,
                            const struct voice *voice, int year)
{
    const struct code *code = codeset_find(across->set, voice->code->value, voice->code->length);
    const char *own = code_property(voice->code, across->join->property);
    for (; code != NULL; code = code->same) {
        const char *pathway = code_property(code, across->join->property);
        if (pathway == NULL || own == NULL || strcmp(pathway, own) == 0 || year < code->first ||
            year > code->last)
            continue;
        const struct crosswalk_row *other =
            crosswalk_lookup(across->map, pathway, strlen(pathway), year);
        struct voice there = {.code = voice->code};
        if (other == NULL ||
            (voice->meaning == MEANS_CODES && row_meaning(other) != MEANS_NOTHING &&
             allows(across, other, &there, &voice->to)))
            return true;
        if (voice->meaning != MEANS_CODES && (row_meaning(other) != row_meaning(row) ||
                                              !same_code(other->to.code[0], row->to.code[0])))
            return true;
    }
    return false;
}

/* The row of a course says other than the row of its pathway. `completed`: somebody can complete
 * the pathway. */
static void compare_course(const struct across *across, const struct crosswalk_row *row,
                           const struct voice *voice, int year, bool completed)
{
    struct checking *checking = across->checking;
    const char *path = across->course_crosswalk->identity.path;
    const struct crosswalk_row *own = voice->row;
    enum meaning pathway = voice->when != NULL ? MEANS_CODES : row_meaning(row);
    if (pathway == MEANS_UNKNOWN || voice->meaning == MEANS_UNKNOWN ||
        (pathway == MEANS_NOTHING && !completed) || follows_another(across, row, voice, year))
        return;
    char *says =
        voice->when != NULL ? targets_text(across, &voice->when->to) : row_text(across, row);
    unsigned n = voice->when != NULL ? voice->when->n : row->n;
    const char *leads = voice->when != NULL ? "leads to " : "";
    if (own == NULL && pathway != MEANS_NOTHING) {
        check_warning(checking, across->crosswalk->identity.path, row->line, row->n,
                      "%s%s, but its course %s has no row in map %s and stays; give it one", leads,
                      says, voice->code->value, across->courses->id);
    } else if (own != NULL && voice->meaning == MEANS_NOTHING && pathway != MEANS_NOTHING) {
        check_warning(checking, path, own->line, own->n,
                      "%s, but its pathway %s %s%s (row %u); one answer for both", own->kind_name,
                      row->code, leads, says, n);
    } else if (own != NULL && voice->meaning == MEANS_OPEN && pathway != MEANS_OPEN) {
        check_warning(
            checking, path, own->line, own->n,
            "undecided, but its pathway %s %s%s (row %u); decide both, or leave both open",
            row->code, leads, says, n);
    } else if (voice->meaning == MEANS_CODES) {
        char *text = targets_text(across, &voice->to);
        if (pathway == MEANS_NOTHING || !allows(across, row, voice, &voice->to))
            check_warning(checking, path, own->line, own->n,
                          "leads to %s, but its pathway %s %s%s (row %u); one answer for both",
                          text, row->code, leads, says, n);
        free(text);
    } else if (own != NULL && voice->meaning == MEANS_OPEN) {
        for (size_t c = 0; c < own->choice_count; c++) {
            struct targets to = translate(across, &own->choices[c].to);
            char *text = targets_text(across, &to);
            if (!allows(across, row, voice, &to))
                check_warning(checking, path, own->choices[c].line, own->choices[c].n,
                              "offers %s, which its pathway %s does not: it %s (row %u)", text,
                              row->code, says, n);
            free(text);
        }
    }
    free(says);
}

/* Where all courses lead, though their pathway is open; NULL when there is no such place. */
static const char *common_target(const struct voice *voices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (voices[i].meaning != MEANS_CODES ||
            !same_code(voices[0].to.code[0], voices[i].to.code[0]))
            return NULL;
    }
    return count > 0 ? voices[0].to.code[0] : NULL;
}

/* Stretches that follow one another and say the same are one; the first is told. */
struct common {
    const char *code;
    struct span years;
};

static void note_common(struct common *common, const char *code, struct span years)
{
    if (code != NULL && common->code == NULL)
        *common = (struct common){code, years};
    else if (code != NULL && strcmp(code, common->code) == 0 &&
             years.first == common->years.last + 1)
        common->years.last = years.last;
}

static void tell_common(const struct across *across, const struct crosswalk_row *row,
                        const struct common *common)
{
    char text[YEARS_TEXT];
    if (common->code != NULL)
        check_warning(across->checking, across->crosswalk->identity.path, row->line, row->n,
                      "undecided, but every course of pathway %s leads to %s %s; decide both, or "
                      "leave both open",
                      row->code, common->code,
                      years_text(common->years.first, common->years.last, text));
}

/* ---- what evidence can decide ---- */

static bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) {
        if (!same_code(a->code[o], b->code[o]))
            return false;
    }
    return true;
}

/* True when the course's answer counts: evidence never leads where the row of the pathway does not.
 */
static bool counts(const struct across *across, const struct crosswalk_row *row,
                   const struct voice *voice)
{
    struct targets ignored;
    const char *code = voice->to.code[0];
    if (voice->meaning != MEANS_CODES || code == NULL)
        return false;
    return same_code(row->to.code[0], code) ||
           (row->kind == ROW_UNDECIDED &&
            row_offers(across->map, row, code, strlen(code), &ignored) != 0);
}

/* Each student who completes a pathway completed a course with each required property. Where all
 * courses that have it lead to the same, or there is but one, nobody could have had another answer:
 * it says nothing. cte-recode reckons likewise. */
static void silence(const struct across *across, const struct crosswalk_row *row,
                    struct voice *voices, size_t count)
{
    for (size_t p = 0; p < across->join->required_count; p++) {
        const char *property = across->join->required[p];
        const struct voice *first = NULL;
        size_t members = 0;
        bool differ = false;
        for (size_t i = 0; i < count; i++) {
            if (code_property(voices[i].code, property) == NULL)
                continue;
            members++;
            first = first == NULL ? &voices[i] : first;
            differ = differ || !counts(across, row, &voices[i]) ||
                     !same_targets(&first->to, &voices[i].to, across->map->output_count);
        }
        for (size_t i = 0; i < count && !differ; i++) {
            if (code_property(voices[i].code, property) != NULL) {
                voices[i].required = property;
                voices[i].alone = members == 1;
            }
        }
    }
}

/* True when an open course may lead to the choice: by a decision or a condition of its own. */
static bool offers(const struct across *across, const struct crosswalk_row *course,
                   const struct targets *choice)
{
    bool offered = false;
    for (size_t c = 0; c < course->choice_count && !offered; c++) {
        struct targets to = translate(across, &course->choices[c].to);
        offered = agree(&to, choice, across->map->output_count);
    }
    for (size_t w = 0; w < course->when_count && !offered; w++) {
        struct targets to = translate(across, &course->whens[w].to);
        offered = agree(&to, choice, across->map->output_count);
    }
    return offered;
}

static void note_reach(struct reach *reach, const struct voice *voice, struct span years)
{
    if (voice->required == NULL) {
        reach->reached = true;
    } else if (reach->silent == NULL) {
        struct voice *copy = cte_zalloc(1, sizeof *copy);
        *copy = *voice;
        reach->silent = copy;
        reach->years = years;
    } else if (reach->silent->code == voice->code && reach->silent->required == voice->required &&
               reach->silent->alone == voice->alone && years.first == reach->years.last + 1) {
        reach->years.last = years.last;
    }
}

/* Conditions come first in `reaches`, then choices. */
static void note_reaches(const struct across *across, const struct crosswalk_row *row,
                         const struct voice *voices, size_t count, struct span years,
                         struct reach *reaches)
{
    for (size_t i = 0; i < count; i++) {
        if (voices[i].when != NULL)
            note_reach(&reaches[voices[i].when - row->whens], &voices[i], years);
        for (size_t c = 0; c < row->choice_count; c++) {
            struct reach *reach = &reaches[row->when_count + c];
            if (voices[i].meaning == MEANS_CODES &&
                agree(&voices[i].to, &row->choices[c].to, across->map->output_count))
                note_reach(reach, &voices[i], years);
            else if (voices[i].meaning == MEANS_OPEN && !reach->offered)
                reach->offered = offers(across, voices[i].row, &row->choices[c].to);
        }
    }
}

static void judge_conditions(const struct across *across, const struct crosswalk_row *row,
                             const struct reach *reaches)
{
    for (size_t w = 0; w < row->when_count; w++) {
        const struct crosswalk_when *when = &row->whens[w];
        if (strcmp(when->field, across->join->course) != 0 || across->in_record ||
            reaches[w].reached)
            continue;
        if (reaches[w].silent != NULL) {
            char *silent = silent_text(reaches[w].silent, reaches[w].years, row->code);
            check_warning(across->checking, across->crosswalk->identity.path, when->line, when->n,
                          "never decides: %s; take the condition out", silent);
            free(silent);
        } else {
            check_warning(across->checking, across->crosswalk->identity.path, when->line, when->n,
                          "never decides: no course of pathway %s is among its values; correct "
                          "them, or take the condition out",
                          row->code);
        }
    }
}

/* A choice that only a decision can take is what decisions are for. But where courses decide
 * between the others, they do so before a decision is asked, and this one is out of reach. One of
 * low confidence claims no evidence: it is never to come by itself. */
static void judge_choices(const struct across *across, const struct crosswalk_row *row,
                          const struct reach *reaches)
{
    const struct reach *of_choices = &reaches[row->when_count];
    bool claims = false;
    for (size_t c = 0; c < row->choice_count; c++)
        claims = claims || of_choices[c].reached;
    for (size_t c = 0; c < row->choice_count; c++) {
        const struct crosswalk_choice *choice = &row->choices[c];
        if (of_choices[c].reached || of_choices[c].offered ||
            (!claims && of_choices[c].silent == NULL) || strcmp(choice->why.confidence, "low") == 0)
            continue;
        if (of_choices[c].silent != NULL) {
            char *silent = silent_text(of_choices[c].silent, of_choices[c].years, row->code);
            check_warning(across->checking, across->crosswalk->identity.path, choice->line,
                          choice->n, "no evidence can lead here: %s; leave the course open",
                          silent);
            free(silent);
        } else {
            check_warning(across->checking, across->crosswalk->identity.path, choice->line,
                          choice->n,
                          "no course of pathway %s and no condition leads here, while its courses "
                          "decide between the others; let a "
                          "course offer it",
                          row->code);
        }
    }
}

static void free_reaches(struct reach *reaches, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)reaches[i].silent);
    free(reaches);
}

/* ---- a pathway ---- */

static int compare_years(const void *x, const void *y)
{
    int a = *(const int *)x, b = *(const int *)y;
    return (a > b) - (a < b);
}

/* The years in which a stretch begins: of the row, and wherever a course or the row of one begins
 * or has ended. To be freed. */
static int *stretches(const struct across *across, const struct member *members, size_t count,
                      struct span covered, size_t *found)
{
    size_t room = 2 * count + 64, kept = 0;
    int *years = cte_alloc(room * sizeof *years);
    *found = 0;
    years[(*found)++] = covered.first;
    for (size_t i = 0; i < count; i++) {
        const struct code *code = members[i].code;
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
static size_t hear_voices(const struct across *across, const struct crosswalk_row *row,
                          const struct member *members, size_t count, int year,
                          struct voice *voices)
{
    size_t heard = 0;
    for (size_t i = 0; i < count; i++) {
        const struct code *code = members[i].code;
        if (year < code->first || year > code->last ||
            (heard > 0 && strcmp(voices[heard - 1].code->value, code->value) == 0))
            continue;
        struct voice *voice = &voices[heard++];
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
    return heard;
}

/* False where courses with certain properties are required of who completes, and none has any:
 * exploring is no pathway. */
static bool can_complete(const struct across *across, const struct voice *voices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < across->join->required_count; p++) {
            if (code_property(voices[i].code, across->join->required[p]) != NULL)
                return true;
        }
    }
    return across->join->required_count == 0;
}

static void judge_pathway(const struct across *across, const struct crosswalk_row *row,
                          struct voice *voices)
{
    size_t count, begins, reach_count = row->when_count + row->choice_count;
    const struct member *members = find_members(across, row->code, &count);
    struct span covered = both((struct span){row->first, row->last},
                               (struct span){across->map->first, across->map->last});
    if (count == 0 || covered.first > covered.last)
        return;
    int *years = stretches(across, members, count, covered, &begins);
    struct reach *reaches = cte_zalloc(reach_count, sizeof *reaches);
    struct common common = {NULL, {0, 0}};
    for (size_t y = 0; y < begins; y++) {
        struct span stretch = {years[y], y + 1 < begins ? years[y + 1] - 1 : covered.last};
        size_t heard = hear_voices(across, row, members, count, stretch.first, voices);
        bool completed = can_complete(across, voices, heard);
        for (size_t i = 0; i < heard; i++) {
            if (across->courses != NULL)
                compare_course(across, row, &voices[i], stretch.first, completed);
            if (voices[i].when != NULL) { /* before the course's own row is asked */
                voices[i].meaning = MEANS_CODES;
                voices[i].to = voices[i].when->to;
            }
        }
        if (row_meaning(row) == MEANS_OPEN)
            note_common(&common, common_target(voices, heard), stretch);
        silence(across, row, voices, heard);
        note_reaches(across, row, voices, heard, stretch, reaches);
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
        tell_common(across, row, &common);
    if (across->decides)
        judge_conditions(across, row, reaches);
    if (across->decides && across->courses != NULL && row->kind == ROW_UNDECIDED)
        judge_choices(across, row, reaches);
    free_reaches(reaches, reach_count);
    free(years);
}

/* The courses of a pathway in the years in which another crosswalk leads it to the one of this row.
 */
static void judge_courses(const struct across *across, const struct crosswalk_row *row,
                          const struct member *members, size_t count, struct span covered,
                          struct voice *voices)
{
    size_t begins;
    if (covered.first > covered.last)
        return;
    int *years = stretches(across, members, count, covered, &begins);
    for (size_t y = 0; y < begins; y++) {
        size_t heard = hear_voices(across, row, members, count, years[y], voices);
        bool completed = can_complete(across, voices, heard);
        for (size_t i = 0; i < heard; i++)
            compare_course(across, row, &voices[i], years[y], completed);
    }
    free(years);
}

/* A pathway that has no row here may be led to one that has by a crosswalk that is asked before:
 * retired codes to those of today. */
static void judge_led(const struct across *across, const struct member *members, size_t count,
                      struct voice *voices)
{
    const struct checking *checking = across->checking;
    const char *pathway = members[0].pathway;
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
                struct span years = both((struct span){led->first, led->last},
                                         (struct span){before->first, before->last});
                for (; row != NULL; row = row->same)
                    judge_courses(
                        across, row, members, count,
                        both(years, both((struct span){row->first, row->last},
                                         (struct span){across->map->first, across->map->last})),
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
    struct voice *voices = cte_zalloc(across.member_count, sizeof *voices);
    for (size_t r = 0; r < map->row_count; r++)
        judge_pathway(&across, &map->rows[r], voices);
    for (size_t m = 0, end; across.courses != NULL && m < across.member_count; m = end) {
        const char *pathway = across.members[m].pathway;
        for (end = m + 1;
             end < across.member_count && strcmp(across.members[end].pathway, pathway) == 0;)
            end++;
        if (crosswalk_rows(map, pathway, strlen(pathway)) == NULL)
            judge_led(&across, &across.members[m], end - m, voices);
    }
    free(voices);
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
