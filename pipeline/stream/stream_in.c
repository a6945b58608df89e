#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/stream/checksum.h"
#include "pipeline/stream/stream_internal.h"

/* Makes sure that `wanted` bytes are there to be looked at, where the input has as many. */
static int look_ahead(struct stream_in *in, size_t wanted, struct cte_error *error)
{
    int status = CTE_OK;
    while (status == CTE_OK && in->end - in->at < wanted && !in->ended)
        status = stream_refill(in, error);
    return status;
}

/* Takes these bytes where they are next, and have been looked ahead for. */
static bool take_bytes(struct stream_in *in, const char *bytes, size_t length)
{
    const bool is_next =
        in->end - in->at >= length && memcmp(in->buffer + in->at, bytes, length) == 0;
    in->at += is_next ? length : 0;
    return is_next;
}

/* A stream begins at in->at. */
static int begin_stream(struct stream_in *in, struct cte_error *error)
{
    static const char first_line[] = STREAM_FIRST_LINE;
    const size_t length = sizeof first_line - 1;
    stream_forget_references(in);
    stream_forget_pasts(in);
    in->records = in->before = 0;
    in->program_count = 0;
    in->refused_status = 0;
    in->has_ended = in->is_lost = false;
    const int status = look_ahead(in, length, error);
    if (status != CTE_OK)
        return status;
    in->crc = 0;
    in->summed = in->at;
    return take_bytes(in, first_line, length)
               ? CTE_OK
               : cte_fail(error, CTE_BAD_INPUT,
                          "standard input is not a record stream of version 1; begin the chain "
                          "with cte-read");
}

int stream_in_open(struct stream_in *in, int fd, struct tables *tables, struct cte_error *error)
{
    in->fd = fd;
    in->tables = tables;
    if (in->buffer == NULL) {
        in->room = STREAM_BUFFER;
        in->buffer = cte_alloc(in->room + SCAN_SLACK);
    }
    in->at = in->end = in->summed = 0;
    in->ended = false;
    in->is_sequence = false;
    in->number = 0;
    fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
    return begin_stream(in, error);
}

/* Whether a stream follows in the sequence; where none does, the line that ends it is taken. */
static int find_next(struct stream_in *in, bool *has_next, struct cte_error *error)
{
    char last_line[40];
    const size_t length =
        (size_t)snprintf(last_line, sizeof last_line, "%%streams^%" PRIu64 "\n", in->number);
    int status = look_ahead(in, length, error);
    if (status != CTE_OK)
        return status;
    *has_next = !take_bytes(in, last_line, length);
    if (*has_next)
        return in->at < in->end ? CTE_OK
                                : stream_damaged(in, "the sequence of streams is cut off", error);
    status = look_ahead(in, 1, error);
    if (status == CTE_OK && in->at < in->end)
        status = stream_damaged(in, "bytes follow the end of the sequence", error);
    return status;
}

int stream_in_next(struct stream_in *in, bool *has_next, struct cte_error *error)
{
    *has_next = false;
    if (!in->is_sequence)
        return CTE_OK;
    int status = CTE_OK;
    for (enum stream_item item; status == CTE_OK && !in->has_ended;)
        status = stream_next(in, &item, error);
    if (status == CTE_OK)
        status = find_next(in, has_next, error);
    if (status != CTE_OK || !*has_next)
        return status;
    stream_forget_definitions(in);
    text_clear(&in->refused_words);
    status = begin_stream(in, error);
    *has_next = status == CTE_OK;
    return status;
}

void stream_in_close(struct stream_in *in)
{
    struct stream_dictionary *const all[] = {&in->kind_lines, &in->rows, &in->rules};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        for (size_t p = 0; p < STREAM_MAX_PROGRAMS; p++)
            free(all[i]->items[p]);
    }
    free(in->buffer);
    stream_forget_pasts(in);
    stream_forget_definitions(in);
    text_free(&in->refused_words);
    *in = (struct stream_in){0};
}

/* The trailer: the number of records and the sum must be those we saw, and nothing may follow but
 * the rest of a sequence. */
static int check_end(struct stream_in *in, const struct control_fields *fields,
                     struct cte_error *error)
{
    char *const *f = fields->items;
    /* Compared as texts: a number that only reads the same is another byte. */
    char records[24], crc[16];
    snprintf(records, sizeof records, "%llu", (unsigned long long)in->records);
    snprintf(crc, sizeof crc, "%08x", in->crc);
    if (fields->count != 3 || strcmp(f[1], records) != 0)
        return stream_damaged(in, "the stream ends with another number of records", error);
    if (strcmp(f[2], crc) != 0)
        return stream_damaged(in, "the stream's CRC is wrong: it was damaged on the way", error);
    if (in->is_sequence)
        return CTE_OK;
    const int status = look_ahead(in, 1, error);
    if (status == CTE_OK && in->at < in->end)
        return stream_damaged(in, "bytes follow the end of the stream", error);
    return status;
}

