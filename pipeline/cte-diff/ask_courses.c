#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-diff/known_courses.h"
#include "pipeline/stream/field_sums.h"

/* More courses of one student and pathway than these are nobody's: they decide nothing. */
enum { MOST_COURSES = 32 };

/* What is asked about, and for one student. */
struct asking {
    struct diff *diff;
    const struct followed *followed;
    const struct open_row *open;
    struct slice code; /* of the record, in the field that the join names */
    int taken_in;      /* the academic year of the record */
};

/* What one course says. */
struct voice {
    const struct section *section;
    struct targets to;
};

static struct targets in_outputs_of(const struct crosswalk_map *map,
                                    const struct crosswalk_map *courses, const struct targets *to)
{
    struct targets found = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(courses, map->outputs[i].id);
        found.code[i] = output >= 0 ? to->code[output] : NULL;
    }
    return found;
}

/* Whether the row of a course gives an answer. */
static bool answers(const struct crosswalk_row *row)
{
    return row->kind != ROW_UNDECIDED && row->kind != ROW_NONE && row->kind != ROW_SAME &&
           row->to.code[0] != NULL;
}

/* The first row of a course that answers, or that is left to a decision, in the crosswalk that asks
 * and then in the others. */
static const struct crosswalk_row *row_of_course(const struct asking *asking, const char *course,
                                                 bool is_open, const struct crosswalk_map **courses)
{
    const struct diff *diff = asking->diff;
    for (size_t i = 0; i <= diff->crosswalk_count; i++) {
        const struct crosswalk *crosswalk =
            i == 0 ? asking->open->crosswalk : diff->crosswalks[i - 1];
        for (size_t m = 0; m < crosswalk->map_count; m++) {
            *courses = &crosswalk->maps[m];
            if (strcmp((*courses)->from, asking->followed->join->code_set) != 0)
                continue;
            const struct crosswalk_row *row =
                crosswalk_lookup(*courses, course, strlen(course), asking->open->year);
            if (row != NULL && (is_open ? row->kind == ROW_UNDECIDED : answers(row)))
                return row;
        }
    }
    return NULL;
}

/* What the tables say of a course; false where they say nothing that the row offers. */
static bool tables_say(const struct asking *asking, const char *course, struct targets *to)
{
    const struct crosswalk_row *row = asking->open->row;
    const struct crosswalk_map *courses;
    for (size_t i = 0; i < row->when_count; i++) {
        if (strcmp(row->whens[i].field, asking->followed->join->course) == 0 &&
            when_holds(&row->whens[i], course, strlen(course))) {
            *to = row->whens[i].to;
            return allows_first(row, to->code[0]);
        }
    }
    const struct crosswalk_row *own = row_of_course(asking, course, false, &courses);
    if (own == NULL)
        return false;
    *to = in_outputs_of(asking->open->map, courses, &own->to);
    return allows_first(row, to->code[0]);
}

/* What a decision for the local course says, where the tables leave the course to one. */
static bool decision_says(const struct asking *asking, const struct section *section,
                          struct targets *to)
{
    const struct crosswalk_map *courses;
    const struct crosswalk_row *own =
        asking->diff->has_decisions ? row_of_course(asking, section->course, true, &courses) : NULL;
    if (own == NULL)
        return false;
    const struct decision *decision = decisions_find(
        &asking->diff->decisions, &(struct decision_question){.lea = slice_of(section->lea),
                                                              .code = slice_of(section->local),
                                                              .is_local_course = true,
                                                              .year = asking->taken_in});
    struct targets said;
    const char *code = decision != NULL ? row_code_meant(courses, own, decision->code) : NULL;
    if (code == NULL || row_offers(courses, own, code, strlen(code), &said) == 0)
        return false;
    *to = in_outputs_of(asking->open->map, courses, &said);
    return allows_first(asking->open->row, to->code[0]);
}

/* Whether the course counts to the record's code in the year, with this property where one is asked
 * for. */
static bool counts(const struct asking *asking, const char *course, int year, const char *property)
{
    const struct followed *followed = asking->followed;
    for (const struct code *row = codeset_find(followed->set, course, strlen(course)); row != NULL;
         row = row->same) {
        const char *of = code_property(row, followed->join->property);
        if (is_code(asking->code, of) &&
            code_has(row, year, property != NULL ? property : followed->join->property, NULL))
            return true;
    }
    return false;
}

/* Whether all courses with the property lead to one answer. */
static bool leads_to_one(const struct asking *asking, const char *property)
{
    const struct codeset *set = asking->followed->set;
    struct targets first = {{NULL}}, to;
    bool any = false;
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *course = &set->codes[i];
        if (!is_code(asking->code, code_property(course, asking->followed->join->property)) ||
            !code_has(course, asking->open->year, property, NULL))
            continue;
        if (!tables_say(asking, course->value, &to) ||
            (any && !same_targets(&first, &to, asking->open->map->output_count)))
            return false;
        first = to;
        any = true;
    }
    return any;
}

