/* Sixty-four bytes at once; one instruction packs the places of the bits of a mask. */
#if defined(__x86_64__)
#include <immintrin.h>

#define SCAN_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")))
#include "pipeline/stream/scan_loop.h"
#include "pipeline/stream/scan_versions.h"

static inline SCAN_TARGET struct scan_masks scan_block(const char *at, char delimiter, bool closely)
{
    const __m512i block = _mm512_loadu_si512(at);
    struct scan_masks masks = {.delimiter =
                                   _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(delimiter)),
                               .newline = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n'))};
    if (closely) {
        masks.quote = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
        masks.carriage = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\r'));
        /* Seen from the blank on, all that is printed stands below the others. */
        const __m512i from_blank = _mm512_sub_epi8(block, _mm512_set1_epi8(' '));
        masks.odd =
            _mm512_cmpgt_epu8_mask(from_blank, _mm512_set1_epi8('~' - ' ')) & ~masks.carriage;
    }
    return masks;
}

/* The places of all bits as bytes, the first in the lowest byte. */
static inline SCAN_TARGET __m512i pack_places(uint64_t mask)
{
    static const _Alignas(64) unsigned char places[SCAN_BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    return _mm512_maskz_compress_epi8(mask, _mm512_load_si512(places));
}

static inline SCAN_TARGET void note_sixteen(uint32_t *to, uint32_t base, __m128i places)
{
    _mm512_storeu_si512(
        to, _mm512_add_epi32(_mm512_cvtepu8_epi32(places), _mm512_set1_epi32((int)base)));
}

static inline SCAN_TARGET void scan_note(uint32_t *to, uint32_t base, uint64_t mask)
{
    const __m512i places = pack_places(mask);
    note_sixteen(to, base, _mm512_castsi512_si128(places));
    if (__builtin_popcountll(mask) > 16) { /* hardly ever, in 64 bytes */
        note_sixteen(to + 16, base, _mm512_extracti32x4_epi32(places, 1));
        note_sixteen(to + 32, base, _mm512_extracti32x4_epi32(places, 2));
        note_sixteen(to + 48, base, _mm512_extracti32x4_epi32(places, 3));
    }
}

static bool can_run(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

const struct scan_version scan_avx512 = {"AVX-512", can_run, closely, split};

#endif
