/* Caret and CSV files. A record without a quote and without bytes above 127 is cut out of the block
 * it was read in and never copied. A record that holds a quote is delimited here, by the rules of
 * RFC 4180 and without ever crossing STREAM_MAX_RECORD, and then parsed by libcsv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pipeline/stream/reader_internal.h"
#include "codetables/base/memory.h"

static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark */
static const char note_mark[] = "a byte order mark was taken off";
static const char note_end_of_file[] =
    "a Ctrl-Z, which once marked the end of a file, was taken off";
enum { CTRL_Z = 0x1a };

static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

static int refill(struct reader *reader, struct cte_error *error)
{
    memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
    reader->base += reader->at;
    reader->end -= reader->at;
    reader->at = 0;
    size_t got = 0;
    int status = source_read(reader->source, reader->buffer + reader->end,
                             READER_BLOCK - reader->end, &got, error);
    if (status != CTE_OK)
        return status;
    reader->ended = got == 0;
    reader_keep_sample(reader, reader->buffer + reader->end, got);
    reader->end += got;
    memset(reader->buffer + reader->end, 0, SCAN_SLACK);
    return CTE_OK;
}

int reader_open_delimited(struct reader *reader, struct cte_error *error)
{
    reader->delimiter = strcmp(reader->options.format, "csv") == 0 ? ',' : '^';
    reader->buffer = cte_alloc(READER_BLOCK + SCAN_SLACK);
    /* Nothing is trimmed and no byte ends a record: libcsv is given one record at a time, without
     * its line end. */
    if (csv_init(&reader->csv, CSV_STRICT | CSV_STRICT_FINI) != 0)
        cte_die("libcsv cannot start");
    csv_set_delim(&reader->csv, (unsigned char)reader->delimiter);
    csv_set_space_func(&reader->csv, no_space);
    csv_set_term_func(&reader->csv, no_space);
    while (reader->sample_length < LOOK_BYTES && !reader->ended) {
        int status = refill(reader, error);
        if (status != CTE_OK)
            return status;
    }
    const char *b = reader->buffer;
    if (reader->base > 0)
        return CTE_OK; /* the middle of a file begins with nothing special */
    int status = reader_check_encoding(reader, b, reader->end, error);
    if (status != CTE_OK)
        return status;
    if (reader->end >= sizeof mark - 1 && memcmp(b, mark, sizeof mark - 1) == 0) {
        reader->at = sizeof mark - 1;
        reader_add_note(reader, 1, note_mark);
    }
    return CTE_OK;
}

static uint64_t offset_of(const struct reader *reader)
{
    return reader->base + reader->at;
}

static int refuse_here(struct reader *reader, struct cte_error *error, const char *what)
{
    return reader_refuse(reader, reader->line, offset_of(reader), error, what);
}

/* A NUL stands at `from`, in the record at hand. Zeros and Ctrl-Z from there to the end of the
 * source only fill it up, and the source ends here; anything else refuses it. */
static int end_at_padding(struct reader *reader, const char *from, struct cte_error *error)
{
    const size_t end = (size_t)(from - reader->buffer);
    bool good = is_padding(from, reader->end - end);
    while (good && !reader->ended) {
        size_t got = 0;
        int status = source_read(reader->source, reader->scratch, READER_BLOCK, &got, error);
        if (status != CTE_OK)
            return status;
        reader->ended = got == 0;
        good = is_padding(reader->scratch, got);
    }
    if (!good)
        return refuse_here(
            reader, error,
            "a NUL byte; the file is not text in UTF-8 or ASCII (UTF-16 is not read)");
    reader->end = end;
    memset(reader->buffer + end, 0, SCAN_SLACK);
    reader_add_note(reader, reader->line, "zeros at the end of the file were left out");
    return CTE_OK;
}

/* What delimit_quoted() found. */
struct quoted {
    size_t length;   /* of the record, without its line end */
    size_t with_end; /* with it */
    uint64_t lines;  /* line feeds in it and at its end */
    bool has_return; /* the line end is CR LF */
    enum reader_defect defect;
};

/* Finds the end of the record at `at`, in which a quote stands somewhere. A quote opens a field
 * only at its start; elsewhere it is a defect of the record and changes nothing about where the
 * record ends. */
