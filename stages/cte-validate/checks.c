#include "stages/cte-validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/model/sound.h"
#include "codetables/model/fits.h"
#include "codetables/base/odd_character.h"
#include "codetables/base/memory.h"

const char *const check_names[CHECKS] = {
    [CHECK_REQUIRED] = "required",   [CHECK_TRANSACTION] = "transaction",
    [CHECK_LENGTH] = "length",       [CHECK_CHARACTERS] = "characters",
    [CHECK_DATE] = "date",           [CHECK_CODE] = "code",
    [CHECK_CODE_YEAR] = "code-year", [CHECK_ORDER] = "order",
};

static int make_check(struct validating *validating, const struct kind *kind, size_t position,
                      struct field_check *check)
{
    const struct field *field = &kind->record->fields[position];
    *check = (struct field_check){.field = field, .position = position};
    check->required = (field->required_by >> kind->type_index & 1) != 0;
    if (field->code_set_count > MAX_CODE_SETS)
        return cte_fail(&validating->error, CTE_BAD_TABLE,
                        "layout %s: field %s has more than %d code sets",
                        kind->record->layout->identity.id, field->number, MAX_CODE_SETS);
    for (size_t i = 0; i < field->code_set_count; i++) {
        const struct codeset *set;
        int status =
            tables_codeset(&validating->tables, field->code_sets[i], &set, &validating->error);
        if (status != CTE_OK)
            return status;
        status = sound_related(&validating->tables, set, &check->related[check->set_count],
                               &validating->error);
        if (status != CTE_OK)
            return status;
        check->sets[check->set_count++] = set;
    }
    check->plain = check->set_count == 0 && field->min == 0 && field->max == 0 && !field->is_date &&
                   (field->type == NULL || !field->type->restricted);
    return CTE_OK;
}

/* Whether a test looks at a field that the recode gives its value. */
struct recode_search {
    const struct record_layout *record;
    bool found;
};

static void look_for_recoded(const char *number, void *context)
{
    struct recode_search *search = context;
    int position = record_field(search->record, number);
    search->found =
        search->found || (position >= 0 && search->record->fields[position].origin != ORIGIN_SAME);
}

/* Compiles the conditions of the rule table that hold for this kind. Of a converted record, only
 * those are looked at after the recode that it could have broken. */
static int make_conditions(struct validating *validating, const struct kind *kind,
                           bool after_recode, struct checklist *list)
{
    static const struct field whole_record = {.number = "", .name = ""};
    list->conditions = cte_zalloc(validating->rules->rule_count, sizeof *list->conditions);
    for (size_t r = 0; r < validating->rules->rule_count; r++) {
        const struct rule *rule = &validating->rules->rules[r];
        if (rule->kind != RULE_CONDITION || !rule_covers(rule, kind_type(kind)))
            continue;
        struct condition_check *check = &list->conditions[list->condition_count];
        bool applies;
        char *where =
            cte_format("%s:%ld: rule %s", validating->rules->identity.path, rule->line, rule->id);
        int status = condition_compile(rule->test, kind->record, &validating->tables, where,
                                       &check->condition, &applies, &validating->error);
        struct recode_search search = {kind->record, false};
        if (status == CTE_OK && after_recode)
            status =
                condition_fields(rule->test, where, look_for_recoded, &search, &validating->error);
        free(where);
        if (status != CTE_OK)
            return status;
        if (!applies || (after_recode && !search.found))
            continue;
        int position = record_field(kind->record, rule->field);
        check->finding = (struct field_check){
            .field = position >= 0 ? &kind->record->fields[position] : &whole_record,
            .rule = rule,
            .after_recode = after_recode};
        list->condition_count++;
    }
    return CTE_OK;
}

