#include "pipeline/stream/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/hash.h"
#include "codetables/base/odd_character.h"
#include "pipeline/stream/reader_internal.h"
#include "codetables/base/memory.h"

enum { UNREAD_BOUND = 1 << 20 };

const char *const reader_defect_checks[READER_DEFECTS] = {
    [READER_FIELD_COUNT] = "field-count",
    [READER_STRAY_QUOTE] = "stray-quote",
    [READER_AFTER_QUOTE] = "after-quote",
    [READER_RECORD_TYPE] = "record-type",
    [READER_BYTES] = "bytes",
    [READER_ELEMENT] = "element",
    [READER_ELEMENT_TYPE] = "element-type",
};

/* The same for the sentence that refuses a source of which no record can be read. */
static const char *const defect_words[READER_DEFECTS] = {
    [READER_FIELD_COUNT] = "another number of fields than its layout",
    [READER_STRAY_QUOTE] = "a quote inside a field",
    [READER_AFTER_QUOTE] = "text after a closing quote",
    [READER_RECORD_TYPE] = "a record type that no layout here knows",
    [READER_BYTES] = "bytes that are not UTF-8",
    [READER_ELEMENT] = "elements that are not those of its layout",
    [READER_ELEMENT_TYPE] = "an element of another name than its record type",
};

struct look reader_look(const struct reader *reader)
{
    if (reader->readable > 0 || reader->options.takes_any)
        return (struct look){NULL, NULL};
    return look_at(reader->sample, reader->sample_length, reader->options.format);
}

int reader_refuse(struct reader *reader, uint64_t line, uint64_t offset, struct cte_error *error,
                  const char *what)
{
    struct look look = reader_look(reader);
    if (look.what != NULL)
        return cte_fail(error, CTE_BAD_INPUT, "%s: looks like %s, not like an extract; %s",
                        reader->name, look.what, look.advice);
    return cte_fail(error, CTE_BAD_INPUT, "%s:%llu: record %llu, byte %llu: %s", reader->name,
                    (unsigned long long)line, (unsigned long long)reader->records + 1,
                    (unsigned long long)offset, what);
}

void reader_add_note(struct reader *reader, uint64_t line, const char *text)
{
    for (size_t i = 0; i < reader->note_count; i++) {
        if (strcmp(reader->notes[i].text, text) == 0)
            return;
    }
    if (reader->note_count < READER_MAX_NOTES)
        reader->notes[reader->note_count++] = (struct reader_note){line, cte_strdup(text)};
}

void reader_keep_sample(struct reader *reader, const char *bytes, size_t length)
{
    size_t left = sizeof reader->sample - reader->sample_length;
    size_t taken = length < left ? length : left;
    memcpy(reader->sample + reader->sample_length, bytes, taken);
    reader->sample_length += taken;
}

