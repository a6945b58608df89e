#include "stages/cte-recode/evidence.h"

#include <stdio.h>
#include <string.h>

/* What one course says. */
struct vote {
    const struct index_course *course;
    struct targets to;
    unsigned n; /* the row, condition or choice of the pathway that it points to */
};

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
        own = find_row_in_any(recoding, &lookup, true, &courses);
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

/* The code by which the row offers what the course goes to: the most exact that it offers. */
static const char *name_choice(const struct asking *asking, const struct targets *to)
{
    struct targets ignored;
    for (size_t o = asking->map->output_count; o-- > 1;) {
        const char *code = to->code[o];
        if (code != NULL && row_offers(asking->map, asking->row, code, strlen(code), &ignored) != 0)
            return code;
    }
    return to->code[0];
}

static void note_choice(struct evidence *evidence, const char *code)
{
    size_t at = 0;
    while (at < evidence->choice_count && strcmp(evidence->choices[at], code) < 0)
        at++;
    if (at < evidence->choice_count && strcmp(evidence->choices[at], code) == 0)
        return;
    memmove(&evidence->choices[at + 1], &evidence->choices[at],
            (evidence->choice_count++ - at) * sizeof *evidence->choices);
    evidence->choices[at] = code;
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
    evidence->has_courses = true;
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
            for (size_t v = 0; v < count; v++)
                note_choice(evidence, name_choice(&asking, &votes[v].to));
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
        row = find_row_in_any(recoding, &lookup, true, &map);
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
    const struct index_facts *facts = &recoding->stream.facts;
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
