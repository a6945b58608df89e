#include "pipeline/stream/escape.h"

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

char *put_number(char *to, uint64_t n)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}
