#include "codetables/model/sound.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

/* Rows that say the same stand side by side in this order; years and lines come last. */
static int compare_content(const struct code *a, const struct code *b)
{
    int order = strcmp(a->value, b->value);
    if (order == 0)
        order = compare_texts(a->with, b->with);
    if (order == 0)
        order = strcmp(a->name, b->name);
    for (size_t i = 0; order == 0 && i < a->property_count && i < b->property_count; i++) {
        order = strcmp(a->properties[i].name, b->properties[i].name);
        if (order == 0)
            order = strcmp(a->properties[i].value, b->properties[i].value);
    }
    return order != 0
               ? order
               : (a->property_count > b->property_count) - (a->property_count < b->property_count);
}

static int compare_codes(const void *x, const void *y)
{
    const struct code *a = *(const struct code *const *)x, *b = *(const struct code *const *)y;
    int order = compare_content(a, b);
    if (order == 0)
        order = (a->first > b->first) - (a->first < b->first);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

int sound_codeset(const struct codeset *set, struct cte_error *error)
{
    const struct code **codes = cte_zalloc(set->code_count, sizeof *codes);
    for (size_t i = 0; i < set->code_count; i++)
        codes[i] = &set->codes[i];
    if (set->code_count > 1)
        qsort(codes, set->code_count, sizeof *codes, compare_codes);
    for (size_t i = 1; i < set->code_count; i++) {
        const struct code *before = codes[i - 1], *code = codes[i];
        char text[YEARS_TEXT];
        if (compare_content(before, code) == 0 && code->first <= before->last)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: code %s stands twice %s, also on line %ld; take one out",
                     set->identity.path, code->line, code->value,
                     years_text(code->first, code->last < before->last ? code->last : before->last,
                                text),
                     before->line);
    }
    free(codes);
    return error->status;
}

/* True when some layout has the field in a record of a type that this one has too. */
static bool is_a_source(const struct tables *tables, const struct record_layout *record,
                        const char *number)
{
    for (size_t l = 0; l < tables->layout_count; l++) {
        for (size_t t = 0; t < record->type_count; t++) {
            size_t index;
            const struct record_layout *other = layout_record(&tables->layouts[l], record->types[t],
                                                              strlen(record->types[t]), &index);
            if (other != NULL && record_field(other, number) >= 0)
                return true;
        }
    }
    return tables->layouts_missing;
}

static void check_years(const struct layout *layout, const struct layout *other,
                        struct cte_error *error)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t t = 0; t < layout->records[r].type_count; t++) {
            const char *type = layout->records[r].types[t];
            size_t index;
            if (layout_record(other, type, strlen(type), &index) != NULL)
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: layout %s has record type %s in the same years; only one layout can "
                         "be taken by year",
                         layout->identity.path, other->identity.id, type);
        }
    }
}

int sound_layout(const struct tables *tables, const struct layout *layout, struct cte_error *error)
{
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t f = 0; f < layout->records[r].field_count; f++) {
            const struct field *field = &layout->records[r].fields[f];
            if (field->from != NULL && !is_a_source(tables, &layout->records[r], field->from))
                cte_fail(error, CTE_BAD_TABLE,
                         "%s: field %s: takes its value from field %s, which no layout has for its "
                         "record types; correct the number",
                         layout->identity.path, field->number, field->from);
        }
    }
    for (size_t i = 0; layout->first != YEAR_NONE && i < tables->layout_count; i++) {
        const struct layout *other = &tables->layouts[i];
        if (strcmp(other->identity.id, layout->identity.id) != 0 && other->first != YEAR_NONE &&
            other->first <= layout->last && layout->first <= other->last)
            check_years(layout, other, error);
    }
    return error->status;
}
