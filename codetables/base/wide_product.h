/* wide_product.h - the product of two numbers of 64 bits, whole.
 *
 *     const struct wide_product product = multiply_wide(a, b);
 *     return product.low ^ product.high;
 *
 * Processors of 64 bits have it in one step; for others it is put together of products of halves. A
 * test holds the two against each other.
 */
#ifndef CTE_WIDE_PRODUCT_H
#define CTE_WIDE_PRODUCT_H

#include <stdint.h>

struct wide_product {
    uint64_t low, high;
};

static inline struct wide_product multiply_halves(uint64_t a, uint64_t b)
{
    const uint64_t a_low = a & UINT32_MAX, a_high = a >> 32, b_low = b & UINT32_MAX,
                   b_high = b >> 32;
    const uint64_t low = a_low * b_low, first = a_high * b_low, second = a_low * b_high;
    /* at most three times 2^32 - 1 */
    const uint64_t middle = (low >> 32) + (first & UINT32_MAX) + (second & UINT32_MAX);
    return (struct wide_product){middle << 32 | (low & UINT32_MAX),
                                 a_high * b_high + (first >> 32) + (second >> 32) + (middle >> 32)};
}

static inline struct wide_product multiply_wide(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (struct wide_product){(uint64_t)product, (uint64_t)(product >> 64)};
#else
    return multiply_halves(a, b);
#endif
}

#endif
