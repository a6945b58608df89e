#include "codetables/model/fits.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/characters.h"
#include "codetables/base/day.h"
#include "codetables/base/memory.h"
#include "codetables/base/short_value.h"
#include "codetables/base/shown.h"

/* How far a value is known to be one of its field. */
enum fit { FIT_NOT, FIT_UNKNOWN, FIT_FORM, FIT_LISTED };

/* A value that was judged. Schools, years and codes come again and again. */
enum { REMEMBERED = 64 };
struct judged {
    struct short_value value; /* empty: none */
    enum fit fit;
};

struct fits {
    struct tables *tables;
    const struct record_layout *record;
    const struct codeset ***sets; /* of each field; NULL where they were not loaded yet */
    struct judged **judged;       /* of each field, REMEMBERED places; NULL where none was judged */
    size_t *personal;             /* the positions of fields that are */
    size_t personal_count;
    struct cte_error *error;
};

struct fits *fits_of(struct fits_list *list, struct tables *tables,
                     const struct record_layout *record, struct cte_error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->record == record)
            return list->items[i];
    }
    struct fits *fits = arena_alloc(&tables->arena, sizeof *fits);
    *fits = (struct fits){
        .tables = tables,
        .record = record,
        .sets = arena_alloc(&tables->arena, record->field_count * sizeof *fits->sets),
        .judged = arena_alloc(&tables->arena, record->field_count * sizeof *fits->judged),
        .personal = arena_alloc(&tables->arena, record->field_count * sizeof *fits->personal),
        .error = error};
    for (size_t i = 0; i < record->field_count; i++) {
        if (record->fields[i].personal)
            fits->personal[fits->personal_count++] = i;
    }
    GROW(list->items, list->count, list->room);
    return list->items[list->count++] = fits;
}

void fits_free(struct fits_list *list)
{
    free(list->items);
    *list = (struct fits_list){0};
}

bool has_only_allowed(const struct field_type *type, const char *text, size_t length)
{
    bool all = true;
    for (size_t i = 0; i < length; i++)
        all &= type->allowed[(unsigned char)text[i]];
    return all;
}

static bool load_sets(struct fits *fits, size_t position)
{
    const struct field *field = &fits->record->fields[position];
    const struct codeset *set;
    if (fits->sets[position] != NULL)
        return true;
    /* A set is loaded once, so that the second loop only takes what is there. */
    for (size_t i = 0; i < field->code_set_count; i++) {
        if (tables_codeset(fits->tables, field->code_sets[i], &set, fits->error) != CTE_OK)
            return false;
    }
    fits->sets[position] =
        arena_alloc(&fits->tables->arena, field->code_set_count * sizeof **fits->sets);
    for (size_t i = 0; i < field->code_set_count; i++)
        tables_codeset(fits->tables, field->code_sets[i], &fits->sets[position][i], fits->error);
    return true;
}

/* What the code sets say: one of them is enough. */
static enum fit ask_sets(const struct codeset *const *sets, size_t count, struct slice value)
{
    enum fit best = count == 0 ? FIT_UNKNOWN : FIT_NOT;
    for (size_t i = 0; i < count; i++) {
        const enum code_verdict verdict = codeset_judge(sets[i], value.at, value.length, YEAR_NONE);
        const enum fit fit = verdict == CODE_UNCHECKED ? FIT_UNKNOWN
                             : verdict == CODE_OUTSIDE ? FIT_FORM
                             : verdict != CODE_GOOD    ? FIT_NOT
                             : sets[i]->kind == CODESET_LIST || sets[i]->kind == CODESET_PAIRS
                                 ? FIT_LISTED
                                 : FIT_FORM;
        best = fit > best ? fit : best;
    }
    return best;
}

static enum fit judge_anew(struct fits *fits, size_t position, struct slice value)
{
    const struct field *field = &fits->record->fields[position];
    const bool has_type = field->type != NULL && field->type->restricted;
    if (field->min > 0 || field->max > 0) {
        const uint32_t length = count_characters(value.at, value.length);
        if (length < field->min || (field->max > 0 && length > field->max))
            return FIT_NOT;
    }
    if (!is_xml_text(value.at, value.length) ||
        (has_type && !has_only_allowed(field->type, value.at, value.length)) ||
        (field->is_date && read_digits_of_day(value.at, value.length) == DAY_NONE) ||
        !load_sets(fits, position))
        return FIT_NOT;
    const enum fit fit = ask_sets(fits->sets[position], field->code_set_count, value);
    return fit == FIT_UNKNOWN && (has_type || field->is_date || field->max > 0) ? FIT_FORM : fit;
}

static enum fit judge(struct fits *fits, size_t position, struct slice value)
{
    struct short_value packed;
    if (value.length == 0)
        return FIT_LISTED;
    /* What identifies a student seldom comes twice. */
    if (fits->record->fields[position].personal || !pack_short_value(value, &packed))
        return judge_anew(fits, position, value);
    if (fits->judged[position] == NULL)
        fits->judged[position] =
            arena_alloc(&fits->tables->arena, REMEMBERED * sizeof **fits->judged);
    struct judged *judged = &fits->judged[position][short_value_place(&packed, 0) % REMEMBERED];
    if (same_short_value(&judged->value, &packed))
        return judged->fit;
    const enum fit fit = judge_anew(fits, position, value);
    /* Where a code set could not be loaded, nothing was found out. */
    if (fits->error->status == CTE_OK)
        *judged = (struct judged){packed, fit};
    return fit;
}

bool fits_value(struct fits *fits, size_t position, struct slice value)
{
    return judge(fits, position, value) >= FIT_FORM;
}

bool fits_code(struct fits *fits, size_t position, struct slice value)
{
    return !fits->record->fields[position].personal && judge(fits, position, value) == FIT_LISTED;
}

const char *fits_name(struct fits *fits, size_t position, struct slice value, int year)
{
    const char *name = NULL;
    const size_t count =
        load_sets(fits, position) ? fits->record->fields[position].code_set_count : 0;
    for (size_t i = 0; i < count && name == NULL; i++) {
        const struct code *code =
            codeset_row(fits->sets[position][i], value.at, value.length, year);
        name = code != NULL ? code->name : NULL;
    }
    return name;
}

/* Whether each personal field of which something is known holds what it may. */
static bool is_in_step(struct fits *fits, const struct slice *fields, size_t count)
{
    for (size_t p = 0; p < fits->personal_count; p++) {
        const size_t i = fits->personal[p];
        if (i < count && fields[i].length > 0 && judge_anew(fits, i, fields[i]) == FIT_NOT)
            return false;
    }
    return true;
}

bool fits_show(struct fits *fits, const struct slice *fields, size_t count, size_t position)
{
    return fits_show_all(fits, fields, count, &(const int){(int)position}, 1);
}

bool fits_show_all(struct fits *fits, const struct slice *fields, size_t count,
                   const int *positions, size_t asked)
{
    bool asks_step = false;
    for (size_t i = 0; i < asked; i++) {
        if (positions[i] < 0)
            continue;
        const size_t position = (size_t)positions[i];
        if (position >= count || position >= fits->record->field_count ||
            fits->record->fields[position].personal)
            return false;
        const enum fit fit = judge(fits, position, fields[position]);
        if (fit < FIT_FORM)
            return false;
        asks_step = asks_step || fit == FIT_FORM;
    }
    return !asks_step || is_in_step(fits, fields, count);
}
