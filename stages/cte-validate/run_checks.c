/* Whether the fields of a record are what they should be. */
#include <stdio.h>
#include <string.h>

#include "codetables/base/characters.h"
#include "codetables/base/day.h"
#include "codetables/base/odd_character.h"
#include "codetables/model/fits.h"
#include "codetables/model/sound.h"
#include "stages/cte-validate/validate.h"

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
static void check_bounds(struct validating *validating, const struct kind_checks *checks,
                         struct field_check *check, struct slice value, int year)
{
    for (size_t i = 0; i < check->set_count; i++) {
        const struct codeset *set = check->sets[i];
        char more[72];
        if (codeset_judge(set, value.at, value.length, year) != CODE_OUTSIDE)
            continue;
        snprintf(more, sizeof more, "the year lies outside %d-%d to %d-%d", set->form_first,
                 set->form_first + 1, set->form_last, set->form_last + 1);
        add_finding(validating, checks, check, CHECK_CODE,
                    &(struct basis_of){.basis = set->form_basis, .more = more});
        return;
    }
}

static void check_code(struct validating *validating, const struct kind_checks *checks,
                       struct field_check *check, struct slice value, int year)
{
    enum code_verdict verdict = CODE_UNKNOWN;
    for (size_t i = 0; i < check->set_count; i++)
        verdict = kinder(codeset_judge(check->sets[i], value.at, value.length, year), verdict);
    if (check->field->role == ROLE_TRANSACTION) {
        if (verdict != CODE_GOOD && verdict != CODE_UNCHECKED)
            add_finding(validating, checks, check, CHECK_TRANSACTION,
                        &(struct basis_of){.only_warns = verdict == CODE_UNLISTED});
    } else if (verdict == CODE_WRONG_YEAR) {
        /* A code that is in the list is no personal value, so it may be named; one that is not
         * might be anything. */
        char more[48] = "";
        if (!check->field->personal)
            snprintf(more, sizeof more, "code %.*s, judged by %d-%d",
                     (int)(value.length < 16 ? value.length : 16), value.at, year, year + 1);
        add_finding(validating, checks, check, CHECK_CODE_YEAR, &(struct basis_of){.more = more});
    } else if (verdict == CODE_OUTSIDE) {
        check_bounds(validating, checks, check, value, year);
    } else if (verdict == CODE_UNKNOWN || verdict == CODE_UNLISTED) {
        char more[72] = "";
        if (verdict == CODE_UNLISTED)
            snprintf(more, sizeof more, "the list is not known to be complete for this year");
        name_related(check, value, more, sizeof more);
        add_finding(validating, checks, check, CHECK_CODE,
                    &(struct basis_of){.only_warns = verdict == CODE_UNLISTED, .more = more});
    }
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
    for (size_t i = first; more[0] != '\0' && i < validating->stream.found_count; i++) {
        char *told = validating->found[i].more;
        size_t length = strlen(told);
        snprintf(told + length, MORE_WORDS - length, "%s%s", length > 0 ? "; " : "", more);
    }
}

/* The record type of a form carries its suffix; what the layout speaks of is what is left. */
static struct slice without_suffix(struct slice type, const struct form *form)
{
    if (type.length > form->suffix_length &&
        memcmp(type.at + type.length - form->suffix_length, form->suffix, form->suffix_length) == 0)
        type.length -= form->suffix_length;
    return type;
}

static inline int read_year(struct validating *validating, struct slice text)
{
    return last_academic_year(&validating->last_year, text.at, text.length);
}

/* Holds a value to the properties of its field. */
static void check_value(struct validating *validating, const struct kind_checks *checks,
                        struct field_check *check, struct slice value, int year)
{
    const struct field *field = check->field;
    /* No value has more characters than bytes, so most need not be counted. */
    if (field->min > 0 || (field->max > 0 && value.length > field->max)) {
        uint32_t length = count_characters(value.at, value.length);
        if (length < field->min || (field->max > 0 && length > field->max))
            add_finding(validating, checks, check, CHECK_LENGTH,
                        &(struct basis_of){.basis = field->length_basis});
    }
    if (field->type != NULL && field->type->restricted &&
        !has_only_allowed(field->type, value.at, value.length))
        add_finding(validating, checks, check, CHECK_CHARACTERS,
                    &(struct basis_of){.basis = basis_may_refuse(field->type->basis)
                                                    ? field->type_basis
                                                    : field->type->basis});
    if (field->is_date && read_digits_of_day(value.at, value.length) == DAY_NONE)
        add_finding(validating, checks, check, CHECK_DATE,
                    &(struct basis_of){.basis = field->date_basis});
    if (check->set_count > 0)
        check_code(validating, checks, check, value, year);
}

/* The year that judges a field. */
static int year_of(struct validating *validating, const struct looked_at *at,
                   const struct field_check *check, const int *years)
{
    return check->quick != NULL ? years[check->quick->year]
           : check->is_judged_by_own
               ? years[0]
               : read_year(validating,
                           values_year_text(at->fields, at->kind->fields, check->field));
}

