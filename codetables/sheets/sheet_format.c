#include "codetables/sheets/sheet_format.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codetables/base/day.h"
#include "codetables/sheets/format_tokens.h"

/* The largest number that a cell of the format General shows digit for digit. */
static const double largest_plain = 1e11;

static bool holds_condition(const struct piece *condition, double value, bool *understood)
{
    char text[64], *end;
    size_t length = condition->length < sizeof text ? condition->length : 0;
    memcpy(text, condition->at, length);
    text[length] = '\0';
    size_t sign = strspn(text, "<>=");
    double limit = strtod(text + sign, &end);
    *understood = *understood && end != text + sign && *end == '\0' && sign <= 2;
    bool equal = value >= limit && value <= limit;
    if (sign == 1)
        return text[0] == '<' ? value < limit : text[0] == '>' ? value > limit : equal;
    return strncmp(text, "<=", 2) == 0   ? value <= limit
           : strncmp(text, ">=", 2) == 0 ? value >= limit
                                         : !equal;
}

/* The section that a number is shown by, or NULL. A minus is put before it where the section is not
 * one for negative numbers alone. */
static const struct section *choose(struct section *sections, size_t count, double value,
                                    bool *minus)
{
    size_t conditions = 0;
    bool understood = true;
    if (count == MAX_SECTIONS || (count > 1 && sections[count - 1].counts[TOKEN_TEXT] > 0))
        count--; /* the last is for texts */
    for (size_t i = 0; i < count; i++)
        conditions += sections[i].counts[TOKEN_CONDITION];
    *minus = false;
    if (conditions == 0) {
        *minus = count == 1 && value < 0;
        return &sections[count == 1 || value > 0 ? 0 : value < 0 ? 1 : count == 3 ? 2 : 0];
    }
    bool first = sections[0].counts[TOKEN_CONDITION] == 1,
         second = count > 1 && sections[1].counts[TOKEN_CONDITION] == 1;
    const struct section *chosen = NULL;
    if (value < 0 || !first || conditions != 1U + second || (count == 3 && !second))
        return NULL;
    if (holds_condition(&sections[0].condition, value, &understood))
        chosen = &sections[0];
    else if (count > 1 && (!second || holds_condition(&sections[1].condition, value, &understood)))
        chosen = &sections[1];
    else if (count == 3)
        chosen = &sections[2];
    return understood ? chosen : NULL;
}

/* A cell of the format General shows eleven characters at most; what needs more is rounded, or has
 * an exponent. */
static bool general_text(double value, char text[64])
{
    double size = fabs(value);
    if (size >= largest_plain || (size > 0 && size < 1e-4))
        return false;
    snprintf(text, 64, "%.15g", value);
    return strlen(text) - (value < 0) <= 11;
}

struct shown_text {
    char *at;
    size_t used;
    bool full;
};

static void put(struct shown_text *shown, const char *text, size_t length)
{
    if (shown->used + length >= SHOWN_SIZE) {
        shown->full = true;
        return;
    }
    memcpy(shown->at + shown->used, text, length);
    shown->used += length;
    shown->at[shown->used] = '\0';
}

/* What a place without a digit of its own shows. */
static void put_empty(struct shown_text *shown, char place)
{
    if (place != '#')
        put(shown, place == '0' ? "0" : " ", 1);
}

