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
    unsigned n = 0;
    const char *start = at;
    while (at < end && *at >= '0' && *at <= '9' && at - start < 9)
        n = n * 10 + (unsigned)(*at++ - '0');
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
