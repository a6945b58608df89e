#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

/* What one course says. */
struct vote {
    const struct index_course *course;
    struct targets to;
    unsigned n; /* the row, condition or choice of the pathway that it points to */
};

/* What is asked of the courses: the row that leaves a choice, and whose courses they are. */
struct asking {
    struct recoding *recoding;
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
    const struct crosswalk_row *row;
    const struct rule_join *join;
    const struct record *record;
    const struct question *question;
};

bool same_target_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t i = 0; i < outputs; i++) {
        if (!same_target_code(a->code[i], b->code[i]))
            return false;
    }
    return true;
}

/* The codes of another map, as outputs of this one. */
static struct targets translate(const struct crosswalk_map *map, const struct crosswalk_map *other,
                                const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(other, map->outputs[i].id);
        if (output >= 0)
            translated.code[i] = to->code[output];
    }
    return translated;
}

static bool decides(const struct crosswalk_row *row)
{
    return row->kind != ROW_UNDECIDED && row->kind != ROW_NONE && row->kind != ROW_SAME &&
           row->to.code[0] != NULL;
}

/* The first row of the course, in any map of the crosswalk from the code set, that decides it, or
 * is open. */
static const struct crosswalk_row *row_in(const struct crosswalk *crosswalk,
                                          const struct course_lookup *lookup, bool is_open,
                                          const struct crosswalk_map **map)
{
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        const struct crosswalk_map *one = &crosswalk->maps[i];
        if (strcmp(one->from, lookup->code_set) != 0)
            continue;
        const struct crosswalk_row *row =
            crosswalk_lookup(one, lookup->course.at, lookup->course.length, lookup->year);
        if (row != NULL && (is_open ? row->kind == ROW_UNDECIDED : decides(row))) {
            *map = one;
            return row;
        }
    }
    return NULL;
}

/* The same over all crosswalks of the run, the first before the others. */
static const struct crosswalk_row *row_in_any(const struct recoding *recoding,
                                              const struct course_lookup *lookup, bool is_open,
                                              const struct crosswalk_map **map)
{
    const struct crosswalk_row *row =
        lookup->first != NULL ? row_in(lookup->first, lookup, is_open, map) : NULL;
    for (size_t i = 0; i < recoding->crosswalk_count && row == NULL; i++)
        row = row_in(recoding->crosswalks[i], lookup, is_open, map);
    return row;
}

const struct crosswalk_row *find_course_row(const struct recoding *recoding,
                                            const struct course_lookup *lookup,
                                            const struct crosswalk_map **map)
{
    return row_in_any(recoding, lookup, false, map);
}

static struct course_lookup lookup_of(const struct asking *asking, struct slice course)
{
    return (struct course_lookup){asking->crosswalk, asking->join->code_set, course,
                                  asking->question->year};
}

/* True when the row itself names this target: its first code, or as a choice. Evidence never adds a
 * target to the table. */
static bool row_allows(const struct crosswalk_map *map, const struct crosswalk_row *row,
                       const struct targets *to)
{
    struct targets ignored;
    if (to->code[0] == NULL)
        return false;
    return (row->to.code[0] != NULL && strcmp(row->to.code[0], to->code[0]) == 0) ||
           (row->kind == ROW_UNDECIDED &&
            row_offers(map, row, to->code[0], strlen(to->code[0]), &ignored) != 0);
}

/* What the tables alone say of a course: a condition of the row, or what a crosswalk makes of the
 * course. */
static bool ask_tables(const struct asking *asking, struct slice course, struct targets *to,
                       unsigned *n)
{
    const struct crosswalk_row *row = asking->row;
    for (size_t i = 0; i < row->when_count; i++) {
        if (strcmp(row->whens[i].field, asking->join->course) == 0 &&
            when_holds(&row->whens[i], course.at, course.length)) {
            *to = row->whens[i].to;
            *n = row->whens[i].n;
            return row_allows(asking->map, row, to);
        }
    }
    const struct crosswalk_map *courses;
    const struct course_lookup lookup = lookup_of(asking, course);
    const struct crosswalk_row *own = find_course_row(asking->recoding, &lookup, &courses);
    if (own == NULL)
        return false;
    *to = translate(asking->map, courses, &own->to);
    *n = row->n;
    return row_allows(asking->map, row, to);
}

