#include "codetables/base/year.h"

#include <stdbool.h>
#include <stdio.h>

/* The number that four characters are; -1 where one is no digit. */
static inline int read_year(const char *text)
{
    const unsigned a = (unsigned char)text[0] - '0', b = (unsigned char)text[1] - '0',
                   c = (unsigned char)text[2] - '0', d = (unsigned char)text[3] - '0';
    const bool is_number = !((a > 9) | (b > 9) | (c > 9) | (d > 9));
    return is_number ? (int)(1000 * a + 100 * b + 10 * c + d) : -1;
}

int academic_year(const char *text, size_t length)
{
    if (length != 9 || text[4] != '-')
        return YEAR_NONE;
    const int first = read_year(text), second = read_year(text + 5);
    return first >= 0 && second == first + 1 ? first : YEAR_NONE;
}

const char *year_text(int year, char text[YEARS_TEXT])
{
    snprintf(text, YEARS_TEXT, "%04d-%04d", year, year + 1);
    return text;
}

const char *years_text(int first, int last, char text[YEARS_TEXT])
{
    if (first == YEAR_FIRST && last == YEAR_LAST)
        snprintf(text, YEARS_TEXT, "in every year");
    else if (last == YEAR_LAST)
        snprintf(text, YEARS_TEXT, "from %04d-%04d", first, first + 1);
    else if (first == YEAR_FIRST)
        snprintf(text, YEARS_TEXT, "through %04d-%04d", last, last + 1);
    else if (first == last)
        snprintf(text, YEARS_TEXT, "in %04d-%04d", first, first + 1);
    else
        snprintf(text, YEARS_TEXT, "in %04d-%04d to %04d-%04d", first, first + 1, last, last + 1);
    return text;
}
