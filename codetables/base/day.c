#include "codetables/base/day.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codetables/base/number.h"
#include "codetables/base/slice.h"

enum { FIRST_MONTH = 7, MONTHS = 12, FIRST_READ_YEAR = 1000 };

static int last_of_month(int year, int month)
{
    static const unsigned char days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

/* A number of eight digits, where the calendar has that day. */
static int day_of_number(uint64_t number)
{
    const int year = (int)(number / 10000), month = (int)(number / 100 % 100),
              day = (int)(number % 100);
    const bool is_month = year >= FIRST_READ_YEAR && month >= 1 && month <= MONTHS;
    return is_month && day >= 1 && day <= last_of_month(year, month) ? (int)number : DAY_NONE;
}

int read_day(const char *text)
{
    enum { DIGITS = 8, WITH_DASHES = 10 };
    char digits[DIGITS + 1];
    const size_t length = strlen(text);
    uint64_t number;
    if (length == WITH_DASHES && text[4] == '-' && text[7] == '-')
        snprintf(digits, sizeof digits, "%.4s%.2s%.2s", text, text + 5, text + 8);
    else if (length == DIGITS)
        memcpy(digits, text, sizeof digits);
    else
        return DAY_NONE;
    return read_digits(slice_of(digits), &number) ? day_of_number(number) : DAY_NONE;
}

int read_day_or_month(const char *text, bool is_end)
{
    char day[16];
    if (strlen(text) != strlen("CCYY-MM"))
        return read_day(text);
    snprintf(day, sizeof day, "%s-01", text);
    const int first = read_day(day);
    return first == DAY_NONE || !is_end
               ? first
               : first - 1 + last_of_month(first / 10000, first / 100 % 100);
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
