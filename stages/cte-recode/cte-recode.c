/* cte-recode - recodes the records of a stream through crosswalks into a target layout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/program.h"
#include "stages/cte-recode/recode.h"
#include "codetables/base/memory.h"

static struct option_list crosswalk_ids;
static const char *target_id, *decisions_path, *index_path, *doubles;

static struct program_option options[] = {
    {"crosswalk", 'x', OPTION_LIST, &crosswalk_ids, "ID[@VERSION]",
     "recode through this crosswalk; may be repeated, used in order"},
    {"target", 't', OPTION_TEXT, &target_id, "LAYOUT",
     "write records in this layout (default: the crosswalks', else their own)"},
    {"decisions", 'd', OPTION_TEXT, &decisions_path, "FILE",
     "what the LEA decided where a crosswalk leaves a choice (CSV)"},
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found across the records of whole files"},
    {"duplicates", 0, OPTION_TEXT, &doubles, "hold|merge|keep-latest",
     "what becomes of records that the recode gives one key (default: hold)"},
};

static struct program program = {
    .name = "cte-recode",
    .synopsis = "[OPTION]... < STREAM > STREAM",
    .description = "Recodes the records of a stream. A record whose code the crosswalks decide "
                   "goes on in the target layout,\n"
                   "with a line for each field that changed; one they do not decide, and one that "
                   "asks for a delete, is held\n"
                   "as it was received, with the reason and the choices.",
    .exits = "0 done, 64 usage, 65 stream damaged, 74 read or write error, 78 code table or "
             "decisions",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .memory = (uint64_t)1 << 30,
};

static void put_held(struct recoding *recoding, const struct stream_record *record,
                     const struct stream_reference *rules, size_t count, const char *more)
{
    stream_pass_record(&recoding->out, record, 'H');
    for (size_t i = 0; i < count; i++)
        stream_finding(&recoding->out, rules[i], more);
    recoding->held++;
}

static void put_change(struct recoding *recoding, struct stream_reference row, struct slice before,
                       bool escaped)
{
    struct stream_out *out = &recoding->out;
    char *to = stream_space(out, before.length + 32);
    *to++ = escaped ? 'c' : 'C';
    to = put_number(to, row.program);
    *to++ = '.';
    to = put_number(to, row.number);
    *to++ = '^';
    memcpy(to, before.at, before.length);
    to += before.length;
    *to++ = '\n';
    stream_take(out, to);
    recoding->changed++;
}

static bool is_text(struct slice slice, const char *text, size_t length)
{
    return slice.length == length && memcmp(slice.at, text, length) == 0;
}

/* What stands in a part of the target record. */
static struct slice part_value(const struct stream_record *record, const struct plan *plan,
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
    return member->source >= 0 ? stream_field(record, (size_t)member->source)
                               : (struct slice){"", 0};
}

/* The record in the target layout. Everything but the recoded fields is copied in as few pieces as
 * the layouts allow. Codes and constants hold nothing that would have to be escaped: the tables are
 * refused where they do. */
static void put_converted(struct recoding *recoding, const struct stream_record *record,
                          const struct plan *plan, const struct answer *const *answers)
{
    struct stream_out *out = &recoding->out;
    struct slice values[LAYOUT_MAX_FIELDS];
    size_t length = record->line_length + 64;
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
    *to++ = record->escaped ? 'r' : 'R';
    to = put_number(to, plan->target->program);
    *to++ = '.';
    to = put_number(to, plan->target->number);
    *to++ = ' ';
    to = mempcpy(to, record->line_digits, record->line_length);
    for (size_t p = 0; p < plan->part_count; p++) {
        *to++ = '^';
        to = mempcpy(to, values[p].at, values[p].length);
    }
    *to++ = '\n';
    stream_take(out, to);
    stream_put(out, record->history, record->history_length);
    out->records++;
    recoding->converted++;
}

