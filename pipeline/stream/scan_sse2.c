/* Sixteen bytes at once; each processor of this kind can. */
#if defined(__x86_64__)
#include <emmintrin.h>

#define SCAN_TARGET
#include "pipeline/stream/scan_loop.h"
#include "pipeline/stream/scan_versions.h"

static inline uint64_t scan_equal(const __m128i block[4], char c)
{
    const __m128i wanted = _mm_set1_epi8(c);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block[i], wanted)) << (16 * i);
    return mask;
}

static inline SCAN_TARGET struct scan_masks scan_block(const char *at, char delimiter, bool closely)
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

static inline SCAN_TARGET void scan_note(uint32_t *to, uint32_t base, uint64_t mask)
{
    scan_note_each(to, SCAN_BLOCK, base, mask);
}

static bool can_run(void)
{
    return true;
}

const struct scan_version scan_sse2 = {"SSE2", can_run, closely, split};

#endif
