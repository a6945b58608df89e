/* Findings, those of the index among them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "stages/cte-validate/validate.h"

const char *const check_names[CHECKS] = {
    [CHECK_REQUIRED] = "required",   [CHECK_TRANSACTION] = "transaction",
    [CHECK_LENGTH] = "length",       [CHECK_CHARACTERS] = "characters",
    [CHECK_DATE] = "date",           [CHECK_CODE] = "code",
    [CHECK_CODE_YEAR] = "code-year", [CHECK_ORDER] = "order",
};

static struct stream_reference define_finding(struct validating *validating,
                                              const struct field_check *check,
                                              const struct rule *rule, enum severity severity)
{
    char *message = cte_format("%s%s; %s", rule->message,
                               check->after_recode ? "; the recode made it so" : "", rule->action);
    const struct stream_reference reference = stream_define_rule(
        &validating->pipe.out, &(struct stream_rule){.id = rule->id,
                                                     .severity = severity,
                                                     .field = check->field->number,
                                                     .name = check->field->name,
                                                     .message = message});
    free(message);
    return reference;
}

/* A rule, and where the references of its findings are kept: as F, and as W. */
struct cited {
    const struct rule *rule;
    struct stream_reference *references;
};

/* Adds a finding of one rule, as severe as what is known of the rule, the field and the record's
 * order allows. */
static void cite(struct validating *validating, const struct kind_checks *kind,
                 const struct field_check *check, const struct cited *cited,
                 const struct basis_of *basis)
{
    if (validating->stream.found_count == MAX_FINDINGS)
        return;
    enum severity severity =
        rule_severity_on(cited->rule, basis->basis, day_of_severity(validating));
    if (severity == SEVERITY_REFUSES && (basis->only_warns || !basis_may_refuse(kind->order_basis)))
        severity = SEVERITY_WARNS;
    struct stream_reference *reference = &cited->references[severity == SEVERITY_REFUSES ? 0 : 1];
    if (reference->program == 0)
        *reference = define_finding(validating, check, cited->rule, severity);
    struct found *found = &validating->found[validating->stream.found_count++];
    found->rule = *reference;
    snprintf(found->more, sizeof found->more, "%s", basis->more != NULL ? basis->more : "");
    validating->stream.refuses = validating->stream.refuses || severity == SEVERITY_REFUSES;
}

void add_finding(struct validating *validating, const struct kind_checks *kind,
                 struct field_check *check, enum check what, const struct basis_of *basis)
{
    const struct rule *rule = rules_find(validating->rules, check_names[what], kind->type);
    if (rule != NULL)
        cite(validating, kind, check, &(struct cited){rule, check->rules[what]}, basis);
}

void add_rule_finding(struct validating *validating, const struct kind_checks *kind,
                      struct field_check *check, const struct basis_of *basis)
{
    cite(validating, kind, check, &(struct cited){check->rule, check->rules[0]}, basis);
}

void add_index_findings(struct validating *validating, const struct record *record,
                        struct kind_checks *checks)
{
    const struct rules *rules = validating->rules;
    const struct kind *received = kind_received(record->kind);
    struct index_entry entry;
    while (index_next(&validating->index, record->number, &entry)) {
        uint64_t number;
        if (entry.letter != 'F')
            continue;
        if (entry.count == 0 || !read_digits(entry.fields[0], &number) ||
            number >= rules->rule_count) {
            index_refuse_entry(&validating->index);
            continue;
        }
        if (checks->across == NULL)
            checks->across =
                arena_alloc(&validating->stream.memory, rules->rule_count * sizeof *checks->across);
        struct field_check *check = &checks->across[number];
        if (check->field == NULL) {
            check->rule = &rules->rules[number];
            const int position = record_field(received->record, check->rule->field);
            check->field = position >= 0 ? &received->record->fields[position] : &whole_record;
        }
        if (!is_in_force(validating, check->rule, validating->stream.year))
            continue;
        char more[72] = "";
        if (entry.count > 1)
            snprintf(more, sizeof more, "%.*s", (int)entry.fields[1].length, entry.fields[1].at);
        add_rule_finding(validating, checks, check, &(struct basis_of){.more = more});
    }
}
