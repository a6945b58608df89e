/* stream_internal.h - what the parts that read a stream share. Included by stream_*.c alone. */
#ifndef CTE_STREAM_INTERNAL_H
#define CTE_STREAM_INTERNAL_H

#include "pipeline/stream/stream.h"

/* The first line of a stream, with its line feed. */
#define STREAM_FIRST_LINE "%cte-stream^1\n"

/* Pipes of the default 64 KiB double the time of a chain. Where a descriptor is no pipe or the
 * system says no, nothing is lost but speed. */
enum { PIPE_ROOM = 1 << 20 };

/* Says where the stream is damaged, and how. */
int stream_damaged(const struct stream_in *in, const char *what, struct cte_error *error);

static inline const char *parse_number(const char *at, const char *end, unsigned *number)
{
    enum { MOST_DIGITS = 9 };
    const char *start = at, *most = end - at > MOST_DIGITS ? at + MOST_DIGITS : end;
    unsigned n = 0;
    for (unsigned digit; at < most && (digit = (unsigned char)*at - (unsigned)'0') <= 9; at++)
        n = n * 10 + digit;
    *number = n;
    return at == start ? NULL : at;
}

/* Reads a reference; returns what follows it, or NULL. */
static inline const char *parse_reference(const char *at, const char *end,
                                          struct stream_reference *reference)
{
    at = parse_number(at, end, &reference->program);
    if (at == NULL || at == end || *at != '.')
        return NULL;
    return parse_number(at + 1, end, &reference->number);
}

/* The fields of a control line, its word first. */
struct control_fields {
    char **items;
    size_t count;
};

/* Moves what is not used yet to the front of the buffer and reads more. At the end of input nothing
 * is added and `ended` is set. */
int stream_refill(struct stream_in *in, struct cte_error *error);

/* Makes sure that a whole line stands in the buffer from `from` (counted from in->at) on; *length
 * is that of the line. */
int stream_whole_line(struct stream_in *in, size_t from, size_t *length, struct cte_error *error);

/* Takes the record that begins at in->at, with its history. */
int stream_take_record(struct stream_in *in, struct cte_error *error);

/* Takes a %kind, %row or %rule line; any other defines nothing. */
int stream_take_definition(struct stream_in *in, const struct control_fields *fields,
                           struct cte_error *error);

/* Whether a control line that holds numbers holds them where it should. */
bool stream_is_sound(const struct control_fields *fields);

void *stream_defined(const struct stream_dictionary *dictionary, struct stream_reference reference);

/* Forgets which references were defined, and keeps what they mean. */
void stream_forget_references(struct stream_in *in);

/* Forgets what was defined, which the next stream of a sequence does not know. */
void stream_forget_definitions(struct stream_in *in);

#endif
