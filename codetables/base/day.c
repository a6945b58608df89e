#include "codetables/base/day.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codetables/base/number.h"

enum { FIRST_MONTH = 7, MONTHS = 12, LONGEST_MONTH = 31 };

int read_day(const char *text)
{
    char digits[9];
    size_t count = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '-' && (c - text == 4 || c - text == 7))
            continue;
        if (*c < '0' || *c > '9' || count == 8)
            return DAY_NONE;
        digits[count++] = *c;
    }
    digits[count] = '\0';
    uint64_t number;
    if (count != 8 || !read_number(digits, &number))
        return DAY_NONE;
    const unsigned month = (unsigned)(number / 100 % 100), day = (unsigned)(number % 100);
    return month >= 1 && month <= MONTHS && day >= 1 && day <= LONGEST_MONTH ? (int)number
                                                                             : DAY_NONE;
}

int read_day_or_month(const char *text, bool is_end)
{
    char day[16];
    if (strlen(text) != strlen("CCYY-MM"))
        return read_day(text);
    snprintf(day, sizeof day, "%s-%02d", text, is_end ? LONGEST_MONTH : 1);
    return read_day(day);
}

int day_year(int day)
{
    return day / 10000 - (day / 100 % 100 < FIRST_MONTH);
}

int last_day_of_year(int year)
{
    return (year + 1) * 10000 + (FIRST_MONTH - 1) * 100 + 30;
}

/* Days since a day of old (Hinnant, "chrono-compatible low-level date algorithms"). */
static long count_days(int number)
{
    const long month = number / 100 % 100, day = number % 100;
    const long year = number / 10000 - (month <= 2);
    const long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + of_year;
}

long days_between(int from, int to)
{
    return count_days(to) - count_days(from);
}
