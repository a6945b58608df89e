#include "pipeline/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/reader_internal.h"

const char *const reader_defect_checks[READER_DEFECTS] = {
    [READER_FIELD_COUNT] = "field-count",
    [READER_STRAY_QUOTE] = "stray-quote",
    [READER_AFTER_QUOTE] = "after-quote",
    [READER_RECORD_TYPE] = "record-type",
    [READER_BYTES] = "bytes",
    [READER_ELEMENT] = "element",
};

int reader_refuse(struct reader *reader, uint64_t line, uint64_t offset, struct cte_error *error, const char *what)
{
    return cte_fail(error, CTE_BAD_INPUT, "%s:%llu: record %llu, byte %llu: %s", reader->name, (unsigned long long)line,
                    (unsigned long long)reader->records + 1, (unsigned long long)offset, what);
}

void reader_add_note(struct reader *reader, uint64_t line, const char *text)
{
    if (reader->note_count < READER_MAX_NOTES)
        reader->notes[reader->note_count++] = (struct reader_note){line, text};
}

bool is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        unsigned more = *at >= 0xc2 && *at <= 0xdf ? 1 : (*at & 0xf0) == 0xe0 ? 2 : *at >= 0xf0 && *at <= 0xf4 ? 3 : 0;
        if (more == 0 || (size_t)(end - at) <= more)
            return false;
        /* The second byte rules out overlong forms, surrogates and what lies above U+10FFFF. */
        unsigned char low = *at == 0xe0 ? 0xa0 : *at == 0xf0 ? 0x90 : 0x80;
        unsigned char high = *at == 0xed ? 0x9f : *at == 0xf4 ? 0x8f : 0xbf;
        if (at[1] < low || at[1] > high)
            return false;
        for (unsigned i = 2; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
        }
        at += more + 1;
    }
    return true;
}

void scratch_begin(struct reader *reader)
{
    reader->scratch_used = 0;
    reader->scratch_escaped = false;
    reader->scratch_fields = 0;
}

/* A record is at most STREAM_MAX_RECORD bytes; Windows-1252 takes at most three bytes a character in UTF-8, an escape doubles
 * it, and each field adds a caret. The scratch has room for all of that. */
enum { SCRATCH_ROOM = STREAM_MAX_RECORD * 8 + 2 * SCAN_SLACK };

void scratch_put(struct reader *reader, const char *value, size_t length)
{
    char *to = reader->scratch + reader->scratch_used;
    if (reader->scratch_fields++ > 0)
        *to++ = '^';
    /* Once one field needs escapes, all of the record is escaped; fields already written hold no caret or line end,
     * but may hold a backslash. */
    if (!reader->scratch_escaped && stream_needs_escape(value, length)) {
        bool only_backslash = memchr(value, '^', length) == NULL && memchr(value, '\n', length) == NULL &&
                              memchr(value, '\r', length) == NULL;
        if (!only_backslash) {
            reader->scratch_escaped = true;
            size_t backslashes = 0;
            for (const char *c = reader->scratch; c < to; c++)
                backslashes += *c == '\\';
            char *from = to;
            to += backslashes;
            for (char *back = to; backslashes > 0;) {
                *--back = *--from;
                if (*back == '\\') {
                    *--back = '\\';
                    backslashes--;
                }
            }
        }
    }
    if (reader->scratch_escaped) {
        to = stream_escape(to, value, length);
    } else {
        memcpy(to, value, length);
        to += length;
    }
    reader->scratch_used = (size_t)(to - reader->scratch);
}

bool scratch_field(struct reader *reader, const char *value, size_t length, bool *recoded)
{
    char converted[STREAM_MAX_RECORD * 3 + 16];
    if (!is_utf8(value, length)) {
        if (!reader->options.windows_1252)
            return false;
        if (reader->iconv == (iconv_t)-1) {
            reader->iconv = iconv_open("UTF-8", "WINDOWS-1252");
            if (reader->iconv == (iconv_t)-1)
                cte_die("this system's iconv does not know Windows-1252");
        }
        char *in = (char *)(uintptr_t)value, *out = converted;
        size_t in_left = length, out_left = sizeof converted;
        if (iconv(reader->iconv, &in, &in_left, &out, &out_left) == (size_t)-1) {
            iconv(reader->iconv, NULL, NULL, NULL, NULL);
            return false;
        }
        value = converted;
        length = (size_t)(out - converted);
        *recoded = true;
    }
    scratch_put(reader, value, length);
    return true;
}

static struct kind *kind_of(struct reader *reader, const struct record_layout *record, size_t type_index, const struct form *form,
                            size_t fields)
{
    for (size_t i = 0; i < reader->kind_count; i++) {
        struct kind *kind = reader->kinds[i];
        if (kind->record == record && kind->type_index == type_index && kind->form == form && kind->fields == fields)
            return kind;
    }
    struct kind *kind = cte_zalloc(1, sizeof *kind);
    *kind = (struct kind){
        .record = record, .type_index = type_index, .form = form, .fields = fields, .all_fields = fields + form->extra_count};
    reader->kinds = cte_realloc(reader->kinds, (reader->kind_count + 1) * sizeof(struct kind *));
    reader->kinds[reader->kind_count++] = kind;
    return kind;
}