static const struct decision *decision_of(const struct asking *asking,
                                          const struct index_course *course)
{
    return find_course_decision(asking->recoding, asking->record, slice_of(course->lea),
                                slice_of(course->local));
}

/* What a decision recorded for the local course says, where the tables leave the course open. */
static bool ask_decision(const struct asking *asking, const struct index_course *course,
                         struct targets *to, unsigned *n)
{
    struct recoding *recoding = asking->recoding;
    const struct course_lookup lookup = lookup_of(asking, slice_of(course->course));
    const struct crosswalk_map *courses;
    const struct crosswalk_row *own = NULL;
    if (recoding->decisions.count > 0)
        own = row_in_any(recoding, &lookup, true, &courses);
    if (own == NULL)
        return false;
    const struct decision *decision = decision_of(asking, course);
    struct targets chosen;
    if (decision == NULL)
        return false;
    if (decision_offers(recoding, courses, own, decision, &chosen) == 0) {
        refuse_decision(recoding, asking->crosswalk, courses, own, decision);
        return false;
    }
    *to = translate(asking->map, courses, &chosen);
    *n = asking->row->n;
    return row_allows(asking->map, asking->row, to);
}

/* Classes of courses of which everybody in the pathway must complete one, and which all lead to one
 * answer: they say nothing of a student. Kept by row, year and code. */
enum { SILENT_SLOTS = 256, SILENT_CODE = 24, MAX_CLASSES = 32 };

struct silent_classes {
    const struct crosswalk_row *row; /* NULL: free */
    int year;
    size_t length;
    char code[SILENT_CODE];
    uint32_t classes; /* bit i: the join's i-th required property */
};

static bool is_silent(const struct asking *asking, const struct codeset *set, const char *property)
{
    struct slice code = asking->question->code;
    bool any = false;
    struct targets first = {{NULL}};
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *course = &set->codes[i];
        const char *of = code_property(course, asking->join->property);
        if (of == NULL || strlen(of) != code.length || memcmp(of, code.at, code.length) != 0 ||
            !code_has(course, asking->question->year, property, NULL))
            continue;
        struct targets to;
        unsigned n;
        if (!ask_tables(asking, (struct slice){course->value, course->length}, &to, &n))
            return false; /* whoever takes it instead is not led there */
        if (any && !same_targets(&first, &to, asking->map->output_count))
            return false;
        first = to;
        any = true;
    }
    return any;
}

static uint32_t find_silent(const struct asking *asking, const struct codeset *set)
{
    struct recoding *recoding = asking->recoding;
    struct slice code = asking->question->code;
    const struct rule_join *join = asking->join;
    if (join->required_count == 0 || code.length > SILENT_CODE)
        return 0;
    if (recoding->silent == NULL)
        recoding->silent = cte_zalloc(SILENT_SLOTS, sizeof *recoding->silent);
    uint64_t hash = keyed_hash(code.at, code.length) + (uint64_t)(asking->question->year + 1) * 31 +
                    (uintptr_t)asking->row;
    struct silent_classes *slot = &recoding->silent[(hash ^ hash >> 17) % SILENT_SLOTS];
    if (slot->row == asking->row && slot->year == asking->question->year &&
        slot->length == code.length && memcmp(slot->code, code.at, code.length) == 0)
        return slot->classes;
    *slot = (struct silent_classes){
        .row = asking->row, .year = asking->question->year, .length = code.length};
    memcpy(slot->code, code.at, code.length);
    for (size_t i = 0; i < join->required_count && i < MAX_CLASSES; i++) {
        if (is_silent(asking, set, join->required[i]))
            slot->classes |= UINT32_C(1) << i;
    }
    return slot->classes;
}