static void put_changes(struct recoding *recoding, const struct stream_record *record,
                        const struct plan *plan, const struct answer *const *answers)
{
    for (uint32_t g = 0; g < plan->group_count; g++) {
        for (uint32_t m = 0; m < plan->groups[g].member_count; m++) {
            const struct answer_field *field = &answers[g]->fields[m];
            const struct member *member = &plan->groups[g].members[m];
            struct slice before = {"", 0};
            if (member->source >= 0)
                before = stream_field(record, (size_t)member->source);
            if (!field->keep && !is_text(before, field->after, field->length))
                put_change(recoding, field->row, before, record->escaped);
        }
    }
    for (size_t i = 0; i < plan->dropped_count; i++) {
        const struct dropped *dropped = &plan->dropped[i];
        struct slice before = {"", 0};
        if (dropped->source >= 0)
            before = stream_field(record, (size_t)dropped->source);
        if (dropped->source < 0 ||
            (before.length > 0 && !is_text(before, dropped->kept, strlen(dropped->kept))))
            put_change(recoding, dropped->row, before, record->escaped);
    }
}

/* The codes that records of the group have, of a rule that wants one code of them. */
static void take_others(struct recoding *recoding, const struct index_entry *entry)
{
    struct index_facts *facts = &recoding->facts;
    size_t number = 0;
    for (size_t i = 0; i < entry->fields[0].length; i++)
        number = number * 10 + (size_t)(entry->fields[0].at[i] - '0');
    if (number >= recoding->rules->rule_count)
        return;
    const struct rule *rule = &recoding->rules->rules[number];
    for (size_t i = 1; i < entry->count; i++) {
        if (facts->other_count < MAX_OTHERS &&
            index_other(entry->fields[i], &facts->others[facts->other_count].other))
            facts->others[facts->other_count++].rule = rule;
        else
            facts->uncounted = rule;
    }
}

/* Takes from the index what it says of this record. */
static void take_facts(struct recoding *recoding, uint64_t number)
{
    struct index_facts *facts = &recoding->facts;
    struct index_entry entry;
    facts->course_count = facts->member_count = facts->other_count = 0;
    facts->too_many = false;
    facts->uncounted = NULL;
    while (index_next(&recoding->index, number, &entry)) {
        if (entry.letter == 'E' && entry.count > 0)
            facts->course_count = index_evidence(entry.fields[0], facts->courses);
        if (entry.letter == 'L' && entry.count > 0)
            take_others(recoding, &entry);
        for (size_t i = 0;
             entry.letter == 'G' && i < entry.count && facts->member_count < INDEX_MAX_MEMBERS;
             i++) {
            if (index_member(entry.fields[i], &facts->members[facts->member_count]))
                facts->member_count++;
            else
                facts->too_many = true;
        }
    }
}

/* The courses of the record at hand, for the words of a finding. */
static void name_courses(const struct recoding *recoding, char *words, size_t room)
{
    size_t used = 0;
    words[0] = '\0';
    if (recoding->facts.course_count > INDEX_MAX_EVIDENCE)
        snprintf(words, room, "more than %d courses", INDEX_MAX_EVIDENCE);
    for (size_t i = 0; recoding->facts.course_count <= INDEX_MAX_EVIDENCE &&
                       i < recoding->facts.course_count && used + 48 < room;
         i++) {
        const struct index_course *course = &recoding->facts.courses[i];
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
        char words[200];
    } items[2 * MAX_GROUPS];
    size_t count;
};

static void add_own(struct recoding *recoding, const struct kind *kind, const struct group *group,
                    const char *check, const char *words, struct own_findings *findings)
{
    const struct rule *rule = find_check(recoding, kind, check);
    if (rule == NULL)
        return;
    findings->items[findings->count].rule = define_finding(recoding, rule, group->field, "", NULL);
    snprintf(findings->items[findings->count].words, sizeof findings->items[0].words, "%s", words);
    findings->count++;
}

