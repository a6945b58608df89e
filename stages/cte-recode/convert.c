/* One record: its answers, and what is written of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "stages/cte-recode/recode.h"

enum { HEAD_ROOM = 96 }; /* for what a record line begins with */

static inline void put_change(struct recoding *recoding, struct stream_reference row,
                              struct slice before, bool escaped)
{
    struct stream_out *out = &recoding->pipe.out;
    char *to = stream_space(out, before.length + VALUE_SLACK + 32);
    *to++ = escaped ? 'c' : 'C';
    to = put_number(to, row.program);
    *to++ = '.';
    to = put_number(to, row.number);
    *to++ = '^';
    to = copy_value(to, before);
    *to++ = '\n';
    stream_take(out, to);
    recoding->stream.changed++;
}

/* What stands in a part of the target record. */
static struct slice part_value(const struct record *record, const struct plan *plan,
                               const struct part *part, const struct answer *const *answers)
{
    if (part->origin == PART_COPY) {
        const char *at = record->text + record->start[part->first];
        return (struct slice){at, record->start[part->last + 1] - 1 - record->start[part->first]};
    }
    if (part->origin == PART_CONSTANT)
        return (struct slice){part->value, part->length};
    const struct answer_field *field = &answers[part->group]->fields[part->member];
    const struct member *member = &plan->groups[part->group].members[part->member];
    if (!field->keep)
        return (struct slice){field->after, field->length};
    return record_value_at(record, member->source);
}

/* The record in the target layout. Everything but the recoded fields is copied in as few pieces as
 * the layouts allow. Codes and constants hold nothing that would have to be escaped: the tables are
 * refused where they do. */
static void put_converted(struct recoding *recoding, const struct record *record,
                          const struct plan *plan, const struct answer *const *answers)
{
    struct stream_out *out = &recoding->pipe.out;
    const struct slice line = record_line_digits(record);
    struct slice values[LAYOUT_MAX_FIELDS];
    size_t length = HEAD_ROOM;
    for (size_t p = 0; p < plan->part_count; p++) {
        values[p] = part_value(record, plan, &plan->parts[p], answers);
        length += values[p].length + 1;
    }
    if (length > STREAM_BUFFER) {
        cte_fail(&recoding->error, CTE_BAD_TABLE,
                 "layout %s: a record of %zu bytes is longer than this program can write",
                 plan->target->record->layout->identity.id, length);
        return;
    }
    char *to = stream_space(out, length);
    *to++ = stream_letter(STATE_RECEIVED, record->escaped);
    to = put_number(to, plan->target_reference.program);
    *to++ = '.';
    to = put_number(to, plan->target_reference.number);
    *to++ = ' ';
    to = copy_value(to, line);
    for (size_t p = 0; p < plan->part_count; p++) {
        *to++ = '^';
        to = mempcpy(to, values[p].at, values[p].length);
    }
    *to++ = '\n';
    stream_take(out, to);
    stream_put(out, record->history, record->history_length);
    out->records++;
    recoding->stream.converted++;
}

static void put_changes(struct recoding *recoding, const struct record *record,
                        const struct plan *plan, const struct answer *const *answers)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        for (uint32_t m = 0; m < plan->groups[g].member_count; m++) {
            const struct answer_field *field = &answers[g]->fields[m];
            const struct member *member = &plan->groups[g].members[m];
            const struct slice before = record_value_at(record, member->source);
            if (!field->keep && !slice_equals(before, (struct slice){field->after, field->length}))
                put_change(recoding, field->row, before, record->escaped);
        }
    }
    for (size_t i = 0; i < plan->dropped_count; i++) {
        const struct dropped *dropped = &plan->dropped[i];
        const struct slice before = record_value_at(record, dropped->source);
        if (dropped->source < 0 || (before.length > 0 && !slice_is(before, dropped->kept)))
            put_change(recoding, dropped->row, before, record->escaped);
    }
}

/* The courses of the record at hand, for the words of a finding. */
static void name_courses(const struct recoding *recoding, char words[FINDING_WORDS])
{
    const size_t room = FINDING_WORDS;
    size_t used = 0;
    words[0] = '\0';
    if (recoding->stream.facts.course_count > INDEX_MAX_EVIDENCE)
        snprintf(words, room, "more than %d courses", INDEX_MAX_EVIDENCE);
    for (size_t i = 0; recoding->stream.facts.course_count <= INDEX_MAX_EVIDENCE &&
                       i < recoding->stream.facts.course_count && used + 48 < room;
         i++) {
        const struct index_course *course = &recoding->stream.facts.courses[i];
        bool is_known = (course->flags & INDEX_GRADE_UNKNOWN) == 0;
        used += (size_t)snprintf(words + used, room - used, "%s%.20s%s", i == 0 ? "courses " : " ",
                                 course->course, is_known ? "" : " (its grade is not known)");
    }
}