/* The digits of a number, put into the places of a section. */
static bool put_digits(struct shown_text *shown, const struct section *section, double value)
{
    char digits[64];
    const char *at = section->at;
    struct piece piece;
    size_t before = 0, behind = 0, points = 0;
    for (enum token token; (token = next_token(&at, &piece)) != TOKEN_END;) {
        points += token == TOKEN_POINT;
        before += token == TOKEN_DIGIT && points == 0;
        behind += token == TOKEN_DIGIT && points > 0;
    }
    double size = fabs(value);
    if (points > 1 || behind > 15 || size >= 1e15)
        return false;
    snprintf(digits, sizeof digits, "%.*f", (int)behind, size);
    if (fabs(strtod(digits, NULL) - size) > 1e-11 * (size > 1 ? size : 1))
        return false; /* rounded: what stands there is another number */
    char *point = strchr(digits, '.'),
         *decimals = point != NULL ? point + 1 : digits + strlen(digits);
    size_t whole = point != NULL ? (size_t)(point - digits) : strlen(digits);
    const char *figures = digits;
    if (whole == 1 && digits[0] == '0') {
        figures++;
        whole = 0;
    }
    size_t last = strlen(decimals), place = 0;
    while (last > 0 && decimals[last - 1] == '0')
        last--;
    at = section->at;
    for (enum token token; (token = next_token(&at, &piece)) != TOKEN_END;) {
        if (token == TOKEN_LITERAL) {
            put(shown, piece.at, piece.length);
        } else if (token == TOKEN_BLANK) {
            put(shown, " ", 1);
        } else if (token == TOKEN_POINT) {
            if (before == 0)
                put(shown, figures, whole);
            put(shown, ".", 1);
            place = before;
        } else if (token == TOKEN_DIGIT && place < before) {
            if (place == 0 && whole > before)
                put(shown, figures, whole - before);
            size_t from_right = before - 1 - place++;
            if (from_right < whole)
                put(shown, figures + whole - 1 - from_right, 1);
            else
                put_empty(shown, *piece.at);
        } else if (token == TOKEN_DIGIT) {
            size_t decimal = place++ - before;
            if (*piece.at == '0' || decimal < last)
                put(shown, decimals + decimal, 1);
            else
                put_empty(shown, *piece.at);
        }
    }
    return true;
}

/* True when year, month and day are shown. An m beside hours or seconds is a minute. */
static bool has_whole_date(const struct section *section)
{
    const char *at = section->at;
    struct piece piece;
    bool year = false, month = false, day = false, maybe = false;
    char before = ' ';
    for (enum token token; (token = next_token(&at, &piece)) != TOKEN_END;) {
        if (token != TOKEN_PERIOD)
            continue;
        char letter = piece.length > 0 ? (char)tolower((unsigned char)*piece.at) : ' ';
        month = month || (maybe && letter != 's');
        maybe = letter == 'm' && before != 'h';
        year = year || letter == 'y';
        day = day || (letter == 'd' && piece.length <= 2);
        before = letter;
    }
    return year && day && (month || maybe);
}

/* The day that a number of days is. The calendar of spreadsheets has a day too many in February
 * 1900; days before are none of ours. */
static bool put_day(double value, bool since_1904, char text[SHOWN_SIZE])
{
    const long first_sure = 61, last = 2958465; /* 1900-03-01, 9999-12-31 */
    if (!(value >= 0 && value < (double)last + 1))
        return false;
    const long days = (long)value + (since_1904 ? 1462 : 0);
    const int day = day_after(make_day(1899, 12, 30), days);
    if (days < first_sure || day == DAY_NONE)
        return false;
    day_text(day, text);
    return true;
}

enum shown show_number(double value, const char *format, bool since_1904, char text[SHOWN_SIZE])
{
    struct section sections[MAX_SECTIONS];
    struct shown_text shown = {text, 0, false};
    size_t count = read_sections(format, sections);
    bool minus = false, good;
    const struct section *section = count > 0 ? choose(sections, count, value, &minus) : NULL;
    text[0] = '\0';
    if (section == NULL)
        return SHOWN_OTHERWISE;
    if (section->counts[TOKEN_PERIOD] > 0)
        return has_whole_date(section) && put_day(value, since_1904, text) ? SHOWN_DATE
                                                                           : SHOWN_TIME;
    if (section->counts[TOKEN_OTHER] > 0)
        return SHOWN_OTHERWISE;
    if (minus)
        put(&shown, "-", 1);
    size_t whole = section->counts[TOKEN_GENERAL] + section->counts[TOKEN_TEXT];
    if (whole == 0 && section->counts[TOKEN_DIGIT] > 0) {
        good = put_digits(&shown, section, value);
    } else {
        /* General, and @, which shows a number as General does, where nothing else is put around
         * it. */
        char general[64];
        size_t other_tokens = section->counts[TOKEN_DIGIT] + section->counts[TOKEN_LITERAL] +
                              section->counts[TOKEN_POINT];
        good = whole == 1 && other_tokens == 0 && general_text(fabs(value), general);
        if (good)
            put(&shown, general, strlen(general));
    }
    return good && !shown.full ? SHOWN_TEXT : SHOWN_OTHERWISE;
}

