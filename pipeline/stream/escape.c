#include "pipeline/stream/escape.h"

#include <string.h>

char *stream_escape(char *to, const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char letter = value[i] == '^'    ? 'c'
                      : value[i] == '\n' ? 'n'
                      : value[i] == '\r' ? 'r'
                      : value[i] == '\\' ? '\\'
                                         : '\0';
        if (letter != '\0') {
            *to++ = '\\';
            *to++ = letter;
        } else {
            *to++ = value[i];
        }
    }
    return to;
}

char *stream_unescape(char *to, const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '\\' || i + 1 == length) {
            *to++ = value[i];
            continue;
        }
        char letter = value[++i];
        *to++ = letter == 'c' ? '^' : letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter;
    }
    return to;
}

bool stream_needs_escape(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] == '^' || value[i] == '\n' || value[i] == '\r' || value[i] == '\\')
            return true;
    }
    return false;
}

char *put_digits(char *to, uint64_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[20], *end = digits + sizeof digits, *at = end;
    for (; n >= 100; n /= 100)
        memcpy(at -= 2, pairs + 2 * (n % 100), 2);
    if (n >= 10)
        memcpy(at -= 2, pairs + 2 * n, 2);
    else
        *--at = (char)('0' + n);
    const size_t length = (size_t)(end - at);
    memcpy(to, at, length);
    return to + length;
}
