#include "pipeline/stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libdeflate.h>

#include "codetables/base/hash.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"

static const char first_line[] = "%cte-stream^1\n";

/* Pipes of the default 64 KiB double the time of a chain. Where standard output is no pipe or the
 * system says no, nothing is lost but speed. */
enum { PIPE_ROOM = 1 << 20 };

char *kind_written_type(const struct kind *kind)
{
    return cte_format("%s%s", kind_type(kind), kind->form->suffix);
}

/* ---- escapes ---- */

char *stream_escape(char *to, const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char letter = value[i] == '^'    ? 'c'
                      : value[i] == '\n' ? 'n'
                      : value[i] == '\r' ? 'r'
                      : value[i] == '\\' ? '\\'
                                         : '\0';
        if (letter != '\0') {
            *to++ = '\\';
            *to++ = letter;
        } else {
            *to++ = value[i];
        }
    }
    return to;
}

char *stream_unescape(char *to, const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '\\' || i + 1 == length) {
            *to++ = value[i];
            continue;
        }
        char letter = value[++i];
        *to++ = letter == 'c' ? '^' : letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter;
    }
    return to;
}

bool stream_needs_escape(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] == '^' || value[i] == '\n' || value[i] == '\r' || value[i] == '\\')
            return true;
    }
    return false;
}

char *put_number(char *to, uint64_t n)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

/* ---- dictionaries ---- */

void *stream_defined(const struct stream_dictionary *dictionary, struct stream_reference reference)
{
    if (reference.program >= STREAM_MAX_PROGRAMS ||
        reference.number >= dictionary->counts[reference.program])
        return NULL;
    return dictionary->items[reference.program][reference.number];
}

/* References of one program count up from 1 without a gap, so a table of pointers is enough. */
static bool define(struct stream_dictionary *dictionary, struct stream_reference reference,
                   void *item)
{
    if (reference.program == 0 || reference.program >= STREAM_MAX_PROGRAMS)
        return false;
    size_t *count = &dictionary->counts[reference.program];
    if (*count == 0)
        *count = 1;
    if (reference.number != *count)
        return false;
    /* grow whenever the count is a power of two */
    size_t room = *count & (*count - 1) ? 0 : *count * 2;
    void ***items = &dictionary->items[reference.program];
    if (room != 0)
        *items = cte_realloc(*items, room * sizeof **items);
    if (*count == 1)
        (*items)[0] = NULL;
    (*items)[(*count)++] = item;
    return true;
}

static const char *parse_number(const char *at, const char *end, unsigned *number)
{
    unsigned n = 0;
    const char *start = at;
    while (at < end && *at >= '0' && *at <= '9' && at - start < 9)
        n = n * 10 + (unsigned)(*at++ - '0');
    *number = n;
    return at == start ? NULL : at;
}

static const char *parse_reference(const char *at, const char *end,
                                   struct stream_reference *reference)
{
    at = parse_number(at, end, &reference->program);
    if (at == NULL || at == end || *at != '.')
        return NULL;
    return parse_number(at + 1, end, &reference->number);
}

static bool reference_from(const char *text, struct stream_reference *reference)
{
    const char *end = text + strlen(text);
    return parse_reference(text, end, reference) == end;
}

bool stream_counted(const char *text, uint64_t *number)
{
    const char *equals = strchr(text, '=');
    return equals != NULL && equals != text && read_number(equals + 1, number);
}

/* ---- reading ---- */

static int damaged(struct stream_in *in, const char *what, struct cte_error *error)
{
    return cte_fail(error, CTE_BAD_INPUT,
                    "standard input: %s after record %llu; run the chain again from its source",
                    what, (unsigned long long)in->records);
}

/* Sums what has been used up to `upto`, once. */
static void sum_to(struct stream_in *in, size_t upto)
{
    if (upto > in->summed) {
        in->crc = libdeflate_crc32(in->crc, in->buffer + in->summed, upto - in->summed);
        in->summed = upto;
    }
}

