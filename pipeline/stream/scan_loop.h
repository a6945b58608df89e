/* scan_loop.h - the loop of scan.h, made anew by each version. Included by scan_*.c alone, after
 *
 *   SCAN_TARGET    what the compiler may use of the processor, as an attribute; or nothing
 *
 * is defined; it declares scan_block() and scan_note(), which each version defines.
 */
#ifndef CTE_SCAN_LOOP_H
#define CTE_SCAN_LOOP_H

#include "pipeline/stream/scan.h"

/* Where bytes stand in a block of 64, the first in the lowest bit. */
struct scan_masks {
    uint64_t delimiter, newline, quote, carriage;
    uint64_t odd; /* below the blank or above the tilde, but for carriage returns */
};

/* With `closely` false, only delimiters and line feeds are looked for. */
static inline SCAN_TARGET struct scan_masks scan_block(const char *at, char delimiter,
                                                       bool closely);

/* Notes the places of all bits of a mask, counted from `base`, the first in to[0]. There is room
 * for SCAN_BLOCK places, and behind those noted anything may be written. */
enum { SCAN_BLOCK = 64 };
static inline SCAN_TARGET void scan_note(uint32_t *to, uint32_t base, uint64_t mask);

/* The same for any processor, and of at most `room` places. */
static inline SCAN_TARGET void scan_note_each(uint32_t *to, uint32_t room, uint32_t base,
                                              uint64_t mask)
{
    for (uint32_t i = 0; i < room && mask != 0; i++, mask &= mask - 1)
        to[i] = base + (uint32_t)__builtin_ctzll(mask);
}

/* What the bytes are that are not printed ASCII. */
static inline SCAN_TARGET uint32_t scan_odd(const char *at, const char *end)
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

/* Inlined, so that `closely` costs nothing. */
static inline __attribute__((always_inline)) SCAN_TARGET struct scan_result
scan_blocks(const char *at, const char *end, char delimiter, bool closely, uint32_t *starts,
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
        const uint64_t delimiters = masks.delimiter & upto;
        const uint32_t base = (uint32_t)(block - at) + 1, noted = result.delimiters,
                       count = (uint32_t)__builtin_popcountll(delimiters);
        if (room >= SCAN_BLOCK && noted <= room - SCAN_BLOCK)
            scan_note(starts + noted, base, delimiters);
        else if (noted < room)
            scan_note_each(starts + noted, room - noted, base, delimiters);
        result.delimiters += count;
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

static SCAN_TARGET struct scan_result closely(const char *at, const char *end, char delimiter,
                                              uint32_t *starts, uint32_t room)
{
    return scan_blocks(at, end, delimiter, true, starts, room);
}

static SCAN_TARGET struct scan_result split(const char *at, const char *end, char delimiter,
                                            uint32_t *starts, uint32_t room)
{
    return scan_blocks(at, end, delimiter, false, starts, room);
}

#endif
