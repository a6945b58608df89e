#include "codetables/base/year.h"

#include <stdio.h>

int academic_year(const char *text, size_t length)
{
    if (length != 9 || text[4] != '-')
        return YEAR_NONE;
    int year[2] = {0, 0};
    for (size_t half = 0; half < 2; half++) {
        for (size_t i = 0; i < 4; i++) {
            char c = text[half * 5 + i];
            if (c < '0' || c > '9')
                return YEAR_NONE;
            year[half] = year[half] * 10 + (c - '0');
        }
    }
    return year[1] == year[0] + 1 ? year[0] : YEAR_NONE;
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
