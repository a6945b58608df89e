#include "codetables/base/shown.h"

#include <stdbool.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

size_t decode_utf8(const char *text, size_t left, uint32_t *point)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t length = at[0] < 0x80   ? 1
                          : at[0] < 0xC2 ? 0
                          : at[0] < 0xE0 ? 2
                          : at[0] < 0xF0 ? 3
                          : at[0] < 0xF5 ? 4
                                         : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0 || length > left)
        return 0;
    *point = length == 1 ? at[0] : at[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        *point = *point << 6 | (at[i] & 0x3FU);
    }
    const bool is_sound =
        *point >= least[length] && *point <= 0x10FFFF && (*point < 0xD800 || *point > 0xDFFF);
    return is_sound ? length : 0;
}

/* Characters that XML forbids, that end a line, or that turn the direction of what follows. */
static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
           (point & 0xFFFE) == 0xFFFE;
}

static int hex_value(char c)
{
    const char *digits = "0123456789ABCDEFabcdef", *found = c != '\0' ? strchr(digits, c) : NULL;
    return found == NULL ? -1 : (int)(found - digits) - (found - digits > 15 ? 6 : 0);
}

static bool is_coded(const char *at)
{
    return at[0] == '%' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0;
}

/* Whether eight bytes are characters of ASCII, and none of them a control character. */
static bool are_printed(const char *at)
{
    const uint64_t blanks = UINT64_C(0x2020202020202020), high_bits = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (((word - blanks) | word) & high_bits) == 0;
}

/* Most texts are ASCII, of which only control characters are none. */
bool is_xml_text(const char *text, size_t length)
{
    size_t i = 0;
    while (length - i >= sizeof(uint64_t) && are_printed(text + i))
        i += sizeof(uint64_t);
    while (i < length) {
        const unsigned char byte = (unsigned char)text[i];
        uint32_t point = byte;
        const size_t taken = byte < 0x80 ? 1 : decode_utf8(text + i, length - i, &point);
        if (taken == 0 || (point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
            point == 0xFFFE || point == 0xFFFF)
            return false;
        i += taken;
    }
    return true;
}

static char *put_byte(char *to, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    *to++ = '%';
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    return to;
}

/* `text` ends with a NUL when it is a path, so that a percent sign may look at what follows. */
static char *show(const char *text, size_t length, bool is_path)
{
    char *shown = cte_alloc(3 * length + 1), *to = shown;
    for (size_t i = 0; i < length;) {
        uint32_t point = 0;
        size_t taken = decode_utf8(text + i, length - i, &point);
        const bool stays = taken > 0 &&
                           (!is_control(point) || (!is_path && (point == '\n' || point == '\t'))) &&
                           !(is_path && is_coded(text + i));
        taken = taken > 0 ? taken : 1;
        for (size_t end = i + taken; i < end; i++) {
            if (stays)
                *to++ = text[i];
            else
                to = put_byte(to, (unsigned char)text[i]);
        }
    }
    *to = '\0';
    return shown;
}

char *path_shown(const char *path)
{
    return show(path, strlen(path), true);
}

char *text_shown(const char *text, size_t length)
{
    return show(text, length, false);
}

char *path_from_shown(const char *shown)
{
    char *path = cte_alloc(strlen(shown) + 1), *to = path;
    for (const char *at = shown; *at != '\0'; at++) {
        const bool is_code = is_coded(at);
        *to++ = is_code ? (char)(hex_value(at[1]) * 16 + hex_value(at[2])) : *at;
        at += is_code ? 2 : 0;
    }
    *to = '\0';
    return path;
}
