#include "codetables/sheets/format_tokens.h"
#include "codetables/base/characters.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_FORMAT = 255 };

static bool is_colour(const char *text, size_t length)
{
    static const char *const colours[] = {"black",   "blue", "cyan",  "green",
                                          "magenta", "red",  "white", "yellow"};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        if (strlen(colours[i]) == length && strncasecmp(colours[i], text, length) == 0)
            return true;
    }
    return length > 5 && strncasecmp(text, "color", 5) == 0 &&
           strspn(text + 5, "0123456789") >= length - 5;
}

/* [h], [mm], [ss]: time that has passed, which may be more than a day. */
static bool is_elapsed(const char *text, size_t length)
{
    size_t same = 0;
    while (same < length && tolower((unsigned char)text[same]) == tolower((unsigned char)text[0]))
        same++;
    return length > 0 && same == length && strchr("hHmMsS", text[0]) != NULL;
}

/* What stands in brackets: a colour, a condition, passed time, or a currency and the language of a
 * date. */
static enum token bracket(const char *text, size_t length, struct piece *piece)
{
    *piece = (struct piece){text, length};
    if (length > 0 && strchr("<>=", text[0]) != NULL)
        return TOKEN_CONDITION;
    if (is_elapsed(text, length))
        return TOKEN_PERIOD;
    if (is_colour(text, length))
        return TOKEN_COLOUR;
    if (length == 0 || text[0] != '$')
        return TOKEN_OTHER;
    const char *dash = memchr(text, '-', length);
    size_t language = dash != NULL ? length - (size_t)(dash + 1 - text) : 0;
    piece->at = text + 1;
    piece->length = dash != NULL ? (size_t)(dash - text - 1) : length - 1;
    /* F800 and F400 are the system's own date and time; longer ones set other digits. */
    if (language == 4 && (dash[1] == 'F' || dash[1] == 'f'))
        return TOKEN_PERIOD;
    if (language > 4)
        return TOKEN_OTHER;
    return piece->length > 0 ? TOKEN_LITERAL : TOKEN_COLOUR;
}

enum token next_token(const char **at, struct piece *piece)
{
    const char *c = *at, *end;
    *piece = (struct piece){c, 0};
    switch (*c) {
    case '\0':
    case ';': return TOKEN_END;
    case '"':
        end = strchr(c + 1, '"');
        if (end == NULL)
            break;
        *piece = (struct piece){c + 1, (size_t)(end - c - 1)};
        *at = end + 1;
        return TOKEN_LITERAL;
    case '\\':
    case '_':
    case '*':
        *piece = (struct piece){c + 1, character_length(c + 1)};
        *at = c + 1 + piece->length;
        if (piece->length == 0 || (*c == '*' && c[1] != ' '))
            return TOKEN_OTHER;
        return *c == '\\' ? TOKEN_LITERAL : TOKEN_BLANK;
    case '[':
        end = strchr(c, ']');
        if (end == NULL)
            break;
        *at = end + 1;
        return bracket(c + 1, (size_t)(end - c - 1), piece);
    case '0':
    case '#':
    case '?':
        piece->length = 1;
        *at = c + 1;
        return TOKEN_DIGIT;
    case '.': *at = c + 1; return TOKEN_POINT;
    case '@': *at = c + 1; return TOKEN_TEXT;
    default: break;
    }
    if (strncasecmp(c, "General", 7) == 0) {
        *at = c + 7;
        return TOKEN_GENERAL;
    }
    if (strchr("yYmMdDhHsS", *c) != NULL) {
        while (tolower((unsigned char)c[piece->length]) == tolower((unsigned char)*c))
            piece->length++;
        *at = c + piece->length;
        return TOKEN_PERIOD;
    }
    if (strncasecmp(c, "AM/PM", 5) == 0 || strncasecmp(c, "A/P", 3) == 0) {
        piece->length = (c[1] == '/') ? 3 : 5;
        *at = c + piece->length;
        return TOKEN_PERIOD;
    }
    piece->length = character_length(c);
    *at = c + piece->length;
    return strchr("$+-(): !^&'~{}<>=", *c) != NULL || (unsigned char)*c >= 0x80 ? TOKEN_LITERAL
                                                                                : TOKEN_OTHER;
}

size_t read_sections(const char *format, struct section sections[MAX_SECTIONS])
{
    size_t count = 0;
    if (strlen(format) > LONGEST_FORMAT)
        return 0;
    for (const char *at = format;; at++) {
        if (count == MAX_SECTIONS)
            return 0;
        struct section *section = &sections[count++];
        *section = (struct section){.at = at};
        for (;;) {
            struct piece piece;
            enum token token = next_token(&at, &piece);
            if (token == TOKEN_END)
                break;
            section->counts[token]++;
            if (token == TOKEN_CONDITION)
                section->condition = piece;
        }
        if (*at == '\0')
            return count;
    }
}
