/* What one crosswalk of the chain makes of a code, by its row or by what decides an open one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "stages/cte-recode/evidence.h"

static const struct crosswalk_map *map_of(const struct step *step)
{
    return step->group->maps[step->m];
}

static const struct crosswalk *crosswalk_of(const struct step *step)
{
    return step->group->crosswalks[step->m];
}

static const char *draft_word(const struct step *step)
{
    return table_is_draft(&crosswalk_of(step)->identity) ? "draft: " : "";
}

static void join(char *to, size_t room, const char *text)
{
    size_t used = strlen(to);
    snprintf(to + used, room - used, "%s%s", used > 0 ? ";" : "", text);
}

/* The step is taken: it leads to these targets, by this row of the table. */
static void decide(struct step *step, const struct targets *to, unsigned row, const char *reason)
{
    struct trail *trail = step->trail;
    const struct crosswalk *crosswalk = crosswalk_of(step);
    char number[16];
    snprintf(number, sizeof number, "%u", row);
    join(trail->crosswalk, sizeof trail->crosswalk, crosswalk->identity.id);
    join(trail->version, sizeof trail->version, crosswalk->identity.version);
    join(trail->row, sizeof trail->row, number);
    join(trail->reason, sizeof trail->reason, reason);
    step->to = *to;
    step->decided = true;
}

static const struct crosswalk_when *find_when(const struct crosswalk_row *row, struct step *step)
{
    for (size_t i = 0; i < row->when_count; i++) {
        const int position = record_field(step->record->kind->record, row->whens[i].field);
        if (position < 0 || (size_t)position >= step->record->field_count)
            continue;
        step->depends = true; /* the answer hangs on more than the code */
        const struct slice value = record_value(step->record, (size_t)position);
        if (when_holds(&row->whens[i], value.at, value.length))
            return &row->whens[i];
    }
    return NULL;
}

void hold_step(struct recoding *recoding, const struct step *step, const char *check,
               const struct finding_words *words)
{
    step->answer->kind = ANSWER_HOLD;
    step->answer->rule = define_check(recoding, step->record->kind, check, words);
}

/* The choices that the student's courses point to, a blank between; NULL: no course is known. */
static char *list_courses(const struct evidence *evidence)
{
    struct text text = {0};
    if (!evidence->has_courses)
        return NULL;
    for (size_t i = 0; i < evidence->choice_count; i++)
        text_format(&text, "%s%s", i > 0 ? " " : "", evidence->choices[i]);
    return text_take(&text);
}

/* Nothing decides: held, with the choices. */
static void hold_open(struct recoding *recoding, struct step *step, const struct crosswalk_row *row,
                      const struct evidence *evidence)
{
    const bool disagrees = evidence->verdict == EVIDENCE_DISAGREES,
               is_own = slice_equals(step->code, step->question->code);
    char *codes = describe_choices(map_of(step), row), *names = name_choices(map_of(step), row),
         *courses = list_courses(evidence);
    step->answer->open_map = map_of(step);
    step->answer->open_row = row;
    step->answer->names_courses = disagrees;
    hold_step(recoding, step, disagrees ? "evidence-disagrees" : "undecided",
              &(struct finding_words){.field = step->group->field,
                                      .more = codes,
                                      .choices = names,
                                      .asked = is_own ? NULL : row->code,
                                      .courses = courses});
    free(codes);
    free(names);
    free(courses);
}

/* Takes what a recorded decision says; false when the row does not offer it. */
static bool take_decision(struct recoding *recoding, struct step *step,
                          const struct crosswalk_row *row)
{
    const struct decision *decision = step->decision;
    struct targets to;
    const unsigned n = decision_offers(recoding, map_of(step), row, decision, &to);
    if (n == 0) {
        refuse_decision(recoding, crosswalk_of(step), map_of(step), row, decision);
        return false;
    }
    char reason[500];
    snprintf(reason, sizeof reason, "%s%s, decided by %s on %s%s%s", draft_word(step),
             row->kind_name, decision->decided_by, decision->decided_on,
             decision->reason[0] != '\0' ? ": " : "", decision->reason);
    decide(step, &to, n, reason);
    return true;
}

static void note_use(struct step *step, enum decision_use use)
{
    struct answer *answer = step->answer;
    if (step->decision == NULL || answer->use_count == MAX_CROSSWALKS)
        return;
    answer->uses[answer->use_count].decision = step->decision;
    answer->uses[answer->use_count++].use = use;
}

/* What a decision says of a row: its targets, and whether `to` is what it says. */
static bool decision_agrees(struct recoding *recoding, const struct crosswalk_map *map,
                            const struct crosswalk_row *row, const struct decision *decision,
                            const struct targets *to)
{
    struct targets said;
    if (decision_offers(recoding, map, row, decision, &said) == 0)
        return false;
    for (size_t i = 0; i < map->output_count; i++) {
        if (said.code[i] != NULL && !same_target_code(said.code[i], to->code[i]))
            return false;
    }
    return true;
}

/* True when the decision says what `to` leaves open and nothing against the rest. */
static bool decision_completes(struct recoding *recoding, const struct crosswalk_map *map,
                               const struct crosswalk_row *row, const struct decision *decision,
                               const struct targets *to)
{
    struct targets said;
    bool is_more = false;
    if (decision_offers(recoding, map, row, decision, &said) == 0)
        return false;
    for (size_t i = 0; i < map->output_count; i++) {
        if (to->code[i] != NULL && !same_target_code(said.code[i], to->code[i]))
            return false;
        is_more = is_more || (to->code[i] == NULL && said.code[i] != NULL);
    }
    return is_more;
}

