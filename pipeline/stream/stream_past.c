/* The histories of records: read line by line, and the same one not again. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/stream_internal.h"

/* Beyond these, a history is read each time. */
enum { MOST_KNOWN = 1 << 11, SLOT_BITS = 13, SLOTS = 1 << SLOT_BITS, NEIGHBOURS = 4 };
enum { KNOWN_BYTES = 64, KNOWN_LINES = 8 };

struct known_past {
    struct stream_past past;
    size_t length;
    const char *text;
};

struct stream_pasts {
    struct known_past *slots[SLOTS + NEIGHBOURS];
    uint32_t count;
    struct arena memory; /* of those that are known */
    /* of one that is not */
    struct stream_past other;
    struct stream_history *lines;
    size_t room;
};

/* ---- reading ---- */

/* Reads the line at *at; false at the end, and where it is no line of a history. */
static bool read_line(const struct stream_in *in, const char **at, const char *end,
                      struct stream_history *read)
{
    const char *line = *at, *newline = find_line_end(line, end);
    if (newline == NULL)
        return false;
    *at = newline + 1;
    read->escaped = *line >= 'a';
    read->letter = (read->escaped ? *line - 'a' + 'A' : *line) == HISTORY_CHANGE ? HISTORY_CHANGE
                                                                                 : HISTORY_FINDING;
    const char *after = parse_reference_quickly(line + 1, newline, &read->reference);
    if (after == NULL || after == newline)
        return false;
    const bool is_change = read->letter == HISTORY_CHANGE;
    read->row = is_change ? stream_defined(&in->rows, read->reference) : NULL;
    read->rule = is_change ? NULL : stream_defined(&in->rules, read->reference);
    read->value = (struct slice){after + 1, (size_t)(newline - after - 1)};
    read->line = (struct slice){line, (size_t)(newline + 1 - line)};
    return true;
}

/* Reads all lines; whether they are the same wherever the history stands again. */
static bool read_lines(const struct stream_in *in, const struct record *record)
{
    struct stream_pasts *pasts = in->pasts;
    const char *at = record->history, *end = at + record->history_length;
    struct stream_history line;
    bool recurs = true;
    size_t count = 0;
    for (; read_line(in, &at, end, &line); count++) {
        GROW(pasts->lines, count, pasts->room);
        pasts->lines[count] = line;
        recurs = recurs && !line.escaped && (line.row != NULL || line.rule != NULL);
    }
    pasts->other = (struct stream_past){pasts->lines, count, 0};
    return recurs && at == end && count <= KNOWN_LINES;
}

/* ---- those that are known ---- */

/* The first eight bytes, or as many as there are and noughts. */
static uint64_t first_word(const char *text, size_t length)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    const unsigned lacking = length < sizeof word ? (unsigned)(8 * (sizeof word - length)) : 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word << lacking;
#else
    return word >> lacking;
#endif
}

/* Eight bytes so far before the end, or the first ones; of less than eight, how many there are. */
static uint64_t word_before_end(const char *text, size_t length, size_t distance)
{
    uint64_t word;
    memcpy(&word, text + (length < distance ? 0 : length - distance), sizeof word);
    return length < sizeof word ? length : word;
}

/* Where a history may be kept: there, or in one of the next places. It is not empty, and SCAN_SLACK
 * bytes after it may be read. */
static struct known_past **place_of(struct stream_pasts *pasts, const char *text, size_t length)
{
    enum { WORD = sizeof(uint64_t) };
    const uint64_t last = word_before_end(text, length, WORD),
                   before = word_before_end(text, length, (size_t)2 * WORD),
                   ends = (last << 23 | last >> 41) ^ before * UINT64_C(0xff51afd7ed558ccd),
                   mixed = (first_word(text, length) ^ ends) * UINT64_C(0x9e3779b97f4a7c15);
    return &pasts->slots[(mixed ^ mixed >> 32) * UINT64_C(0xc4ceb9fe1a85ec53) >> (64 - SLOT_BITS)];
}

static struct slice copy_part(struct slice part, const char *from, const char *to)
{
    return (struct slice){to + (part.at - from), part.length};
}

/* Keeps what was read. */
static struct known_past *keep(struct stream_pasts *pasts, const struct record *record)
{
    const size_t count = pasts->other.count;
    struct known_past *known = arena_alloc(&pasts->memory, sizeof *known);
    struct stream_history *lines = arena_alloc(&pasts->memory, count * sizeof *lines);
    char *text = arena_alloc(&pasts->memory, record->history_length + SCAN_SLACK);
    memcpy(text, record->history, record->history_length);
    for (size_t i = 0; i < count; i++) {
        lines[i] = pasts->lines[i];
        lines[i].value = copy_part(lines[i].value, record->history, text);
        lines[i].line = copy_part(lines[i].line, record->history, text);
    }
    *known = (struct known_past){{lines, count, ++pasts->count}, record->history_length, text};
    return known;
}

const struct stream_past *stream_past(struct stream_in *in, const struct record *record)
{
    const size_t length = record->history_length;
    if (in->pasts == NULL)
        in->pasts = cte_zalloc(1, sizeof *in->pasts);
    struct stream_pasts *pasts = in->pasts;
    if (length == 0 || length > KNOWN_BYTES) {
        read_lines(in, record);
        return &pasts->other;
    }
    struct known_past **place = place_of(pasts, record->history, length), **last = place;
    for (; last < place + NEIGHBOURS && *last != NULL; last++) {
        if ((*last)->length == length && memcmp((*last)->text, record->history, length) == 0)
            return &(*last)->past;
    }
    if (!read_lines(in, record) || last == place + NEIGHBOURS || pasts->count == MOST_KNOWN)
        return &pasts->other;
    *last = keep(pasts, record);
    return &(*last)->past;
}

void stream_forget_pasts(struct stream_in *in)
{
    struct stream_pasts *pasts = in->pasts;
    if (pasts == NULL)
        return;
    arena_free(&pasts->memory);
    free(pasts->lines);
    free(pasts);
    in->pasts = NULL;
}
