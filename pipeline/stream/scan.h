/* scan.h - finds the ends of fields and records, many bytes at a time.
 *
 * scan_record() is the one loop that touches every byte of the data. It looks at 64 bytes at once,
 * notes where each delimiter stands and stops at the line feed. On the way it notes whether the
 * record holds anything that needs a closer look: a quote, a carriage return, a NUL, another
 * control character, a byte above 127. Records without such bytes never see slower code: one
 * comparison finds all that is no printed ASCII, and only where there is some, the record is looked
 * at byte by byte.
 *
 * Two versions stand side by side, SSE2 and plain C, with the same result for every input; `make
 * CPPFLAGS=-DSCAN_PLAIN` takes the plain one, and a test compares them at every alignment.
 *
 * The bytes after the record must be readable: SCAN_SLACK of them, with any content.
 */
#ifndef CTE_SCAN_H
#define CTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(SCAN_PLAIN)
#include <emmintrin.h>
#endif

enum { SCAN_SLACK = 64 };

enum {
    SCAN_QUOTE = 1,  /* holds a double quote */
    SCAN_RETURN = 2, /* holds a carriage return that is not the last byte before the line feed */
    SCAN_NUL = 4,
    SCAN_HIGH = 8,    /* holds a byte above 127 */
    SCAN_CONTROL = 16 /* holds a control character of ASCII that is none of the above */
};

struct scan_result {
    const char *newline; /* the line feed, or NULL when there is none before the end */
    /* how many stand before it; positions beyond the room given are counted, not noted */
    uint32_t delimiters;
    uint32_t flags;
};

struct scan_masks {
    uint64_t delimiter, newline, quote, carriage;
    uint64_t odd; /* below the blank or above the tilde, but for carriage returns */
};

#if defined(__SSE2__) && !defined(SCAN_PLAIN)

static inline uint64_t scan_equal(const __m128i block[4], char c)
{
    const __m128i wanted = _mm_set1_epi8(c);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[i], wanted)) << (16 * i);
    return mask;
}

static inline struct scan_masks scan_block(const char *at, char delimiter, bool closely)
{
    __m128i block[4];
    for (unsigned i = 0; i < 4; i++)
        block[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
    struct scan_masks masks = {.delimiter = scan_equal(block, delimiter),
                               .newline = scan_equal(block, '\n')};
    if (closely) {
        masks.quote = scan_equal(block, '"');
        masks.carriage = scan_equal(block, '\r');
        /* One more, and seen with a sign, all from 0x7f on stand below all that is printed. */
        const __m128i one = _mm_set1_epi8(1), first_printed = _mm_set1_epi8(' ' + 1);
        for (unsigned i = 0; i < 4; i++)
            masks.odd |= (uint64_t)(uint32_t)_mm_movemask_epi8(
                             _mm_cmplt_epi8(_mm_add_epi8(block[i], one), first_printed))
                         << (16 * i);
        masks.odd &= ~masks.carriage;
    }
    return masks;
}

#else

static inline struct scan_masks scan_block(const char *at, char delimiter, bool closely)
{
    struct scan_masks masks = {0, 0, 0, 0, 0};
    for (unsigned i = 0; i < 64; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        const char c = at[i];
        if (c == delimiter)
            masks.delimiter |= bit;
        if (c == '\n')
            masks.newline |= bit;
        if (closely) {
            if (c == '"')
                masks.quote |= bit;
            if (c == '\r')
                masks.carriage |= bit;
            if (((unsigned char)c < ' ' && c != '\r') || (unsigned char)c > '~')
                masks.odd |= bit;
        }
    }
    return masks;
}

#endif

/* What the bytes are that are not printed ASCII. */
static inline uint32_t scan_odd(const char *at, const char *end)
{
    uint32_t flags = 0;
    for (; at < end; at++) {
        const unsigned char c = (unsigned char)*at;
        if (c == '\0')
            flags |= SCAN_NUL;
        else if (c > 127)
            flags |= SCAN_HIGH;
        else if ((c < ' ' && c != '\r') || c == 127)
            flags |= SCAN_CONTROL;
    }
    return flags;
}

/* Scans from `at`, the first byte of a record, to its line feed, at most to `end`. The positions of
 * the delimiters, counted from `at`, go to positions[0 …]. With `closely` false, no flags are
 * computed. Inlined, so that `closely`, `delimiter` and a room of nought cost nothing where they
 * are constant: each has to be a parameter of its own. */
static inline __attribute__((always_inline)) struct scan_result
scan_record(const char *at, const char *end, char delimiter, bool closely, uint32_t *positions,
            uint32_t room)
{
    struct scan_result result = {NULL, 0, 0};
    uint64_t quote = 0, odd = 0, carriage = 0;
    for (const char *block = at; block < end; block += 64) {
        struct scan_masks masks = scan_block(block, delimiter, closely);
        const size_t left = (size_t)(end - block);
        uint64_t upto = left >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
        masks.newline &= upto;
        if (masks.newline != 0) {
            const unsigned bit = (unsigned)__builtin_ctzll(masks.newline);
            result.newline = block + bit;
            upto = (UINT64_C(1) << bit) - 1;
            /* The carriage return before the line feed belongs to the line end. */
            if (closely && bit > 0)
                masks.carriage &= ~(UINT64_C(1) << (bit - 1));
        }
        if (closely) {
            /* A return in the last byte of the block before counts unless the line feed follows
             * here. */
            if (carriage >> 63 != 0 && !(masks.newline & 1))
                result.flags |= SCAN_RETURN;
            carriage = masks.carriage & upto;
            if (carriage << 1 != 0)
                result.flags |= SCAN_RETURN;
            quote |= masks.quote & upto;
            odd |= masks.odd & upto;
        }
        uint64_t delimiters = masks.delimiter & upto;
        if (room == 0) {
            result.delimiters += (uint32_t)__builtin_popcountll(delimiters);
        } else {
            const uint32_t base = (uint32_t)(block - at);
            while (delimiters != 0) {
                if (result.delimiters < room)
                    positions[result.delimiters] = base + (uint32_t)__builtin_ctzll(delimiters);
                result.delimiters++;
                delimiters &= delimiters - 1;
            }
        }
        if (result.newline != NULL)
            break;
    }
    if (closely) {
        if (result.newline == NULL && carriage >> 63 != 0)
            result.flags |= SCAN_RETURN;
        result.flags |= quote != 0 ? SCAN_QUOTE : 0U;
        if (odd != 0)
            result.flags |= scan_odd(at, result.newline != NULL ? result.newline : end);
    }
    return result;
}

#endif
