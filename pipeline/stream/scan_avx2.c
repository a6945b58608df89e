/* Thirty-two bytes at once, and single instructions to walk through a mask. */
#if defined(__x86_64__)
#include <immintrin.h>

#define SCAN_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#include "pipeline/stream/scan_loop.h"
#include "pipeline/stream/scan_versions.h"

static inline SCAN_TARGET uint64_t join(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 |
           (uint32_t)_mm256_movemask_epi8(low);
}

static inline SCAN_TARGET uint64_t scan_equal(__m256i low, __m256i high, char c)
{
    const __m256i wanted = _mm256_set1_epi8(c);
    return join(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

static inline SCAN_TARGET struct scan_masks scan_block(const char *at, char delimiter, bool closely)
{
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at),
                  high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    struct scan_masks masks = {.delimiter = scan_equal(low, high, delimiter),
                               .newline = scan_equal(low, high, '\n')};
    if (closely) {
        masks.quote = scan_equal(low, high, '"');
        masks.carriage = scan_equal(low, high, '\r');
        /* One more, and seen with a sign, all from 0x7f on stand below all that is printed. */
        const __m256i one = _mm256_set1_epi8(1), first_printed = _mm256_set1_epi8(' ' + 1);
        masks.odd = join(_mm256_cmpgt_epi8(first_printed, _mm256_add_epi8(low, one)),
                         _mm256_cmpgt_epi8(first_printed, _mm256_add_epi8(high, one))) &
                    ~masks.carriage;
    }
    return masks;
}

/* A record has a number of fields that nobody can guess, so the first dozen are noted without
 * asking: of no bits, a place is some number. */
static inline SCAN_TARGET void scan_note(uint32_t *to, uint32_t base, uint64_t mask)
{
    enum { AT_ONCE = 12 };
    for (unsigned i = 0; i < AT_ONCE; i++, mask = _blsr_u64(mask))
        to[i] = base + (uint32_t)_tzcnt_u64(mask);
    for (to += AT_ONCE; mask != 0; mask = _blsr_u64(mask))
        *to++ = base + (uint32_t)_tzcnt_u64(mask);
}

static bool can_run(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

const struct scan_version scan_avx2 = {"AVX2", can_run, closely, split};

#endif