/* True when a value that is good for one field is good for the other. */
static bool same_properties(const struct field *a, const struct field *b, bool required_a,
                            bool required_b)
{
    if (a->min != b->min || a->max != b->max || a->is_date != b->is_date ||
        required_a != required_b || a->required_first != b->required_first ||
        a->code_set_count != b->code_set_count || a->length_basis != b->length_basis ||
        a->type_basis != b->type_basis || a->date_basis != b->date_basis ||
        a->required_basis != b->required_basis || (a->type == NULL) != (b->type == NULL) ||
        (a->type != NULL &&
         (strcmp(a->type->id, b->type->id) != 0 || a->type->basis != b->type->basis ||
          memcmp(a->type->allowed, b->type->allowed, sizeof a->type->allowed) != 0)))
        return false;
    for (size_t i = 0; i < a->code_set_count; i++) {
        if (strcmp(a->code_sets[i], b->code_sets[i]) != 0)
            return false;
    }
    return true;
}

static int make_list(struct validating *validating, const struct kind *kind, bool after_recode,
                     struct checklist *list)
{
    list->checks = cte_zalloc(kind->fields, sizeof *list->checks);
    for (size_t i = 0; i < kind->fields; i++) {
        struct field_check *check = &list->checks[list->count];
        int status = make_check(validating, kind, i, check);
        if (status != CTE_OK)
            return status;
        list->count += check->required || !check->plain;
    }
    return make_conditions(validating, kind, after_recode, list);
}

/* Splits the checks of a converted kind: what is alike in both layouts and not recoded stays in
 * `received` alone. */
static void drop_doubles(struct kind_checks *checks)
{
    size_t kept = 0;
    for (size_t i = 0; i < checks->now.count; i++) {
        struct field_check *now = &checks->now.checks[i];
        bool doubled = false;
        for (size_t r = 0; r < checks->received.count && now->field->origin == ORIGIN_SAME; r++) {
            const struct field_check *received = &checks->received.checks[r];
            if (checks->lineage->same[received->position] == (int)now->position &&
                same_properties(now->field, received->field, now->required, received->required))
                doubled = true;
        }
        if (!doubled) {
            now->after_recode = true;
            checks->now.checks[kept++] = *now;
        }
    }
    checks->now.count = kept;
}

int make_checks(struct validating *validating, const struct kind *kind, struct kind_checks **result)
{
    struct kind_checks *checks = cte_zalloc(1, sizeof *checks);
    checks->type = kind_type(kind);
    checks->order_basis = kind->record->order_basis;
    static const struct field whole_record = {.number = "", .name = ""};
    checks->order.field = &whole_record;
    int status = make_list(validating, kind, kind->from != NULL, &checks->now);
    if (status == CTE_OK && kind->from != NULL) {
        checks->lineage = lineage_make(kind);
        status = make_list(validating, kind->from, false, &checks->received);
        drop_doubles(checks);
    }
    *result = checks;
    return status;
}

static struct stream_reference define_finding(struct validating *validating,
                                              const struct field_check *check,
                                              const struct rule *rule, char severity)
{
    char *message = cte_format("%s%s; %s", rule->message,
                               check->after_recode ? "; the recode made it so" : "", rule->action);
    struct stream_reference reference =
        stream_define_finding(&validating->out, rule->id, severity, check->field->number,
                              check->field->name, message, NULL, NULL);
    free(message);
    return reference;
}

/* Adds a finding of one rule, as severe as what is known of the rule, the field and the record's
 * order allows. */
static void add_rule_finding(struct validating *validating, const struct kind_checks *kind,
                             struct field_check *check, const struct rule *rule, enum check slot,
                             enum basis basis, bool only_warns, const char *more)
{
    if (validating->found_count == MAX_FINDINGS)
        return;
    char severity = rule_severity(rule, basis);
    if (severity == 'F' && (only_warns || !basis_may_refuse(kind->order_basis)))
        severity = 'W';
    struct stream_reference *reference = &check->rules[slot][severity == 'F' ? 0 : 1];
    if (reference->program == 0)
        *reference = define_finding(validating, check, rule, severity);
    struct found *found = &validating->found[validating->found_count++];
    found->rule = *reference;
    snprintf(found->more, sizeof found->more, "%s", more);
    validating->refuses = validating->refuses || severity == 'F';
}