bool show_digits_of_day(char *day, const char *format)
{
    static const struct {
        const char *token;
        size_t at, length; /* of it in CCYY-MM-DD */
    } digits[] = {{"yyyy", 0, 4}, {"mm", 5, 2}, {"dd", 8, 2}};
    struct section sections[MAX_SECTIONS];
    struct piece piece;
    char shown[16];
    size_t used = 0, found = 0;
    if (read_sections(format, sections) == 0)
        return false;
    const char *at = sections[0].at;
    for (enum token token; (token = next_token(&at, &piece)) != TOKEN_END;) {
        size_t d = 0;
        if (token == TOKEN_LITERAL && piece.length == 1 && *piece.at == '-' && used < 12) {
            shown[used++] = '-';
            continue;
        }
        while (d < 3 && (piece.length != digits[d].length ||
                         strncasecmp(piece.at, digits[d].token, piece.length) != 0))
            d++;
        const bool is_elapsed = piece.at > format && piece.at[-1] == '[';
        if (token != TOKEN_PERIOD || is_elapsed || d == 3 || found == 3 || used > 8)
            return false;
        memcpy(shown + used, day + digits[d].at, digits[d].length);
        used += digits[d].length;
        found++;
    }
    if (found < 3 || used > strlen(day))
        return false;
    memcpy(day, shown, used);
    day[used] = '\0';
    return true;
}

bool shows_text(const char *format)
{
    struct section sections[MAX_SECTIONS];
    size_t count = read_sections(format, sections);
    if (count == 0)
        return false;
    const struct section *section = &sections[count - 1];
    if (count < MAX_SECTIONS && section->counts[TOKEN_TEXT] == 0)
        return true; /* no section for texts */
    return section->counts[TOKEN_TEXT] == 1 &&
           section->counts[TOKEN_LITERAL] + section->counts[TOKEN_OTHER] == 0;
}

bool shows_whole_date(const char *format)
{
    struct section sections[MAX_SECTIONS];
    return read_sections(format, sections) > 0 && has_whole_date(&sections[0]);
}

const char *built_in_format(long id)
{
    /* Thousands, percent, exponents and fractions are not followed, so one of each stands for its
     * like. */
    static const struct {
        long id;
        const char *code;
    } formats[] = {{0, "General"},
                   {1, "0"},
                   {2, "#0.00"},
                   {3, "#,##0"},
                   {4, "#,##0"},
                   {9, "0%"},
                   {10, "0%"},
                   {11, "0E+00"},
                   {12, "# ?/?"},
                   {13, "# ?/?"},
                   {14, "m/d/yyyy"},
                   {15, "d-mmm-yy"},
                   {16, "d-mmm"},
                   {17, "mmm-yy"},
                   {18, "h:mm AM/PM"},
                   {19, "h:mm:ss"},
                   {20, "h:mm"},
                   {21, "h:mm:ss"},
                   {22, "m/d/yyyy h:mm"},
                   {37, "#,##0"},
                   {38, "#,##0"},
                   {39, "#,##0"},
                   {40, "#,##0"},
                   {45, "mm:ss"},
                   {46, "[h]:mm:ss"},
                   {47, "mm:ss"},
                   {48, "0E+0"},
                   {49, "@"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].id == id)
            return formats[i].code;
    }
    return NULL;
}