/* The status must be one with which a program ends that failed: any other would let a stream that
 * was cut short pass for a whole one. */
static int take_refused(struct stream_in *in, const struct control_fields *fields,
                        struct cte_error *error)
{
    uint64_t status;
    if (fields->count < 2 || fields->count > 3 || !read_number(fields->items[1], &status) ||
        !cte_is_failure(status))
        return stream_damaged(in, "the stream was refused, but with no exit status of a failure,",
                              error);
    in->refused_status = (int)status;
    text_clear(&in->refused_words);
    if (fields->count == 3)
        text_put(&in->refused_words, fields->items[2], strlen(fields->items[2]));
    return CTE_OK;
}

/* Streams of a sequence are numbered from 1, so that one that got lost is missed. */
static int take_sequence(struct stream_in *in, const struct control_fields *fields,
                         struct cte_error *error)
{
    uint64_t number;
    if (fields->count != 2 || !read_number(fields->items[1], &number) || in->records > 0 ||
        number != in->number + 1)
        return stream_damaged(in, "the streams of a sequence are out of order", error);
    in->is_sequence = true;
    in->number = number;
    return CTE_OK;
}

/* What a control line says to the reader itself; `length` is that of the line. */
static int obey_control(struct stream_in *in, const struct control_fields *fields, size_t length,
                        enum stream_item *item, struct cte_error *error)
{
    const char *word = fields->items[0];
    int status = CTE_OK;
    if (!stream_is_sound(fields))
        return stream_damaged(
            in, "a control line is cut or holds a word where a number should stand", error);
    if (strcmp(word, "end") == 0) {
        *item = STREAM_END;
        stream_sum_to(in, in->at);
        in->at += length + 1;
        return check_end(in, fields, error);
    }
    if (strcmp(word, "refused") == 0) {
        *item = STREAM_REFUSED;
        status = take_refused(in, fields, error);
    } else if (strcmp(word, "sequence") == 0) {
        status = take_sequence(in, fields, error);
    } else if (strcmp(word, "program") == 0) {
        if (++in->program_count >= STREAM_MAX_PROGRAMS - 1)
            status = stream_damaged(in, "too many programs touched the stream", error);
    } else if (strcmp(word, "part") == 0 && fields->count == 4) {
        read_number(fields->items[2], &in->before);
    } else {
        status = stream_take_definition(in, fields, error);
    }
    in->at += length + 1;
    return status;
}

static int take_control(struct stream_in *in, size_t length, enum stream_item *item,
                        struct cte_error *error)
{
    enum { MOST_FIELDS = 16 };
    char *items[MOST_FIELDS], *memory;
    in->control = (struct slice){in->buffer + in->at, length};
    *item = STREAM_CONTROL;
    const struct control_fields fields = {
        items, stream_split_control(in->control, items, MOST_FIELDS, &memory)};
    const int status = obey_control(in, &fields, length, item, error);
    free(memory);
    return status;
}

static bool is_record(char c)
{
    switch (c) {
    case 'R':
    case 'H':
    case 'X':
    case 'M':
    case 'r':
    case 'h':
    case 'x':
    case 'm': return true;
    default: return false;
    }
}

static int take_item(struct stream_in *in, enum stream_item *item, struct cte_error *error)
{
    while (in->at == in->end && !in->ended) {
        int status = stream_refill(in, error);
        if (status != CTE_OK)
            return status;
    }
    if (in->at == in->end)
        return stream_damaged(in, "the stream is cut off: it has no trailer", error);
    char first = in->buffer[in->at];
    if (is_record(first)) {
        *item = STREAM_RECORD;
        return stream_take_record(in, error);
    }
    if (first != '%')
        return stream_damaged(in, "a line begins with a byte that stands for nothing", error);
    size_t length;
    int status = stream_whole_line(in, 0, &length, error);
    return status == CTE_OK ? take_control(in, length, item, error) : status;
}

int stream_next(struct stream_in *in, enum stream_item *item, struct cte_error *error)
{
    const int status = take_item(in, item, error);
    in->is_lost = status != CTE_OK;
    in->has_ended = status == CTE_OK && (*item == STREAM_END || *item == STREAM_REFUSED);
    return status;
}