/* Moves what is not used yet to the front and reads more. At the end of input nothing is added and
 * `ended` is set. */
static int refill(struct stream_in *in, struct cte_error *error)
{
    sum_to(in, in->at);
    if (in->at > 0) {
        memmove(in->buffer, in->buffer + in->at, in->end - in->at);
        in->end -= in->at;
        in->at = in->summed = 0;
    }
    if (in->end == in->room) {
        if (in->room >= STREAM_MAX_GROUP)
            return damaged(in, "a line is longer than any record", error);
        in->room *= 2;
        in->buffer = cte_realloc(in->buffer, in->room + SCAN_SLACK);
    }
    ssize_t got;
    do {
        got = read(in->fd, in->buffer + in->end, in->room - in->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return cte_fail(error, CTE_IO, "cannot read standard input: %s", strerror(errno));
    in->ended = got == 0;
    in->end += (size_t)got;
    memset(in->buffer + in->end, 0, SCAN_SLACK);
    return CTE_OK;
}

int stream_in_open(struct stream_in *in, int fd, struct tables *tables, struct cte_error *error)
{
    memset(in, 0, sizeof *in);
    in->fd = fd;
    in->tables = tables;
    in->room = STREAM_BUFFER;
    in->buffer = cte_alloc(in->room + SCAN_SLACK);
    in->crc = libdeflate_crc32(0, NULL, 0);
    fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
    size_t wanted = sizeof first_line - 1;
    while (in->end < wanted && !in->ended) {
        int status = refill(in, error);
        if (status != CTE_OK)
            return status;
    }
    if (in->end < wanted || memcmp(in->buffer, first_line, wanted) != 0)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "standard input is not a record stream of version 1; begin the chain with cte-read");
    in->at = wanted;
    return CTE_OK;
}

size_t stream_split_control(struct slice line, char **fields, size_t room, char **memory)
{
    char *copy = cte_alloc(line.length + 1);
    size_t count = 0;
    const char *at = line.at + 1, *end = line.at + line.length;
    char *to = copy;
    while (count < room) {
        const char *caret = memchr(at, '^', (size_t)(end - at));
        const char *stop = caret != NULL ? caret : end;
        fields[count++] = to;
        to = stream_unescape(to, at, (size_t)(stop - at));
        *to++ = '\0';
        if (caret == NULL)
            break;
        at = caret + 1;
    }
    *memory = copy;
    return count;
}

static int define_kind(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference, from;
    if (count < 7 || !reference_from(f[1], &reference) || !reference_from(f[6], &from))
        return damaged(in, "a %kind line is not as it should be", error);
    uint64_t fields;
    if (!read_number(f[5], &fields))
        return damaged(in, "a %kind line does not tell its number of fields", error);
    struct kind *kind = cte_zalloc(1, sizeof *kind);
    const struct layout *layout =
        in->tables != NULL ? tables_layout(in->tables, f[2], error) : NULL;
    if (error->status != CTE_OK)
        return error->status;
    if (layout == NULL)
        return cte_fail(error, CTE_BAD_TABLE,
                        "the stream uses layout %s, which is not among the code tables here", f[2]);
    kind->record = layout_record(layout, f[3], strlen(f[3]), &kind->type_index);
    kind->form = layout_form(layout, f[4]);
    kind->fields = fields;
    if (kind->record == NULL || kind->form == NULL || kind->fields > kind->record->field_count ||
        kind->fields == 0)
        return cte_fail(
            error, CTE_BAD_TABLE,
            "the stream uses record type %s in form %s, which layout %s here does not know", f[3],
            f[4], f[2]);
    kind->all_fields = kind->fields + kind->form->extra_count;
    kind->from = from.program != 0 ? stream_defined(&in->kinds, from) : NULL;
    kind->program = reference.program;
    kind->number = reference.number;
    if (!define(&in->kinds, reference, kind))
        return damaged(in, "a %kind line is out of order", error);
    return CTE_OK;
}

static int define_row(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference;
    if (count < 9 || !reference_from(f[1], &reference))
        return damaged(in, "a %row line is not as it should be", error);
    struct stream_row *row = cte_zalloc(1, sizeof *row);
    *row = (struct stream_row){cte_strdup(f[2]),
                               cte_strdup(f[3]),
                               cte_strdup(f[4]),
                               cte_strdup(f[5]),
                               cte_strdup(f[6]),
                               cte_strdup(f[7]),
                               cte_strdup(f[8]),
                               NULL,
                               NULL,
                               -1};
    return define(&in->rows, reference, row) ? CTE_OK
                                             : damaged(in, "a %row line is out of order", error);
}

static int define_rule(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    struct stream_reference reference;
    if (count < 7 || !reference_from(f[1], &reference) || f[3][0] == '\0' || f[3][1] != '\0')
        return damaged(in, "a %rule line is not as it should be", error);
    struct stream_rule *rule = cte_zalloc(1, sizeof *rule);
    *rule = (struct stream_rule){cte_strdup(f[2]),
                                 cte_strdup(f[4]),
                                 cte_strdup(f[5]),
                                 cte_strdup(f[6]),
                                 f[3][0],
                                 NULL,
                                 count > 7 ? cte_strdup(f[7]) : NULL,
                                 count > 8 ? cte_strdup(f[8]) : NULL};
    return define(&in->rules, reference, rule) ? CTE_OK
                                               : damaged(in, "a %rule line is out of order", error);
}

/* The trailer: the number of records and the sum must be those we saw, and nothing may follow. */
static int check_end(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    /* Compared as texts: a number that only reads the same is another byte. */
    char records[24], crc[16];
    snprintf(records, sizeof records, "%llu", (unsigned long long)in->records);
    snprintf(crc, sizeof crc, "%08x", in->crc);
    if (count != 3 || strcmp(f[1], records) != 0)
        return damaged(in, "the stream ends with another number of records", error);
    if (strcmp(f[2], crc) != 0)
        return damaged(in, "the stream's CRC is wrong: it was damaged on the way", error);
    while (!in->ended && in->at == in->end) {
        int status = refill(in, error);
        if (status != CTE_OK)
            return status;
    }
    return in->at == in->end ? CTE_OK : damaged(in, "bytes follow the end of the stream", error);
}

/* The control lines that hold numbers. */
static const struct {
    const char *word, *fields;
} shapes[] = {{"part", "nnn"},      {"note", "nt"},   {"counts", "tc"},      {"content", "nt"},
              {"fieldsum", "tttx"}, {"map", "tttnn"}, {"decision", "nnnnt"}, {"unasked", "tn"}};

bool stream_has_shape(char *const *fields, size_t count, const char *shape)
{
    uint64_t ignored;
    size_t at = 0;
    for (; *shape != '\0'; shape++) {
        for (; *shape == 'c' && at < count; at++) {
            if (!stream_counted(fields[at], &ignored))
                return false;
        }
        if (*shape == 'c')
            continue;
        if (at >= count || (*shape == 'n' && !read_number(fields[at], &ignored)) ||
            (*shape == 'x' && !read_hex(fields[at], &ignored)))
            return false;
        at++;
    }
    return true;
}

static int check_shape(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].word, f[0]) != 0)
            continue;
        /* In the trailer, a part tells its sum alone. */
        const bool is_sum = strcmp(f[0], "part") == 0 && count == 2;
        if (!stream_has_shape(f + 1, count - 1, is_sum ? "x" : shapes[i].fields))
            return damaged(in, "a control line is cut or holds a word where a number should stand",
                           error);
    }
    return CTE_OK;
}

