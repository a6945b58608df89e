/* cte-validate - holds the records of a stream to the rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/program.h"
#include "stages/cte-validate/validate.h"

static bool only_lists;
static const char *index_path, *as_of;

static struct program_option options[] = {
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found across the records of whole files"},
    {"as-of", 0, OPTION_TEXT, &as_of, "DATE",
     "CCYY-MM-DD: the day for rules that look at a calendar; without it they check form only"},
    {"list-rules", 0, OPTION_FLAG, &only_lists, NULL,
     "print the rules and what is not checked, and end"},
};

static struct program program = {
    .name = "cte-validate",
    .synopsis = "[OPTION]... < STREAM > STREAM",
    .description = "Holds every record of a stream to the input rules, as it was received and as "
                   "it was recoded. A record with\n"
                   "a finding that CALPADS itself refuses goes on as rejected; a warning stays "
                   "with the record.",
    .exits = "0 done, 64 usage, 65 stream damaged, 74 read or write error, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .memory = (uint64_t)1 << 30,
};

/* What the finding says that a record is to be merged, and into which one. */
struct merged {
    const struct stream_rule *rule; /* NULL: nothing says so */
    struct slice words;             /* that it adds; they end with the number of the other record */
    uint64_t keeper;                /* that number */
};

static struct merged merged_with(struct validating *validating, const struct record *record)
{
    struct merged merged = {NULL, {"", 0}, 0};
    const struct stream_past *past = stream_past(&validating->pipe.in, record);
    for (size_t i = 0; i < past->count; i++) {
        const struct stream_rule *rule = past->lines[i].rule;
        const struct slice value = past->lines[i].value;
        if (rule == NULL || validating->merged_rule == NULL ||
            strcmp(rule->id, validating->merged_rule->id) != 0)
            continue;
        size_t start = value.length;
        while (start > 0 && value.at[start - 1] >= '0' && value.at[start - 1] <= '9')
            start--;
        const struct slice digits = {value.at + start, value.length - start};
        merged = (struct merged){rule, value, 0};
        if (!read_digits(digits, &merged.keeper))
            merged.keeper = 0;
        break;
    }
    return merged;
}

/* A record that others are merged into is remembered when it is rejected: then those must not go
 * with it. They come after it. */
static void remember_lost(struct validating *validating, uint64_t number)
{
    GROW(validating->stream.lost, validating->stream.lost_count, validating->stream.lost_room);
    validating->stream.lost[validating->stream.lost_count++] = number;
}

