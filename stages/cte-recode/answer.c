#include "stages/cte-recode/recode.h"

#include <string.h>

#include "codetables/base/short_value.h"
#include "codetables/base/memory.h"

/* Answers are kept by group, code, year and the decision that applies, each on one of a few
 * neighbouring slots; when those are taken, a new one takes the place of the first. */
enum { CACHE_SLOTS = 1 << 10, CACHE_NEIGHBOURS = 8 };

struct cached_answer {
    const struct group *group; /* NULL: free */
    const struct decision *decision;
    int year;
    struct short_value code;
    struct answer answer;
};

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

/* Gives the members of the group what a step of the chain decided for them. */
static void take_outputs(struct recoding *recoding, const struct step *step)
{
    const struct group *group = step->group;
    const struct crosswalk_map *map = group->maps[step->m];
    const struct targets *to = &step->to;
    struct answer *answer = step->answer;
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
        answer->fields[i].row = stream_define_row(
            &recoding->pipe.out, &(struct stream_row){.field = member->target->number,
                                                      .name = member->target->name,
                                                      .after = after,
                                                      .crosswalk = step->trail->crosswalk,
                                                      .version = step->trail->version,
                                                      .row = step->trail->row,
                                                      .reason = step->trail->reason});
    }
    answer->code = to->code[0];
    answer->output = &map->outputs[0];
}

/* Takes the step through one map of the group. False: the answer is worked out. */
static bool work_through(struct recoding *recoding, struct step *step, bool *known)
{
    const struct field *field = step->group->field;
    const struct crosswalk_map *map = step->group->maps[step->m];
    const struct slice code = step->code;
    if (codeset_find(map->set, code.at, code.length) == NULL)
        return true;
    /* Only the code that was received is judged by its year: what a crosswalk makes of it is the
     * table's own word. */
    if (!*known &&
        codeset_judge(map->set, code.at, code.length, step->question->year) == CODE_WRONG_YEAR) {
        hold_step(
            recoding, step, "unknown-code",
            &(struct finding_words){.field = field,
                                    .more = ": it is not valid in the academic year that judges it",
                                    .choices = ""});
        return false;
    }
    *known = true;
    step->decision =
        recoding->decisions.count > 0 ? find_record_decision(recoding, step->record, code) : NULL;
    step->answer->asked |= UINT32_C(1) << step->m;
    if (!take_step(recoding, step)) {
        if (recoding->error.status != CTE_OK)
            step->answer->kind = ANSWER_FAILED;
        return false;
    }
    if (step->decided) {
        take_outputs(recoding, step);
        if (step->to.code[0] != NULL)
            step->code = slice_of(step->to.code[0]);
    }
    return true;
}

/* Works the answer to a question out. True when it hangs on more than the question. */
static bool work_out(struct recoding *recoding, const struct group *group,
                     const struct record *record, const struct question *question,
                     struct answer *answer)
{
    struct trail trail = {"", "", "", ""};
    struct step step = {.group = group,
                        .record = record,
                        .question = question,
                        .code = question->code,
                        .trail = &trail,
                        .answer = answer};
    bool known = false;
    memset(answer, 0, sizeof *answer);
    for (uint32_t i = 0; i < group->member_count; i++)
        answer->fields[i].keep = true;
    if (question->year == YEAR_NONE) {
        hold_step(recoding, &step, "no-year", &(struct finding_words){.field = group->field});
        return false;
    }
    /* In a chain of crosswalks, a decision may be about a code between the two; then it is looked
     * up each time. */
    step.depends = group->map_count > 1 && recoding->decisions.count > 0;
    for (step.m = 0; step.m < group->map_count; step.m++) {
        if (!work_through(recoding, &step, &known))
            return step.depends;
    }
    if (!known && !was_recoded_before(recoding, group, step.code.at, step.code.length)) {
        step.depends = true; /* there is no end of codes that do not exist */
        hold_step(recoding, &step, "unknown-code",
                  &(struct finding_words){.field = group->field, .choices = ""});
    }
    return step.depends;
}

/* A field that already holds an output keeps it: the record was recoded before. */
static bool holds_outputs(const struct group *group, const struct record *record)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *member = &group->members[i];
        if (!member->is_from && member->source >= 0 &&
            record_value(record, (size_t)member->source).length > 0)
            return true;
    }
    return false;
}

/* The answer to a question, from the cache where it hangs on the code, the year and the decision
 * alone. Valid until the next call. */
static const struct answer *ask(struct recoding *recoding, const struct group *group,
                                const struct record *record, const struct question *question)
{
    struct answer *single = &recoding->stream.single;
    if (recoding->stream.cache == NULL)
        recoding->stream.cache = cte_zalloc(CACHE_SLOTS, sizeof *recoding->stream.cache);
    struct cached_answer *slot = NULL;
    const struct decision *decision = NULL;
    const struct slice code = question->code;
    if (recoding->decisions.count > 0)
        decision = find_record_decision(recoding, record, code);
    struct short_value packed;
    if (pack_short_value(code, &packed)) {
        const size_t hash = short_value_place(&packed, question->year) + ((uintptr_t)group >> 4);
        for (unsigned i = 0; i < CACHE_NEIGHBOURS; i++) {
            struct cached_answer *found = &recoding->stream.cache[(hash + i) % CACHE_SLOTS];
            if (found->group == group && found->decision == decision &&
                found->year == question->year && same_short_value(&found->code, &packed)) {
                if (!found->answer.open || question->course_count == 0)
                    return &found->answer;
                slot = NULL;
                break;
            }
            if (slot == NULL || (slot->group != NULL && found->group == NULL))
                slot = found;
        }
    }
    const bool depends = work_out(recoding, group, record, question, single);
    if (slot == NULL || depends || (single->open && question->course_count > 0))
        return single;
    slot->group = group;
    slot->decision = decision;
    slot->year = question->year;
    slot->code = packed;
    slot->answer = *single;
    return &slot->answer;
}

void answer_question(struct recoding *recoding, const struct group *group,
                     const struct record *record, const struct question *question,
                     struct answer *answer)
{
    *answer = *ask(recoding, group, record, question);
}

const struct answer *find_answer(struct recoding *recoding, const struct group *group,
                                 const struct record *record)
{
    struct question question = {.code = record_value(record, group->source)};
    if (question.code.length == 0 || holds_outputs(group, record)) {
        struct answer *blank = &recoding->stream.blank;
        memset(blank, 0, sizeof *blank);
        for (uint32_t i = 0; i < group->member_count; i++)
            blank->fields[i].keep = true;
        return blank;
    }
    const struct slice year = record_year_text(record, group->field);
    question.year = last_academic_year(&recoding->stream.last_year, year.at, year.length);
    question.courses = recoding->stream.facts.courses;
    question.course_count = recoding->stream.facts.course_count;
    return ask(recoding, group, record, &question);
}