/* The status must be one with which a program ends that failed: any other would let a stream that
 * was cut short pass for a whole one. */
static int take_refused(struct stream_in *in, char **f, size_t count, struct cte_error *error)
{
    uint64_t status;
    if (count != 2 || !read_number(f[1], &status) || !cte_is_failure(status))
        return damaged(in, "the stream was refused, but with no exit status of a failure,", error);
    in->refused_status = (int)status;
    return CTE_OK;
}

static int take_control(struct stream_in *in, size_t length, enum stream_item *item,
                        struct cte_error *error)
{
    const char *line = in->buffer + in->at;
    in->control = (struct slice){line, length};
    *item = STREAM_CONTROL;
    enum { MOST_FIELDS = 16 };
    char *f[MOST_FIELDS], *memory;
    size_t count = stream_split_control(in->control, f, MOST_FIELDS, &memory);
    int status = check_shape(in, f, count, error);
    if (status != CTE_OK) {
        free(memory);
        return status;
    }
    if (strcmp(f[0], "end") == 0) {
        sum_to(in, in->at);
        in->at += length + 1;
        status = check_end(in, f, count, error);
        *item = STREAM_END;
        free(memory);
        return status;
    }
    if (strcmp(f[0], "refused") == 0) {
        status = take_refused(in, f, count, error);
        *item = STREAM_REFUSED;
    } else if (strcmp(f[0], "program") == 0) {
        if (++in->program_count >= STREAM_MAX_PROGRAMS - 1)
            status = damaged(in, "too many programs touched the stream", error);
    } else if (strcmp(f[0], "part") == 0 && count == 4) {
        read_number(f[2], &in->before);
    } else if (strcmp(f[0], "kind") == 0) {
        status = define_kind(in, f, count, error);
    } else if (strcmp(f[0], "row") == 0) {
        status = define_row(in, f, count, error);
    } else if (strcmp(f[0], "rule") == 0) {
        status = define_rule(in, f, count, error);
    }
    free(memory);
    in->at += length + 1;
    return status;
}