/* The form whose suffix ends the type, and the bare type's length. A suffix wins over the form without one. */
static const struct form *form_of(const struct layout *layout, struct slice type, size_t *bare)
{
    const struct form *found = NULL;
    for (size_t i = 0; i < layout->form_count; i++) {
        const struct form *form = &layout->forms[i];
        if (form->suffix_length >= type.length || (found != NULL && form->suffix_length <= found->suffix_length))
            continue;
        if (memcmp(type.at + type.length - form->suffix_length, form->suffix, form->suffix_length) == 0)
            found = form;
    }
    *bare = found != NULL ? type.length - found->suffix_length : 0;
    return found;
}

/* The year of the record as this layout would read it. */
static int year_in(const struct reader *reader, const struct record_layout *record, field_lookup lookup, const void *context)
{
    int position = record->role_position[ROLE_ACADEMIC_YEAR];
    if (position < 0)
        return YEAR_NONE;
    struct slice year = lookup(reader, &record->fields[position], (size_t)position, context);
    return academic_year(year.at, year.length);
}

int reader_find_kind(struct reader *reader, struct slice type, size_t fields, field_lookup lookup, const void *context,
                     uint64_t line, uint64_t offset, struct kind **result, struct reader_record *out, struct cte_error *error)
{
    const struct layout *layout = reader->options.layout;
    int year = YEAR_NONE, earliest = YEAR_LAST;
    const struct record_layout *record = NULL;
    size_t type_index = 0, bare = 0;
    const struct form *form = NULL;
    *result = NULL;
    for (size_t i = 0; layout == NULL && i < reader->tables->layout_count; i++) {
        const struct layout *candidate = &reader->tables->layouts[i];
        form = form_of(candidate, type, &bare);
        record = form != NULL ? layout_record(candidate, type.at, bare, &type_index) : NULL;
        if (candidate->first != YEAR_NONE && candidate->first < earliest)
            earliest = candidate->first;
        if (record == NULL || candidate->first == YEAR_NONE)
            continue;
        int found = year_in(reader, record, lookup, context);
        if (found != YEAR_NONE)
            year = found;
        if (found != YEAR_NONE && candidate->first <= found && found <= candidate->last)
            layout = candidate;
    }
    if (layout == NULL && year != YEAR_NONE && year < earliest) {
        char *what = cte_format(
            "academic year %d-%d is before the first layout (%d-%d); name one with --layout if the file follows it", year, year + 1,
            earliest, earliest + 1);
        reader_refuse(reader, line, offset, error, what);
        free(what);
        return error->status;
    }
    for (size_t i = 0; layout == NULL && i < reader->tables->layout_count; i++) {
        form = form_of(&reader->tables->layouts[i], type, &bare);
        if (form != NULL)
            layout = tables_latest_layout(reader->tables, type.at, bare);
    }
    if (layout != NULL) {
        form = form_of(layout, type, &bare);
        record = form != NULL ? layout_record(layout, type.at, bare, &type_index) : NULL;
    }
    if (layout == NULL || record == NULL) {
        out->defect = READER_RECORD_TYPE;
        out->detail[0] = '\0';
        return CTE_OK;
    }
    size_t full = record->field_count + form->extra_count;
    bool shorter = record->fields[record->field_count - 1].may_be_absent && fields == full - 1;
    if (fields != 0 && fields != full && !shorter) {
        out->defect = READER_FIELD_COUNT;
        snprintf(out->detail, sizeof out->detail, "%zu fields, layout %s has %zu", fields, layout->identity.id, full);
        return CTE_OK;
    }
    *result = kind_of(reader, record, type_index, form, record->field_count - shorter);
    return CTE_OK;
}

int reader_open(struct source *source, struct tables *tables, const struct reader_options *options, struct reader **result,
                struct cte_error *error)
{
    struct reader *reader = cte_zalloc(1, sizeof *reader);
    reader->source = source;
    reader->tables = tables;
    reader->options = *options;
    reader->name = source_name(source);
    reader->line = 1 + options->lines_before;
    reader->records = options->records_before;
    reader->base = options->bytes_before;
    reader->scratch = cte_alloc(SCRATCH_ROOM);
    reader->iconv = (iconv_t)-1;
    int status = strcmp(options->format, "xml") == 0 ? reader_open_xml(reader, error) : reader_open_delimited(reader, error);
    if (status != CTE_OK) {
        reader_close(reader);
        return status;
    }
    *result = reader;
    return CTE_OK;
}

int reader_next(struct reader *reader, struct reader_record *record, struct cte_error *error)
{
    record->end = false;
    record->defect = READER_SOUND;
    record->kind = NULL;
    record->escaped = false;
    record->recoded_bytes = false;
    int status = reader->xml.parser != NULL ? reader_next_xml(reader, record, error) : reader_next_delimited(reader, record, error);
    if (status == CTE_OK && record->end && reader->records == reader->options.records_before)
        return cte_fail(error, CTE_NO_INPUT, "%s: holds no record; an extract holds at least one", reader->name);
    if (status == CTE_OK && !record->end)
        record->record = ++reader->records;
    return status;
}

size_t reader_notes(const struct reader *reader, const struct reader_note **notes)
{
    *notes = reader->notes;
    return reader->note_count;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    reader_close_xml(reader);
    if (reader->iconv != (iconv_t)-1)
        iconv_close(reader->iconv);
    for (size_t i = 0; i < reader->kind_count; i++)
        free(reader->kinds[i]);
    free(reader->kinds);
    free(reader->scratch);
    free(reader->buffer);
    csv_free(&reader->csv);
    free(reader);
}