int reader_check_encoding(struct reader *reader, const char *bytes, size_t length,
                          struct cte_error *error)
{
    static const char advice[] = "save it as UTF-8 or ASCII text";
    /* By its mark; without one, by the zeros that stand where the half of each character is that
     * text here never needs. */
    const char *what = NULL;
    if (length >= 4 &&
        (memcmp(bytes, "\xff\xfe\0\0", 4) == 0 || memcmp(bytes, "\0\0\xfe\xff", 4) == 0 ||
         memcmp(bytes, "<\0\0\0", 4) == 0 || memcmp(bytes, "\0\0\0<", 4) == 0))
        what = "UTF-32";
    else if (length >= 2 &&
             (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        what = "UTF-16";
    else if (length >= 4 && (bytes[0] == '\0') != (bytes[1] == '\0') &&
             (bytes[0] == '\0') == (bytes[2] == '\0') && (bytes[1] == '\0') == (bytes[3] == '\0'))
        what = "UTF-16";
    else if (length >= 4 && memcmp(bytes, "\x4c\x6f\xa7\x94", 4) == 0) /* <?xm */
        what = "EBCDIC";
    if (what != NULL) {
        char words[80];
        snprintf(words, sizeof words, "the file is %s; %s", what, advice);
        return reader_refuse(reader, 1, 0, error, words);
    }
    return CTE_OK;
}

bool is_padding(const char *bytes, size_t length)
{
    static const char bytes_of_padding[] = {'\0', 0x1a, '\r', '\n'};
    for (size_t i = 0; i < length; i++) {
        if (memchr(bytes_of_padding, bytes[i], sizeof bytes_of_padding) == NULL)
            return false;
    }
    return true;
}

bool is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        unsigned more = *at >= 0xc2 && *at <= 0xdf   ? 1
                        : (*at & 0xf0) == 0xe0       ? 2
                        : *at >= 0xf0 && *at <= 0xf4 ? 3
                                                     : 0;
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

/* A record is at most STREAM_MAX_RECORD bytes; Windows-1252 takes at most three bytes a character
 * in UTF-8, an escape doubles it, and each field adds a caret. The scratch has room for all of
 * that. */
enum { SCRATCH_ROOM = STREAM_MAX_RECORD * 8 + 2 * SCAN_SLACK };

void scratch_put(struct reader *reader, const char *value, size_t length)
{
    char *to = reader->scratch + reader->scratch_used;
    if (reader->scratch_fields++ > 0)
        *to++ = '^';
    /* Once one field needs escapes, all of the record is escaped; fields already written hold no
     * caret or line end, but may hold a backslash. */
    if (!reader->scratch_escaped && stream_needs_escape(value, length)) {
        bool only_backslash = memchr(value, '^', length) == NULL &&
                              memchr(value, '\n', length) == NULL &&
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

static struct kind *kind_of(struct reader *reader, const struct record_layout *record,
                            size_t type_index, const struct form *form, size_t fields)
{
    for (size_t i = 0; i < reader->kind_count; i++) {
        struct kind *kind = reader->kinds[i];
        if (kind->record == record && kind->type_index == type_index && kind->form == form &&
            kind->fields == fields)
            return kind;
    }
    struct kind *kind = cte_zalloc(1, sizeof *kind);
    *kind = (struct kind){.record = record,
                          .type_index = type_index,
                          .form = form,
                          .fields = fields,
                          .all_fields = fields + form->extra_count};
    kind->repeats = form->extra_count > 0 && strcmp(form->id, FORM_REJECTED) == 0;
    reader->kinds = cte_realloc(reader->kinds, (reader->kind_count + 1) * sizeof(struct kind *));
    reader->kinds[reader->kind_count++] = kind;
    return kind;
}

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
                   field_lookup lookup, const void *context)
{
    int position = record->role_position[ROLE_ACADEMIC_YEAR];
    if (position < 0)
        return YEAR_NONE;
    struct slice year = lookup(reader, &record->fields[position], (size_t)position, context);
    return academic_year(year.at, year.length);
}

int reader_find_kind(struct reader *reader, struct slice type, size_t fields, field_lookup lookup,
                     const void *context, uint64_t line, uint64_t offset, struct kind **result,
                     struct reader_record *out, struct cte_error *error)
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
        char *what = cte_format("academic year %d-%d is before the first layout (%d-%d); name one "
                                "with --layout if the file follows it",
                                year, year + 1, earliest, earliest + 1);
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
    out->detail[0] = '\0';
    if (layout == NULL || record == NULL) {
        char words[ODD_WORDS];
        out->defect = READER_RECORD_TYPE;
        if (name_odd_character(type.at, type.length, words))
            snprintf(out->detail, sizeof out->detail, "the record type holds %s", words);
        return CTE_OK;
    }
    size_t full = record->field_count + form->extra_count;
    bool shorter = record->fields[record->field_count - 1].may_be_absent && fields == full - 1;
    if (fields != 0 && fields != full && !shorter) {
        out->defect = READER_FIELD_COUNT;
        size_t length =
            (size_t)snprintf(out->detail, sizeof out->detail, "%zu fields, layout %s has %zu",
                             fields, layout->identity.id, full);
        size_t filled = fields;
        while (filled > full && lookup(reader, NULL, filled - 1, context).length == 0)
            filled--;
        if (filled == full && fields > full)
            length += (size_t)snprintf(out->detail + length, sizeof out->detail - length,
                                       fields - full == 1 ? ", an empty one too many at the end"
                                                          : ", %zu empty ones too many at the end",
                                       fields - full);
        const struct form *other = form_with(layout, form, record->field_count, fields);
        if (filled == fields && other != NULL)
            length += (size_t)snprintf(out->detail + length, sizeof out->detail - length,
                                       ", as many as %s%s has: was its record type changed?",
                                       record->types[type_index], other->suffix);
        const struct layout *converted =
            converted_layout(reader, record->types[type_index], fields);
        if (converted != NULL && length < sizeof out->detail)
            snprintf(out->detail + length, sizeof out->detail - length,
                     ", layout %s has as many: was the file converted before?",
                     converted->identity.id);
        return CTE_OK;
    }
    *result = kind_of(reader, record, type_index, form, record->field_count - shorter);
    return CTE_OK;
}

int reader_open(struct source *source, struct tables *tables, const struct reader_options *options,
                struct reader **result, struct cte_error *error)
{
    struct reader *reader = cte_zalloc(1, sizeof *reader);
    reader->source = source;
    reader->tables = tables;
    reader->options = *options;
    if (reader->options.format == NULL)
        reader->options.format = source_format(source);
    reader->name = source_name(source);
    reader->line = 1 + options->lines_before;
    reader->records = options->records_before;
    reader->base = options->bytes_before;
    reader->scratch = cte_alloc(SCRATCH_ROOM);
    reader->iconv = (iconv_t)-1;
    const bool is_xml = strcmp(reader->options.format, "xml") == 0;
    source_bound(source, options->max_unpacked, is_xml ? SOURCE_RATIO_XML : SOURCE_RATIO);
    int status = is_xml ? reader_open_xml(reader, error) : reader_open_delimited(reader, error);
    if (status != CTE_OK) {
        reader_close(reader);
        return status;
    }
    *result = reader;
    return CTE_OK;
}

/* The record types that the layouts know, for a message. */
static void list_types(const struct reader *reader, char *list, size_t room)
{
    list[0] = '\0';
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        const struct layout *layout = &reader->tables->layouts[l];
        for (size_t i = 0; i < layout->record_count; i++) {
            for (size_t t = 0; t < layout->records[i].type_count; t++) {
                const char *type = layout->records[i].types[t];
                size_t used = strlen(list);
                if (strstr(list, type) == NULL && used + strlen(type) + 3 < room)
                    snprintf(list + used, room - used, "%s%s", used > 0 ? ", " : "", type);
            }
        }
    }
}

/* No record of the source could be read: it is not what it should be, and half of nothing is not to
 * be published. */
static int refuse_unreadable(struct reader *reader, struct cte_error *error)
{
    const unsigned long long records = reader->records;
    const enum reader_defect defect = reader->first_defect;
    const char *detail = reader->first_detail, *colon = detail[0] != '\0' ? ": " : "";
    struct look look = reader_look(reader);
    if (look.what != NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like %s, and none of its %llu records can be read as %s; %s",
                        reader->name, look.what, records, reader->options.format, look.advice);
    if (reader->defects[defect] != records)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: none of its %llu records can be read; the first has %s%s%s; export the file again",
            reader->name, records, defect_words[defect], colon, detail);
    if (defect == READER_RECORD_TYPE) {
        char types[200];
        list_types(reader, types, sizeof types);
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like records of another file: none of its %llu records has a "
                        "record type that a layout here "
                        "knows (%s)%s%s; give a file of these",
                        reader->name, records, types, colon, detail);
    }
    const char *advice = defect == READER_BYTES
                             ? "export it as UTF-8, or name its encoding with --encoding"
                             : "export the file again in the layout of its academic year";
    return cte_fail(error, CTE_BAD_INPUT,
                    "%s: none of its %llu records can be read, each has %s%s%s; %s", reader->name,
                    records, defect_words[defect], colon, detail, advice);
}