void add_finding(struct validating *validating, const struct kind_checks *kind,
                 struct field_check *check, enum check what, enum basis basis, bool only_warns,
                 const char *more)
{
    const struct rule *rule = rules_find(validating->rules, check_names[what], kind->type);
    if (rule != NULL)
        add_rule_finding(validating, kind, check, rule, what, basis, only_warns, more);
}

void add_index_findings(struct validating *validating, const struct kind *kind,
                        struct kind_checks *checks, uint64_t record_number)
{
    static const struct field whole_record = {.number = "", .name = ""};
    struct index_entry entry;
    while (index_next(&validating->index, record_number, &entry)) {
        if (entry.letter != 'F' || entry.count == 0)
            continue;
        size_t number = strtoul(entry.fields[0].at, NULL, 10);
        if (number >= validating->rules->rule_count)
            continue;
        if (checks->across == NULL)
            checks->across = cte_zalloc(validating->rules->rule_count, sizeof *checks->across);
        struct field_check *check = &checks->across[number];
        const struct rule *rule = &validating->rules->rules[number];
        if (check->field == NULL) {
            const struct record_layout *record =
                kind->from != NULL ? kind->from->record : kind->record;
            int position = record_field(record, rule->field);
            check->field = position >= 0 ? &record->fields[position] : &whole_record;
        }
        char more[72] = "";
        if (entry.count > 1)
            snprintf(more, sizeof more, "%.*s", (int)entry.fields[1].length, entry.fields[1].at);
        add_rule_finding(validating, checks, check, rule, CHECK_REQUIRED, BASIS_NONE, false, more);
    }
}

/* The kinder of two verdicts: a value need only be in one of a field's code sets. */
static enum code_verdict kinder(enum code_verdict a, enum code_verdict b)
{
    static const int rank[] = {[CODE_GOOD] = 0,    [CODE_UNCHECKED] = 1,  [CODE_UNLISTED] = 2,
                               [CODE_OUTSIDE] = 3, [CODE_WRONG_YEAR] = 4, [CODE_UNKNOWN] = 5};
    return rank[a] <= rank[b] ? a : b;
}

/* Says that a code is one of a finer set that goes with the field's own, and which code to use: a
 * code that is listed somewhere is no personal value. */
static void name_related(const struct field_check *check, struct slice value, char *more,
                         size_t room)
{
    for (size_t i = 0; i < check->set_count && !check->field->personal; i++) {
        const struct code *code = check->related[i] != NULL
                                      ? codeset_find(check->related[i], value.at, value.length)
                                      : NULL;
        const char *use = code != NULL ? code_property(code, check->sets[i]->related_by) : NULL;
        if (use == NULL)
            continue;
        snprintf(more, room, "%s is one of %s; use its %s %s", code->value, check->sets[i]->related,
                 check->sets[i]->related_by, use);
        return;
    }
}

/* The bounds of a form that the value has and lies outside of. */
static void check_bounds(struct validating *validating, const struct kind_checks *kinds,
                         struct field_check *check, struct slice value, int year)
{
    for (size_t i = 0; i < check->set_count; i++) {
        const struct codeset *set = check->sets[i];
        char more[72];
        if (codeset_judge(set, value.at, value.length, year) != CODE_OUTSIDE)
            continue;
        snprintf(more, sizeof more, "the year lies outside %d-%d to %d-%d", set->form_first,
                 set->form_first + 1, set->form_last, set->form_last + 1);
        add_finding(validating, kinds, check, CHECK_CODE, set->form_basis, false, more);
        return;
    }
}

