#include "codetables/base/odd_character.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Characters that leave no mark on paper, in the order of their code points. */
static const struct {
    uint32_t first, last;
    const char *name;
} hidden[] = {
    {0x01, 0x1f, "a control character"},
    {0x7f, 0x9f, "a control character"},
    {0xa0, 0xa0, "a no-break blank"},
    {0xad, 0xad, "a hyphen that does not show"},
    {0x34f, 0x34f, "a joiner of no width"},
    {0x61c, 0x61c, "a mark of direction"},
    {0x115f, 0x1160, "a filler that does not show"},
    {0x1680, 0x1680, "a blank of another script"},
    {0x180e, 0x180e, "a blank of no width"},
    {0x2000, 0x200a, "a blank of another width"},
    {0x200b, 0x200b, "a blank of no width"},
    {0x200c, 0x200d, "a joiner of no width"},
    {0x200e, 0x200f, "a mark of direction"},
    {0x2028, 0x2029, "a line separator"},
    {0x202a, 0x202e, "a mark of direction"},
    {0x202f, 0x202f, "a no-break blank"},
    {0x205f, 0x205f, "a blank of another width"},
    {0x2060, 0x2064, "a joiner of no width"},
    {0x2066, 0x206f, "a mark of direction"},
    {0x2800, 0x2800, "a blank of another script"},
    {0x3000, 0x3000, "a blank of another width"},
    {0x3164, 0x3164, "a filler that does not show"},
    {0xfe00, 0xfe0f, "a mark that does not show"},
    {0xfeff, 0xfeff, "a byte order mark"},
    {0xffa0, 0xffa0, "a filler that does not show"},
    {0xfff9, 0xfffb, "a mark that does not show"},
    {0xe0000, 0xe0fff, "a mark that does not show"},
};

/* The character at *at, which is moved behind it. The text is well-formed UTF-8; a character that
 * is cut off counts as it stands. */
static uint32_t take_character(const char **at, const char *end)
{
    unsigned char lead = (unsigned char)*(*at)++;
    uint32_t point = lead < 0x80   ? lead
                     : lead < 0xe0 ? lead & 0x1f
                     : lead < 0xf0 ? lead & 0x0f
                                   : lead & 0x07;
    while (*at < end && ((unsigned char)**at & 0xc0) == 0x80)
        point = point << 6 | ((unsigned char)*(*at)++ & 0x3f);
    return point;
}

static const char *hidden_name(uint32_t point)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (hidden[i].first <= point && point <= hidden[i].last)
            return hidden[i].name;
    }
    return NULL;
}

static void describe(char words[ODD_WORDS], uint32_t point, const char *name)
{
    snprintf(words, ODD_WORDS, "U+%04X, %s", (unsigned)point, name);
}

bool name_hidden_character(const char *text, size_t length, char words[ODD_WORDS])
{
    for (const char *at = text, *end = text + length; at < end;) {
        uint32_t point = take_character(&at, end);
        const char *name = hidden_name(point);
        if (name != NULL) {
            describe(words, point, name);
            return true;
        }
    }
    return false;
}

bool name_odd_character(const char *text, size_t length, char words[ODD_WORDS])
{
    if (name_hidden_character(text, length, words))
        return true;
    for (const char *at = text, *end = text + length; at < end;) {
        uint32_t point = take_character(&at, end);
        bool is_dash = (0x2010 <= point && point <= 0x2015) || point == 0x2212;
        if (point >= 0x80) {
            describe(words, point,
                     is_dash ? "a dash that is no hyphen" : "a character that is not ASCII");
            return true;
        }
    }
    bool at_start = length > 0 && text[0] == ' ', at_end = length > 0 && text[length - 1] == ' ';
    if (at_start || at_end)
        snprintf(words, ODD_WORDS, "a blank at its %s", at_start ? "beginning" : "end");
    return at_start || at_end;
}
