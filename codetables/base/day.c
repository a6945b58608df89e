#include "codetables/base/day.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_MONTH = 7, MONTHS = 12, LAST_CALENDAR_YEAR = 9999 };

static int last_of_month(int year, int month)
{
    static const unsigned char days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

int make_day(int year, int month, int day)
{
    const bool is_month =
        year >= 1 && year <= LAST_CALENDAR_YEAR && month >= 1 && month <= MONTHS && day >= 1;
    /* No month is shorter; of most days no more is asked. */
    return is_month && (day <= 28 || day <= last_of_month(year, month))
               ? year * 10000 + month * 100 + day
               : DAY_NONE;
}

enum { DIGITS = 8 };

/* Whether eight bytes are digits: one that is not goes below the nought or beyond the nine, where
 * the highest bit of its byte tells. */
static bool are_digits(const char text[DIGITS])
{
    const uint64_t to_high = UINT64_C(0x4646464646464646), noughts = UINT64_C(0x3030303030303030),
                   high_bits = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return (((word + to_high) | (word - noughts) | word) & high_bits) == 0;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int read_digits_of_day(const char *text, size_t length)
{
    if (length != DIGITS || !are_digits(text))
        return DAY_NONE;
    return make_day(two_digits(text) * 100 + two_digits(text + 2), two_digits(text + 4),
                    two_digits(text + 6));
}

int read_day(const char *text)
{
    enum { WITH_DASHES = 10 };
    char digits[DIGITS + 1];
    const size_t length = strlen(text);
    if (length != WITH_DASHES || text[4] != '-' || text[7] != '-')
        return read_digits_of_day(text, length);
    snprintf(digits, sizeof digits, "%.4s%.2s%.2s", text, text + 5, text + 8);
    return read_digits_of_day(digits, strlen(digits));
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

int first_day_of_year(int year)
{
    return year * 10000 + FIRST_MONTH * 100 + 1;
}

int last_day_of_year(int year)
{
    return (year + 1) * 10000 + (FIRST_MONTH - 1) * 100 + 30;
}

const char *day_text(int day, char text[DAY_TEXT])
{
    snprintf(text, DAY_TEXT, "%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
    return text;
}

/* Days since 1 March of the year 0 (Hinnant, "chrono-compatible low-level date algorithms"). */
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

/* The day of such a count. */
static int day_of_count(long count)
{
    const long in_era = 146097, era = count / in_era, of_era = count % in_era;
    const long of_eras_years =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (in_era - 1)) / 365;
    const long of_year = of_era - (365 * of_eras_years + of_eras_years / 4 - of_eras_years / 100);
    const long shifted = (5 * of_year + 2) / 153, day = of_year - (153 * shifted + 2) / 5 + 1;
    const long month = shifted < 10 ? shifted + 3 : shifted - 9;
    return make_day((int)(of_eras_years + era * 400 + (month <= 2)), (int)month, (int)day);
}

int day_after(int day, long days)
{
    const long first = count_days(make_day(1, 1, 1)),
               last = count_days(make_day(LAST_CALENDAR_YEAR, MONTHS, 31)), count = count_days(day);
    return days >= first - count && days <= last - count ? day_of_count(count + days) : DAY_NONE;
}