static void check_code(struct validating *validating, const struct kind_checks *kinds,
                       struct field_check *check, struct slice value, int year)
{
    enum code_verdict verdict = CODE_UNKNOWN;
    for (size_t i = 0; i < check->set_count; i++)
        verdict = kinder(codeset_judge(check->sets[i], value.at, value.length, year), verdict);
    if (check->field->role == ROLE_TRANSACTION) {
        if (verdict != CODE_GOOD && verdict != CODE_UNCHECKED)
            add_finding(validating, kinds, check, CHECK_TRANSACTION, BASIS_NONE,
                        verdict == CODE_UNLISTED, "");
    } else if (verdict == CODE_WRONG_YEAR) {
        /* A code that is in the list is no personal value, so it may be named; one that is not
         * might be anything. */
        char more[48] = "";
        if (!check->field->personal)
            snprintf(more, sizeof more, "code %.*s, judged by %d-%d",
                     (int)(value.length < 16 ? value.length : 16), value.at, year, year + 1);
        add_finding(validating, kinds, check, CHECK_CODE_YEAR, BASIS_NONE, false, more);
    } else if (verdict == CODE_OUTSIDE) {
        check_bounds(validating, kinds, check, value, year);
    } else if (verdict == CODE_UNKNOWN || verdict == CODE_UNLISTED) {
        char more[72] = "";
        if (verdict == CODE_UNLISTED)
            snprintf(more, sizeof more, "the list is not known to be complete for this year");
        name_related(check, value, more, sizeof more);
        add_finding(validating, kinds, check, CHECK_CODE, BASIS_NONE, verdict == CODE_UNLISTED,
                    more);
    }
}

/* One file has few academic years, so the last one read is mostly the one asked for. */
static int read_year(struct validating *validating, struct slice text)
{
    if (text.length != sizeof validating->year_text)
        return academic_year(text.at, text.length);
    if (memcmp(validating->year_text, text.at, sizeof validating->year_text) != 0) {
        memcpy(validating->year_text, text.at, sizeof validating->year_text);
        validating->year = academic_year(text.at, text.length);
    }
    return validating->year;
}

static int judging_year(struct validating *validating, const struct field *field,
                        size_t field_count, const struct slice *fields)
{
    for (size_t i = 0; i < field->judged_by_count; i++) {
        size_t position = field->judged_by[i];
        if (position < field_count && fields[position].length > 0)
            return read_year(validating, fields[position]);
    }
    return YEAR_NONE;
}

/* The bytes of a short value as two numbers. Every value stands in a buffer with SCAN_SLACK
 * readable bytes after it. */
static struct good_value pack_value(struct slice value, int year)
{
    struct good_value packed = {0, 0, (uint32_t)value.length, year};
    memcpy(&packed.low, value.at, sizeof packed.low);
    if (value.length < 8) {
        packed.low &= (UINT64_C(1) << (8 * value.length)) - 1;
    } else if (value.length > 8) {
        memcpy(&packed.high, value.at + 8, sizeof packed.high);
        if (value.length < 16)
            packed.high &= (UINT64_C(1) << (8 * (value.length - 8))) - 1;
    }
    return packed;
}

static struct good_value *remembered(struct field_check *check, const struct good_value *value)
{
    uint64_t hash =
        (value->low ^ value->high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd) +
        (uint64_t)(uint32_t)value->year;
    return &check->good[(hash ^ hash >> 32) % REMEMBERED];
}

/* Adds to the findings of a field, from `first` on, what in the value nobody sees: a blank, a
 * letter that looks like another, a zero that a spreadsheet took off. Of a personal field nothing
 * is named that could be a part of the value. */
static void explain_value(struct validating *validating, size_t first, const struct field *field,
                          struct slice value)
{
    char words[ODD_WORDS], more[MORE_WORDS] = "";
    bool is_number = true;
    for (size_t i = 0; i < value.length; i++)
        is_number = is_number && value.at[i] >= '0' && value.at[i] <= '9';
    if (field->personal ? name_hidden_character(value.at, value.length, words)
                        : name_odd_character(value.at, value.length, words))
        snprintf(more, sizeof more, "the value holds %s", words);
    else if (value.at[0] == ' ' || value.at[value.length - 1] == ' ')
        snprintf(more, sizeof more, "the value holds a blank at an edge");
    else if (is_number && value.length < field->min)
        snprintf(more, sizeof more, "%zu digits, not %u: was a zero lost at the beginning?",
                 value.length, (unsigned)field->min);
    for (size_t i = first; more[0] != '\0' && i < validating->found_count; i++) {
        char *told = validating->found[i].more;
        size_t length = strlen(told);
        snprintf(told + length, MORE_WORDS - length, "%s%s", length > 0 ? "; " : "", more);
    }
}

