#include "pipeline/stream/checksum.h"

#include <stdbool.h>
#include <libdeflate.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,vpclmulqdq,pclmul")))

/* Four registers are folded together, so that each multiplication need not wait for the last. */
enum { REGISTER = 64, AT_ONCE = 4 * REGISTER, FOLDED = 16 };

/* What takes sixteen bytes some bits further: x^(bits + 32) and x^(bits - 32) modulo the
 * polynomial of CRC-32, in reversed order of bits, and doubled. "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ Instruction", Intel 2009. */
static const uint64_t by_2048[] = {0x11542778a, 0x1322d1430}, by_512[] = {0x154442bd4, 0x1c6e41596},
                      by_128[] = {0x1751997d0, 0x0ccaa009e};

static inline TARGET __m512i factors(const uint64_t *by)
{
    return _mm512_broadcast_i32x4(_mm_set_epi64x((long long)by[1], (long long)by[0]));
}

/* Takes `sum` so much further, and adds what stands there. */
static inline TARGET __m512i fold(__m512i sum, __m512i by, __m512i next)
{
    const __m512i low = _mm512_clmulepi64_epi128(sum, by, 0x00),
                  high = _mm512_clmulepi64_epi128(sum, by, 0x11);
    return _mm512_ternarylogic_epi64(low, high, next, 0x96); /* of all three, exclusive or */
}

static inline TARGET __m512i load(const unsigned char *at)
{
    return _mm512_loadu_si512(at);
}

/* The sum of whole registers, at least four. */
static TARGET uint32_t sum_registers(uint32_t crc, const unsigned char *at,
                                     const unsigned char *end)
{
    __m512i sums[4];
    for (int i = 0; i < 4; i++, at += REGISTER)
        sums[i] = load(at);
    sums[0] = _mm512_xor_si512(sums[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc)));
    for (const __m512i by = factors(by_2048); end - at >= AT_ONCE; at += AT_ONCE) {
        for (int i = 0; i < 4; i++)
            sums[i] = fold(sums[i], by, load(at + i * REGISTER));
    }
    const __m512i by = factors(by_512);
    __m512i sum = sums[0];
    for (int i = 1; i < 4; i++)
        sum = fold(sum, by, sums[i]);
    for (; at < end; at += REGISTER)
        sum = fold(sum, by, load(at));
    /* The four parts of the register: what is left has the sum of all. */
    unsigned char parts[REGISTER], left[FOLDED];
    _mm512_storeu_si512(parts, sum);
    const __m128i further = _mm_set_epi64x((long long)by_128[1], (long long)by_128[0]);
    __m128i folded = _mm_loadu_si128((const __m128i *)(const void *)parts);
    for (int i = FOLDED; i < REGISTER; i += FOLDED) {
        const __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(parts + i));
        folded = _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(folded, further, 0x00),
                                             _mm_clmulepi64_si128(folded, further, 0x11)),
                               next);
    }
    _mm_storeu_si128((__m128i *)(void *)left, folded);
    return libdeflate_crc32(~UINT32_C(0), left, sizeof left); /* which begins from nought */
}

static bool can_run;

/* Before main(), because threads may begin there. */
__attribute__((constructor)) static void ask_processor(void)
{
    __builtin_cpu_init();
    can_run = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq") &&
              __builtin_cpu_supports("pclmul");
}

uint32_t stream_checksum(uint32_t crc, const void *bytes, size_t length)
{
    const size_t whole = length - length % REGISTER;
    const unsigned char *at = bytes;
    if (!can_run || whole < AT_ONCE)
        return libdeflate_crc32(crc, bytes, length);
    crc = sum_registers(crc, at, at + whole);
    return libdeflate_crc32(crc, at + whole, length - whole);
}

#else

uint32_t stream_checksum(uint32_t crc, const void *bytes, size_t length)
{
    return libdeflate_crc32(crc, bytes, length);
}

#endif
