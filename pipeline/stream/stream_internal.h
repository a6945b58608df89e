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

enum { QUICK_DIGITS = 8 };

/* The number that the digits from `at` on make, the first QUICK_DIGITS of them; returns how many
 * there are. So many bytes must be readable, whatever they are. */
static inline size_t read_quick_digits(const char *at, uint64_t *number)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101), high_bits = ones << 7;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    /* In each byte that is no digit, the highest bit is set; above the first of these, it may be
     * set in others. */
    const uint64_t others =
        (((word & ~high_bits) + ones * (0x7f - '9')) | (word - ones * '0') | word) & high_bits;
    const size_t count = others != 0 ? (size_t)__builtin_ctzll(others) / 8 : QUICK_DIGITS;
    if (count == 0)
        return 0;
    /* Noughts before the digits; then pairs of digits, of pairs, and of these are made one. */
    word = (word & ones * 0x0f) << (64 - 8 * count);
    word = (word * (1 + (10 << 8)) >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word * (1 + (100 << 16)) >> 16) & UINT64_C(0x0000ffff0000ffff);
    *number = word * (1 + (UINT64_C(10000) << 32)) >> 32;
    return count;
#else
    size_t count = 0;
    *number = 0;
    for (; count < QUICK_DIGITS && at[count] >= '0' && at[count] <= '9'; count++)
        *number = *number * 10 + (uint64_t)(at[count] - '0');
    return count;
#endif
}

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

/* The same in the buffer of a stream, where SCAN_SLACK bytes behind `end` may be read, and no digit
 * stands at `end`. */
static inline const char *parse_reference_quickly(const char *at, const char *end,
                                                  struct stream_reference *reference)
{
    uint64_t number;
    const unsigned program = (unsigned char)at[0] - (unsigned)'0';
    if (program > 9 || at[1] != '.')
        return parse_reference(at, end, reference);
    const size_t digits = read_quick_digits(at + 2, &number);
    if (digits == 0 || digits == QUICK_DIGITS)
        return parse_reference(at, end, reference);
    *reference = (struct stream_reference){program, (unsigned)number};
    return at + 2 + digits;
}

/* The first line feed from `at` on, or NULL where there is none before `end`. For short lines: in
 * the buffer of a stream, where SCAN_SLACK bytes behind `end` may be read. */
static inline const char *find_line_end(const char *at, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101), high_bits = ones << 7;
    for (; at < end; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word ^= ones * '\n'; /* a line feed is a nought now, and the lowest nought is found */
        const uint64_t noughts = (word - ones) & ~word & high_bits;
        if (noughts != 0) {
            const char *found = at + __builtin_ctzll(noughts) / 8;
            return found < end ? found : NULL;
        }
    }
    return NULL;
#else
    return at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
#endif
}

/* The fields of a control line, its word first. */
struct control_fields {
    char **items;
    size_t count;
};

/* Sums what has been used up to `upto`, once. */
void stream_sum_to(struct stream_in *in, size_t upto);

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

/* Forgets the histories that are known, whose references are of the stream at hand. */
void stream_forget_pasts(struct stream_in *in);

/* Forgets which references were defined, and keeps what they mean. */
void stream_forget_references(struct stream_in *in);

/* Forgets what was defined, which the next stream of a sequence does not know. */
void stream_forget_definitions(struct stream_in *in);

#endif