/* Makes sure that a whole line stands in the buffer from `from` (counted from in->at) on; *length
 * is that of the line. */
static int whole_line(struct stream_in *in, size_t from, size_t *length, struct cte_error *error)
{
    for (;;) {
        const char *start = in->buffer + in->at + from;
        const char *end = in->buffer + in->end;
        const char *newline = start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;
        if (newline != NULL) {
            *length = (size_t)(newline - start);
            return CTE_OK;
        }
        if (in->ended)
            return damaged(in, "the stream is cut off", error);
        int status = refill(in, error);
        if (status != CTE_OK)
            return status;
    }
}

static bool is_history(char c)
{
    return c == 'C' || c == 'c' || c == 'F' || c == 'f';
}

static int take_record(struct stream_in *in, struct cte_error *error)
{
    struct stream_record *record = &in->record;
    uint32_t *positions = record->start + 1;
    struct scan_result scan;
    for (;;) {
        const char *line = in->buffer + in->at;
        scan = scan_record(line, in->buffer + in->end, '^', false, positions, STREAM_MAX_FIELDS);
        if (scan.newline != NULL)
            break;
        if (in->ended)
            return damaged(in, "the stream is cut off", error);
        int status = refill(in, error);
        if (status != CTE_OK)
            return status;
    }
    size_t length = (size_t)(scan.newline - (in->buffer + in->at));
    size_t group = length + 1;
    /* The history ends where another thing begins, so the byte after it must be seen; at the very
     * end there is a trailer. */
    for (;;) {
        if (in->at + group == in->end) {
            if (in->ended)
                return damaged(in, "the stream is cut off", error);
            int status = refill(in, error);
            if (status != CTE_OK)
                return status;
            continue;
        }
        if (!is_history(in->buffer[in->at + group]))
            break;
        size_t more;
        int status = whole_line(in, group, &more, error);
        if (status != CTE_OK)
            return status;
        group += more + 1;
    }
    const char *text = in->buffer + in->at;
    record->text = text;
    record->length = length;
    record->group_length = group;
    record->history = text + length + 1;
    record->history_length = group - length - 1;
    record->escaped = text[0] >= 'a';
    record->state = record->escaped ? (char)(text[0] - 'a' + 'A') : text[0];
    record->field_count = scan.delimiters;
    if (scan.delimiters == 0 || scan.delimiters > STREAM_MAX_FIELDS)
        return damaged(in, "a record line has no fields or too many", error);
    /* positions[i] is the caret before field i; a field starts after it. The head of the line ends
     * at the first one. */
    const char *head_end = text + positions[0];
    for (uint32_t i = 0; i < scan.delimiters; i++)
        record->start[i] = positions[i] + 1;
    record->start[scan.delimiters] = (uint32_t)length + 1;
    const char *at = parse_reference(text + 1, head_end, &record->kind_reference);
    if (at == NULL || at == head_end || *at != ' ')
        return damaged(in, "a record line does not begin as it should", error);
    record->line_digits = at + 1;
    record->line_length = (size_t)(head_end - record->line_digits);
    if (record->line_length == 0 || record->line_length > 20 || record->line_digits[0] < '1' ||
        record->line_digits[0] > '9')
        return damaged(in, "a record line has no line number", error);
    record->kind = stream_defined(&in->kinds, record->kind_reference);
    if (record->kind == NULL && record->kind_reference.program != 0)
        return damaged(in, "a record refers to a kind that is not defined", error);
    if (record->kind == NULL && record->state != 'X')
        return damaged(in, "a record that could not be read is not marked as rejected", error);
    if (record->kind != NULL && record->kind->all_fields != record->field_count)
        return damaged(in, "a record has another number of fields than its kind", error);
    in->at += group;
    in->records++;
    return CTE_OK;
}