/* Holds a field to everything that is asked of it. `years` are those of the list. */
static void check_field(struct validating *validating, const struct looked_at *at,
                        struct field_check *check, const int *years)
{
    const struct field *field = check->field;
    struct slice value = at->fields[check->position];
    if (value.length == 0) {
        if (check->required && years[0] >= field->required_first)
            add_finding(validating, at->checks, check, CHECK_REQUIRED,
                        &(struct basis_of){.basis = field->required_basis});
        return;
    }
    if (check->plain)
        return;
    if (check->form != NULL)
        value = without_suffix(value, check->form);
    const size_t before = validating->stream.found_count;
    check_value(validating, at->checks, check, value, year_of(validating, at, check, years));
    if (validating->stream.found_count > before)
        explain_value(validating, before, field, value);
}

/* The same for a field whose value may be known, or is from now on, where it is good. */
static void check_quick(struct validating *validating, const struct looked_at *at,
                        const struct checklist *list, struct field_check *check, const int *years)
{
    struct quick_check *quick = check->quick;
    const struct slice value = at->fields[check->position];
    const size_t before = validating->stream.found_count;
    if (quick->known != NULL)
        return;
    check_field(validating, at, check, years);
    /* Whether a field may be blank is not kept: that hangs on another year too. */
    if (validating->stream.found_count > before || value.length > GOOD_BYTES ||
        (value.length == 0 && check->required))
        return;
    struct good_value key = make_good_value(value, years[quick->year]);
    if (quick >= list->quick + list->by_bytes_count)
        key = shape_of_value(key);
    quick->known = keep_good_value(&quick->good, &key, &validating->stream.memory);
}

static void check_condition(struct validating *validating, const struct looked_at *at,
                            struct condition_check *check, int year)
{
    struct good_value *known = check->alone != NULL ? check->alone->known : NULL;
    if (known != NULL && (known->held & check->bit) != 0)
        return;
    const struct rule *rule = check->finding.rule;
    if (!is_in_force(validating, rule, year))
        return;
    /* What was broken when it was received, the recode did not break. */
    uint64_t *broken_at = &validating->stream.broken_at[rule - validating->rules->rules];
    if (check->finding.after_recode && *broken_at == validating->stream.record)
        return;
    const struct condition_asked asked =
        condition_ask(check->condition, at->fields, year, validating->as_of);
    if (asked.holds) {
        if (known != NULL)
            known->held |= check->bit;
        return;
    }
    *broken_at = validating->stream.record;
    add_rule_finding(validating, at->checks, &check->finding,
                     &(struct basis_of){.only_warns = asked.unsure});
}

/* Looks a value up; true where it is known. */
static inline __attribute__((always_inline)) bool
look_up(struct quick_check *quick, const struct slice *fields, const int *years, bool is_by_shape)
{
    const struct slice value = fields[quick->position];
    quick->known = NULL;
    if (value.length > GOOD_BYTES)
        return false;
    struct good_value key = make_good_value(value, years[quick->year]);
    if (is_by_shape)
        key = shape_of_value(key);
    struct good_value *place = good_value_place(&quick->good, &key);
    const bool is_known = is_good_value(place, &key);
    quick->known = is_known ? place : NULL;
    return is_known;
}

/* Whether nothing is to be found in the fields that quick checks look at, in those that need only
 * be filled, and in dates. All are looked at, whatever is found out about one: a processor looks at
 * several at once where it need not guess. */
static bool are_settled(struct checklist *list, const struct slice *fields, const int *years)
{
    const size_t by_bytes = list->by_bytes_count;
    bool all = true;
    for (size_t i = 0; i < by_bytes; i++)
        all &= look_up(&list->quick[i], fields, years, false);
    for (size_t i = by_bytes; i < list->quick_count; i++)
        all &= look_up(&list->quick[i], fields, years, true);
    for (size_t i = 0; i < list->filled_count; i++)
        all &= fields[list->filled[i]].length > 0;
    for (size_t i = 0; i < list->date_count; i++) {
        const struct field_check *check = list->dates[i];
        const struct slice value = fields[check->position];
        all &= value.length > 0 ? read_digits_of_day(value.at, value.length) != DAY_NONE
                                : !check->required;
    }
    return all;
}

void run_checks(struct validating *validating, const struct looked_at *looked_at,
                struct checklist *list)
{
    const struct slice *fields = looked_at->fields;
    const size_t own_fields = looked_at->kind->fields;
    const int position = looked_at->kind->record->role_position[ROLE_ACADEMIC_YEAR];
    int years[MAX_JUDGED], year = YEAR_NONE;
    if (position >= 0 && (size_t)position < own_fields)
        year = read_year(validating, fields[position]);
    validating->stream.year = year;
    /* A requirement holds from its first year; a record whose year cannot be read is held to all of
     * them. */
    years[0] = year == YEAR_NONE ? YEAR_LAST : year;
    for (size_t i = 1; i < list->judged_count; i++)
        years[i] = read_year(validating, values_year_text(fields, own_fields, list->judged[i]));
    if (are_settled(list, fields, years)) {
        for (size_t i = 0; i < list->rest_count; i++)
            check_field(validating, looked_at, list->rest[i], years);
    } else {
        for (size_t i = 0; i < list->count; i++) {
            struct field_check *check = &list->checks[i];
            if (check->quick != NULL)
                check_quick(validating, looked_at, list, check, years);
            else
                check_field(validating, looked_at, check, years);
        }
    }
    for (size_t i = 0; i < list->condition_count; i++)
        check_condition(validating, looked_at, &list->conditions[i], year);
}
