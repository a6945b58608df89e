/* Caret and CSV files. A record without a quote and without bytes above 127 is cut out of the block
 * it was read in and never copied. */
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/reader_delimited.h"

int reader_open_delimited(struct reader *reader, struct cte_error *error)
{
    reader->delimiter = strcmp(reader->options.format, "csv") == 0 ? ',' : '^';
    reader->buffer = cte_alloc(READER_BLOCK + SCAN_SLACK);
    start_csv_parser(reader);
    while (reader->sample_length < LOOK_BYTES && !reader->ended) {
        int status = reader_refill(reader, error);
        if (status != CTE_OK)
            return status;
    }
    const char *b = reader->buffer;
    if (reader->base > 0)
        return CTE_OK; /* the middle of a file begins with nothing special */
    int status = reader_check_encoding(reader, b, reader->end, error);
    if (status != CTE_OK)
        return status;
    if (reader->end >= MARK_LENGTH && memcmp(b, BYTE_ORDER_MARK, MARK_LENGTH) == 0) {
        reader->at = MARK_LENGTH;
        reader_add_note(reader, 1, note_of_mark);
    }
    return CTE_OK;
}

/* Splits the raw bytes at every delimiter, as they are, for a record that cannot be read. */
static void split_raw(struct reader *reader, const char *text, size_t length)
{
    scratch_begin(reader);
    const char *end = text + length;
    for (;;) {
        const char *stop = memchr(text, reader->delimiter, (size_t)(end - text));
        if (reader->scratch_fields + 1 == STREAM_MAX_FIELDS)
            stop = NULL; /* the rest stays one field, so that nothing is lost */
        scratch_put(reader, text, (size_t)((stop != NULL ? stop : end) - text));
        if (stop == NULL)
            return;
        text = stop + 1;
    }
}

/* The same for a plain record whose fields may need converting. */
static enum reader_defect split_plain(struct reader *reader, const char *text, size_t length,
                                      bool *recoded)
{
    scratch_begin(reader);
    const char *end = text + length;
    for (;;) {
        const char *stop = memchr(text, reader->delimiter, (size_t)(end - text));
        if (reader->scratch_fields + 1 >= STREAM_MAX_FIELDS)
            return READER_FIELD_COUNT;
        if (!scratch_field(reader, text, (size_t)((stop != NULL ? stop : end) - text), recoded))
            return READER_BYTES;
        if (stop == NULL)
            return READER_SOUND;
        text = stop + 1;
    }
}

/* The academic year of a record of the kind. */
static inline struct slice year_of(const struct reader *reader, const struct sliced *sliced,
                                   const struct kind *kind)
{
    const int position = kind->record->role_position[ROLE_ACADEMIC_YEAR];
    return field_at(reader, sliced, position < 0 ? STREAM_MAX_FIELDS : (size_t)position);
}

/* Most records look like the one before them: type, number of fields and year decide the kind. */
static int find_kind(struct reader *reader, const struct sliced *sliced, uint64_t offset,
                     struct reader_record *item, struct cte_error *error)
{
    const struct slice type = field_at(reader, sliced, 0);
    const size_t fields = sliced->delimiters + 1U;
    const unsigned char last = type.length > 0 ? (unsigned char)type.at[type.length - 1] : 0;
    const unsigned char middle = type.length > 3 ? (unsigned char)type.at[3] : 0;
    struct kind_cache *cache =
        &reader->cache[(last * 7U + middle * 3U + fields) % READER_KIND_CACHE];
    struct short_value packed_type, packed_year;
    if (cache->kind != NULL && cache->fields == fields && pack_short_value(type, &packed_type) &&
        same_short_value(&cache->type, &packed_type) &&
        pack_short_value(year_of(reader, sliced, cache->kind), &packed_year) &&
        same_short_value(&cache->year, &packed_year)) {
        item->record.kind = cache->kind;
        return CTE_OK;
    }
    const struct kind_question question = {type,   fields,       look_up_field,
                                           sliced, reader->line, offset};
    const int status = reader_find_kind(reader, &question, item, error);
    if (status != CTE_OK || item->record.kind == NULL)
        return status;
    if (pack_short_value(type, &packed_type) &&
        pack_short_value(year_of(reader, sliced, item->record.kind), &packed_year))
        *cache = (struct kind_cache){item->record.kind, fields, packed_type, packed_year};
    return CTE_OK;
}