/* What the courses of a converted record's student say beside what they decide. */
static void find_in_courses(struct recoding *recoding, const struct stream_record *record,
                            const struct kind *kind, const struct plan *plan,
                            const struct answer *const *answers, struct own_findings *findings)
{
    char words[200];
    for (uint32_t g = 0; g < plan->group_count && recoding->facts.course_count > 0; g++) {
        if (answers[g]->unknown_grades[0] != '\0')
            add_own(recoding, kind, &plan->groups[g], "unknown-grade", answers[g]->unknown_grades,
                    findings);
        if (courses_go_elsewhere(recoding, kind, &plan->groups[g], answers[g], record, words,
                                 sizeof words))
            add_own(recoding, kind, &plan->groups[g], "courses-elsewhere", words, findings);
    }
}

/* Writes the record as its answers say. */
static void put_answered(struct recoding *recoding, const struct stream_record *record,
                         struct kind *kind, struct plan *plan, const struct answer *const *answers,
                         uint64_t number)
{
    struct stream_reference holds[MAX_GROUPS];
    size_t hold_count = 0;
    struct double_words words = {"", ""};
    enum double_verdict verdict = DOUBLE_NONE;
    struct stream_reference double_rule = {0, 0};
    struct disagreement disagreement;
    bool disagrees = false;
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (answers[g]->kind != ANSWER_HOLD)
            continue;
        struct stream_reference rule = answers[g]->rule;
        if (find_shared(recoding, kind, &plan->groups[g], answers[g], record, &rule,
                        &disagreement) == SHARED_NONE)
            disagrees = true;
        else
            holds[hold_count++] = rule;
        if (answers[g]->names_courses)
            name_courses(recoding, words.words, sizeof words.words);
    }
    if (disagrees || (hold_count == 0 &&
                      find_disagreement(recoding, kind, plan, answers, record, &disagreement))) {
        const struct field *field =
            &kind->record->fields[record_field(kind->record, disagreement.rule->field)];
        holds[hold_count++] =
            define_finding(recoding, disagreement.rule, field, disagreement.codes, NULL);
        memcpy(words.words, disagreement.words, sizeof words.words);
    }
    for (uint32_t g = 0; g < plan->group_count && hold_count == 0 && verdict == DOUBLE_NONE; g++) {
        const struct group *group = &plan->groups[g];
        if (!plan->group_in_key[g])
            continue;
        verdict = find_doubles(recoding, kind, group, answers[g], record, number, &words);
        if (verdict != DOUBLE_NONE)
            double_rule =
                define_rule(recoding, kind, verdict == DOUBLE_HELD ? "recode-duplicate" : "merged",
                            group->field, words.codes, NULL);
    }
    if (recoding->error.status != CTE_OK)
        return;
    if (verdict == DOUBLE_HELD)
        holds[hold_count++] = double_rule;
    if (hold_count > 0) {
        put_held(recoding, record, holds, hold_count, words.words);
        return;
    }
    if (verdict == DOUBLE_MERGED) {
        stream_pass_record(&recoding->out, record, 'M');
        stream_finding(&recoding->out, double_rule, words.words);
        recoding->merged++;
        return;
    }
    /* Definitions stand before the record, for its history follows it without a gap. */
    for (uint32_t g = 0; g < plan->group_count; g++) {
        struct group *group = &plan->groups[g];
        if (stream_field(record, group->source).length == 0 && group->blank.program == 0)
            group->blank = define_rule(recoding, kind, "blank-code", group->field, "", NULL);
    }
    struct own_findings own = {.count = 0};
    find_in_courses(recoding, record, kind, plan, answers, &own);
    put_converted(recoding, record, plan, answers);
    put_changes(recoding, record, plan, answers);
    for (size_t i = 0; i < own.count; i++)
        stream_finding(&recoding->out, own.items[i].rule, own.items[i].words);
    for (uint32_t g = 0; g < plan->group_count; g++) {
        if (stream_field(record, plan->groups[g].source).length == 0)
            stream_finding(&recoding->out, plan->groups[g].blank, "");
    }
    if (verdict == DOUBLE_KEPT)
        stream_finding(&recoding->out, double_rule, words.words);
}

