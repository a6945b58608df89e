/* cte-validate - holds the records of a stream to the rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/program.h"
#include "stages/cte-validate/validate.h"
#include "codetables/base/memory.h"

static bool list_rules;
static const char *index_path, *as_of;

static struct program_option options[] = {
    {"index", 'i', OPTION_TEXT, &index_path, "FILE",
     "what cte-index found across the records of whole files"},
    {"as-of", 0, OPTION_TEXT, &as_of, "DATE",
     "CCYY-MM-DD: the day for rules that look at a calendar; without it they check form only"},
    {"list-rules", 0, OPTION_FLAG, &list_rules, NULL,
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

/* The finding that speaks of merging, its words, and the record they end with. Nought where there
 * is none. */
static uint64_t merged_with(struct validating *validating, const struct stream_record *record,
                            const struct stream_rule **told, struct slice *words)
{
    struct stream_history entry;
    for (const char *at = NULL; stream_history_next(record, &at, &entry);) {
        const struct stream_rule *rule =
            entry.letter == 'F' ? stream_defined(&validating->in.rules, entry.reference) : NULL;
        if (rule == NULL || validating->merged_rule == NULL ||
            strcmp(rule->id, validating->merged_rule->id) != 0)
            continue;
        size_t start = entry.value.length;
        while (start > 0 && entry.value.at[start - 1] >= '0' && entry.value.at[start - 1] <= '9')
            start--;
        *told = rule;
        *words = entry.value;
        return strtoull(entry.value.at + start, NULL, 10);
    }
    return 0;
}

/* A record that others are merged into is remembered when it is rejected: then those must not go
 * with it. They come after it. */
static void remember_lost(struct validating *validating, uint64_t number)
{
    if ((validating->lost_count & (validating->lost_count - 1)) == 0)
        validating->lost_lines =
            cte_realloc(validating->lost_lines,
                        (validating->lost_count * 2 + 2) * sizeof *validating->lost_lines);
    validating->lost_lines[validating->lost_count++] = number;
}

