/* An academic year, or a day as the academic year it lies in. Agencies write when a code begins and
 * ends as days; a code that ends on June 30 is one of the year that ends then. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/year.h"
#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"

struct parts {
    int year, month, day;
};

/* A pattern: Y, M and D are digits of the year, month and day, * after one means that it may be
 * missing, others are themselves. */
static bool read_parts(const char *text, const char *pattern, struct parts *day, const char **rest)
{
    *day = (struct parts){0};
    for (const char *p = pattern; *p != '\0'; p++) {
        int *part = *p == 'Y' ? &day->year : *p == 'M' ? &day->month : *p == 'D' ? &day->day : NULL;
        bool fits = part != NULL ? isdigit((unsigned char)*text) != 0 : *text == *p,
             optional = p[1] == '*';
        if (!fits && !optional)
            return false;
        if (fits) {
            if (part != NULL)
                *part = 10 * *part + (*text - '0');
            text++;
        }
        p += optional;
    }
    *rest = text;
    return true;
}

/* Nothing, or a time. */
static bool is_time(const char *text)
{
    if (text[0] == '\0')
        return true;
    return (text[0] == ' ' || text[0] == 'T') && isdigit((unsigned char)text[1]) &&
           strchr(text, ':') != NULL &&
           text[1 + strspn(text + 1, "0123456789:.+- APMapmZ")] == '\0';
}

static char *year_of_day(const char *text)
{
    static const char *const patterns[] = {"YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD", "MM*/DD*/YYYY"};
    struct parts parts;
    const char *rest;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        if (!read_parts(text, patterns[i], &parts, &rest) || !is_time(rest))
            continue;
        const int day = make_day(parts.year, parts.month, parts.day);
        char year[YEARS_TEXT];
        if (day != DAY_NONE)
            return cte_strdup(year_text(day_year(day), year));
    }
    return NULL;
}

char *year_from(const char *text)
{
    /* 2019-20; at a turn of the century it is no year and refused below. */
    char *year =
        strlen(text) == 7 ? cte_format("%.5s%.2s%s", text, text, text + 5) : cte_strdup(text);
    if (academic_year(year, strlen(year)) == YEAR_NONE) {
        free(year);
        year = year_of_day(text);
    }
    if (year != NULL && academic_year(year, strlen(year)) == YEAR_NONE) {
        free(year);
        year = NULL;
    }
    return year;
}

bool looks_like_date(const char *text, bool as_written)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    size_t length = strlen(text), digits = 0, strokes = 0, letters = 0;
    for (size_t i = 0; i < length; i++) {
        digits += isdigit((unsigned char)text[i]) != 0;
        strokes += text[i] == '/' || text[i] == '-';
        letters += isalpha((unsigned char)text[i]) != 0;
    }
    if (digits == 0 || length > 11 || digits + strokes + letters != length)
        return false;
    bool month = false;
    for (size_t i = 0; i < sizeof months / sizeof *months && letters == 3; i++)
        month =
            month || (as_written ? strstr(text, months[i]) : strcasestr(text, months[i])) != NULL;
    return (month && strokes >= 1) || (letters == 0 && strokes == 2 && strchr(text, '/') != NULL);
}
