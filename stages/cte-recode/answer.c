#include "stages/cte-recode/recode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"

/* Answers are kept by group, code, year and the decision that applies, each on one of a few
 * neighbouring slots; when those are taken, a new one takes the place of the first. */
enum { CACHE_SLOTS = 1 << 10, CACHE_NEIGHBOURS = 8, CACHED_CODE = 24 };

struct cached_answer {
    const struct group *group; /* NULL: free */
    const struct decision *decision;
    int year;
    uint32_t length;
    char code[CACHED_CODE];
    struct answer answer;
};

/* The steps by which a code became another: table, version, row and reason, joined by semicolons
 * when there are several. */
struct trail {
    char crosswalk[1024], version[256], row[128], reason[4096];
};

static void join(char *to, size_t room, const char *text)
{
    size_t used = strlen(to);
    snprintf(to + used, room - used, "%s%s", used > 0 ? ";" : "", text);
}

static void step_trail(struct trail *trail, const struct crosswalk *crosswalk, unsigned row,
                       const char *reason)
{
    char number[16];
    snprintf(number, sizeof number, "%u", row);
    join(trail->crosswalk, sizeof trail->crosswalk, crosswalk->identity.id);
    join(trail->version, sizeof trail->version, crosswalk->identity.version);
    join(trail->row, sizeof trail->row, number);
    join(trail->reason, sizeof trail->reason, reason);
}

const struct rule *find_check(const struct recoding *recoding, const struct kind *kind,
                              const char *check)
{
    return rules_find(recoding->rules, check, kind_type(kind));
}

/* `asked` is the code that is to be decided, where it is not the record's own. */
static struct stream_reference define_question(struct recoding *recoding, const struct rule *rule,
                                               const struct field *field, const char *more,
                                               const char *choices, const char *asked)
{
    char *message = cte_format("%s%s; %s", rule->message, more, rule->action);
    struct stream_reference reference =
        stream_define_finding(&recoding->out, rule->id, rule_severity(rule, BASIS_NONE),
                              field != NULL ? field->number : "", field != NULL ? field->name : "",
                              message, choices, asked);
    free(message);
    return reference;
}

struct stream_reference define_rule(struct recoding *recoding, const struct kind *kind,
                                    const char *check, const struct field *field, const char *more,
                                    const char *choices)
{
    const struct rule *rule = find_check(recoding, kind, check);
    if (rule == NULL)
        cte_die("the rule table has no rule for check %s", check);
    return define_finding(recoding, rule, field, more, choices);
}

struct stream_reference define_finding(struct recoding *recoding, const struct rule *rule,
                                       const struct field *field, const char *more,
                                       const char *choices)
{
    return define_question(recoding, rule, field, more, choices, NULL);
}

char *name_targets(const struct crosswalk_map *map, const struct targets *to)
{
    char *text = cte_strdup("");
    for (size_t o = map->output_count; o-- > 0;) {
        const char *code = to->code[o];
        if (code == NULL)
            continue;
        const struct code *known = codeset_find(map->outputs[o].set, code, strlen(code));
        char *longer = cte_format("%s%s%s %s", text, text[0] != '\0' ? " in " : "", code,
                                  known != NULL ? known->name : "");
        free(text);
        text = longer;
    }
    return text;
}

/* Each choice by name, for the list of decisions that are needed. */
static char *name_choices(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    char *text = cte_strdup("");
    for (size_t c = 0; c < row->choice_count; c++) {
        char *name = name_targets(map, &row->choices[c].to);
        char *longer = cte_format("%s%s%s", text, c > 0 ? "; " : "", name);
        free(name);
        free(text);
        text = longer;
    }
    return text;
}

/* The names are in the crosswalk and in what a run says needs deciding; here they would be repeated
 * for every held record. */