/* The classes of the row; of a code that is longer than any, none. */
static const bool *classes_of(const struct asking *asking)
{
    const struct rule_join *join = asking->followed->join;
    const struct open_row *open = asking->open;
    const struct slice code = asking->code;
    if (code.length > SILENCE_CODE)
        return NULL;
    const uint64_t hash = XXH3_64bits_withSeed(
        code.at, code.length, (uint64_t)(uintptr_t)open->row + (uint64_t)open->year);
    struct silence *silence = &asking->diff->courses->silences[hash % SILENCE_SLOTS];
    if (silence->row == open->row && silence->year == open->year &&
        silence->length == code.length && memcmp(silence->code, code.at, code.length) == 0)
        return silence->classes;
    free(silence->classes);
    *silence = (struct silence){.row = open->row, .year = open->year, .length = code.length};
    memcpy(silence->code, code.at, code.length);
    silence->classes = cte_zalloc(join->required_count + 1, sizeof *silence->classes);
    for (size_t i = 0; i < join->required_count; i++)
        silence->classes[i] = leads_to_one(asking, join->required[i]);
    return silence->classes;
}

/* Whether the course is of a class of which everybody must have one, and which tells nobody apart.
 */
static bool tells_nobody_apart(const struct asking *asking, const char *course)
{
    const struct rule_join *join = asking->followed->join;
    const bool *classes = classes_of(asking);
    for (size_t i = 0; classes != NULL && i < join->required_count; i++) {
        if (classes[i] && counts(asking, course, asking->open->year, join->required[i]))
            return true;
    }
    return false;
}

static bool is_same_course(const struct section *a, const struct section *b)
{
    return strcmp(a->course, b->course) == 0 && strcmp(a->local, b->local) == 0 &&
           strcmp(a->school, b->school) == 0 && strcmp(a->lea, b->lea) == 0;
}

/* The first of the items, sorted by the number that each begins with, whose number is not below
 * this one. */
static size_t find_first(const void *items, size_t count, size_t size, uint64_t number)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        uint64_t found;
        memcpy(&found, (const char *)items + middle * size, sizeof found);
        if (found < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t first_section(const struct followed *followed, uint64_t link)
{
    return find_first(followed->sections, followed->section_count, sizeof *followed->sections,
                      link);
}

static size_t first_taken(const struct followed *followed, uint64_t group)
{
    return find_first(followed->taken, followed->taken_count, sizeof *followed->taken, group);
}

/* The completed courses that count to the record's code, each once. More than MOST_COURSES are
 * none. */
static size_t list_completed(const struct asking *asking, uint64_t group,
                             const struct section **found)
{
    const struct followed *followed = asking->followed;
    size_t count = 0;
    for (size_t t = first_taken(followed, group);
         t < followed->taken_count && followed->taken[t].group == group; t++) {
        const struct taken *taken = &followed->taken[t];
        if (taken->grade == GRADE_NOT_COMPLETED)
            continue;
        for (size_t s = first_section(followed, taken->link);
             s < followed->section_count && followed->sections[s].link == taken->link; s++) {
            const struct section *section = &followed->sections[s];
            size_t known = 0;
            while (known < count && !is_same_course(found[known], section))
                known++;
            if (known < count || !counts(asking, section->course, asking->taken_in, NULL))
                continue;
            if (count == MOST_COURSES)
                return 0;
            found[count++] = section;
        }
    }
    return count;
}

/* Whether all that have the property (NULL: all) say one thing, and what. */
static bool speak_alike(const struct asking *asking, const struct voice *voices, size_t count,
                        const char *property, struct targets *to)
{
    const struct voice *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (property != NULL &&
            !counts(asking, voices[i].section->course, asking->taken_in, property))
            continue;
        if (first != NULL &&
            !same_targets(&first->to, &voices[i].to, asking->open->map->output_count))
            return false;
        first = &voices[i];
    }
    if (first != NULL)
        *to = first->to;
    return first != NULL;
}

enum courses_say ask_courses(struct diff *diff, const struct open_row *open, struct targets *to)
{
    const struct followed *followed = NULL;
    if (!diff->knows_courses)
        return COURSES_UNKNOWN;
    for (size_t j = 0; j < diff->courses->count; j++) {
        const struct followed *one = &diff->courses->followed[j];
        if (strcmp(one->join->id, open->map->evidence) == 0 &&
            strcmp(one->join->record, kind_type(open->kind)) == 0)
            followed = one;
    }
    if (followed == NULL)
        return COURSES_NOTHING;
    const struct rule_join *join = followed->join;
    struct slice year = role_value(open->kind, open->fields, ROLE_ACADEMIC_YEAR);
    const struct asking asking = {diff, followed, open,
                                  field_value(open->kind, open->fields, join->code),
                                  academic_year(year.at, year.length)};
    const struct section *completed[MOST_COURSES];
    struct voice voices[MOST_COURSES];
    size_t count = 0;
    const size_t listed = list_completed(
        &asking, hash_values(open->kind, open->fields, join->group, join->group_count), completed);
    for (size_t i = 0; i < listed; i++) {
        voices[count].section = completed[i];
        if (!tells_nobody_apart(&asking, completed[i]->course) &&
            (tables_say(&asking, completed[i]->course, &voices[count].to) ||
             decision_says(&asking, completed[i], &voices[count].to)))
            count++;
    }
    if (count == 0)
        return COURSES_NOTHING;
    bool is_decided = speak_alike(&asking, voices, count, NULL, to);
    for (size_t p = 0; p < join->prefer_count && !is_decided; p++)
        is_decided = speak_alike(&asking, voices, count, join->prefer[p], to);
    if (is_decided)
        return COURSES_DECIDE;
    /* Where only the finer codes differ, what all share stands. */
    for (size_t i = 1; i < count; i++) {
        if (strcmp(voices[0].to.code[0], voices[i].to.code[0]) != 0)
            return COURSES_NOTHING;
    }
    *to = (struct targets){{voices[0].to.code[0]}};
    return COURSES_DECIDE;
}