static struct seen_record *seen_slot(const struct reader *reader, uint64_t low, uint64_t high)
{
    /* The high half of the product spreads the hash over any number of places. */
    size_t i = (size_t)(((unsigned __int128)low * reader->seen_room) >> 64);
    while ((reader->seen[i].low != 0 || reader->seen[i].high != 0) &&
           (reader->seen[i].low != low || reader->seen[i].high != high))
        i = i + 1 == reader->seen_room ? 0 : i + 1;
    return &reader->seen[i];
}

/* Notes a rejected record by its fields without those the form adds. True when it was there before.
 */
static bool was_seen(struct reader *reader, const struct reader_record *record)
{
    static char room[STREAM_MAX_RECORD * 4];
    const struct kind *kind = record->kind;
    const char *text = record->text;
    size_t length =
        kind->fields <= record->caret_count ? record->carets[kind->fields - 1] : record->length;
    /* One line of a record may be escaped and another not: an error may quote a value with a caret.
     * So escapes are taken back unless these fields themselves need them. */
    bool needs_escapes = false;
    if (record->escaped) {
        size_t plain = (size_t)(stream_unescape(room, text, length) - room), carets = 0;
        for (size_t i = 0; i < plain; i++) {
            carets += room[i] == '^';
            needs_escapes = needs_escapes || room[i] == '\n' || room[i] == '\r';
        }
        needs_escapes = needs_escapes || carets != kind->fields - 1;
        if (!needs_escapes) {
            text = room;
            length = plain;
        }
    }
    struct wide_hash hash = keyed_hash_wide(text, length);
    hash.high ^= (uint64_t)(uintptr_t)kind + needs_escapes;
    if (8 * (reader->seen_count + 1) > 7 * reader->seen_room) {
        struct seen_record *old = reader->seen;
        size_t old_room = reader->seen_room;
        reader->seen_room = old_room == 0 ? 1024 : old_room + old_room / 2;
        reader->seen = cte_zalloc(reader->seen_room, sizeof *reader->seen);
        for (size_t i = 0; i < old_room; i++) {
            if (old[i].low != 0 || old[i].high != 0)
                *seen_slot(reader, old[i].low, old[i].high) = old[i];
        }
        free(old);
    }
    hash.low |= hash.low == 0 && hash.high == 0;
    struct seen_record *slot = seen_slot(reader, hash.low, hash.high);
    if (slot->low != 0 || slot->high != 0)
        return true;
    *slot = (struct seen_record){hash.low, hash.high};
    reader->seen_count++;
    return false;
}