static void note_line_ends(struct reader *reader, bool has_return)
{
    if (!has_return && !reader->saw_lf_only) {
        reader->saw_lf_only = true;
        reader_add_note(reader, reader->line, "lines end with LF alone; written with CR LF");
    }
}

static void end_of_source(struct reader *reader, struct reader_record *item)
{
    if (reader->saw_blank)
        reader_add_note(reader, reader->blank_line, "blank lines were left out");
    if (reader->saw_no_final)
        reader_add_note(reader, reader->line - 1, "the last line has no line end");
    reader->saw_blank = reader->saw_no_final = false;
    item->end = true;
}

/* Takes Ctrl-Z off the end of the record. */
static void strip_end(struct reader *reader, struct lines *lines)
{
    const char *text = reader->buffer + reader->at;
    while (lines->length > 0 && text[lines->length - 1] == CTRL_Z) {
        lines->length--;
        reader_add_note(reader, reader->line, note_of_ctrl_z);
    }
}

/* Finds the next line that is not empty. A line in which a quote stands is found up to there, and
 * its end is not looked for. */
static int find_line(struct reader *reader, struct lines *lines, struct cte_error *error)
{
    for (;;) {
        const char *text = reader->buffer + reader->at, *end = reader->buffer + reader->end;
        struct scan_result scan =
            scan_closely(text, end, reader->delimiter, reader->starts, STREAM_MAX_FIELDS);
        if (scan.flags & SCAN_NUL) {
            int status =
                reader_end_at_padding(reader, memchr(text, '\0', (size_t)(end - text)), error);
            if (status != CTE_OK)
                return status;
            continue;
        }
        if (scan.newline == NULL && !reader->ended) {
            if (reader->end - reader->at > STREAM_MAX_RECORD + 2 && !(scan.flags & SCAN_QUOTE))
                return reader_refuse_here(
                    reader, error,
                    scan.flags & SCAN_RETURN
                        ? "carriage returns without line feeds; save the file with CR LF line ends"
                        : "the record is longer than 65536 bytes");
            if (reader->end - reader->at <= STREAM_MAX_RECORD + 2 || reader->at > 0) {
                int status = reader_refill(reader, error);
                if (status != CTE_OK)
                    return status;
                continue;
            }
        }
        *lines = (struct lines){
            .count = 1, .flags = scan.flags, .delimiters = scan.delimiters, .end = text == end};
        if (lines->end || (scan.flags & SCAN_QUOTE))
            return CTE_OK;
        if (scan.flags & SCAN_RETURN)
            return reader_refuse_here(
                reader, error,
                "a carriage return without a line feed; save the file with CR LF line ends");
        lines->length = (size_t)((scan.newline != NULL ? scan.newline : end) - text);
        bool has_return =
            scan.newline == NULL || (lines->length > 0 && text[lines->length - 1] == '\r');
        lines->with_end = lines->length + (scan.newline != NULL);
        lines->length -= scan.newline != NULL && has_return;
        if (lines->length > STREAM_MAX_RECORD)
            return reader_refuse_here(reader, error, "the record is longer than 65536 bytes");
        note_line_ends(reader, has_return);
        bool is_blank = lines->length == 0;
        if (!is_blank && text[lines->length - 1] == CTRL_Z)
            strip_end(reader, lines);
        if (lines->length > 0) {
            reader->saw_no_final = reader->saw_no_final || scan.newline == NULL;
            return CTE_OK;
        }
        if (is_blank && !reader->saw_blank) {
            reader->saw_blank = true;
            reader->blank_line = reader->line;
        }
        reader->line++;
        reader->at += lines->with_end;
    }
}