char *describe_choices(const struct crosswalk_map *map, const struct crosswalk_row *row)
{
    char *text = cte_format(": %s%s", row->code,
                            row->choice_count == 0 ? " has no choices" : " may become ");
    for (size_t c = 0; c < row->choice_count; c++) {
        const char *code = "";
        for (size_t o = 0; o < map->output_count; o++)
            code = row->choices[c].to.code[o] != NULL ? row->choices[c].to.code[o] : code;
        char *longer = cte_format("%s%s%s", text, c > 0 ? " or " : "", code);
        free(text);
        text = longer;
    }
    return text;
}

int judging_year(const struct field *field, const struct stream_record *record)
{
    for (size_t i = 0; i < field->judged_by_count; i++) {
        if (field->judged_by[i] >= record->field_count)
            continue;
        struct slice year = stream_field(record, field->judged_by[i]);
        if (year.length > 0)
            return academic_year(year.at, year.length);
    }
    return YEAR_NONE;
}

static struct slice role_field(const struct stream_record *record, int position)
{
    return position >= 0 && (size_t)position < record->field_count
               ? stream_field(record, (size_t)position)
               : (struct slice){"", 0};
}

static int record_year(const struct kind *kind, const struct stream_record *record)
{
    struct slice year = role_field(record, kind->record->role_position[ROLE_ACADEMIC_YEAR]);
    return academic_year(year.at, year.length);
}

const struct decision *find_course_decision(const struct recoding *recoding,
                                            const struct kind *kind,
                                            const struct stream_record *record, struct slice lea,
                                            struct slice local)
{
    return decisions_find(&recoding->decisions,
                          &(struct decision_question){.lea = lea.at,
                                                      .lea_length = lea.length,
                                                      .code = local.at,
                                                      .code_length = local.length,
                                                      .is_local_course = true,
                                                      .year = record_year(kind, record)});
}

/* Records with a local course are decided by it, others by their code. */
static const struct decision *record_decision(const struct recoding *recoding,
                                              const struct kind *kind,
                                              const struct stream_record *record, struct slice code)
{
    const struct plan *plan = kind->plan;
    struct slice lea = role_field(record, plan->lea), school = role_field(record, plan->school);
    if (plan->local_course >= 0)
        return find_course_decision(recoding, kind, record, lea,
                                    role_field(record, plan->local_course));
    return decisions_find(&recoding->decisions,
                          &(struct decision_question){.lea = lea.at,
                                                      .lea_length = lea.length,
                                                      .record = kind_type(kind),
                                                      .record_length = strlen(kind_type(kind)),
                                                      .school = school.at,
                                                      .school_length = school.length,
                                                      .code = code.at,
                                                      .code_length = code.length,
                                                      .year = record_year(kind, record)});
}

static const struct crosswalk_when *find_when(const struct kind *kind,
                                              const struct crosswalk_row *row,
                                              const struct stream_record *record, bool *depends)
{
    for (size_t i = 0; i < row->when_count; i++) {
        int position = record_field(kind->record, row->whens[i].field);
        if (position < 0 || (size_t)position >= record->field_count)
            continue;
        *depends = true; /* the answer hangs on more than the code */
        struct slice value = stream_field(record, (size_t)position);
        if (when_holds(&row->whens[i], value.at, value.length))
            return &row->whens[i];
    }
    return NULL;
}

/* What one crosswalk of the chain says. */
struct step {
    struct targets to;
    bool decided; /* `to` is the answer; otherwise the code passes as it is */
};

static void hold(struct recoding *recoding, struct answer *answer, const struct kind *kind,
                 const struct group *group, const char *check, const char *more,
                 const char *choices)
{
    answer->kind = ANSWER_HOLD;
    answer->rule = define_rule(recoding, kind, check, group->field, more, choices);
}

/* What is known of one look into a map. */
struct looking {
    const struct kind *kind;
    const struct group *group;
    size_t m; /* which of the group's maps */
    const struct stream_record *record;
    const struct question *question;
    struct slice code;
    const struct decision *decision; /* recorded for this code, or NULL */
};

