/* Takes a record, with its history, out of a stream. */
#include <string.h>

#include "pipeline/stream/stream_internal.h"

static bool is_history(char c)
{
    return c == 'C' || c == 'c' || c == 'F' || c == 'f';
}

/* Digits alone, of which the first is no nought. */
static bool read_line_number(struct slice digits, uint64_t *line)
{
    enum { MOST_DIGITS = 19 }; /* as many as 64 bits always hold */
    if (digits.length == 0 || digits.length > MOST_DIGITS || digits.at[0] == '0')
        return false;
    if (digits.length <= QUICK_DIGITS)
        return read_quick_digits(digits.at, line) == digits.length;
    uint64_t number = 0;
    unsigned highest = 0;
    for (size_t i = 0; i < digits.length; i++) {
        const unsigned digit = (unsigned char)digits.at[i] - '0';
        highest = digit > highest ? digit : highest;
        number = number * 10 + digit;
    }
    *line = number;
    return highest <= 9;
}

/* Reads the head of a record line: reference of its kind, a blank, the physical line. */
static int take_head(struct stream_in *in, const char *head_end, struct cte_error *error)
{
    struct record *record = &in->record;
    struct stream_reference reference;
    const char *at = parse_reference_quickly(record->text + 1, head_end, &reference);
    if (at == NULL || at == head_end || *at != ' ')
        return stream_damaged(in, "a record line does not begin as it should", error);
    if (!read_line_number((struct slice){at + 1, (size_t)(head_end - at - 1)}, &record->line))
        return stream_damaged(in, "a record line has no line number", error);
    record->line_digits = (uint32_t)(at + 1 - record->text);
    record->kind = stream_defined(&in->kind_lines, reference);
    if (record->kind == NULL && reference.program != 0)
        return stream_damaged(in, "a record refers to a kind that is not defined", error);
    if (record->kind == NULL && record->state != STATE_REJECTED)
        return stream_damaged(in, "a record that could not be read is not marked as rejected",
                              error);
    if (record->kind != NULL && record->kind->all_fields != record->field_count)
        return stream_damaged(in, "a record has another number of fields than its kind", error);
    return CTE_OK;
}

/* Makes sure that the whole record line stands in the buffer, and finds its fields. *length is that
 * of the line. */
static int split_line(struct stream_in *in, size_t *length, struct cte_error *error)
{
    struct record *record = &in->record;
    for (;;) {
        const char *line = in->buffer + in->at;
        const struct scan_result scan =
            scan_split(line, in->buffer + in->end, '^', record->start, STREAM_MAX_FIELDS);
        if (scan.newline != NULL) {
            *length = (size_t)(scan.newline - line);
            record->field_count = scan.delimiters;
            return CTE_OK;
        }
        if (in->ended)
            return stream_damaged(in, "the stream is cut off", error);
        const int status = stream_refill(in, error);
        if (status != CTE_OK)
            return status;
    }
}

/* Makes sure that the history stands in the buffer, from *group (counted from in->at) on, and moves
 * *group to its end. It ends where another thing begins, so the byte after it must be seen; at the
 * very end there is a trailer. */
static int take_history(struct stream_in *in, size_t *group, struct cte_error *error)
{
    for (;;) {
        const char *at = in->buffer + in->at + *group, *end = in->buffer + in->end;
        for (const char *newline;
             at < end && is_history(*at) && (newline = find_line_end(at, end)) != NULL;)
            at = newline + 1;
        *group = (size_t)(at - in->buffer) - in->at;
        if (at < end && !is_history(*at))
            return CTE_OK;
        const int status = in->ended ? stream_damaged(in, "the stream is cut off", error)
                                     : stream_refill(in, error);
        if (status != CTE_OK)
            return status;
    }
}

int stream_take_record(struct stream_in *in, struct cte_error *error)
{
    struct record *record = &in->record;
    size_t length = 0;
    int status = split_line(in, &length, error);
    if (status != CTE_OK)
        return status;
    size_t group = length + 1;
    status = take_history(in, &group, error);
    if (status != CTE_OK)
        return status;
    const char *text = in->buffer + in->at;
    record->text = text;
    record->length = length;
    record->history = text + length + 1;
    record->history_length = group - length - 1;
    record->escaped = text[0] >= 'a';
    record->state = (enum record_state)(record->escaped ? text[0] - 'a' + 'A' : text[0]);
    record->number = in->before + in->records + 1;
    if (record->field_count == 0 || record->field_count > STREAM_MAX_FIELDS)
        return stream_damaged(in, "a record line has no fields or too many", error);
    record->start[record->field_count] = (uint32_t)length + 1;
    /* The head of the line ends at the caret before the first field. */
    status = take_head(in, text + record->start[0] - 1, error);
    if (status != CTE_OK)
        return status;
    in->at += group;
    in->records++;
    return CTE_OK;
}