int stream_next(struct stream_in *in, enum stream_item *item, struct cte_error *error)
{
    while (in->at == in->end && !in->ended) {
        int status = refill(in, error);
        if (status != CTE_OK)
            return status;
    }
    if (in->at == in->end)
        return damaged(in, "the stream is cut off: it has no trailer", error);
    char first = in->buffer[in->at];
    if (first != '\0' && strchr("RHXMrhxm", first) != NULL) {
        *item = STREAM_RECORD;
        return take_record(in, error);
    }
    if (first != '%')
        return damaged(in, "a line begins with a byte that stands for nothing", error);
    size_t length;
    int status = whole_line(in, 0, &length, error);
    return status == CTE_OK ? take_control(in, length, item, error) : status;
}

uint64_t stream_record_line(const struct stream_record *record)
{
    uint64_t line = 0;
    for (size_t i = 0; i < record->line_length; i++)
        line = line * 10 + (uint64_t)(record->line_digits[i] - '0');
    return line;
}

void stream_unescape_fields(struct slice *fields, size_t count, char *room)
{
    for (size_t i = 0; i < count; i++) {
        char *end = stream_unescape(room, fields[i].at, fields[i].length);
        fields[i] = (struct slice){room, (size_t)(end - room)};
        room = end;
    }
}

bool stream_history_next(const struct stream_record *record, const char **at,
                         struct stream_history *entry)
{
    const char *end = record->history + record->history_length;
    const char *line = *at != NULL ? *at : record->history;
    if (line >= end)
        return false;
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    if (newline == NULL)
        return false;
    *at = newline + 1;
    entry->escaped = *line >= 'a';
    entry->letter = entry->escaped ? (char)(*line - 'a' + 'A') : *line;
    const char *after = parse_reference(line + 1, newline, &entry->reference);
    if (after == NULL || after == newline)
        return false;
    entry->value = (struct slice){after + 1, (size_t)(newline - after - 1)};
    return true;
}

/* ---- writing ---- */