/* Findings on a record that is converted, and the words they add. They are defined before the
 * record is written, for its history follows it without a gap. */
struct own_findings {
    struct {
        struct stream_reference rule;
        char words[FINDING_WORDS];
    } items[2 * MAX_GROUPS];
    size_t count;
};

static void add_own(struct recoding *recoding, const struct kind *kind, const struct field *field,
                    const char *check, struct own_findings *findings)
{
    const struct rule *rule = find_check(recoding, kind, check);
    if (rule != NULL)
        findings->items[findings->count++].rule =
            define_finding(recoding, rule, &(struct finding_words){.field = field});
}

/* What the courses of a converted record's student say beside what they decide. */
static void find_in_courses(struct recoding *recoding, const struct record *record,
                            const struct plan *plan, const struct answer *const *answers,
                            struct own_findings *findings)
{
    for (uint32_t g = 0; g < plan->group_count && recoding->stream.facts.course_count > 0; g++) {
        const struct group *group = &plan->groups[g];
        char *words = findings->items[findings->count].words;
        if (answers[g]->unknown_grades[0] != '\0') {
            snprintf(words, FINDING_WORDS, "%s", answers[g]->unknown_grades);
            add_own(recoding, record->kind, group->field, "unknown-grade", findings);
            words = findings->items[findings->count].words;
        }
        if (courses_go_elsewhere(recoding, group, record, answers[g], words))
            add_own(recoding, record->kind, group->field, "courses-elsewhere", findings);
    }
}

/* Why a record is not converted, or what is told of it when it is. */
struct verdict {
    struct stream_reference holds[MAX_GROUPS];
    size_t hold_count;
    enum duplicate_verdict duplicate;
    struct stream_reference duplicate_rule;
    struct duplicate_words words;
};

static void put_held(struct recoding *recoding, const struct record *record,
                     const struct verdict *verdict)
{
    stream_pass_record(&recoding->pipe.out, record, STATE_HELD);
    for (size_t i = 0; i < verdict->hold_count; i++)
        stream_finding(&recoding->pipe.out, verdict->holds[i], verdict->words.words);
    recoding->stream.held++;
}

/* The rule of a disagreement is what the record is held for. */
static void hold_disagreeing(struct recoding *recoding, const struct kind *kind,
                             const struct disagreement *disagreement, struct verdict *verdict)
{
    const int position = record_field(kind->record, disagreement->rule->field);
    verdict->holds[verdict->hold_count++] =
        define_finding(recoding, disagreement->rule,
                       &(struct finding_words){.field = &kind->record->fields[position],
                                               .more = disagreement->codes});
    memcpy(verdict->words.words, disagreement->words, sizeof verdict->words.words);
}

/* Whether an answer, or another record that must have one code with this one, holds it. */
static void find_holds(struct recoding *recoding, const struct record *record,
                       const struct plan *plan, const struct answer *const *answers,
                       struct verdict *verdict)
{
    struct shared shared;
    bool disagrees = false;
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (answers[g]->kind != ANSWER_HOLD)
            continue;
        find_shared(recoding, &plan->groups[g], record, answers[g], &shared);
        if (shared.verdict == SHARED_NONE)
            disagrees = true;
        else
            verdict->holds[verdict->hold_count++] =
                shared.verdict == SHARED_SOME ? shared.rule : answers[g]->rule;
        if (answers[g]->names_courses)
            name_courses(recoding, verdict->words.words);
    }
    if (disagrees || (verdict->hold_count == 0 && has_neighbours(&recoding->stream.facts) &&
                      find_disagreement(recoding, plan, record, answers, &shared.disagreement)))
        hold_disagreeing(recoding, record->kind, &shared.disagreement, verdict);
}

/* Whether the recode gives the record the key of another one. */
static void find_duplicates(struct recoding *recoding, const struct record *record,
                            const struct plan *plan, const struct answer *const *answers,
                            struct verdict *verdict)
{
    for (uint32_t g = 0; g < plan->group_count && verdict->duplicate == DUPLICATE_NONE; g++) {
        const struct group *group = &plan->groups[g];
        if (!plan->group_in_key[g])
            continue;
        verdict->duplicate =
            find_duplicate_keys(recoding, group, record, answers[g], &verdict->words);
        if (verdict->duplicate != DUPLICATE_NONE)
            verdict->duplicate_rule = define_check(
                recoding, record->kind,
                verdict->duplicate == DUPLICATE_HELD ? "recode-duplicate" : "merged",
                &(struct finding_words){.field = group->field, .more = verdict->words.codes});
    }
    if (verdict->duplicate == DUPLICATE_HELD)
        verdict->holds[verdict->hold_count++] = verdict->duplicate_rule;
}