static bool is_lost(const struct validating *validating, uint64_t line)
{
    size_t low = 0, high = validating->lost_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (validating->lost_lines[middle] < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < validating->lost_count && validating->lost_lines[low] == line;
}

/* A record whose keeper was rejected must not go with it: it is held, and says so instead of that
 * it was merged. */
static void hold_unmerged(struct validating *validating, const struct stream_record *record,
                          struct slice how, const struct stream_rule *told)
{
    const struct rule *rule =
        rules_find(validating->rules, "recode-duplicate", kind_type(record->kind));
    if (rule == NULL)
        cte_die("the rule table has no rule for check recode-duplicate");
    char *message = cte_format("%s; %s", rule->message, rule->action), words[200];
    struct stream_reference reference =
        stream_define_finding(&validating->out, rule->id, rule_severity(rule, BASIS_NONE),
                              told->field, told->name, message, NULL, NULL);
    free(message);
    snprintf(words, sizeof words, "to be %.*s, which was rejected",
             (int)(how.length < 150 ? how.length : 150), how.at);
    char first = record->escaped ? 'h' : 'H';
    stream_put(&validating->out, &first, 1);
    stream_put(&validating->out, record->text + 1, record->length);
    validating->out.records++;
    struct stream_history entry;
    const char *line = record->history;
    for (const char *at = NULL; stream_history_next(record, &at, &entry); line = at) {
        if (entry.letter != 'F' || stream_defined(&validating->in.rules, entry.reference) != told)
            stream_put(&validating->out, line, (size_t)(at - line));
    }
    stream_finding(&validating->out, reference, words);
}

static int check_record(struct validating *validating, const struct stream_record *record,
                        struct kind *kind)
{
    static char unescaped[2][STREAM_MAX_GROUP + SCAN_SLACK];
    struct kind_checks *checks = kind->plan;
    if (checks == NULL) {
        if (make_checks(validating, kind, &checks) != CTE_OK)
            return validating->error.status;
        kind->plan = checks;
    }
    struct slice fields[STREAM_MAX_FIELDS];
    if (checks->lineage != NULL) {
        lineage_received(checks->lineage, &validating->in, record, fields);
        if (record->escaped)
            stream_unescape_fields(fields, kind->from->fields, unescaped[0]);
        run_checks(validating, kind->from, checks, &checks->received, fields);
    }
    bool has_now = checks->now.count + checks->now.condition_count > 0;
    if (has_now && !(checks->lineage != NULL && validating->refuses)) {
        for (size_t i = 0; i < kind->fields; i++)
            fields[i] = stream_field(record, i);
        if (record->escaped)
            stream_unescape_fields(fields, kind->fields, unescaped[1]);
        run_checks(validating, kind, checks, &checks->now, fields);
    }
    if (!basis_may_refuse(checks->order_basis))
        add_finding(validating, checks, &checks->order, CHECK_ORDER, BASIS_NONE, true, "");
    if (index_path != NULL)
        add_index_findings(validating, kind, checks, stream_record_number(&validating->in));
    return CTE_OK;
}

static int validate_record(struct validating *validating)
{
    const struct stream_record *record = &validating->in.record;
    struct kind *kind = (struct kind *)(uintptr_t)record->kind;
    char state = record->state;
    validating->found_count = 0;
    validating->refuses = false;
    validating->record++;
    conserve_record(&validating->conserve, record);
    if (kind != NULL && check_record(validating, record, kind) != CTE_OK)
        return validating->error.status;
    const struct stream_rule *told = NULL;
    struct slice words = {"", 0};
    uint64_t keeper = state == 'M' || (validating->refuses && state == 'R')
                          ? merged_with(validating, record, &told, &words)
                          : 0;
    if (validating->refuses && state != 'X') {
        if (state == 'R' && keeper != 0)
            remember_lost(validating, stream_record_number(&validating->in));
        state = 'X';
        validating->rejected++;
    }
    if (state == 'M' && is_lost(validating, keeper))
        hold_unmerged(validating, record, words, told);
    else
        stream_pass_record(&validating->out, record, state);
    for (size_t i = 0; i < validating->found_count; i++)
        stream_finding(&validating->out, validating->found[i].rule, validating->found[i].more);
    validating->findings += validating->found_count;
    return CTE_OK;
}

static void put_counts(struct validating *validating)
{
    stream_introduce_rest(&validating->out, program.name, &validating->tables);
    char findings[48], rejected[48];
    snprintf(findings, sizeof findings, "findings=%llu", (unsigned long long)validating->findings);
    snprintf(rejected, sizeof rejected, "rejected=%llu", (unsigned long long)validating->rejected);
    stream_control(&validating->out, "counts", program.name, findings, rejected, NULL);
    conserve_tell(&validating->conserve, &validating->out, "recoded");
}

static int validate_stream(struct validating *validating)
{
    struct cte_error *error = &validating->error;
    bool introduced = false;
    for (;;) {
        enum stream_item item;
        if (stream_next(&validating->in, &item, error) != CTE_OK || validating->out.failed != 0)
            break;
        if (item == STREAM_REFUSED) {
            stream_refuse(&validating->out, validating->in.refused_status);
            return validating->in.refused_status;
        }
        if (!introduced && item != STREAM_CONTROL) {
            stream_introduce(&validating->out, validating->in.program_count, program.name,
                             &validating->tables, NULL, 0);
            introduced = true;
        }
        if (item == STREAM_CONTROL) {
            if (index_follow(&validating->index, index_path, &validating->rules->identity,
                             validating->in.control, error) != CTE_OK)
                break;
            stream_put(&validating->out, validating->in.control.at,
                       validating->in.control.length + 1);
        } else if (item == STREAM_RECORD) {
            if (validate_record(validating) != CTE_OK)
                break;
        } else {
            put_counts(validating);
            break;
        }
    }
    if (error->status != CTE_OK)
        stream_refuse(&validating->out, error->status);
    else
        stream_out_finish(&validating->out, error);
    return error->status != CTE_OK ? program_fail(&program, error) : CTE_OK;
}

static void print_records(const struct rule *rule)
{
    if (rule->records == NULL)
        fputs("all", stdout);
    for (size_t i = 0; i < rule->record_count; i++)
        printf("%s%s", i > 0 ? " " : "", rule->records[i]);
}

/* Fields whose codes nobody has read, once each: nothing is known against any value in them. */
static int print_unread(struct validating *validating)
{
    puts("\nFields whose codes nobody has read; their values are not checked:");
    for (size_t l = 0; l < validating->tables.layout_count; l++) {
        const struct layout *layout = &validating->tables.layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count; f++) {
                const struct field *field = &layout->records[r].fields[f];
                for (size_t s = 0; s < field->code_set_count; s++) {
                    const struct codeset *set;
                    if (tables_codeset(&validating->tables, field->code_sets[s], &set,
                                       &validating->error) != CTE_OK)
                        return validating->error.status;
                    if (set->kind == CODESET_UNREAD)
                        printf("  %-15s %-7s %s: codes not read, not checked (%s)\n",
                               layout->identity.id, field->number, field->name, set->identity.id);
                }
            }
            if (!basis_may_refuse(layout->records[r].order_basis))
                printf("  %-15s %-7s the order of the fields of %s is unproven; nothing in it "
                       "refuses\n",
                       layout->identity.id, "", layout->records[r].types[0]);
        }
        for (size_t t = 0; t < layout->type_count; t++) {
            if (!layout->types[t].restricted)
                printf("  %-15s %-7s the characters that type %s allows\n", layout->identity.id, "",
                       layout->types[t].id);
        }
    }
    return CTE_OK;
}