static int delimit_quoted(struct reader *reader, struct quoted *quoted, struct cte_error *error)
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
                return refuse_here(reader, error,
                                   "a quote opened in this record is not closed within 65536 "
                                   "bytes; correct the file");
            return refuse_here(reader, error, "the record is longer than 65536 bytes");
        }
        if (c == '\0') {
            int status = end_at_padding(reader, at, error);
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
                return refuse_here(
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
        int status = refill(reader, error);
        if (status != CTE_OK)
            return status;
        goto restart;
    }
    if (state == QUOTED) {
        char what[120];
        snprintf(what, sizeof what,
                 "the quote opened on line %llu is never closed; correct the file",
                 (unsigned long long)(reader->line + quote_line));
        return refuse_here(reader, error, what);
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

/* Parses one sound record with libcsv into the scratch. */
static enum reader_defect parse_quoted(struct reader *reader, const char *text, size_t length,
                                       bool *recoded)
{
    struct csv_fields fields = {reader, false, false, false};
    scratch_begin(reader);
    size_t done = csv_parse(&reader->csv, text, length, take_csv_field, NULL, &fields);
    int finished = csv_fini(&reader->csv, take_csv_field, NULL, &fields);
    if (done != length || finished != 0) {
        /* Our own rules found the record sound; when libcsv does not agree, the record is not
         * trusted. */
        csv_fini(&reader->csv, NULL, NULL, NULL);
        return READER_AFTER_QUOTE;
    }
    *recoded = fields.recoded;
    return fields.bad_bytes ? READER_BYTES : fields.too_many ? READER_FIELD_COUNT : READER_SOUND;
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

/* Field i of the record whose text and caret positions are known. */
struct sliced {
    const char *text;
    size_t length;
    uint32_t delimiters;
};

static struct slice field_at(const struct reader *reader, const struct sliced *sliced, size_t i)
{
    if (i > sliced->delimiters || i >= STREAM_MAX_FIELDS)
        return (struct slice){sliced->text, 0};
    size_t from = i == 0 ? 0 : reader->positions[i - 1] + 1U;
    size_t to = i == sliced->delimiters ? sliced->length : reader->positions[i];
    return (struct slice){sliced->text + from, to - from};
}

static struct slice look_up(const struct reader *reader, const struct field *field, size_t position,
                            const void *context)
{
    (void)field;
    return field_at(reader, context, position);
}

/* Most records look like the one before them: type, number of fields and year decide the kind. */
static int find_kind(struct reader *reader, const struct sliced *sliced, uint64_t line,
                     uint64_t offset, struct reader_record *record, struct cte_error *error)
{
    struct slice type = field_at(reader, sliced, 0);
    size_t fields = sliced->delimiters + 1U;
    unsigned char last = type.length > 0 ? (unsigned char)type.at[type.length - 1] : 0;
    unsigned char middle = type.length > 3 ? (unsigned char)type.at[3] : 0;
    struct kind_cache *cache =
        &reader->cache[(last * 7U + middle * 3U + fields) % READER_KIND_CACHE];
    if (cache->kind != NULL && cache->fields == fields && cache->type_length == type.length &&
        memcmp(cache->type, type.at, type.length) == 0) {
        int position = cache->kind->record->role_position[ROLE_ACADEMIC_YEAR];
        struct slice year =
            field_at(reader, sliced, position < 0 ? STREAM_MAX_FIELDS : (size_t)position);
        if (year.length == cache->year_length && memcmp(cache->year, year.at, year.length) == 0) {
            record->kind = cache->kind;
            return CTE_OK;
        }
    }
    int status = reader_find_kind(reader, type, fields, look_up, sliced, line, offset,
                                  &record->kind, record, error);
    if (status != CTE_OK || record->kind == NULL)
        return status;
    int position = record->kind->record->role_position[ROLE_ACADEMIC_YEAR];
    struct slice year =
        field_at(reader, sliced, position < 0 ? STREAM_MAX_FIELDS : (size_t)position);
    if (type.length <= sizeof cache->type && year.length <= sizeof cache->year) {
        cache->kind = record->kind;
        cache->fields = fields;
        cache->type_length = type.length;
        memcpy(cache->type, type.at, type.length);
        cache->year_length = year.length;
        memcpy(cache->year, year.at, year.length);
    }
    return CTE_OK;
}

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

/* A first line of which two fields carry the names of fields is a header row. */
static bool is_header(const struct reader *reader, const struct sliced *sliced)
{
    unsigned named = 0;
    for (size_t i = 0; i <= sliced->delimiters && i < STREAM_MAX_FIELDS; i++) {
        struct slice text = field_at(reader, sliced, i);
        bool found = false;
        for (size_t l = 0; l < reader->tables->layout_count && !found; l++) {
            const struct layout *layout = &reader->tables->layouts[l];
            for (size_t r = 0; r < layout->record_count && !found; r++) {
                for (size_t f = 0; f < layout->records[r].field_count && !found; f++) {
                    const struct field *field = &layout->records[r].fields[f];
                    found = text.length > 0 &&
                            (same_name(field->name, text) || same_name(field->element, text));
                }
            }
        }
        if (found && ++named == 2)
            return true;
    }
    return named > 0 && sliced->delimiters == 0;
}

static void note_line_ends(struct reader *reader, bool has_return)
{
    if (!has_return && !reader->saw_lf_only) {
        reader->saw_lf_only = true;
        reader_add_note(reader, reader->line, "lines end with LF alone; written with CR LF");
    }
}

static void end_of_source(struct reader *reader, struct reader_record *record)
{
    if (reader->saw_blank)
        reader_add_note(reader, reader->blank_line, "blank lines were left out");
    if (reader->saw_no_final)
        reader_add_note(reader, reader->line - 1, "the last line has no line end");
    reader->saw_blank = reader->saw_no_final = false;
    record->end = true;
}

/* A line of the buffer, or the lines of a record where quotes hold line ends. */
struct lines {
    size_t length;   /* of the record, without its line end */
    size_t with_end; /* with it */
    uint64_t count;  /* line feeds */
    uint32_t flags, delimiters;
    bool end; /* of the source: there is no line */
};

/* Takes Ctrl-Z off the end of the record. */
static void strip_end(struct reader *reader, struct lines *lines)
{
    const char *text = reader->buffer + reader->at;
    while (lines->length > 0 && text[lines->length - 1] == CTRL_Z) {
        lines->length--;
        reader_add_note(reader, reader->line, note_end_of_file);
    }
}

/* Finds the next line that is not empty. A line in which a quote stands is found up to there, and
 * its end is not looked for. */
static int find_line(struct reader *reader, struct lines *lines, struct cte_error *error)
{
    for (;;) {
        const char *text = reader->buffer + reader->at, *end = reader->buffer + reader->end;
        struct scan_result scan =
            scan_record(text, end, reader->delimiter, true, reader->positions, STREAM_MAX_FIELDS);
        if (scan.flags & SCAN_NUL) {
            int status = end_at_padding(reader, memchr(text, '\0', (size_t)(end - text)), error);
            if (status != CTE_OK)
                return status;
            continue;
        }
        if (scan.newline == NULL && !reader->ended) {
            if (reader->end - reader->at > STREAM_MAX_RECORD + 2 && !(scan.flags & SCAN_QUOTE))
                return refuse_here(
                    reader, error,
                    scan.flags & SCAN_RETURN
                        ? "carriage returns without line feeds; save the file with CR LF line ends"
                        : "the record is longer than 65536 bytes");
            if (reader->end - reader->at <= STREAM_MAX_RECORD + 2 || reader->at > 0) {
                int status = refill(reader, error);
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
            return refuse_here(
                reader, error,
                "a carriage return without a line feed; save the file with CR LF line ends");
        lines->length = (size_t)((scan.newline != NULL ? scan.newline : end) - text);
        bool has_return =
            scan.newline == NULL || (lines->length > 0 && text[lines->length - 1] == '\r');
        lines->with_end = lines->length + (scan.newline != NULL);
        lines->length -= scan.newline != NULL && has_return;
        if (lines->length > STREAM_MAX_RECORD)
            return refuse_here(reader, error, "the record is longer than 65536 bytes");
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

/* Takes the record apart. What cannot stay as it is in the buffer goes to the scratch, and
 * *rewritten is true. */
static int split_line(struct reader *reader, struct lines *lines, struct sliced *sliced,
                      bool *rewritten, struct reader_record *record, struct cte_error *error)
{
    *rewritten = true;
    if (lines->flags & SCAN_QUOTE) {
        struct quoted quoted = {0, 0, 0, false, READER_SOUND};
        int status = delimit_quoted(reader, &quoted, error);
        if (status != CTE_OK)
            return status;
        lines->length = quoted.length;
        lines->with_end = quoted.with_end;
        lines->count = quoted.lines == 0 ? 1 : quoted.lines;
        note_line_ends(reader, quoted.has_return);
        strip_end(reader, lines);
        record->defect = quoted.defect;
        if (record->defect == READER_SOUND)
            record->defect = parse_quoted(reader, reader->buffer + reader->at, lines->length,
                                          &record->recoded_bytes);
    } else if ((lines->flags & SCAN_HIGH) && !is_utf8(reader->buffer + reader->at, lines->length)) {
        record->defect =
            split_plain(reader, reader->buffer + reader->at, lines->length, &record->recoded_bytes);
    } else if (lines->delimiters >= STREAM_MAX_FIELDS) {
        record->defect = READER_FIELD_COUNT;
    } else if (reader->delimiter != '^' &&
               memchr(reader->buffer + reader->at, '^', lines->length) != NULL) {
        record->defect =
            split_plain(reader, reader->buffer + reader->at, lines->length, &record->recoded_bytes);
    } else {
        *sliced = (struct sliced){reader->buffer + reader->at, lines->length, lines->delimiters};
        *rewritten = false;
        return CTE_OK;
    }
    /* For bytes that are not UTF-8, the place in the record helps to find them. */
    if (record->defect != READER_SOUND)
        split_raw(reader, reader->buffer + reader->at, lines->length);
    reader->scratch[reader->scratch_used] = '\n';
    memset(reader->scratch + reader->scratch_used + 1, 0, SCAN_SLACK);
    struct scan_result scan =
        scan_record(reader->scratch, reader->scratch + reader->scratch_used + 1, '^', false,
                    reader->positions, STREAM_MAX_FIELDS);
    *sliced = (struct sliced){reader->scratch, reader->scratch_used, scan.delimiters};
    return CTE_OK;
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
    if (lines->length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0) {
        reader_add_note(reader, reader->line, note_mark);
        return sizeof mark - 1;
    }
    if (text[0] == CTRL_Z) {
        reader_add_note(reader, reader->line, note_end_of_file);
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
                       struct reader_record *record, struct cte_error *error)
{
    const char *found = memmem(sliced->text, sliced->length, mark, sizeof mark - 1);
    if (found == NULL || record->defect != READER_FIELD_COUNT)
        return CTE_OK;
    struct sliced first = {sliced->text, (size_t)(found - sliced->text), 0};
    while (first.delimiters < sliced->delimiters &&
           reader->positions[first.delimiters] < first.length)
        first.delimiters++;
    struct reader_record tried = *record;
    tried.defect = READER_SOUND;
    int status =
        reader_find_kind(reader, field_at(reader, &first, 0), first.delimiters + 1U, look_up,
                         &first, reader->line, offset_of(reader), &tried.kind, &tried, error);
    if (status != CTE_OK || tried.kind == NULL)
        return status;
    *record = tried;
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
 * or a title: every record holds codes and numbers. Whether it is one is known when a sound record
 * follows. */
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

/* Looks closer at a record that cannot be read. *skip is how many bytes are no part of a record. */
static int look_closer(struct reader *reader, struct lines *lines, struct sliced *sliced,
                       bool rewritten, size_t *skip, struct reader_record *record,
                       struct cte_error *error)
{
    *skip = leave_out(reader, lines, sliced);
    if (*skip > 0)
        return CTE_OK;
    if (!rewritten) {
        int status = end_at_mark(reader, lines, sliced, record, error);
        if (status != CTE_OK || record->kind != NULL)
            return status;
    }
    bool is_first = reader->records == 0 && !reader->options.takes_any;
    if (!is_first || record->defect == READER_FIELD_COUNT)
        return CTE_OK;
    if (is_header(reader, sliced))
        return refuse_here(reader, error,
                           "the first line is a header row; CALPADS files have none, take it off");
    reader->has_heading = is_heading(reader, sliced);
    reader->heading_line = reader->line;
    reader->heading_offset = offset_of(reader);
    return CTE_OK;
}

int reader_next_delimited(struct reader *reader, struct reader_record *record,
                          struct cte_error *error)
{
    struct lines lines = {0};
    struct sliced sliced;
    bool rewritten;
    size_t stripped = 0; /* of this line, before the record */
    for (;;) {
        const uint64_t line = reader->line;
        int status = find_line(reader, &lines, error);
        if (status != CTE_OK)
            return status;
        if (reader->line != line)
            stripped = 0; /* nothing else stood on that line */
        if (lines.end) {
            end_of_source(reader, record);
            return CTE_OK;
        }
        record->defect = READER_SOUND;
        status = split_line(reader, &lines, &sliced, &rewritten, record, error);
        if (status == CTE_OK && record->defect == READER_SOUND)
            status = find_kind(reader, &sliced, reader->line, offset_of(reader) - stripped, record,
                               error);
        size_t skip = 0;
        if (status == CTE_OK && record->defect != READER_SOUND)
            status = look_closer(reader, &lines, &sliced, rewritten, &skip, record, error);
        if (status != CTE_OK)
            return status;
        if (skip == 0)
            break;
        bool is_whole = skip == lines.with_end;
        reader->at += skip;
        reader->line += is_whole ? lines.count : 0;
        stripped = is_whole ? 0 : stripped + skip;
    }
    if (!rewritten && reader->delimiter != '^') {
        for (uint32_t i = 0; i < sliced.delimiters; i++)
            reader->buffer[reader->at + reader->positions[i]] = '^';
    }
    record->line = reader->line;
    record->offset = offset_of(reader) - stripped;
    record->text = sliced.text;
    record->length = sliced.length;
    record->carets = reader->positions;
    record->caret_count = sliced.delimiters;
    record->escaped = rewritten && reader->scratch_escaped;
    record->is_printed = !rewritten && !(lines.flags & (SCAN_HIGH | SCAN_CONTROL));
    reader->line += lines.count;
    reader->at += lines.with_end;
    return CTE_OK;
}
