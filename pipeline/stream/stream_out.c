#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/checksum.h"
#include "pipeline/stream/stream_internal.h"

static void start(struct stream_out *out, int fd, char *buffer)
{
    *out = (struct stream_out){
        .fd = fd, .buffer = buffer, .crc = 0, .next_kind = 1, .next_row = 1, .next_rule = 1};
}

void stream_out_open(struct stream_out *out, int fd)
{
    start(out, fd, cte_alloc(STREAM_BUFFER));
    fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
}

void stream_out_restart(struct stream_out *out)
{
    const int failed = out->failed;
    free(out->references);
    map_free(&out->defined);
    start(out, out->fd, out->buffer);
    out->failed = failed;
}

/* Sums what was put since, once. */
static void sum(struct stream_out *out)
{
    out->crc = stream_checksum(out->crc, out->buffer + out->summed, out->used - out->summed);
    out->summed = out->used;
}

static void flush(struct stream_out *out)
{
    sum(out);
    size_t done = 0;
    while (done < out->used && out->failed == 0) {
        ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            out->failed = errno;
    }
    out->used = out->summed = 0;
}

void stream_make_space(struct stream_out *out, size_t size)
{
    if (size > STREAM_BUFFER)
        cte_die("a line of %zu bytes does not fit the stream's buffer", size);
    flush(out);
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

void stream_pass_record(struct stream_out *out, const struct record *record,
                        enum record_state state)
{
    const char letter = stream_letter(state, record->escaped);
    const size_t length = record->length + 1 + record->history_length;
    out->records++;
    if (length <= STREAM_BUFFER) {
        char *to = stream_space(out, length);
        memcpy(to, record->text, length);
        *to = letter;
        out->used += length;
        return;
    }
    stream_put(out, &letter, 1);
    stream_put(out, record->text + 1, length - 1);
}

void stream_out_begin(struct stream_out *out)
{
    stream_put(out, STREAM_FIRST_LINE, sizeof STREAM_FIRST_LINE - 1);
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

void stream_introduce_table(struct stream_out *out, const char *program,
                            const struct table_identity *identity)
{
    stream_control(out, "table", program, identity->kind, identity->id, identity->version,
                   identity->status, identity->sha256, NULL);
}

void stream_introduce(struct stream_out *out, unsigned programs_before, const char *program)
{
    out->program = programs_before + 1;
    stream_control(out, "program", program, CTE_VERSION, NULL);
}

void stream_introduce_rest(struct stream_out *out, const char *program, const struct tables *tables)
{
    for (; tables != NULL && out->tables_introduced < tables->used_count; out->tables_introduced++)
        stream_introduce_table(out, program, tables->used[out->tables_introduced]);
}

enum { REFERENCE_TEXT = 32 };

static void write_reference(char text[REFERENCE_TEXT], struct stream_reference reference)
{
    snprintf(text, REFERENCE_TEXT, "%u.%u", reference.program, reference.number);
}

struct stream_reference stream_define_kind(struct stream_out *out, const struct kind *kind)
{
    char text[REFERENCE_TEXT], from[REFERENCE_TEXT], fields[32];
    const struct stream_reference reference = {out->program, out->next_kind++};
    write_reference(text, reference);
    write_reference(from,
                    kind->from != NULL ? kind->from->reference : (struct stream_reference){0, 0});
    snprintf(fields, sizeof fields, "%zu", kind->fields);
    char *layout = layout_reference(kind->record->layout);
    stream_control(out, "kind", text, layout, kind_type(kind), kind->form->id, fields, from, NULL);
    free(layout);
    return reference;
}

/* Finds the definition of this content: its word and fields, joined by a byte that stands in none
 * of them. False when it is new; then *reference is the number it gets. Frees the content. */
static bool is_defined(struct stream_out *out, char *content, unsigned *next,
                       struct stream_reference *reference)
{
    const size_t before = out->defined.count, i = map_add_string(&out->defined, content);
    if (i == before) {
        GROW(out->references, before, out->reference_room);
        out->references[i] = (struct stream_reference){out->program, (*next)++};
    }
    free(content);
    *reference = out->references[i];
    return i != before;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

struct stream_reference stream_define_row(struct stream_out *out, const struct stream_row *row)
{
    struct stream_reference reference;
    const char *field = or_empty(row->field), *after = or_empty(row->after),
               *crosswalk = or_empty(row->crosswalk), *version = or_empty(row->version),
               *number = or_empty(row->row), *reason = or_empty(row->reason);
    char *content = cte_format("row\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s", field, after, crosswalk,
                               version, number, reason);
    if (!is_defined(out, content, &out->next_row, &reference)) {
        char text[REFERENCE_TEXT];
        write_reference(text, reference);
        stream_control(out, "row", text, field, or_empty(row->name), after, crosswalk, version,
                       number, reason, NULL);
    }
    return reference;
}

struct stream_reference stream_define_rule(struct stream_out *out, const struct stream_rule *rule)
{
    struct stream_reference reference;
    const char *field = or_empty(rule->field), *name = or_empty(rule->name),
               *message = or_empty(rule->message);
    const char letter[2] = {(char)rule->severity, '\0'};
    char *content =
        cte_format("rule\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s%s%s", rule->id, letter, field,
                   name, message, or_empty(rule->choices), or_empty(rule->asked),
                   rule->courses != NULL ? "\x1f" : "", or_empty(rule->courses));
    if (!is_defined(out, content, &out->next_rule, &reference)) {
        char text[REFERENCE_TEXT];
        write_reference(text, reference);
        stream_control(out, "rule", text, rule->id, letter, field, name, message, rule->choices,
                       rule->courses != NULL ? or_empty(rule->asked) : rule->asked, rule->courses,
                       NULL);
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

void stream_refuse(struct stream_out *out, int status, const char *words)
{
    char text[16];
    snprintf(text, sizeof text, "%d", status);
    stream_control(out, "refused", text, words, NULL);
    flush(out);
}

static void put_streams(struct stream_out *out, const char *word, uint64_t number)
{
    char text[24];
    *put_number(text, number) = '\0';
    stream_control(out, word, text, NULL);
}

void stream_put_sequence(struct stream_out *out, uint64_t number)
{
    put_streams(out, "sequence", number);
}

static int tell_failure(const struct stream_out *out, struct cte_error *error)
{
    return out->failed == 0
               ? CTE_OK
               : cte_fail(error, CTE_IO, "cannot write standard output: %s", strerror(out->failed));
}

int stream_end_sequence(struct stream_out *out, uint64_t streams, struct cte_error *error)
{
    put_streams(out, "streams", streams);
    flush(out);
    return tell_failure(out, error);
}

int stream_out_finish(struct stream_out *out, struct cte_error *error)
{
    sum(out);
    char line[64];
    int length = snprintf(line, sizeof line, "%%end^%llu^%08x\n", (unsigned long long)out->records,
                          out->crc);
    stream_put(out, line, (size_t)length);
    flush(out);
    return tell_failure(out, error);
}

void stream_out_close(struct stream_out *out)
{
    free(out->buffer);
    free(out->references);
    map_free(&out->defined);
    *out = (struct stream_out){0};
}
