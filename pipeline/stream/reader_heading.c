/* What stands between the records of a caret or CSV file and is none: marks, blank rows, titles. */
#include <string.h>
#include <strings.h>

#include "pipeline/stream/reader_delimited.h"

/* Letters and digits alone, in lower case: "Record Type Code" and "RecordTypeCode" are one name. */
static bool same_name(const char *name, struct slice text)
{
    size_t i = 0;
    for (; *name != '\0'; name++) {
        if (strchr(" -_/.,()&'", *name) != NULL)
            continue;
        while (i < text.length && strchr(" -_/.,()&'", text.at[i]) != NULL && text.at[i] != '\0')
            i++;
        if (i == text.length || (*name | 0x20) != (text.at[i] | 0x20))
            return false;
        i++;
    }
    return i == text.length;
}

bool names_field(const struct field *field, struct slice text)
{
    return text.length > 0 && (same_name(field->name, text) || same_name(field->element, text));
}

bool is_header(const struct reader *reader, const struct sliced *sliced)
{
    unsigned named = 0;
    for (size_t i = 0; i <= sliced->delimiters && i < STREAM_MAX_FIELDS; i++) {
        struct slice text = field_at(reader, sliced, i);
        bool found = false;
        for (size_t l = 0; l < reader->tables->layout_count && !found; l++) {
            const struct layout *layout = &reader->tables->layouts[l];
            for (size_t r = 0; r < layout->record_count && !found; r++) {
                for (size_t f = 0; f < layout->records[r].field_count && !found; f++)
                    found = names_field(&layout->records[r].fields[f], text);
            }
        }
        if (found && ++named == 2)
            return true;
    }
    return named > 0 && sliced->delimiters == 0;
}

static bool is_all_of(const char *text, size_t length, const char *set)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' || strchr(set, text[i]) == NULL)
            return false;
    }
    return true;
}

/* The line with which a spreadsheet says what parts the fields. */
static bool says_separator(const struct reader *reader, struct slice text)
{
    const char wanted[] = {'s', 'e', 'p', '=', reader->delimiter},
               rest[] = {reader->delimiter, '"', '\0'};
    if (text.length > 0 && text.at[0] == '"') {
        text.at++;
        text.length--;
    }
    return text.length >= sizeof wanted && strncasecmp(text.at, wanted, sizeof wanted) == 0 &&
           is_all_of(text.at + sizeof wanted, text.length - sizeof wanted, rest);
}

/* A record that cannot be read, as it stands in the buffer and as it was split: what is no record
 * at all is left out and noted. Returns the bytes to go on after; 0: it is a record. */
static size_t leave_out(struct reader *reader, const struct lines *lines,
                        const struct sliced *sliced)
{
    const char *text = reader->buffer + reader->at;
    if (lines->length >= MARK_LENGTH && memcmp(text, BYTE_ORDER_MARK, MARK_LENGTH) == 0) {
        reader_add_note(reader, reader->line, note_of_mark);
        return MARK_LENGTH;
    }
    if (text[0] == CTRL_Z) {
        reader_add_note(reader, reader->line, note_of_ctrl_z);
        return 1;
    }
    if (says_separator(reader, (struct slice){text, lines->length})) {
        reader_add_note(reader, reader->line,
                        "a line that names the separator (sep=) was left out");
        return lines->with_end;
    }
    if (is_all_of(sliced->text, sliced->length, " \t\v\f,;|^")) {
        reader_add_note(reader, reader->line, "rows of blanks or separators alone were left out");
        return lines->with_end;
    }
    return 0;
}

/* Where files were joined and the first had no final line end, a byte order mark stands inside a
 * line. The record ends there if what stands before it can be read. */
static int end_at_mark(struct reader *reader, struct lines *lines, struct sliced *sliced,
                       struct reader_record *item, struct cte_error *error)
{
    const char *found = memmem(sliced->text, sliced->length, BYTE_ORDER_MARK, MARK_LENGTH);
    if (found == NULL || item->defect != READER_FIELD_COUNT)
        return CTE_OK;
    struct sliced first = {sliced->text, (size_t)(found - sliced->text), 0, false};
    while (first.delimiters < sliced->delimiters &&
           reader->starts[first.delimiters] <= first.length)
        first.delimiters++;
    const struct kind_question question = {
        field_at(reader, &first, 0), first.delimiters + 1U, look_up_field, &first, reader->line,
        reader_offset(reader)};
    /* What is known of the whole line stays, should the part not be a record either. */
    char detail[READER_DETAIL];
    memcpy(detail, item->detail, sizeof detail);
    item->defect = READER_SOUND;
    int status = reader_find_kind(reader, &question, item, error);
    if (status != CTE_OK)
        return status;
    if (item->record.kind == NULL) {
        item->defect = READER_FIELD_COUNT;
        memcpy(item->detail, detail, sizeof detail);
        return CTE_OK;
    }
    *sliced = first;
    lines->length = lines->with_end = first.length;
    lines->count = 0;
    reader_add_note(reader, reader->line,
                    "files were joined without a line end between them; their records were parted");
    return CTE_OK;
}

/* True for a number of a field of some layout, as "1.02". */
static bool is_field_number(const struct reader *reader, struct slice text)
{
    for (size_t l = 0; l < reader->tables->layout_count; l++) {
        const struct layout *layout = &reader->tables->layouts[l];
        for (size_t r = 0; r < layout->record_count; r++) {
            for (size_t f = 0; f < layout->records[r].field_count; f++) {
                const char *number = layout->records[r].fields[f].number;
                if (strlen(number) == text.length && memcmp(number, text.at, text.length) == 0)
                    return true;
            }
        }
    }
    return false;
}

static bool has_letter(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c > 127)
            return true;
    }
    return false;
}

/* A first line of words in every field that is filled, or of one field, reads like a row of names
 * or a title: every record holds codes and numbers. */
static bool is_heading(const struct reader *reader, const struct sliced *sliced)
{
    size_t filled = 0, words = 0;
    for (size_t i = 0; i <= sliced->delimiters && i < STREAM_MAX_FIELDS; i++) {
        struct slice text = field_at(reader, sliced, i);
        filled += text.length > 0;
        words += text.length > 0 && (has_letter(text) || is_field_number(reader, text));
    }
    return filled == 1 || filled == words;
}

void note_heading(struct reader *reader, const struct sliced *sliced, uint64_t offset)
{
    reader->has_heading = is_heading(reader, sliced);
    reader->heading_line = reader->line;
    reader->heading_offset = offset;
}

int look_closer(struct reader *reader, struct unread *unread, struct reader_record *item,
                struct cte_error *error)
{
    struct sliced *sliced = unread->sliced;
    unread->skip = leave_out(reader, unread->lines, sliced);
    if (unread->skip > 0)
        return CTE_OK;
    if (!sliced->is_rewritten) {
        int status = end_at_mark(reader, unread->lines, sliced, item, error);
        if (status != CTE_OK || item->record.kind != NULL)
            return status;
    }
    bool is_first = reader->records == 0 && !reader->options.takes_any;
    if (!is_first || item->defect == READER_FIELD_COUNT)
        return CTE_OK;
    if (is_header(reader, sliced))
        return reader_refuse_here(
            reader, error, "the first line is a header row; CALPADS files have none, take it off");
    note_heading(reader, sliced, reader_offset(reader));
    return CTE_OK;
}