/* Nothing decides: held, with the choices. */
static void hold_open(struct recoding *recoding, struct answer *answer,
                      const struct looking *looking, const struct crosswalk_map *map,
                      const struct crosswalk_row *row, const char *check)
{
    char *codes = describe_choices(map, row), *names = name_choices(map, row);
    const struct slice own = looking->question->code, code = looking->code;
    const bool is_own = code.length == own.length && memcmp(code.at, own.at, own.length) == 0;
    const struct rule *rule = find_check(recoding, looking->kind, check);
    if (rule == NULL)
        cte_die("the rule table has no rule for check %s", check);
    answer->kind = ANSWER_HOLD;
    answer->open_map = map;
    answer->open_row = row;
    answer->rule = define_question(recoding, rule, looking->group->field, codes, names,
                                   is_own ? NULL : row->code);
    free(codes);
    free(names);
}

unsigned decision_offers(struct recoding *recoding, const struct crosswalk_map *map,
                         const struct crosswalk_row *row, const struct decision *decision,
                         struct targets *to)
{
    const char *code = row_code_meant(map, row, decision->code);
    if (code == NULL)
        return 0;
    if (strcmp(code, decision->code) != 0)
        recoding->decision_tallies[decision - recoding->decisions.list].read_as = code;
    return row_offers(map, row, code, strlen(code), to);
}

void refuse_decision(struct recoding *recoding, const struct crosswalk *crosswalk,
                     const struct crosswalk_map *map, const struct crosswalk_row *row,
                     const struct decision *decision)
{
    char *choices = describe_choices(map, row);
    cte_fail(&recoding->error, CTE_BAD_TABLE, "%s:%u: crosswalk %s@%s does not offer %s%s",
             recoding->decisions.identity.path, decision->line, crosswalk->identity.id,
             crosswalk->identity.version, decision->code, choices);
    free(choices);
}

/* Takes what a recorded decision says; false when the row does not offer it. */
static bool take_decision(struct recoding *recoding, const struct crosswalk *crosswalk,
                          const struct crosswalk_map *map, const struct crosswalk_row *row,
                          const struct decision *decision, struct step *step, struct trail *trail)
{
    unsigned n = decision_offers(recoding, map, row, decision, &step->to);
    if (n == 0) {
        refuse_decision(recoding, crosswalk, map, row, decision);
        return false;
    }
    char reason[500];
    snprintf(reason, sizeof reason, "%s%s, decided by %s on %s%s%s",
             table_is_draft(&crosswalk->identity) ? "draft: " : "", row->kind_name,
             decision->decided_by, decision->decided_on, decision->reason[0] != '\0' ? ": " : "",
             decision->reason);
    step_trail(trail, crosswalk, n, reason);
    step->decided = true;
    return true;
}