/* True when the course is of a class that says nothing. */
static bool says_nothing(const struct asking *asking, const struct codeset *set,
                         const struct index_course *course, uint32_t silent)
{
    struct slice code = asking->question->code;
    for (const struct code *row =
             silent != 0 ? codeset_find(set, course->course, strlen(course->course)) : NULL;
         row != NULL; row = row->same) {
        const char *of = code_property(row, asking->join->property);
        if (of == NULL || strlen(of) != code.length || memcmp(of, code.at, code.length) != 0)
            continue;
        for (size_t i = 0; i < asking->join->required_count && i < MAX_CLASSES; i++) {
            if ((silent >> i & 1) != 0 &&
                code_has(row, asking->question->year, asking->join->required[i], NULL))
                return true;
        }
    }
    return false;
}

/* True when all votes with one of the flags (0: all votes) point to one target; *first is one of
 * them. */
static bool agree(const struct vote *votes, size_t count, size_t outputs, unsigned flag,
                  const struct vote **first)
{
    *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (flag != 0 && (votes[i].course->flags & flag) == 0)
            continue;
        if (*first == NULL)
            *first = &votes[i];
        else if (!same_targets(&(*first)->to, &votes[i].to, outputs))
            return false;
    }
    return *first != NULL;
}

/* Names the courses among those that count (flag 0: all) whose grades are unknown. */
static void name_unknown(const struct vote *votes, size_t count, unsigned flag,
                         struct evidence *evidence)
{
    size_t used = 0;
    for (size_t i = 0; i < count && used + 32 < sizeof evidence->unknown; i++) {
        const struct index_course *course = votes[i].course;
        if ((course->flags & INDEX_GRADE_UNKNOWN) == 0 ||
            (flag != 0 && (course->flags & flag) == 0))
            continue;
        used += (size_t)snprintf(evidence->unknown + used, sizeof evidence->unknown - used,
                                 "%s%.20s", used == 0 ? "course " : " ", course->course);
    }
}

static size_t collect_votes(const struct asking *asking, const struct codeset *set,
                            struct vote *votes)
{
    const struct question *question = asking->question;
    uint32_t silent = find_silent(asking, set);
    size_t count = 0;
    for (size_t i = 0; i < question->course_count && asking->recoding->error.status == CTE_OK;
         i++) {
        struct vote *vote = &votes[count];
        *vote = (struct vote){.course = &question->courses[i]};
        if (says_nothing(asking, set, vote->course, silent))
            continue;
        struct slice course = {vote->course->course, strlen(vote->course->course)};
        if (ask_tables(asking, course, &vote->to, &vote->n) ||
            ask_decision(asking, vote->course, &vote->to, &vote->n))
            count++;
    }
    return count;
}

