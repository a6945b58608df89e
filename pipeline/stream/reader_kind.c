/* The kind of a record, by its type, its academic year and how many fields it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/odd_character.h"
#include "pipeline/stream/reader_internal.h"

/* The form whose suffix ends the type, and the bare type's length. A suffix wins over the form
 * without one. */
static const struct form *form_of(const struct layout *layout, struct slice type, size_t *bare)
{
    const struct form *found = NULL;
    for (size_t i = 0; i < layout->form_count; i++) {
        const struct form *form = &layout->forms[i];
        if (form->suffix_length >= type.length ||
            (found != NULL && form->suffix_length <= found->suffix_length))
            continue;
        if (memcmp(type.at + type.length - form->suffix_length, form->suffix,
                   form->suffix_length) == 0)
            found = form;
    }
    *bare = found != NULL ? type.length - found->suffix_length : 0;
    return found;
}

/* The form, other than this one, in which a record of so many fields has that many with what the
 * form adds. */
static const struct form *form_with(const struct layout *layout, const struct form *form,
                                    size_t layout_fields, size_t fields)
{
    for (size_t i = 0; i < layout->form_count; i++) {
        if (&layout->forms[i] != form && layout_fields + layout->forms[i].extra_count == fields)
            return &layout->forms[i];
    }
    return NULL;
}

/* The layout to which crosswalks convert and in which a record of the type has so many fields;
 * NULL: none. */
static const struct layout *converted_layout(const struct reader *reader, const char *type,
                                             size_t fields)
{
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        const struct layout *layout = &reader->tables->layouts[l];
        size_t index;
        const struct record_layout *record = layout_record(layout, type, strlen(type), &index);
        for (size_t f = 0;
             record != NULL && record->field_count == fields && f < record->field_count; f++) {
            if (record->fields[f].origin == ORIGIN_RECODE)
                return layout;
        }
    }
    return NULL;
}

/* The year of the record as this layout would read it. */
static int year_in(const struct reader *reader, const struct record_layout *record,
                   const struct kind_question *question)
{
    int position = record->role_position[ROLE_ACADEMIC_YEAR];
    if (position < 0)
        return YEAR_NONE;
    struct slice year =
        question->look_up(reader, &record->fields[position], (size_t)position, question->context);
    return academic_year(year.at, year.length);
}

/* What a layout has for the type of a record. */
struct layout_match {
    const struct layout *layout;
    const struct record_layout *record; /* NULL: no such type, in any form */
    size_t type_index;
    const struct form *form;
};

static struct layout_match match_layout(const struct layout *layout, struct slice type)
{
    size_t bare = 0;
    struct layout_match match = {.layout = layout, .form = form_of(layout, type, &bare)};
    if (match.form != NULL)
        match.record = layout_record(layout, type.at, bare, &match.type_index);
    return match;
}

/* The layout of the record's academic year; *latest is the last year that a layout read, and
 * *earliest the first year of all layouts. NULL: there is none. */
static const struct layout *layout_of_year(const struct reader *reader,
                                           const struct kind_question *question, int *latest,
                                           int *earliest)
{
    *latest = YEAR_NONE;
    *earliest = YEAR_LAST;
    for (size_t i = 0; i < reader->tables->layout_count; i++) {
        const struct layout *layout = &reader->tables->layouts[i];
        const struct layout_match match = match_layout(layout, question->type);
        if (layout->first != YEAR_NONE && layout->first < *earliest)
            *earliest = layout->first;
        if (match.record == NULL || layout->first == YEAR_NONE)
            continue;
        const int year = year_in(reader, match.record, question);
        if (year != YEAR_NONE)
            *latest = year;
        if (year != YEAR_NONE && layout->first <= year && year <= layout->last)
            return layout;
    }
    return NULL;
}

/* The last layout that knows the type in any form; NULL: none. */
static const struct layout *layout_of_type(const struct reader *reader, struct slice type)
{
    const struct layout *layout = NULL;
    for (size_t i = 0; layout == NULL && i < reader->tables->layout_count; i++) {
        size_t bare;
        if (form_of(&reader->tables->layouts[i], type, &bare) != NULL)
            layout = tables_latest_layout(reader->tables, type.at, bare);
    }
    return layout;
}

static int refuse_year(struct reader *reader, const struct kind_question *question, int year,
                       int earliest, struct cte_error *error)
{
    char *what = cte_format("academic year %d-%d is before the first layout (%d-%d); name one "
                            "with --layout if the file follows it",
                            year, year + 1, earliest, earliest + 1);
    reader_refuse(reader, question->line, question->offset, error, what);
    free(what);
    return error->status;
}

/* Describes a number of fields that the layout does not have, and what may have led to it. */
static void describe_count(const struct reader *reader, const struct kind_question *question,
                           const struct layout_match *match, char detail[READER_DETAIL])
{
    const size_t fields = question->fields,
                 full = match->record->field_count + match->form->extra_count;
    const char *type = match->record->types[match->type_index];
    size_t length = (size_t)snprintf(detail, READER_DETAIL, "%zu fields, layout %s has %zu", fields,
                                     match->layout->identity.id, full);
    size_t filled = fields;
    while (filled > full &&
           question->look_up(reader, NULL, filled - 1, question->context).length == 0)
        filled--;
    if (filled == full && fields > full)
        length += (size_t)snprintf(detail + length, READER_DETAIL - length,
                                   fields - full == 1 ? ", an empty one too many at the end"
                                                      : ", %zu empty ones too many at the end",
                                   fields - full);
    const struct form *other =
        form_with(match->layout, match->form, match->record->field_count, fields);
    if (filled == fields && other != NULL)
        length += (size_t)snprintf(detail + length, READER_DETAIL - length,
                                   ", as many as %s%s has: was its record type changed?", type,
                                   other->suffix);
    const struct layout *converted = converted_layout(reader, type, fields);
    if (converted != NULL && length < READER_DETAIL)
        snprintf(detail + length, READER_DETAIL - length,
                 ", layout %s has as many: was the file converted before?", converted->identity.id);
}

int reader_find_kind(struct reader *reader, const struct kind_question *question,
                     struct reader_record *item, struct cte_error *error)
{
    const struct layout *layout = reader->options.layout;
    item->record.kind = NULL;
    if (layout == NULL) {
        int year, earliest;
        layout = layout_of_year(reader, question, &year, &earliest);
        if (layout == NULL && year != YEAR_NONE && year < earliest)
            return refuse_year(reader, question, year, earliest, error);
    }
    if (layout == NULL)
        layout = layout_of_type(reader, question->type);
    item->detail[0] = '\0';
    const struct layout_match match =
        layout != NULL ? match_layout(layout, question->type) : (struct layout_match){0};
    if (match.record == NULL) {
        char words[ODD_WORDS];
        item->defect = READER_RECORD_TYPE;
        if (name_odd_character(question->type.at, question->type.length, words))
            snprintf(item->detail, sizeof item->detail, "the record type holds %s", words);
        return CTE_OK;
    }
    const struct record_layout *record = match.record;
    const size_t full = record->field_count + match.form->extra_count;
    const bool is_shorter =
        record->fields[record->field_count - 1].may_be_absent && question->fields == full - 1;
    if (question->fields != 0 && question->fields != full && !is_shorter) {
        item->defect = READER_FIELD_COUNT;
        describe_count(reader, question, &match, item->detail);
        return CTE_OK;
    }
    item->record.kind = kinds_add(reader->options.kinds,
                                  &(struct kind){.record = record,
                                                 .type_index = match.type_index,
                                                 .form = match.form,
                                                 .fields = record->field_count - is_shorter});
    return CTE_OK;
}