static void note_use(struct answer *answer, const struct decision *decision, enum decision_use use)
{
    if (decision == NULL || answer->use_count == MAX_CROSSWALKS)
        return;
    answer->uses[answer->use_count].decision = decision;
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
static void pass_over_decision(struct recoding *recoding, const struct crosswalk_map *map,
                               const struct crosswalk_row *row, const struct decision *decision,
                               const struct targets *to, enum decision_use use,
                               struct answer *answer)
{
    if (decision != NULL)
        note_use(answer, decision,
                 decision_agrees(recoding, map, row, decision, to) ? DECISION_TAKEN : use);
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

/* A row that leaves something open: a condition of the table decides first, then the student's
 * courses, then a recorded decision for what is still open. False when the record is not to be
 * converted, with the answer filled; step->decided is false when what the row itself says stands.
 */
static bool settle_open_row(struct recoding *recoding, const struct looking *looking,
                            const struct crosswalk_row *row, struct step *step, struct trail *trail,
                            bool *depends, struct answer *answer)
{
    const struct group *group = looking->group;
    const struct crosswalk_map *map = group->maps[looking->m];
    const struct crosswalk *crosswalk = group->crosswalks[looking->m];
    const char *draft = table_is_draft(&crosswalk->identity) ? "draft: " : "";
    const struct decision *decision = looking->decision;
    char reason[400];
    answer->open = true;
    const struct crosswalk_when *when = find_when(looking->kind, row, looking->record, depends);
    if (when != NULL) {
        snprintf(reason, sizeof reason, "%s%s, %s", draft, row->kind_name, when->text);
        step_trail(trail, crosswalk, when->n, reason);
        *step = (struct step){when->to, true};
        pass_over_decision(recoding, map, row, decision, &when->to, DECISION_TABLE, answer);
        return true;
    }
    struct evidence evidence = {.verdict = EVIDENCE_NONE};
    if (!leaves_nothing(map, row))
        weigh_evidence(recoding, looking->kind, group, looking->m, row, looking->record,
                       looking->question, &evidence);
    if (recoding->error.status != CTE_OK)
        return false;
    if (evidence.verdict == EVIDENCE_DECIDES &&
        (decision == NULL || !decision_completes(recoding, map, row, decision, &evidence.to))) {
        snprintf(reason, sizeof reason, "%s%s, %s%s", draft, row->kind_name, evidence.by,
                 evidence.unknown[0] != '\0' ? "; not every grade is known" : "");
        step_trail(trail, crosswalk, evidence.n, reason);
        *step = (struct step){evidence.to, true};
        memcpy(answer->unknown_grades, evidence.unknown, sizeof answer->unknown_grades);
        pass_over_decision(recoding, map, row, decision, &evidence.to, DECISION_EVIDENCE, answer);
        return true;
    }
    /* What the row itself gives is decided: a decision may only say more. */
    bool is_for_another = false;
    if (decision != NULL && recoding->facts.other_count > 0) {
        *depends = true; /* on the other codes of the local course */
        is_for_another = row_code_meant(map, row, decision->code) == NULL &&
                         others_offer(recoding, group, map, decision);
    }
    if (decision != NULL && !is_for_another &&
        (row->kind == ROW_UNDECIDED ||
         decision_completes(recoding, map, row, decision, &row->to))) {
        note_use(answer, decision, DECISION_TAKEN);
        return take_decision(recoding, crosswalk, map, row, decision, step, trail);
    }
    if (row->kind != ROW_UNDECIDED)
        return true;
    bool disagrees = evidence.verdict == EVIDENCE_DISAGREES;
    answer->names_courses = disagrees;
    hold_open(recoding, answer, looking, map, row, disagrees ? "evidence-disagrees" : "undecided");
    return false;
}

/* Looks one code up in one map. Returns false when the record is not to be converted, with the
 * answer filled, or with an error. */
static bool take_step(struct recoding *recoding, const struct looking *looking, struct step *step,
                      struct trail *trail, bool *depends, struct answer *answer)
{
    const struct group *group = looking->group;
    const struct crosswalk_map *map = group->maps[looking->m];
    const struct crosswalk *crosswalk = group->crosswalks[looking->m];
    struct slice code = looking->code;
    const struct crosswalk_row *row =
        crosswalk_lookup(map, code.at, code.length, looking->question->year);
    *step = (struct step){{{NULL}}, false};
    if (row == NULL && map->unlisted_passes) {
        note_use(answer, looking->decision, DECISION_TABLE);
        return true;
    }
    if (row == NULL) {
        char more[160];
        /* What is in no list may be anything, also something personal. */
        if (codeset_find(map->set, code.at, code.length) != NULL)
            snprintf(more, sizeof more, ": code %.*s has no row in crosswalk %s@%s",
                     (int)code.length, code.at, crosswalk->identity.id,
                     crosswalk->identity.version);
        else
            snprintf(more, sizeof more,
                     ": a code that is not in code set %s has no row in crosswalk %s@%s", map->from,
                     crosswalk->identity.id, crosswalk->identity.version);
        hold(recoding, answer, looking->kind, group, "no-row", more, "");
        return false;
    }
    answer->answered |= UINT32_C(1) << looking->m;
    if (row->choice_count > 0 || row->when_count > 0 || row->kind == ROW_UNDECIDED) {
        if (!settle_open_row(recoding, looking, row, step, trail, depends, answer))
            return false;
        if (step->decided)
            return true;
    }
    if (row->kind == ROW_SAME) {
        note_use(answer, looking->decision, DECISION_TABLE);
        return true;
    }
    char reason[400];
    snprintf(reason, sizeof reason, "%s%s", table_is_draft(&crosswalk->identity) ? "draft: " : "",
             row->kind_name);
    step_trail(trail, crosswalk, row->n, reason);
    *step = (struct step){row->to, true};
    pass_over_decision(recoding, map, row, looking->decision, &row->to, DECISION_TABLE, answer);
    return true;
}

static bool set_holds(const struct recoding *recoding, const char *id, const char *code,
                      size_t length)
{
    const struct codeset *set = NULL;
    struct cte_error ignored = {0};
    struct tables *tables = (struct tables *)(uintptr_t)&recoding->tables;
    return tables_codeset(tables, id, &set, &ignored) == CTE_OK && set->kind != CODESET_UNREAD &&
           codeset_find(set, code, length) != NULL;
}

/* True when the code is one that the source layout allows but no crosswalk of the run begins from:
 * it was recoded before. */
static bool was_recoded_before(const struct recoding *recoding, const struct group *group,
                               const char *code, size_t length)
{
    for (size_t i = 0; i < group->field->code_set_count; i++) {
        if (set_holds(recoding, group->field->code_sets[i], code, length))
            return true;
    }
    return false;
}

bool field_allows(const struct field *field, const char *code_set)
{
    for (size_t i = 0; i < field->code_set_count; i++) {
        if (strcmp(field->code_sets[i], code_set) == 0)
            return true;
    }
    return false;
}

/* Gives the members of the group what a step of the chain decided for them. */
static void take_outputs(struct recoding *recoding, const struct group *group,
                         const struct crosswalk_map *map, const struct targets *to,
                         const struct trail *trail, struct answer *answer)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *member = &group->members[i];
        int output = crosswalk_output(map, member->output);
        bool takes_code = output < 0 && member->is_from && to->code[0] != NULL &&
                          field_allows(member->target, map->outputs[0].code_set);
        if (output < 0 && !takes_code)
            continue;
        const char *after = to->code[takes_code ? 0 : output];
        after = after != NULL ? after : "";
        answer->fields[i] = (struct answer_field){.after = after, .length = strlen(after)};
        answer->fields[i].row = stream_define_change(&recoding->out, member->target->number,
                                                     member->target->name, after, trail->crosswalk,
                                                     trail->version, trail->row, trail->reason);
    }
}

