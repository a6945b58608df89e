/* product.h - both halves of the product of two 64-bit numbers.
 *
 *     const struct product product = whole_product(a, b);
 *
 * Compilers for 64-bit machines have a type that holds it; for others it is made of the products of
 * the halves, with the same result.
 */
#ifndef CTE_PRODUCT_H
#define CTE_PRODUCT_H

#include <stdint.h>

struct product {
    uint64_t low, high;
};

static inline struct product product_by_halves(uint64_t a, uint64_t b)
{
    const uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
    const uint64_t low = a_low * b_low;
    /* Neither sum overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1. */
    const uint64_t first = a_high * b_low + (low >> 32);
    const uint64_t second = a_low * b_high + (uint32_t)first;
    return (struct product){.low = second << 32 | (uint32_t)low,
                            .high = a_high * b_high + (first >> 32) + (second >> 32)};
}

static inline struct product whole_product(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (struct product){.low = (uint64_t)product, .high = (uint64_t)(product >> 64)};
#else
    return product_by_halves(a, b);
#endif
}

#endif
