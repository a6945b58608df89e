/* Which values are known again, and the conditions that these met. */
#include <stdlib.h>

#include "codetables/base/memory.h"
#include "stages/cte-validate/validate.h"

/* Whether the same years judge two fields. */
static bool is_judged_alike(const struct field *a, const struct field *b)
{
    bool alike = a->judged_by_count == b->judged_by_count;
    for (size_t i = 0; alike && i < a->judged_by_count; i++)
        alike = a->judged_by[i] == b->judged_by[i];
    return alike;
}

/* The place of the field's year among those of the list; MAX_JUDGED where there is none left. */
static uint32_t find_judged(struct checklist *list, const struct field_check *check)
{
    uint32_t place = 1;
    if (check->is_judged_by_own)
        return 0;
    while (place < list->judged_count && !is_judged_alike(list->judged[place], check->field))
        place++;
    if (place == list->judged_count && place < MAX_JUDGED)
        list->judged[list->judged_count++] = check->field;
    return place;
}

/* Whether the field's type allows all digits, or none of them. */
static bool allows_digits(const struct field *field, bool allowed)
{
    bool same = true;
    for (int c = '0'; c <= '9' && field->type != NULL && field->type->restricted; c++)
        same = same && field->type->allowed[c] == allowed;
    return same;
}

/* Whether there is nothing more to be asked of a calendar date. */
static bool takes_any_date(const struct field_check *check)
{
    enum { DIGITS = 8 };
    const struct field *field = check->field;
    return field->is_date && check->set_count == 0 && field->min <= DIGITS &&
           (field->max == 0 || field->max >= DIGITS) && allows_digits(field, true);
}

/* Whether the checks of a field look at nothing but how long its values are and which kinds of
 * characters they hold, and its values are mostly numbers. */
static bool goes_by_shape(const struct field_check *check)
{
    const struct field *field = check->field;
    return check->set_count == 0 && !field->is_date && field->min > 0 && field->min == field->max &&
           (allows_digits(field, true) || allows_digits(field, false));
}

static void add_quick_check(struct arena *memory, struct checklist *list, struct field_check *check,
                            uint32_t year)
{
    struct quick_check *quick = check->quick = &list->quick[list->quick_count++];
    *quick = (struct quick_check){.position = check->position, .year = year};
    make_good_values(&quick->good, memory);
}

/* Every check gets its place in one of the lists. */
static void sort_checks(struct arena *memory, struct checklist *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct field_check *check = &list->checks[i];
        const uint32_t year = check->set_count > 0 ? find_judged(list, check) : MAX_JUDGED;
        if (year < MAX_JUDGED)
            add_quick_check(memory, list, check, year);
    }
    list->by_bytes_count = list->quick_count;
    for (size_t i = 0; i < list->count; i++) {
        struct field_check *check = &list->checks[i];
        if (check->quick != NULL)
            continue;
        if (goes_by_shape(check))
            add_quick_check(memory, list, check, 0);
        else if (check->plain)
            list->filled[list->filled_count++] = check->position;
        else if (takes_any_date(check))
            list->dates[list->date_count++] = check;
        else
            list->rest[list->rest_count++] = check;
    }
}

/* Fields of the kind alone: others are blank. */
static void ask_field(const struct kind *kind, struct checklist *list, int position)
{
    bool is_new = position >= 0 && (size_t)position < kind->fields;
    for (size_t i = 0; i < list->asked_count && is_new; i++)
        is_new = list->asked[i] != (uint32_t)position;
    if (is_new)
        list->asked[list->asked_count++] = (uint32_t)position;
}

static void ask_fields_of_checks(const struct kind *kind, struct checklist *list)
{
    ask_field(kind, list, kind->record->role_position[ROLE_ACADEMIC_YEAR]);
    for (size_t i = 0; i < list->count; i++) {
        const struct field *field = list->checks[i].field;
        ask_field(kind, list, (int)list->checks[i].position);
        for (size_t k = 0; k < field->judged_by_count; k++)
            ask_field(kind, list, (int)field->judged_by[k]);
    }
}

/* The fields that a test names, and which one where it names one alone. */
struct field_search {
    const struct kind *kind;
    struct checklist *list;
    int position; /* -1: none yet */
    bool has_others;
};

static void take_field(const char *number, void *context)
{
    struct field_search *search = context;
    const int position = record_field(search->kind->record, number);
    ask_field(search->kind, search->list, position);
    search->has_others =
        search->has_others || (search->position >= 0 && search->position != position);
    search->position = position;
}

/* What knows again, by the record's year, that a field's value met the condition; else NULL. */
static const struct quick_check *quick_check_of(const struct checklist *list, int position,
                                                const struct condition *condition)
{
    for (size_t i = 0; i < list->quick_count; i++) {
        const struct quick_check *quick = &list->quick[i];
        if ((int)quick->position == position && quick->year == 0 &&
            (i < list->by_bytes_count || condition_goes_by_shape(condition)))
            return quick;
    }
    return NULL;
}

/* A condition on one field holds again for a value that met it in the same year. */
static int link_condition(struct validating *validating, const struct kind *kind,
                          struct checklist *list, struct condition_check *check)
{
    const struct rule *rule = check->finding.rule;
    struct field_search search = {kind, list, -1, false};
    const int status = condition_fields((struct condition_text){rule->test, rule->id}, take_field,
                                        &search, &validating->error);
    if (status == CTE_OK && !search.has_others)
        check->alone = quick_check_of(list, search.position, check->condition);
    return status;
}

int make_quick_checks(struct validating *validating, const struct kind *kind,
                      struct checklist *list)
{
    enum { BITS = 32 };
    struct arena *memory = &validating->stream.memory;
    list->quick = arena_alloc(memory, list->count * sizeof *list->quick);
    list->rest = arena_alloc(memory, list->count * sizeof *list->rest);
    list->dates = arena_alloc(memory, list->count * sizeof *list->dates);
    list->filled = arena_alloc(memory, list->count * sizeof *list->filled);
    list->asked = arena_alloc(memory, kind->fields * sizeof *list->asked);
    list->judged_count = 1;
    sort_checks(memory, list);
    ask_fields_of_checks(kind, list);
    int status = CTE_OK;
    for (size_t i = 0; status == CTE_OK && i < list->condition_count; i++) {
        list->conditions[i].bit = i < BITS ? UINT32_C(1) << i : 0;
        status = link_condition(validating, kind, list, &list->conditions[i]);
    }
    return status;
}
