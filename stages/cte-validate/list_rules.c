/* The rules as they are told, and what they leave out. */
#include <limits.h>
#include <stdio.h>

#include "codetables/base/day.h"
#include "stages/cte-validate/validate.h"

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

static void print_day(const char *word, int day)
{
    if (day > DAY_NONE && day < INT_MAX)
        printf(" %s %04d-%02d", word, day / 10000, day / 100 % 100);
}

/* When it is looked at and how severe it is then, where that is not always the same. */
static void print_times(const struct rule *rule)
{
    if (rule->current_year)
        puts("           looked at for the year that is collected on the day of --as-of; without "
             "a day, for every year");
    for (size_t i = 0; i < rule->dated_count; i++) {
        const struct dated_severity *dated = &rule->dated[i];
        printf("           %c", dated->severity);
        print_day("from", dated->from);
        print_day("to", dated->to);
        printf(" (%s)\n", basis_name(dated->basis));
    }
}

int list_rules(struct validating *validating)
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
        print_times(rule);
    }
    return print_unread(validating);
}
