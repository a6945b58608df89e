#include "codetables/base/cell.h"

#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

/* Whether a formula begins here, behind any of the characters to be passed over. */
static bool begins_formula(const char *at, const char *end, const char *passed)
{
    /* = + - @ */
    static const char wide[][4] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    while (at < end && *at != '\0' && strchr(passed, *at) != NULL)
        at++;
    if (at == end || *at == '\0')
        return false;
    if (strchr("=+-@\t\r\n", *at) != NULL)
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (end - at >= 3 && memcmp(at, wide[i], 3) == 0)
            return true;
    }
    return false;
}

static bool needs_quotes(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == ',' || *at == '"' || *at == '\n' || *at == '\r' ||
            ((*at == ';' || *at == '\t') && begins_formula(at + 1, end, " '\"")))
            return true;
    }
    return false;
}

/* Bytes after which, or behind which, a value has to be looked at closely; and those it must not
 * begin with. Nearly all values have none. */
enum { ANYWHERE = 1, FIRST = 2 };
static const unsigned char suspects[256] = {[','] = ANYWHERE,
                                            ['"'] = ANYWHERE,
                                            [';'] = ANYWHERE,
                                            ['\n'] = ANYWHERE | FIRST,
                                            ['\r'] = ANYWHERE | FIRST,
                                            ['\t'] = ANYWHERE | FIRST,
                                            ['='] = FIRST,
                                            ['+'] = FIRST,
                                            ['-'] = FIRST,
                                            ['@'] = FIRST,
                                            [' '] = FIRST,
                                            ['\''] = FIRST,
                                            [0xef] = FIRST};

static bool has_suspect(const char *value, size_t length)
{
    unsigned found = length > 0 ? suspects[(unsigned char)value[0]] : 0;
    for (size_t i = 1; i < length; i++)
        found |= suspects[(unsigned char)value[i]] & ANYWHERE;
    return found != 0;
}

bool cell_is_plain(const char *value, size_t length)
{
    if (!has_suspect(value, length))
        return true;
    return !begins_formula(value, value + length, " '") && !needs_quotes(value, value + length);
}

char *cell_guarded(const char *value, size_t length, size_t *written)
{
    const char *end = value + length;
    const bool quotes = needs_quotes(value, end);
    char *cell = cte_alloc(2 * length + 4), *to = cell;
    if (quotes)
        *to++ = '"';
    if (begins_formula(value, end, " '"))
        *to++ = '\'';
    for (; value < end; value++) {
        if (*value == '"')
            *to++ = '"';
        *to++ = *value;
    }
    if (quotes)
        *to++ = '"';
    *to = '\0';
    *written = (size_t)(to - cell);
    return cell;
}

const char *cell_value(const char *cell)
{
    return *cell == '\'' && begins_formula(cell, cell + strlen(cell), " '") ? cell + 1 : cell;
}