/* Works the answer out. *depends is set when it hangs on more than the question. */
static void work_out(struct recoding *recoding, const struct kind *kind, const struct group *group,
                     const struct stream_record *record, const struct question *question,
                     struct answer *answer, bool *depends)
{
    memset(answer, 0, sizeof *answer);
    for (uint32_t i = 0; i < group->member_count; i++)
        answer->fields[i].keep = true;
    if (question->year == YEAR_NONE) {
        hold(recoding, answer, kind, group, "no-year", "", NULL);
        return;
    }
    struct slice code = question->code;
    struct trail trail = {"", "", "", ""};
    bool known = false;
    /* In a chain of crosswalks, a decision may be about a code between the two; then it is looked
     * up each time. */
    *depends = group->map_count > 1 && recoding->decisions.count > 0;
    for (size_t m = 0; m < group->map_count; m++) {
        const struct crosswalk_map *map = group->maps[m];
        if (codeset_find(map->set, code.at, code.length) == NULL)
            continue;
        /* Only the code that was received is judged by its year: what a crosswalk makes of it is
         * the table's own word. */
        if (!known &&
            codeset_judge(map->set, code.at, code.length, question->year) == CODE_WRONG_YEAR) {
            hold(recoding, answer, kind, group, "unknown-code",
                 ": it is not valid in the academic year that judges it", "");
            return;
        }
        known = true;
        struct step step;
        const struct decision *decision =
            recoding->decisions.count > 0 ? record_decision(recoding, kind, record, code) : NULL;
        const struct looking looking = {kind, group, m, record, question, code, decision};
        answer->asked |= UINT32_C(1) << m;
        if (!take_step(recoding, &looking, &step, &trail, depends, answer)) {
            if (recoding->error.status != CTE_OK)
                answer->kind = ANSWER_FAILED;
            return;
        }
        if (!step.decided)
            continue;
        take_outputs(recoding, group, map, &step.to, &trail, answer);
        answer->code = step.to.code[0];
        answer->output = &map->outputs[0];
        if (step.to.code[0] != NULL)
            code = (struct slice){step.to.code[0], strlen(step.to.code[0])};
    }
    if (!known && !was_recoded_before(recoding, group, code.at, code.length)) {
        *depends = true; /* there is no end of codes that do not exist */
        hold(recoding, answer, kind, group, "unknown-code", "", "");
    }
}