static bool is_lost(const struct validating *validating, uint64_t number)
{
    size_t low = 0, high = validating->stream.lost_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (validating->stream.lost[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < validating->stream.lost_count && validating->stream.lost[low] == number;
}

/* A record whose keeper was rejected must not go with it: it is held, and says so instead of that
 * it was merged. */
static void hold_unmerged(struct validating *validating, const struct record *record,
                          const struct merged *merged)
{
    struct stream_out *out = &validating->pipe.out;
    static const char check[] = "recode-duplicate";
    const struct rule unnamed = rule_of_check(check),
                      *known = rules_find(validating->rules, check, kind_type(record->kind)),
                      *rule = known != NULL ? known : &unnamed;
    char *message = cte_format("%s; %s", rule->message, rule->action), words[200];
    const struct stream_reference reference =
        stream_define_rule(out, &(struct stream_rule){.id = rule->id,
                                                      .severity = rule_severity(rule, BASIS_NONE),
                                                      .field = merged->rule->field,
                                                      .name = merged->rule->name,
                                                      .message = message});
    free(message);
    const struct slice how = merged->words;
    snprintf(words, sizeof words, "to be %.*s, which was rejected",
             (int)(how.length < 150 ? how.length : 150), how.at);
    const char letter = stream_letter(STATE_HELD, record->escaped);
    stream_put(out, &letter, 1);
    stream_put(out, record->text + 1, record->length);
    out->records++;
    const struct stream_past *past = stream_past(&validating->pipe.in, record);
    for (size_t i = 0; i < past->count; i++) {
        const struct stream_history *entry = &past->lines[i];
        if (entry->rule != merged->rule)
            stream_put(out, entry->line.at, entry->line.length);
    }
    stream_finding(out, reference, words);
}

/* The checks of a kind, made when it is first met; NULL with the error filled. */
static struct kind_checks *checks_of(struct validating *validating, const struct kind *kind)
{
    void **place = plan_place(&validating->stream.checks, kind->index);
    struct kind_checks *checks = *place;
    if (checks != NULL)
        return checks;
    const int status = make_checks(validating, kind, &checks);
    *place = checks;
    return status == CTE_OK ? checks : NULL;
}

/* The values of the record as it is that are looked at. */
static void take_asked(struct validating *validating, const struct record *record,
                       const struct checklist *list, struct slice *fields)
{
    if (record->escaped) {
        record_values(record, record->kind->fields, fields, &validating->now);
        return;
    }
    for (size_t i = 0; i < list->asked_count; i++)
        fields[list->asked[i]] = record_value(record, list->asked[i]);
}

static int check_record(struct validating *validating, const struct record *record)
{
    const struct kind *kind = record->kind;
    struct kind_checks *checks = checks_of(validating, kind);
    if (checks == NULL)
        return validating->error.status;
    struct slice fields[STREAM_MAX_FIELDS];
    struct looked_at at = {kind->from, checks, fields};
    if (checks->lineage != NULL) {
        lineage_received(checks->lineage, record, stream_past(&validating->pipe.in, record),
                         fields);
        if (record->escaped)
            unescape_fields(fields, kind->from->fields, &validating->received);
        blank_absent(kind->from, fields);
        run_checks(validating, &at, &checks->received);
    }
    bool has_now = checks->now.count + checks->now.condition_count > 0;
    if (has_now && !(checks->lineage != NULL && validating->stream.refuses)) {
        take_asked(validating, record, &checks->now, fields);
        blank_absent(kind, fields);
        at.kind = kind;
        run_checks(validating, &at, &checks->now);
    }
    if (!basis_may_refuse(checks->order_basis))
        add_finding(validating, checks, &checks->order, CHECK_ORDER,
                    &(struct basis_of){.only_warns = true});
    if (index_path != NULL)
        add_index_findings(validating, record, checks);
    return CTE_OK;
}

static int validate_record(void *context, const struct record *record, struct stream_out *out,
                           struct cte_error *error)
{
    struct validating *validating = context;
    enum record_state state = record->state;
    validating->stream.found_count = 0;
    validating->stream.year = YEAR_NONE;
    validating->stream.refuses = false;
    validating->stream.record++;
    field_sums_add(&validating->stream.sums, record);
    if (record->kind != NULL && check_record(validating, record) != CTE_OK)
        return error->status;
    struct merged merged = {NULL, {"", 0}, 0};
    if (state == STATE_MERGED || (validating->stream.refuses && state == STATE_RECEIVED))
        merged = merged_with(validating, record);
    if (validating->stream.refuses && state != STATE_REJECTED) {
        if (state == STATE_RECEIVED && merged.keeper != 0)
            remember_lost(validating, record->number);
        state = STATE_REJECTED;
        validating->stream.rejected++;
    }
    if (state == STATE_MERGED && is_lost(validating, merged.keeper))
        hold_unmerged(validating, record, &merged);
    else
        stream_pass_record(out, record, state);
    for (size_t i = 0; i < validating->stream.found_count; i++)
        stream_finding(out, validating->found[i].rule, validating->found[i].more);
    validating->stream.findings += validating->stream.found_count;
    return CTE_OK;
}

static void put_counts(void *context, struct stream_out *out)
{
    const struct validating *validating = context;
    char findings[48], rejected[48];
    snprintf(findings, sizeof findings, "findings=%llu",
             (unsigned long long)validating->stream.findings);
    snprintf(rejected, sizeof rejected, "rejected=%llu",
             (unsigned long long)validating->stream.rejected);
    stream_control(out, "counts", program.name, findings, rejected, NULL);
    field_sums_put(&validating->stream.sums, out, "recoded");
}

static void begin_stream(struct validating *validating)
{
    validating->stream =
        (struct checked_stream){.broken_at = cte_zalloc(validating->rules->rule_count,
                                                        sizeof *validating->stream.broken_at)};
}

static void forget_stream(void *context)
{
    struct validating *validating = context;
    struct checked_stream *stream = &validating->stream;
    for (size_t k = 0; k < stream->checks.count; k++) {
        const struct kind_checks *checks = plan_at(&stream->checks, k);
        if (checks != NULL)
            lineage_free(checks->lineage);
    }
    plans_free(&stream->checks);
    arena_free(&stream->memory);
    field_sums_free(&stream->sums);
    free(stream->broken_at);
    free(stream->lost);
    tables_begin_source(&validating->tables);
    begin_stream(validating);
}

static int follow_control(void *context, struct slice line, struct cte_error *error)
{
    struct validating *validating = context;
    return index_follow(&validating->index, index_path, &validating->rules->identity, line, error);
}

/* Prints the rules, and ends. */
static int print_rules(struct validating *validating)
{
    if (list_rules(validating) == CTE_OK)
        program_close_output(&validating->error);
    return validating->error.status == CTE_OK ? CTE_OK : program_fail(&program, &validating->error);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first < argc)
        return program_usage(&program, "it reads standard input; '%s' is one argument too many",
                             argv[first]);
    static struct validating validating;
    validating.last_year = NO_LAST_YEAR;
    validating.as_of = YEAR_NONE;
    if (as_of != NULL && (validating.day = read_day(as_of)) == DAY_NONE)
        return program_usage(&program, "--as-of '%s' is not a day CCYY-MM-DD", as_of);
    if (validating.day != DAY_NONE)
        validating.as_of = day_year(validating.day);
    struct cte_error *error = &validating.error;
    struct stage_pipe *pipe = &validating.pipe;
    if (!only_lists)
        stage_begin(pipe);
    if (tables_open(&validating.tables, program.codetables, error) != CTE_OK ||
        tables_rules(&validating.tables, &validating.rules, error) != CTE_OK ||
        find_current_years(&validating) != CTE_OK) {
        if (!only_lists)
            stage_refuse(pipe, error);
        return program_fail(&program, error);
    }
    if (only_lists)
        return print_rules(&validating);
    if (stage_open(pipe, &validating.tables, error) != CTE_OK)
        return program_fail(&program, error);
    validating.merged_rule = rules_find(validating.rules, "merged", NULL);
    begin_stream(&validating);
    program_confine(&program, (const char *const[]){index_path, NULL}, NULL);
    const struct stage stage = {.name = program.name,
                                .context = &validating,
                                .tables = &validating.tables,
                                .control = follow_control,
                                .record = validate_record,
                                .counts = put_counts,
                                .forget = forget_stream};
    const int status = stage_run(pipe, &stage, error);
    return error->status != CTE_OK ? program_fail(&program, error) : status;
}
