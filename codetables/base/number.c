#include "codetables/base/number.h"

#include <string.h>

static bool read_in_base(struct slice text, unsigned base, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *digit = memchr(digits, text.at[i], base);
        if (digit == NULL || *number > (UINT64_MAX - (uint64_t)(digit - digits)) / base)
            return false;
        *number = *number * base + (uint64_t)(digit - digits);
    }
    return text.length > 0;
}

bool read_number(const char *text, uint64_t *number)
{
    return read_in_base(slice_of(text), 10, number);
}

bool read_hex(const char *text, uint64_t *number)
{
    return read_in_base(slice_of(text), 16, number);
}

bool read_digits(struct slice text, uint64_t *number)
{
    return read_in_base(text, 10, number);
}

bool read_positive(const char *text, uint64_t *number)
{
    return read_number(text, number) && *number > 0;
}
