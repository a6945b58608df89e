/* cte-validate - holds the records of a stream to the rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/program.h"
#include "stages/cte-validate/validate.h"

static bool list_rules;

static struct program_option options[] = {
    {"list-rules", 0, OPTION_FLAG, &list_rules, NULL, "print the rules and what is not checked, and end"},
};

static struct program program = {
    .name = "cte-validate",
    .synopsis = "[OPTION]... < STREAM > STREAM",
    .description = "Holds every record of a stream to the input rules, as it was received and as it was recoded. A record with\n"
                   "a finding that CALPADS itself refuses goes on as rejected; a warning stays with the record.",
    .exits = "0 done, 64 usage, 65 stream damaged, 74 read or write error, 78 code table",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* A field of a record that holds escapes, without them, in memory of its own for the length of one record. */
static void unescape_fields(struct stream_slice *fields, size_t count, char *room)
{
    for (size_t i = 0; i < count; i++) {
        char *end = stream_unescape(room, fields[i].at, fields[i].length);
        fields[i] = (struct stream_slice){room, (size_t)(end - room)};
        room = end;
    }
}

static int validate_record(struct validating *validating)
{
    const struct stream_record *record = &validating->in.record;
    struct kind *kind = (struct kind *)(uintptr_t)record->kind;
    static char unescaped[2][STREAM_MAX_GROUP + SCAN_SLACK];
    validating->found_count = 0;
    validating->refuses = false;
    if (kind != NULL) {
        struct kind_checks *checks = kind->plan;
        if (checks == NULL) {
            if (make_checks(validating, kind, &checks) != CTE_OK)
                return validating->error.status;
            kind->plan = checks;
        }
        struct stream_slice fields[STREAM_MAX_FIELDS];
        if (checks->lineage != NULL) {
            lineage_received(checks->lineage, &validating->in, record, fields);
            if (record->escaped)
                unescape_fields(fields, kind->from->fields, unescaped[0]);
            run_checks(validating, kind->from, checks, &checks->received, fields);
        }
        if (checks->now.count > 0 && !(checks->lineage != NULL && validating->refuses)) {
            for (size_t i = 0; i < kind->fields; i++)
                fields[i] = stream_field(record, i);
            if (record->escaped)
                unescape_fields(fields, kind->fields, unescaped[1]);
            run_checks(validating, kind, checks, &checks->now, fields);
        }
        if (!basis_may_refuse(checks->order_basis))
            add_finding(validating, checks, &checks->order, CHECK_ORDER, BASIS_NONE, true, "");
    }
    validating->rejected += validating->refuses && record->state != 'X';
    stream_pass_record(&validating->out, record, validating->refuses ? 'X' : record->state);
    for (size_t i = 0; i < validating->found_count; i++)
        stream_finding(&validating->out, validating->found[i].rule, validating->found[i].more);
    validating->findings += validating->found_count;
    return CTE_OK;
}

static void put_counts(struct validating *validating)
{
    char findings[48], rejected[48];
    snprintf(findings, sizeof findings, "findings=%llu", (unsigned long long)validating->findings);
    snprintf(rejected, sizeof rejected, "rejected=%llu", (unsigned long long)validating->rejected);
    stream_control(&validating->out, "counts", program.name, findings, rejected, NULL);
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
            stream_introduce(&validating->out, validating->in.program_count, program.name, &validating->tables, NULL, 0);
            introduced = true;
        }
        if (item == STREAM_CONTROL) {
            stream_put(&validating->out, validating->in.control.at, validating->in.control.length + 1);
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
                    if (tables_codeset(&validating->tables, field->code_sets[s], &set, &validating->error) != CTE_OK)
                        return validating->error.status;
                    if (set->kind == CODESET_UNREAD)
                        printf("  %-15s %-7s %s: codes not read, not checked (%s)\n", layout->identity.id, field->number, field->name, set->identity.id);
                }
            }
            if (!basis_may_refuse(layout->records[r].order_basis))
                printf("  %-15s %-7s the order of the fields of %s is unproven; nothing in it refuses\n", layout->identity.id, "",
                       layout->records[r].types[0]);
        }
        for (size_t t = 0; t < layout->type_count; t++) {
            if (!layout->types[t].restricted)
                printf("  %-15s %-7s the characters that type %s allows\n", layout->identity.id, "", layout->types[t].id);
        }
    }
    return CTE_OK;
}

static int print_rules(struct validating *validating)
{
    printf("Rules of %s@%s%s\n", validating->rules->identity.id, validating->rules->identity.version,
           table_is_draft(&validating->rules->identity) ? " (draft)" : "");
    puts("F refuses the record, W warns, C certification (never refuses), H holds. F refuses only where its severity and the");
    puts("property it rests on were read in CALPADS' own words or belong to a family so read; otherwise it warns.\n");
    for (size_t i = 0; i < validating->rules->rule_count; i++) {
        const struct rule *rule = &validating->rules->rules[i];
        printf("%-10s %c %-9s ", rule->id, rule->severity, rule->severity_basis_name);
        print_records(rule);
        printf("\n           %s; %s\n", rule->message, rule->action);
    }
    if (print_unread(validating) != CTE_OK)
        return program_fail(&program, &validating->error);
    return program_close_output(&validating->error) == CTE_OK ? CTE_OK : program_fail(&program, &validating->error);
}

int main(int argc, char **argv)
{
    int first;
    program_start(&program, argc, argv, &first);
    if (first < argc)
        return program_usage(&program, "it reads standard input; '%s' is one argument too many", argv[first]);
    static struct validating validating;
    validating.year = YEAR_NONE;
    if (tables_open(&validating.tables, program.codetables, &validating.error) != CTE_OK ||
        tables_rules(&validating.tables, &validating.rules, &validating.error) != CTE_OK)
        return program_fail(&program, &validating.error);
    if (list_rules)
        return print_rules(&validating);
    stream_out_open(&validating.out, STDOUT_FILENO);
    stream_out_begin(&validating.out);
    if (stream_in_open(&validating.in, STDIN_FILENO, &validating.tables, &validating.error) != CTE_OK)
        return program_fail(&program, &validating.error);
    return validate_stream(&validating);
}