static void end_notes(struct reader *reader)
{
    if (source_note(reader->source) != NULL)
        reader_add_note(reader, 1, source_note(reader->source));
    if (reader->repeated > 0) {
        char *text = cte_format(
            "%llu lines repeat a rejected record with another error; each record is taken once",
            (unsigned long long)reader->repeated);
        reader_add_note(reader, reader->repeated_line, text);
        free(text);
    }
}

/* Counts what the record was. A title or row of names above sound records is no record. */
static int judge_record(struct reader *reader, const struct reader_record *record,
                        struct cte_error *error)
{
    /* A record whose element and type differ was read; which of the two is wrong, nobody knows. */
    if (record->defect == READER_SOUND || record->defect == READER_ELEMENT_TYPE) {
        if (reader->readable++ == 0 && reader->has_heading)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s:%llu: record 1, byte %llu: a title or a row of names stands before "
                            "the records; if it is "
                            "no record, take it off",
                            reader->name, (unsigned long long)reader->heading_line,
                            (unsigned long long)reader->heading_offset);
        return CTE_OK;
    }
    if (reader->records == reader->options.records_before) {
        reader->first_defect = record->defect;
        memcpy(reader->first_detail, record->detail, sizeof reader->first_detail);
    }
    reader->defects[record->defect]++;
    /* A little file may unpack to records without end that nobody can read, each of them far longer
     * where it is written. */
    const uint64_t unread = reader->records - reader->options.records_before + 1 - reader->readable;
    if (unread > UNREAD_BOUND && unread / 10 > reader->readable && !reader->options.takes_any &&
        reader->options.max_unpacked == 0 && strcmp(source_packing(reader->source), "none") != 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s:%llu: unpacks to more than %d records that cannot be read, and to %llu "
                        "that can; the last has %s; not "
                        "read further; look at what is in it, and if it is meant so, set a bound "
                        "with --max-unpacked",
                        reader->name, (unsigned long long)record->line, UNREAD_BOUND,
                        (unsigned long long)reader->readable, defect_words[record->defect]);
    return CTE_OK;
}

int reader_next(struct reader *reader, struct reader_record *record, struct cte_error *error)
{
    for (;;) {
        record->end = false;
        record->defect = READER_SOUND;
        record->kind = NULL;
        record->escaped = false;
        record->recoded_bytes = false;
        record->is_printed = false;
        record->detail[0] = '\0';
        int status = reader->xml.parser != NULL ? reader_next_xml(reader, record, error)
                                                : reader_next_delimited(reader, record, error);
        if (status != CTE_OK)
            return status;
        if (record->end)
            break;
        if (record->kind != NULL && record->kind->repeats && was_seen(reader, record)) {
            if (reader->repeated++ == 0)
                reader->repeated_line = record->line;
            continue;
        }
        record->record = reader->records + 1;
        /* Nearly all records are sound and follow sound ones. */
        if (record->defect == READER_SOUND && reader->readable > 0)
            reader->readable++;
        else
            status = judge_record(reader, record, error);
        reader->records++;
        return status;
    }
    if (reader->records == reader->options.records_before)
        return cte_fail(error, CTE_NO_INPUT, "%s: holds no record; an extract holds at least one",
                        reader->name);
    if (reader->readable == 0 && !reader->options.takes_any)
        return refuse_unreadable(reader, error);
    end_notes(reader);
    return CTE_OK;
}

uint64_t reader_repeated(const struct reader *reader, bool *kept)
{
    *kept = reader->seen_count > 0;
    return reader->repeated;
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
    for (size_t i = 0; i < reader->note_count; i++)
        free(reader->notes[i].text);
    free(reader->seen);
    free(reader->scratch);
    free(reader->buffer);
    csv_free(&reader->csv);
    free(reader);
}
