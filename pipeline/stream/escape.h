/* escape.h - values as they stand in lines of the stream, of an index and of control lines.
 *
 * `\c` is a caret, `\n` a line feed, `\r` a carriage return, `\\` a backslash. So a value never
 * ends its field or its line.
 */
#ifndef CTE_ESCAPE_H
#define CTE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends value to text, escaped; returns the new end. Room needed: twice the length. */
char *stream_escape(char *to, const char *value, size_t length);

/* Takes escapes back; returns the new end. `to` may be `value`. */
char *stream_unescape(char *to, const char *value, size_t length);

bool stream_needs_escape(const char *value, size_t length);

/* Decimal digits of n at `to`; returns the new end. Room needed: 20. */
char *put_digits(char *to, uint64_t n);

static inline char *put_number(char *to, uint64_t n)
{
    if (n >= 100)
        return put_digits(to, n);
    if (n >= 10)
        *to++ = (char)('0' + n / 10);
    *to = (char)('0' + n % 10);
    return to + 1;
}

#endif
