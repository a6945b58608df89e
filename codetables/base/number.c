#include "codetables/base/number.h"

#include <string.h>

static bool read_digits(const char *text, unsigned base, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    *number = 0;
    for (const char *at = text; *at != '\0'; at++) {
        const char *digit = memchr(digits, *at, base);
        if (digit == NULL || *number > (UINT64_MAX - (uint64_t)(digit - digits)) / base)
            return false;
        *number = *number * base + (uint64_t)(digit - digits);
    }
    return text[0] != '\0';
}

bool read_number(const char *text, uint64_t *number)
{
    return read_digits(text, 10, number);
}

bool read_hex(const char *text, uint64_t *number)
{
    return read_digits(text, 16, number);
}
