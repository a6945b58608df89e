#include "codetables/base/year.h"

#include <stdio.h>

#include "codetables/model/table.h"

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
