/* A record that holds a quote: delimited here, by the rules of RFC 4180 and without ever crossing
 * STREAM_MAX_RECORD, and then parsed by libcsv. */
#include <stdio.h>

#include "codetables/base/error.h"
#include "pipeline/stream/reader_delimited.h"

static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

void start_csv_parser(struct reader *reader)
{
    /* Nothing is trimmed and no byte ends a record: libcsv is given one record at a time, without
     * its line end. */
    if (csv_init(&reader->csv, CSV_STRICT | CSV_STRICT_FINI) != 0)
        cte_die("libcsv cannot start");
    csv_set_delim(&reader->csv, (unsigned char)reader->delimiter);
    csv_set_space_func(&reader->csv, no_space);
    csv_set_term_func(&reader->csv, no_space);
}

int delimit_quoted(struct reader *reader, struct quoted *quoted, struct cte_error *error)
{
restart:;
    enum { AT_START, PLAIN, QUOTED, CLOSED, MARKED } state = AT_START;
    const char *start = reader->buffer + reader->at, *end = reader->buffer + reader->end;
    uint64_t lines = 0, quote_line = 0;
    quoted->defect = READER_SOUND;
    for (const char *at = start; at < end; at++) {
        const char c = *at;
        /* At its full length, a record may be followed by its line end and nothing else. */
        const size_t length = (size_t)(at - start);
        const bool is_line_end =
            state != QUOTED && (c == '\n' || (c == '\r' && length == STREAM_MAX_RECORD));
        if (length >= STREAM_MAX_RECORD && !(is_line_end && length <= STREAM_MAX_RECORD + 1)) {
            if (state == QUOTED)
                return reader_refuse_here(
                    reader, error,
                    "a quote opened in this record is not closed within 65536 "
                    "bytes; correct the file");
            return reader_refuse_here(reader, error, "the record is longer than 65536 bytes");
        }
        if (c == '\0') {
            int status = reader_end_at_padding(reader, at, error);
            if (status != CTE_OK)
                return status;
            goto restart;
        }
        if (state == QUOTED) {
            if (c == '"' && at + 1 < end && at[1] == '"')
                at++;
            else if (c == '"' && at + 1 == end && !reader->ended)
                break; /* the next byte decides */
            else if (c == '"')
                state = CLOSED;
            else if (c == '\n')
                lines++;
        } else if (c == '\n') {
            quoted->has_return = at > start && at[-1] == '\r';
            quoted->length = (size_t)(at - start) - quoted->has_return;
            quoted->with_end = (size_t)(at - start) + 1;
            quoted->lines = lines + 1;
            return CTE_OK;
        } else if (c == reader->delimiter) {
            if (state == MARKED && quoted->defect == READER_SOUND)
                quoted->defect = READER_AFTER_QUOTE;
            state = AT_START;
        } else if (c == CTRL_Z && (state == CLOSED || state == MARKED)) {
            state = MARKED; /* at the end of the record it is taken off */
        } else if (c == '"') {
            if (state == AT_START) {
                state = QUOTED;
                quote_line = lines;
            } else if (quoted->defect == READER_SOUND) {
                quoted->defect =
                    state == CLOSED || state == MARKED ? READER_AFTER_QUOTE : READER_STRAY_QUOTE;
            }
        } else if (c == '\r') {
            if (at + 1 == end && !reader->ended)
                break;
            if (at + 1 == end || at[1] != '\n')
                return reader_refuse_here(
                    reader, error,
                    "a carriage return without a line feed; save the file with CR LF line ends");
        } else if (state == CLOSED || state == MARKED) {
            if (quoted->defect == READER_SOUND)
                quoted->defect = READER_AFTER_QUOTE;
        } else {
            state = PLAIN;
        }
    }
    if (!reader->ended) {
        int status = reader_refill(reader, error);
        if (status != CTE_OK)
            return status;
        goto restart;
    }
    if (state == QUOTED) {
        char what[120];
        snprintf(what, sizeof what,
                 "the quote opened on line %llu is never closed; correct the file",
                 (unsigned long long)(reader->line + quote_line));
        return reader_refuse_here(reader, error, what);
    }
    quoted->length = quoted->with_end = (size_t)(end - start);
    quoted->lines = lines;
    quoted->has_return = true; /* no line end that could be wrong */
    reader->saw_no_final = true;
    return CTE_OK;
}

struct csv_fields {
    struct reader *reader;
    bool bad_bytes, recoded, too_many;
};

static void take_csv_field(void *value, size_t length, void *context)
{
    struct csv_fields *fields = context;
    fields->too_many = fields->too_many || fields->reader->scratch_fields + 1 >= STREAM_MAX_FIELDS;
    if (!fields->bad_bytes && !fields->too_many &&
        !scratch_field(fields->reader, value, length, &fields->recoded))
        fields->bad_bytes = true;
}

enum reader_defect parse_quoted(struct reader *reader, struct slice text, bool *recoded)
{
    struct csv_fields fields = {reader, false, false, false};
    scratch_begin(reader);
    size_t done = csv_parse(&reader->csv, text.at, text.length, take_csv_field, NULL, &fields);
    int finished = csv_fini(&reader->csv, take_csv_field, NULL, &fields);
    if (done != text.length || finished != 0) {
        /* Our own rules found the record sound; when libcsv does not agree, the record is not
         * trusted. */
        csv_fini(&reader->csv, NULL, NULL, NULL);
        return READER_AFTER_QUOTE;
    }
    *recoded = fields.recoded;
    return fields.bad_bytes ? READER_BYTES : fields.too_many ? READER_FIELD_COUNT : READER_SOUND;
}