/* Writes a record that is converted, with its changes and findings. */
static void put_answered(struct recoding *recoding, const struct record *record, struct plan *plan,
                         const struct answer *const *answers, const struct verdict *verdict)
{
    struct stream_out *out = &recoding->pipe.out;
    struct own_findings own;
    own.count = 0;
    /* Definitions stand before the record, for its history follows it without a gap. */
    for (uint32_t g = 0; g < plan->group_count; g++) {
        struct group *group = &plan->groups[g];
        if (record_value(record, group->source).length == 0 && group->blank.program == 0)
            group->blank = define_check(recoding, record->kind, "blank-code",
                                        &(struct finding_words){.field = group->field});
    }
    find_in_courses(recoding, record, plan, answers, &own);
    put_converted(recoding, record, plan, answers);
    put_changes(recoding, record, plan, answers);
    for (size_t i = 0; i < own.count; i++)
        stream_finding(out, own.items[i].rule, own.items[i].words);
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (record_value(record, plan->groups[g].source).length == 0)
            stream_finding(out, plan->groups[g].blank, "");
    }
    if (verdict->duplicate == DUPLICATE_KEPT)
        stream_finding(out, verdict->duplicate_rule, verdict->words.words);
}

/* Writes the record as its answers say. */
static void put_record(struct recoding *recoding, const struct record *record, struct plan *plan,
                       const struct answer *const *answers)
{
    struct verdict verdict;
    verdict.hold_count = 0;
    verdict.duplicate = DUPLICATE_NONE;
    verdict.words.words[0] = verdict.words.codes[0] = '\0';
    find_holds(recoding, record, plan, answers, &verdict);
    if (verdict.hold_count == 0 && has_neighbours(&recoding->stream.facts))
        find_duplicates(recoding, record, plan, answers, &verdict);
    if (recoding->error.status != CTE_OK)
        return;
    if (verdict.hold_count > 0) {
        put_held(recoding, record, &verdict);
    } else if (verdict.duplicate == DUPLICATE_MERGED) {
        stream_pass_record(&recoding->pipe.out, record, STATE_MERGED);
        stream_finding(&recoding->pipe.out, verdict.duplicate_rule, verdict.words.words);
        recoding->stream.merged++;
    } else {
        put_answered(recoding, record, plan, answers, &verdict);
    }
}

/* A record that asks to be forgotten is held. */
static bool is_delete(const struct plan *plan, const struct record *record)
{
    return plan->delete_code.length > 0 &&
           slice_equals(record_value_at(record, plan->transaction), plan->delete_code);
}

static void hold_delete(struct recoding *recoding, const struct record *record, struct plan *plan)
{
    if (plan->delete_rule.program == 0)
        plan->delete_rule = define_check(
            recoding, record->kind, "delete",
            &(struct finding_words){.field = &record->kind->record->fields[plan->transaction]});
    stream_pass_record(&recoding->pipe.out, record, STATE_HELD);
    stream_finding(&recoding->pipe.out, plan->delete_rule, "");
    recoding->stream.held++;
}

int recode_record(struct recoding *recoding, const struct record *record)
{
    struct plan *plan = plan_of(recoding, record->kind);
    if (plan == NULL)
        return recoding->error.status;
    plan->unasked_records += record_value_at(record, plan->unasked).length > 0;
    if (is_delete(plan, record)) {
        hold_delete(recoding, record, plan);
        return CTE_OK;
    }
    const struct answer *answers[MAX_GROUPS];
    struct answer copies[MAX_GROUPS]; /* an answer is only valid until the next is asked for */
    for (uint32_t g = 0; g < plan->group_count; g++) {
        answers[g] = find_answer(recoding, &plan->groups[g], record);
        if (answers[g]->kind == ANSWER_FAILED)
            return recoding->error.status;
        count_answer(recoding, &plan->groups[g], answers[g]);
        if (plan->group_count > 1 || recoding->stream.facts.member_count > 0 ||
            recoding->stream.facts.other_count > 0) {
            copies[g] = *answers[g];
            answers[g] = &copies[g];
        }
    }
    put_record(recoding, record, plan, answers);
    return recoding->error.status;
}