void stream_out_open(struct stream_out *out, int fd)
{
    memset(out, 0, sizeof *out);
    out->fd = fd;
    out->buffer = cte_alloc(STREAM_BUFFER);
    out->crc = libdeflate_crc32(0, NULL, 0);
    out->next_kind = out->next_row = out->next_rule = 1;
    fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
}

static void flush(struct stream_out *out)
{
    out->crc = libdeflate_crc32(out->crc, out->buffer, out->used);
    size_t done = 0;
    while (done < out->used && out->failed == 0) {
        ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            out->failed = errno;
    }
    out->used = 0;
}

char *stream_space(struct stream_out *out, size_t size)
{
    if (size > STREAM_BUFFER)
        cte_die("a line of %zu bytes does not fit the stream's buffer", size);
    if (out->used + size > STREAM_BUFFER)
        flush(out);
    return out->buffer + out->used;
}

void stream_put(struct stream_out *out, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t part = length < STREAM_BUFFER ? length : STREAM_BUFFER;
        char *to = stream_space(out, part);
        memcpy(to, bytes, part);
        out->used += part;
        bytes += part;
        length -= part;
    }
}

void stream_pass_record(struct stream_out *out, const struct stream_record *record, char state)
{
    char first = record->escaped ? (char)(state - 'A' + 'a') : state;
    stream_put(out, &first, 1);
    stream_put(out, record->text + 1, record->group_length - 1);
    out->records++;
}

void stream_out_begin(struct stream_out *out)
{
    stream_put(out, first_line, sizeof first_line - 1);
}

void stream_control(struct stream_out *out, const char *word, ...)
{
    stream_put(out, "%", 1);
    stream_put(out, word, strlen(word));
    va_list args;
    va_start(args, word);
    for (const char *field = va_arg(args, const char *); field != NULL;
         field = va_arg(args, const char *)) {
        size_t length = strlen(field);
        char *escaped = cte_alloc(length * 2 + 1);
        escaped[0] = '^';
        char *end = stream_escape(escaped + 1, field, length);
        stream_put(out, escaped, (size_t)(end - escaped));
        free(escaped);
    }
    va_end(args);
    stream_put(out, "\n", 1);
}

static void introduce_table(struct stream_out *out, const char *program,
                            const struct table_identity *identity)
{
    stream_control(out, "table", program, identity->kind, identity->id, identity->version,
                   identity->status, identity->sha256, NULL);
}

void stream_introduce(struct stream_out *out, unsigned programs_before, const char *program,
                      const struct tables *tables, const struct layout *const *layouts,
                      size_t layout_count)
{
    out->program = programs_before + 1;
    stream_control(out, "program", program, CTE_VERSION, NULL);
    for (size_t i = 0; i < layout_count; i++)
        introduce_table(out, program, &layouts[i]->identity);
    stream_introduce_rest(out, program, tables);
}

void stream_introduce_rest(struct stream_out *out, const char *program, const struct tables *tables)
{
    for (; tables != NULL && out->tables_introduced < tables->used_count; out->tables_introduced++)
        introduce_table(out, program, tables->used[out->tables_introduced]);
}

static void put_reference_text(char text[32], struct stream_reference reference)
{
    snprintf(text, 32, "%u.%u", reference.program, reference.number);
}

void stream_define_kind(struct stream_out *out, struct kind *kind)
{
    char reference[32], from[32], fields[32];
    kind->program = out->program;
    kind->number = out->next_kind++;
    put_reference_text(reference, (struct stream_reference){kind->program, kind->number});
    put_reference_text(from, kind->from != NULL ? (struct stream_reference){kind->from->program,
                                                                            kind->from->number}
                                                : (struct stream_reference){0, 0});
    snprintf(fields, sizeof fields, "%zu", kind->fields);
    char *layout = layout_reference(kind->record->layout);
    stream_control(out, "kind", reference, layout, kind_type(kind), kind->form->id, fields, from,
                   NULL);
    free(layout);
}