void weigh_evidence(struct recoding *recoding, const struct step *step,
                    const struct crosswalk_row *row, struct evidence *evidence)
{
    const struct question *question = step->question;
    const struct crosswalk_map *map = step->group->maps[step->m];
    const struct rule_join *join =
        map->evidence != NULL ? rules_join(recoding->rules, map->evidence) : NULL;
    const struct codeset *set;
    *evidence = (struct evidence){.verdict = EVIDENCE_NONE};
    if (join == NULL || question->course_count == 0 ||
        question->course_count > INDEX_MAX_EVIDENCE ||
        tables_codeset(&recoding->tables, join->code_set, &set, &recoding->error) != CTE_OK)
        return;
    const struct asking asking = {.recoding = recoding,
                                  .crosswalk = step->group->crosswalks[step->m],
                                  .map = map,
                                  .row = row,
                                  .join = join,
                                  .record = step->record,
                                  .question = question};
    struct vote votes[INDEX_MAX_EVIDENCE];
    size_t count = collect_votes(&asking, set, votes);
    if (count == 0 || recoding->error.status != CTE_OK)
        return;
    const struct vote *first;
    const char *how = "";
    unsigned flag = 0;
    bool decided = agree(votes, count, map->output_count, 0, &first);
    for (size_t p = 0; !decided && p < join->prefer_count && p < INDEX_MAX_PREFERRED; p++) {
        how = join->prefer[p];
        flag = 1U << p;
        decided = agree(votes, count, map->output_count, flag, &first);
    }
    if (decided) {
        evidence->verdict = EVIDENCE_DECIDES;
        evidence->to = first->to;
        evidence->n = first->n;
        snprintf(evidence->by, sizeof evidence->by, "decided by %s%scourse %s", how,
                 how[0] != '\0' ? " " : "", first->course->course);
        name_unknown(votes, count, flag, evidence);
        return;
    }
    /* Where only the more exact codes differ, what they share stands. */
    for (size_t i = 1; i < count; i++) {
        if (!same_target_code(votes[0].to.code[0], votes[i].to.code[0])) {
            evidence->verdict = row->kind == ROW_UNDECIDED ? EVIDENCE_DISAGREES : EVIDENCE_NONE;
            return;
        }
    }
    evidence->verdict = EVIDENCE_DECIDES;
    evidence->to.code[0] = votes[0].to.code[0];
    evidence->n = row->n;
    snprintf(evidence->by, sizeof evidence->by,
             "decided by courses that differ in the rest, %s and others", votes[0].course->course);
    name_unknown(votes, count, 0, evidence);
}

/* The code that the course goes to, of the output; NULL when nothing decides it. */
static const char *course_code(const struct asking *asking, const struct crosswalk_output *output,
                               const struct index_course *course)
{
    struct recoding *recoding = asking->recoding;
    const struct course_lookup lookup = lookup_of(asking, slice_of(course->course));
    const struct crosswalk_map *map;
    const struct crosswalk_row *row = find_course_row(recoding, &lookup, &map);
    struct targets to = {{NULL}};
    if (row != NULL) {
        to = row->to;
    } else if (recoding->decisions.count > 0) {
        row = row_in_any(recoding, &lookup, true, &map);
        const struct decision *decision = decision_of(asking, course);
        if (row == NULL || decision == NULL ||
            decision_offers(recoding, map, row, decision, &to) == 0)
            return NULL;
    } else {
        return NULL;
    }
    int at = crosswalk_output(map, output->id);
    return at >= 0 ? to.code[at] : NULL;
}

bool courses_go_elsewhere(struct recoding *recoding, const struct group *group,
                          const struct record *record, const struct answer *answer,
                          char words[FINDING_WORDS])
{
    const struct index_facts *facts = &recoding->facts;
    const struct rule_join *join = NULL;
    const struct question question = {.year = record_year(record, group->field)};
    size_t used = 0;
    for (size_t m = 0; m < group->map_count && join == NULL; m++)
        join = group->maps[m]->evidence != NULL
                   ? rules_join(recoding->rules, group->maps[m]->evidence)
                   : NULL;
    words[0] = '\0';
    if (join == NULL || answer->code == NULL || facts->course_count > INDEX_MAX_EVIDENCE)
        return false;
    const struct asking asking = {
        .recoding = recoding, .join = join, .record = record, .question = &question};
    for (size_t i = 0; i < facts->course_count; i++) {
        const char *code = course_code(&asking, answer->output, &facts->courses[i]);
        if (code == NULL)
            continue;
        if (strcmp(code, answer->code) == 0)
            return false;
        if (used + 64 < FINDING_WORDS)
            used += (size_t)snprintf(words + used, FINDING_WORDS - used, "%s%.20s becomes %.20s",
                                     used == 0 ? "" : ", ", facts->courses[i].course, code);
    }
    return used > 0;
}