static void check_field(struct validating *validating, const struct kind *kind,
                        const struct kind_checks *kinds, struct field_check *check,
                        const struct slice *fields, int record_year)
{
    const struct field *field = check->field;
    struct slice value = fields[check->position];
    if (value.length == 0) {
        if (check->required && record_year >= field->required_first)
            add_finding(validating, kinds, check, CHECK_REQUIRED, field->required_basis, false, "");
        return;
    }
    if (check->plain)
        return;
    /* The record type of a form carries its suffix; what the layout speaks of is what is left. */
    if (field->role == ROLE_RECORD_TYPE && value.length > kind->form->suffix_length &&
        memcmp(value.at + value.length - kind->form->suffix_length, kind->form->suffix,
               kind->form->suffix_length) == 0)
        value.length -= kind->form->suffix_length;
    int year = field->judged_by_count == 1 &&
                       (int)field->judged_by[0] == kind->record->role_position[ROLE_ACADEMIC_YEAR]
                   ? record_year
               : check->set_count > 0 ? judging_year(validating, field, kind->fields, fields)
                                      : record_year;
    struct good_value packed = {0, 0, 0, 0}, *good = NULL;
    if (check->set_count > 0 && value.length <= 16) {
        packed = pack_value(value, year);
        good = remembered(check, &packed);
        if (good->length == packed.length && good->low == packed.low && good->high == packed.high &&
            good->year == packed.year)
            return;
    }
    size_t before = validating->found_count;
    /* No value has more characters than bytes, so most need not be counted. */
    if (field->min > 0 || (field->max > 0 && value.length > field->max)) {
        uint32_t length = count_characters(value.at, value.length);
        if (length < field->min || (field->max > 0 && length > field->max))
            add_finding(validating, kinds, check, CHECK_LENGTH, field->length_basis, false, "");
    }
    if (field->type != NULL && field->type->restricted &&
        !has_only_allowed(field->type, value.at, value.length))
        add_finding(validating, kinds, check, CHECK_CHARACTERS,
                    basis_may_refuse(field->type->basis) ? field->type_basis : field->type->basis,
                    false, "");
    if (field->is_date && !is_calendar_date(value.at, value.length))
        add_finding(validating, kinds, check, CHECK_DATE, field->date_basis, false, "");
    if (check->set_count > 0)
        check_code(validating, kinds, check, value, year);
    if (validating->found_count > before)
        explain_value(validating, before, field, value);
    else if (good != NULL)
        *good = packed;
}

void run_checks(struct validating *validating, const struct kind *kind,
                const struct kind_checks *kinds, struct checklist *list, const struct slice *fields)
{
    int position = kind->record->role_position[ROLE_ACADEMIC_YEAR];
    int year = position >= 0 && (size_t)position < kind->fields
                   ? read_year(validating, fields[position])
                   : YEAR_NONE;
    /* A requirement holds from its first year; a record whose year cannot be read is held to all of
     * them. */
    int requirement_year = year == YEAR_NONE ? YEAR_LAST : year;
    for (size_t i = 0; i < list->count; i++)
        check_field(validating, kind, kinds, &list->checks[i], fields, requirement_year);
    for (size_t i = 0; i < list->condition_count; i++) {
        struct condition_check *check = &list->conditions[i];
        if (year != YEAR_NONE &&
            (year < check->finding.rule->first || year > check->finding.rule->last))
            continue;
        /* What was broken when it was received, the recode did not break. */
        uint64_t *broken_at =
            &validating->broken_at[check->finding.rule - validating->rules->rules];
        if (check->finding.after_recode && *broken_at == validating->record)
            continue;
        struct condition_asked asked =
            condition_ask(check->condition, fields, year, validating->as_of);
        if (asked.holds)
            continue;
        *broken_at = validating->record;
        add_rule_finding(validating, kinds, &check->finding, check->finding.rule, CHECK_REQUIRED,
                         BASIS_NONE, asked.unsure, "");
    }
}