static int recode_record(struct recoding *recoding)
{
    const struct stream_record *record = &recoding->in.record;
    struct kind *kind = (struct kind *)(uintptr_t)record->kind;
    const uint64_t number = stream_record_number(&recoding->in);
    if (index_path != NULL)
        take_facts(recoding, number);
    if (record->state != 'R') {
        stream_pass_record(&recoding->out, record, record->state);
        return CTE_OK;
    }
    if (kind == NULL)
        return cte_fail(
            &recoding->error, CTE_BAD_INPUT,
            "standard input: a record that could not be read is not marked as rejected");
    if (kind->plan == NULL && plan_kind(recoding, kind) != CTE_OK)
        return recoding->error.status;
    struct plan *plan = kind->plan;
    plan->unasked_records +=
        plan->unasked >= 0 && stream_field(record, (size_t)plan->unasked).length > 0;
    if (plan->transaction >= 0 && plan->delete_code != NULL &&
        is_text(stream_field(record, (size_t)plan->transaction), plan->delete_code,
                strlen(plan->delete_code))) {
        if (plan->delete_rule.program == 0)
            plan->delete_rule = define_rule(recoding, kind, "delete",
                                            &kind->record->fields[plan->transaction], "", NULL);
        put_held(recoding, record, &plan->delete_rule, 1, "");
        return CTE_OK;
    }
    const struct answer *answers[MAX_GROUPS];
    struct answer copies[MAX_GROUPS]; /* an answer is only valid until the next is asked for */
    for (uint32_t g = 0; g < plan->group_count; g++) {
        answers[g] = find_answer(recoding, kind, &plan->groups[g], record);
        if (answers[g]->kind == ANSWER_FAILED)
            return recoding->error.status;
        count_answer(recoding, &plan->groups[g], answers[g]);
        if (plan->group_count > 1 || recoding->facts.member_count > 0 ||
            recoding->facts.other_count > 0) {
            copies[g] = *answers[g];
            answers[g] = &copies[g];
        }
    }
    put_answered(recoding, record, kind, plan, answers, number);
    return recoding->error.status;
}

/* Before the first record, what this program is and uses. Layouts are named by the one that reads
 * or validates them. */
static void introduce(struct recoding *recoding)
{
    stream_introduce(&recoding->out, recoding->in.program_count, program.name, &recoding->tables,
                     &recoding->target, recoding->target != NULL ? 1 : 0);
    const struct table_identity *decisions = &recoding->decisions.identity;
    if (decisions_path != NULL)
        stream_control(&recoding->out, "table", program.name, decisions->kind, decisions->id,
                       decisions->version, decisions->status, decisions->sha256, NULL);
}

static void put_counts(struct recoding *recoding)
{
    stream_introduce_rest(&recoding->out, program.name, &recoding->tables);
    char converted[48], held[48], merged[48], changed[48];
    put_tallies(recoding);
    snprintf(converted, sizeof converted, "converted=%llu",
             (unsigned long long)recoding->converted);
    snprintf(held, sizeof held, "held=%llu", (unsigned long long)recoding->held);
    snprintf(merged, sizeof merged, "merged=%llu", (unsigned long long)recoding->merged);
    snprintf(changed, sizeof changed, "changes=%llu", (unsigned long long)recoding->changed);
    stream_control(&recoding->out, "counts", program.name, converted, held, merged, changed, NULL);
}