/* A field that already holds an output keeps it: the record was recoded before. */
static bool holds_outputs(const struct group *group, const struct stream_record *record)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *member = &group->members[i];
        if (!member->is_from && member->source >= 0 &&
            stream_field(record, (size_t)member->source).length > 0)
            return true;
    }
    return false;
}

/* The answer to a question, from the cache where it hangs on the code, the year and the decision
 * alone. Valid until the next call. */
static const struct answer *ask(struct recoding *recoding, const struct kind *kind,
                                const struct group *group, const struct stream_record *record,
                                const struct question *question)
{
    static struct answer single;
    if (recoding->cache == NULL)
        recoding->cache = cte_zalloc(CACHE_SLOTS, sizeof *recoding->cache);
    struct cached_answer *slot = NULL;
    const struct decision *decision = NULL;
    const struct slice code = question->code;
    if (recoding->decisions.count > 0)
        decision = record_decision(recoding, kind, record, code);
    if (code.length <= CACHED_CODE) {
        uint64_t hash = keyed_hash(code.at, code.length) +
                        (uint64_t)(question->year + 1) * UINT64_C(0x9e3779b97f4a7c15) +
                        (uintptr_t)group;
        hash ^= hash >> 31;
        for (unsigned i = 0; i < CACHE_NEIGHBOURS; i++) {
            struct cached_answer *found = &recoding->cache[(hash + i) % CACHE_SLOTS];
            if (found->group == group && found->decision == decision &&
                found->year == question->year && found->length == code.length &&
                memcmp(found->code, code.at, code.length) == 0) {
                if (!found->answer.open || question->course_count == 0)
                    return &found->answer;
                slot = NULL;
                break;
            }
            if (slot == NULL || (slot->group != NULL && found->group == NULL))
                slot = found;
        }
    }
    bool depends = false;
    work_out(recoding, kind, group, record, question, &single, &depends);
    if (slot == NULL || depends || (single.open && question->course_count > 0))
        return &single;
    slot->group = group;
    slot->decision = decision;
    slot->year = question->year;
    slot->length = (uint32_t)code.length;
    memcpy(slot->code, code.at, code.length);
    slot->answer = single;
    return &slot->answer;
}

void answer_question(struct recoding *recoding, const struct kind *kind, const struct group *group,
                     const struct stream_record *record, const struct question *question,
                     struct answer *answer)
{
    *answer = *ask(recoding, kind, group, record, question);
}

const struct answer *find_answer(struct recoding *recoding, const struct kind *kind,
                                 const struct group *group, const struct stream_record *record)
{
    static struct answer kept;
    struct question question = {.code = stream_field(record, group->source)};
    if (question.code.length == 0 || holds_outputs(group, record)) {
        memset(&kept, 0, sizeof kept);
        for (uint32_t i = 0; i < group->member_count; i++)
            kept.fields[i].keep = true;
        return &kept;
    }
    question.year = judging_year(group->field, record);
    question.courses = recoding->facts.courses;
    question.course_count = recoding->facts.course_count;
    return ask(recoding, kind, group, record, &question);
}