/* Notes that the table, or evidence, answered before the decision could. */
static void pass_over_decision(struct recoding *recoding, struct step *step,
                               const struct crosswalk_row *row, const struct targets *to,
                               enum decision_use use)
{
    if (step->decision != NULL)
        note_use(step, decision_agrees(recoding, map_of(step), row, step->decision, to)
                           ? DECISION_TAKEN
                           : use);
}

/* True when the row itself gives every output: courses have nothing to decide. */
static bool leaves_nothing(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    if (row->kind == ROW_UNDECIDED)
        return false;
    for (size_t i = 0; i < map->output_count; i++) {
        if (row->to.code[i] == NULL)
            return false;
    }
    return true;
}

/* True when a condition of the table decides the row. */
static bool settle_by_condition(struct recoding *recoding, struct step *step,
                                const struct crosswalk_row *row)
{
    const struct crosswalk_when *when = find_when(row, step);
    char reason[400];
    if (when == NULL)
        return false;
    snprintf(reason, sizeof reason, "%s%s, %s", draft_word(step), row->kind_name, when->text);
    decide(step, &when->to, when->n, reason);
    pass_over_decision(recoding, step, row, &when->to, DECISION_TABLE);
    return true;
}

/* True when the student's courses decide the row, and a recorded decision does not say more. */
static bool settle_by_evidence(struct recoding *recoding, struct step *step,
                               const struct crosswalk_row *row, struct evidence *evidence)
{
    char reason[400];
    *evidence = (struct evidence){.verdict = EVIDENCE_NONE};
    if (!leaves_nothing(map_of(step), row))
        weigh_evidence(recoding, step, row, evidence);
    if (recoding->error.status != CTE_OK || evidence->verdict != EVIDENCE_DECIDES ||
        (step->decision != NULL &&
         decision_completes(recoding, map_of(step), row, step->decision, &evidence->to)))
        return false;
    snprintf(reason, sizeof reason, "%s%s, %s%s", draft_word(step), row->kind_name, evidence->by,
             evidence->unknown[0] != '\0' ? "; not every grade is known" : "");
    decide(step, &evidence->to, evidence->n, reason);
    memcpy(step->answer->unknown_grades, evidence->unknown, sizeof evidence->unknown);
    pass_over_decision(recoding, step, row, &evidence->to, DECISION_EVIDENCE);
    return true;
}

/* Whether a recorded decision is to be taken. What the row itself gives is decided: a decision may
 * only say more. */
static bool takes_decision(struct recoding *recoding, struct step *step,
                           const struct crosswalk_row *row)
{
    const struct decision *decision = step->decision;
    if (decision == NULL)
        return false;
    if (recoding->stream.facts.other_count > 0) {
        step->depends = true; /* on the other codes of the local course */
        if (row_code_meant(map_of(step), row, decision->code) == NULL &&
            others_offer(recoding, step->group, map_of(step), decision))
            return false; /* it is for another of them */
    }
    return row->kind == ROW_UNDECIDED ||
           decision_completes(recoding, map_of(step), row, decision, &row->to);
}

/* A row that leaves something open: a condition of the table decides first, then the student's
 * courses, then a recorded decision for what is still open. False when the record is not to be
 * converted, with the answer filled; step->decided is false when what the row itself says stands.
 */
static bool settle_open_row(struct recoding *recoding, struct step *step,
                            const struct crosswalk_row *row)
{
    struct evidence evidence;
    step->answer->open = true;
    if (settle_by_condition(recoding, step, row) ||
        settle_by_evidence(recoding, step, row, &evidence))
        return true;
    if (recoding->error.status != CTE_OK)
        return false;
    if (takes_decision(recoding, step, row)) {
        note_use(step, DECISION_TAKEN);
        return take_decision(recoding, step, row);
    }
    if (row->kind != ROW_UNDECIDED)
        return true;
    hold_open(recoding, step, row, &evidence);
    return false;
}

static void hold_without_row(struct recoding *recoding, struct step *step)
{
    const struct crosswalk_map *map = map_of(step);
    const struct table_identity *table = &crosswalk_of(step)->identity;
    char more[160];
    /* What is in no list may be anything, also something personal. */
    if (codeset_find(map->set, step->code.at, step->code.length) != NULL)
        snprintf(more, sizeof more, ": code %.*s has no row in crosswalk %s@%s",
                 (int)step->code.length, step->code.at, table->id, table->version);
    else
        snprintf(more, sizeof more,
                 ": a code that is not in code set %s has no row in crosswalk %s@%s", map->from,
                 table->id, table->version);
    hold_step(recoding, step, "no-row",
              &(struct finding_words){.field = step->group->field, .more = more, .choices = ""});
}

bool take_step(struct recoding *recoding, struct step *step)
{
    const struct crosswalk_map *map = map_of(step);
    const struct crosswalk_row *row =
        crosswalk_lookup(map, step->code.at, step->code.length, step->question->year);
    step->decided = false;
    if (row == NULL && map->unlisted_passes) {
        note_use(step, DECISION_TABLE);
        return true;
    }
    if (row == NULL) {
        hold_without_row(recoding, step);
        return false;
    }
    step->answer->answered |= UINT32_C(1) << step->m;
    if (row->choice_count > 0 || row->when_count > 0 || row->kind == ROW_UNDECIDED) {
        if (!settle_open_row(recoding, step, row))
            return false;
        if (step->decided)
            return true;
    }
    if (row->kind == ROW_SAME) {
        note_use(step, DECISION_TABLE);
        return true;
    }
    char reason[400];
    snprintf(reason, sizeof reason, "%s%s", draft_word(step), row->kind_name);
    decide(step, &row->to, row->n, reason);
    pass_over_decision(recoding, step, row, &row->to, DECISION_TABLE);
    return true;
}