/* A definition is known by its word and fields, joined by a byte that stands in none of them. */
struct stream_definition {
    char *content; /* NULL: free */
    struct stream_reference reference;
};

static struct stream_definition *definition_slot(struct stream_out *out, const char *content)
{
    size_t i = keyed_hash(content, strlen(content)) & (out->defined_room - 1);
    while (out->defined[i].content != NULL && strcmp(out->defined[i].content, content) != 0)
        i = (i + 1) & (out->defined_room - 1);
    return &out->defined[i];
}

/* Finds the definition of this content. False when it is new; then *reference is the number it
 * gets. */
static bool is_defined(struct stream_out *out, char *content, unsigned *next,
                       struct stream_reference *reference)
{
    if (2 * (out->defined_count + 1) > out->defined_room) {
        struct stream_definition *old = out->defined;
        size_t old_room = out->defined_room;
        out->defined_room = old_room == 0 ? 256 : old_room * 2;
        out->defined = cte_zalloc(out->defined_room, sizeof *out->defined);
        for (size_t i = 0; i < old_room; i++) {
            if (old[i].content != NULL)
                *definition_slot(out, old[i].content) = old[i];
        }
        free(old);
    }
    struct stream_definition *slot = definition_slot(out, content);
    if (slot->content != NULL) {
        free(content);
        *reference = slot->reference;
        return true;
    }
    *reference = (struct stream_reference){out->program, (*next)++};
    *slot = (struct stream_definition){content, *reference};
    out->defined_count++;
    return false;
}

struct stream_reference stream_define_change(struct stream_out *out, const char *field,
                                             const char *name, const char *after,
                                             const char *crosswalk, const char *version,
                                             const char *row, const char *reason)
{
    struct stream_reference reference;
    char *content = cte_format("row\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", field, after, crosswalk,
                               version, row, reason);
    if (!is_defined(out, content, &out->next_row, &reference)) {
        char text[32];
        put_reference_text(text, reference);
        stream_control(out, "row", text, field, name, after, crosswalk, version, row, reason, NULL);
    }
    return reference;
}

struct stream_reference stream_define_finding(struct stream_out *out, const char *id, char severity,
                                              const char *field, const char *name,
                                              const char *message, const char *choices,
                                              const char *asked)
{
    struct stream_reference reference;
    char *content =
        cte_format("rule\x1f%s\x1f%c\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", id, severity, field, name,
                   message, choices != NULL ? choices : "", asked != NULL ? asked : "");
    if (!is_defined(out, content, &out->next_rule, &reference)) {
        char text[32], letter[2] = {severity, '\0'};
        put_reference_text(text, reference);
        stream_control(out, "rule", text, id, letter, field, name, message, choices, asked, NULL);
    }
    return reference;
}

void stream_finding(struct stream_out *out, struct stream_reference reference, const char *more)
{
    size_t length = strlen(more);
    char *to = stream_space(out, 32 + 2 * length);
    *to++ = stream_needs_escape(more, length) ? 'f' : 'F';
    to = put_number(to, reference.program);
    *to++ = '.';
    to = put_number(to, reference.number);
    *to++ = '^';
    to = stream_escape(to, more, length);
    *to++ = '\n';
    stream_take(out, to);
}

void stream_refuse(struct stream_out *out, int status)
{
    char text[16];
    snprintf(text, sizeof text, "%d", status);
    stream_control(out, "refused", text, NULL);
    flush(out);
}

int stream_out_finish(struct stream_out *out, struct cte_error *error)
{
    flush(out);
    char line[64];
    int length = snprintf(line, sizeof line, "%%end^%llu^%08x\n", (unsigned long long)out->records,
                          out->crc);
    stream_put(out, line, (size_t)length);
    flush(out);
    if (out->failed != 0)
        return cte_fail(error, CTE_IO, "cannot write standard output: %s", strerror(out->failed));
    return CTE_OK;
}