static int recode_stream(struct recoding *recoding)
{
    struct cte_error *error = &recoding->error;
    bool introduced = false;
    for (;;) {
        enum stream_item item;
        if (stream_next(&recoding->in, &item, error) != CTE_OK || recoding->out.failed != 0)
            break;
        if (item == STREAM_REFUSED) {
            stream_refuse(&recoding->out, recoding->in.refused_status);
            return recoding->in.refused_status;
        }
        if (!introduced && item != STREAM_CONTROL) {
            introduce(recoding);
            introduced = true;
        }
        if (item == STREAM_CONTROL) {
            if (index_follow(&recoding->index, index_path, &recoding->rules->identity,
                             recoding->in.control, error) != CTE_OK)
                break;
            stream_put(&recoding->out, recoding->in.control.at, recoding->in.control.length + 1);
        } else if (item == STREAM_RECORD) {
            if (recode_record(recoding) != CTE_OK)
                break;
        } else {
            put_counts(recoding);
            break;
        }
    }
    if (error->status != CTE_OK)
        stream_refuse(&recoding->out, error->status);
    else
        stream_out_finish(&recoding->out, error);
    return error->status != CTE_OK ? program_fail(&program, error) : CTE_OK;
}

static int load(struct recoding *recoding)
{
    struct cte_error *error = &recoding->error;
    if (tables_open(&recoding->tables, program.codetables, error) != CTE_OK ||
        tables_rules(&recoding->tables, &recoding->rules, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < crosswalk_ids.count; i++) {
        if (tables_crosswalk(&recoding->tables, crosswalk_ids.texts[i],
                             &recoding->crosswalks[recoding->crosswalk_count++], error) != CTE_OK)
            return error->status;
    }
    for (size_t c = 0; c < recoding->crosswalk_count; c++)
        recoding->map_tally_count += recoding->crosswalks[c]->map_count;
    recoding->map_tallies = cte_zalloc(recoding->map_tally_count, sizeof *recoding->map_tallies);
    for (size_t c = 0, t = 0; c < recoding->crosswalk_count; c++) {
        for (size_t m = 0; m < recoding->crosswalks[c]->map_count; m++)
            recoding->map_tallies[t++] = (struct map_tally){
                recoding->crosswalks[c], &recoding->crosswalks[c]->maps[m], 0, 0};
    }
    const char *target = target_id;
    for (size_t i = recoding->crosswalk_count; target == NULL && i-- > 0;)
        target = recoding->crosswalks[i]->target_layout;
    if (target != NULL) {
        recoding->target = tables_layout(&recoding->tables, target, error);
        if (error->status != CTE_OK)
            return error->status;
        if (recoding->target == NULL)
            return cte_fail(error, CTE_BAD_TABLE, "there is no layout '%s' in %s/layouts", target,
                            program.codetables);
    }
    if (decisions_path != NULL &&
        decisions_load(decisions_path, &recoding->decisions, error) != CTE_OK)
        return error->status;
    return check_decisions(recoding);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first < argc)
        return program_usage(&program, "it reads standard input; '%s' is one argument too many",
                             argv[first]);
    if (crosswalk_ids.count > MAX_CROSSWALKS)
        return program_usage(&program, "at most %d crosswalks in one run", MAX_CROSSWALKS);
    static struct recoding recoding;
    static const char *const policies[] = {
        [DOUBLES_HOLD] = "hold", [DOUBLES_MERGE] = "merge", [DOUBLES_KEEP_LATEST] = "keep-latest"};
    for (int i = DOUBLES_HOLD; doubles != NULL && i <= DOUBLES_KEEP_LATEST; i++) {
        if (strcmp(policies[i], doubles) == 0) {
            recoding.doubles = (enum doubles_policy)i;
            doubles = NULL;
        }
    }
    if (doubles != NULL)
        return program_usage(&program, "--duplicates is hold, merge or keep-latest, not '%s'",
                             doubles);
    stream_out_open(&recoding.out, STDOUT_FILENO);
    stream_out_begin(&recoding.out);
    if (load(&recoding) != CTE_OK ||
        stream_in_open(&recoding.in, STDIN_FILENO, &recoding.tables, &recoding.error) != CTE_OK) {
        /* so that the next program need not complain */
        stream_refuse(&recoding.out, recoding.error.status);
        return program_fail(&program, &recoding.error);
    }
    program_confine(&program, (const char *const[]){index_path, NULL}, NULL);
    return recode_stream(&recoding);
}
