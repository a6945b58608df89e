#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <string.h>

/* What one course says. */
struct vote {
    const struct index_course *course;
    struct targets to;
    unsigned n; /* the row, condition or choice of the pathway that it points to */
};

static bool same_code(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t i = 0; i < outputs; i++) {
        if (!same_code(a->code[i], b->code[i]))
            return false;
    }
    return true;
}

/* The map of the crosswalk that says what becomes of a course: the one that begins from the join's code set. */
static const struct crosswalk_map *course_map(const struct crosswalk *crosswalk, const struct rule_join *join)
{
    for (size_t i = 0; i < crosswalk->map_count; i++) {
        if (strcmp(crosswalk->maps[i].from, join->code_set) == 0)
            return &crosswalk->maps[i];
    }
    return NULL;
}

/* The codes of another map, as outputs of this one. */
static struct targets translate(const struct crosswalk_map *map, const struct crosswalk_map *other, const struct targets *to)
{
    struct targets translated = {{NULL}};
    for (size_t i = 0; i < map->output_count; i++) {
        int output = crosswalk_output(other, map->outputs[i].id);
        if (output >= 0)
            translated.code[i] = to->code[output];
    }
    return translated;
}

/* What one course says of the row: a decision recorded for it, a condition of the row, or what the crosswalk makes of the course. */
static bool ask_course(struct recoding *recoding, const struct kind *kind, const struct crosswalk *crosswalk,
                       const struct crosswalk_map *map, const struct crosswalk_row *row, const struct rule_join *join,
                       const struct stream_record *record, int year, struct vote *vote)
{
    const struct index_course *course = vote->course;
    const struct crosswalk_map *courses = course_map(crosswalk, join);
    size_t length = strlen(course->course);
    const struct crosswalk_row *own = courses != NULL ? crosswalk_lookup(courses, course->course, length, year) : NULL;
    if (recoding->decisions.count > 0 && own != NULL && own->kind == ROW_UNDECIDED) {
        struct slice local = {course->local, strlen(course->local)}, school = {course->school, strlen(course->school)};
        const struct decision *decision = find_decision(recoding, kind, record, join->through, local, true, school);
        struct targets chosen;
        if (decision != NULL) {
            if (row_offers(courses, own, decision->code, strlen(decision->code), &chosen) == 0) {
                cte_fail(&recoding->error, CTE_BAD_TABLE,
                         "%s:%u: crosswalk %s@%s does not offer %s for course %s; choose one of its choices",
                         recoding->decisions.identity.path, decision->line, crosswalk->identity.id, crosswalk->identity.version,
                         decision->code, own->code);
                return false;
            }
            vote->to = translate(map, courses, &chosen);
            vote->n = row->n;
            return true;
        }
    }
    for (size_t i = 0; i < row->when_count; i++) {
        if (strcmp(row->whens[i].field, join->course) == 0 && when_holds(&row->whens[i], course->course, length)) {
            vote->to = row->whens[i].to;
            vote->n = row->whens[i].n;
            return true;
        }
    }
    if (own == NULL || own->kind == ROW_UNDECIDED || own->kind == ROW_NONE || own->kind == ROW_SAME)
        return false;
    vote->to = translate(map, courses, &own->to);
    vote->n = row->n;
    return vote->to.code[0] != NULL;
}

/* True when the row itself names this target: its first code, or as a choice. Evidence never adds a target to the table. */
static bool row_allows(const struct crosswalk_map *map, const struct crosswalk_row *row, const struct targets *to)
{
    struct targets ignored;
    if (to->code[0] == NULL)
        return false;
    return (row->to.code[0] != NULL && strcmp(row->to.code[0], to->code[0]) == 0) ||
           (row->kind == ROW_UNDECIDED && row_offers(map, row, to->code[0], strlen(to->code[0]), &ignored) != 0);
}

/* True when all votes with one of the flags (0: all votes) point to one target; *first is one of them. */
static bool agree(const struct vote *votes, size_t count, size_t outputs, unsigned flag, const struct vote **first)
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

enum evidence_verdict weigh_evidence(struct recoding *recoding, const struct kind *kind, const struct crosswalk *crosswalk,
                                     const struct crosswalk_map *map, const struct crosswalk_row *row,
                                     const struct stream_record *record, const struct question *question, struct targets *to,
                                     unsigned *n, char *by, size_t by_room)
{
    const struct rule_join *join = map->evidence != NULL ? rules_join(recoding->rules, map->evidence) : NULL;
    struct vote votes[INDEX_MAX_EVIDENCE];
    size_t count = 0;
    if (join != NULL && question->course_count > INDEX_MAX_EVIDENCE)
        return row->kind == ROW_UNDECIDED ? EVIDENCE_DISAGREES : EVIDENCE_NONE;
    for (size_t i = 0; join != NULL && i < question->course_count; i++) {
        votes[count] = (struct vote){.course = &question->courses[i]};
        if (ask_course(recoding, kind, crosswalk, map, row, join, record, question->year, &votes[count]) &&
            row_allows(map, row, &votes[count].to))
            count++;
        if (recoding->error.status != CTE_OK)
            return EVIDENCE_NONE;
    }
    if (count == 0)
        return EVIDENCE_NONE;
    const struct vote *first;
    const char *how = "";
    bool decided = agree(votes, count, map->output_count, 0, &first);
    for (size_t p = 0; !decided && p < join->prefer_count && p < 16; p++) {
        how = join->prefer[p];
        decided = agree(votes, count, map->output_count, 1U << p, &first);
    }
    if (decided) {
        *to = first->to;
        *n = first->n;
        snprintf(by, by_room, "decided by %s%scourse %s", how, how[0] != '\0' ? " " : "", first->course->course);
        return EVIDENCE_DECIDES;
    }
    /* Where only the more exact codes differ, what they share stands. */
    for (size_t i = 1; i < count; i++) {
        if (!same_code(votes[0].to.code[0], votes[i].to.code[0]))
            return row->kind == ROW_UNDECIDED ? EVIDENCE_DISAGREES : EVIDENCE_NONE;
    }
    memset(to, 0, sizeof *to);
    to->code[0] = votes[0].to.code[0];
    *n = row->n;
    snprintf(by, by_room, "decided by courses that differ in the rest, %s and others", votes[0].course->course);
    return EVIDENCE_DECIDES;
}