/* Takes apart a record in which a quote stands. */
static int split_quoted(struct reader *reader, struct lines *lines, struct reader_record *item,
                        struct cte_error *error)
{
    struct quoted quoted = {0, 0, 0, false, READER_SOUND};
    const int status = delimit_quoted(reader, &quoted, error);
    if (status != CTE_OK)
        return status;
    lines->length = quoted.length;
    lines->with_end = quoted.with_end;
    lines->count = quoted.lines == 0 ? 1 : quoted.lines;
    note_line_ends(reader, quoted.has_return);
    strip_end(reader, lines);
    const struct slice text = {reader->buffer + reader->at, lines->length};
    item->defect = quoted.defect == READER_SOUND ? parse_quoted(reader, text, &item->recoded_bytes)
                                                 : quoted.defect;
    return CTE_OK;
}

/* Takes the record apart. What cannot stay as it is in the buffer goes to the scratch. */
static int split_line(struct reader *reader, struct lines *lines, struct sliced *sliced,
                      struct reader_record *item, struct cte_error *error)
{
    const char *text = reader->buffer + reader->at;
    if (lines->flags & SCAN_QUOTE) {
        const int status = split_quoted(reader, lines, item, error);
        if (status != CTE_OK)
            return status;
        text = reader->buffer + reader->at;
    } else if ((lines->flags & SCAN_HIGH) && !is_utf8(text, lines->length)) {
        item->defect = split_plain(reader, text, lines->length, &item->recoded_bytes);
    } else if (lines->delimiters >= STREAM_MAX_FIELDS) {
        item->defect = READER_FIELD_COUNT;
    } else if (reader->delimiter != '^' && memchr(text, '^', lines->length) != NULL) {
        item->defect = split_plain(reader, text, lines->length, &item->recoded_bytes);
    } else {
        *sliced = (struct sliced){text, lines->length, lines->delimiters, false};
        return CTE_OK;
    }
    /* For bytes that are not UTF-8, the place in the record helps to find them. */
    if (item->defect != READER_SOUND)
        split_raw(reader, text, lines->length);
    const struct scan_result scan = scratch_scan(reader);
    *sliced = (struct sliced){reader->scratch, reader->scratch_used, scan.delimiters, true};
    return CTE_OK;
}

/* Finds the next record, and leaves out what is none before it. *stripped is how many bytes of its
 * line were left out. */
static int find_record(struct reader *reader, struct unread *found, size_t *stripped,
                       struct reader_record *item, struct cte_error *error)
{
    *stripped = 0;
    for (;;) {
        const uint64_t line = reader->line;
        int status = find_line(reader, found->lines, error);
        if (status != CTE_OK)
            return status;
        if (reader->line != line)
            *stripped = 0; /* nothing else stood on that line */
        if (found->lines->end) {
            end_of_source(reader, item);
            return CTE_OK;
        }
        item->defect = READER_SOUND;
        found->skip = 0;
        status = split_line(reader, found->lines, found->sliced, item, error);
        if (status == CTE_OK && item->defect == READER_SOUND)
            status =
                find_kind(reader, found->sliced, reader_offset(reader) - *stripped, item, error);
        if (status == CTE_OK && item->defect != READER_SOUND)
            status = look_closer(reader, found, item, error);
        if (status != CTE_OK || found->skip == 0)
            return status;
        const bool is_whole = found->skip == found->lines->with_end;
        reader->at += found->skip;
        reader->line += is_whole ? found->lines->count : 0;
        *stripped = is_whole ? 0 : *stripped + found->skip;
    }
}

int reader_next_delimited(struct reader *reader, struct reader_record *item,
                          struct cte_error *error)
{
    struct lines lines = {0};
    struct sliced sliced;
    size_t stripped;
    const int status =
        find_record(reader, &(struct unread){&lines, &sliced, 0}, &stripped, item, error);
    if (status != CTE_OK || item->end)
        return status;
    if (!sliced.is_rewritten && reader->delimiter != '^') {
        for (uint32_t i = 0; i < sliced.delimiters; i++)
            reader->buffer[reader->at + reader->starts[i] - 1] = '^';
    }
    item->record.line = reader->line;
    item->offset = reader_offset(reader) - stripped;
    reader_give(reader, (struct slice){sliced.text, sliced.length}, sliced.delimiters, item);
    item->record.escaped = sliced.is_rewritten && reader->scratch_escaped;
    item->is_printed = !sliced.is_rewritten && !(lines.flags & (SCAN_HIGH | SCAN_CONTROL));
    reader->line += lines.count;
    reader->at += lines.with_end;
    return CTE_OK;
}