static int print_rules(struct validating *validating)
{
    printf("Rules of %s@%s%s\n", validating->rules->identity.id,
           validating->rules->identity.version,
           table_is_draft(&validating->rules->identity) ? " (draft)" : "");
    puts("F refuses the record, W warns, C certification (never refuses), H holds. F refuses only "
         "where its severity and the");
    puts("property it rests on were read in CALPADS' own words or belong to a family so read; "
         "otherwise it warns.\n");
    for (size_t i = 0; i < validating->rules->rule_count; i++) {
        const struct rule *rule = &validating->rules->rules[i];
        printf("%-10s %c %-9s ", rule->id, rule->severity, rule->severity_basis_name);
        print_records(rule);
        if (rule->kind == RULE_NONE)
            printf("\n           %s; not checkable here: needs %s\n", rule->message,
                   rule->needs[0] != '\0' ? rule->needs : "what no file here holds");
        else
            printf("\n           %s; %s%s\n", rule->message, rule->action,
                   rule->partial ? "; files decide only a part of it, so it warns" : "");
    }
    if (print_unread(validating) != CTE_OK)
        return program_fail(&program, &validating->error);
    return program_close_output(&validating->error) == CTE_OK
               ? CTE_OK
               : program_fail(&program, &validating->error);
}

/* The academic year of a day: it begins with July. */
static bool read_as_of(const char *text, int *year)
{
    char digits[9];
    size_t count = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '-' && (c - text == 4 || c - text == 7))
            continue;
        if (*c < '0' || *c > '9' || count == 8)
            return false;
        digits[count++] = *c;
    }
    digits[count] = '\0';
    int number = atoi(digits), month = number / 100 % 100, day = number % 100;
    if (count != 8 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *year = number / 10000 - (month < 7);
    return true;
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first < argc)
        return program_usage(&program, "it reads standard input; '%s' is one argument too many",
                             argv[first]);
    static struct validating validating;
    validating.year = validating.as_of = YEAR_NONE;
    if (as_of != NULL && !read_as_of(as_of, &validating.as_of))
        return program_usage(&program, "--as-of '%s' is not a day CCYY-MM-DD", as_of);
    struct cte_error *error = &validating.error;
    if (!list_rules) {
        stream_out_open(&validating.out, STDOUT_FILENO);
        stream_out_begin(&validating.out);
    }
    if (tables_open(&validating.tables, program.codetables, error) == CTE_OK &&
        tables_rules(&validating.tables, &validating.rules, error) == CTE_OK && list_rules)
        return print_rules(&validating);
    if (error->status != CTE_OK ||
        stream_in_open(&validating.in, STDIN_FILENO, &validating.tables, error) != CTE_OK) {
        if (!list_rules)
            /* so that the next program need not complain */
            stream_refuse(&validating.out, error->status);
        return program_fail(&program, error);
    }
    validating.merged_rule = rules_find(validating.rules, "merged", NULL);
    validating.broken_at = cte_zalloc(validating.rules->rule_count, sizeof *validating.broken_at);
    program_confine(&program, (const char *const[]){index_path, NULL}, NULL);
    return validate_stream(&validating);
}
