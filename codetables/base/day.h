/* day.h - days of the calendar, as numbers.
 *
 *     const int day = read_day("2026-08-17");       // 20260817
 *     day_year(day);                                // 2026: 2026-2027
 *     days_between(read_day("2026-08-03"), day);    // 14
 *
 * A day is kept as the number CCYYMMDD, so that days compare as numbers do.
 */
#ifndef CTE_DAY_H
#define CTE_DAY_H

#include <stdbool.h>

enum { DAY_NONE = 0 };

/* Reads CCYY-MM-DD or CCYYMMDD, from the year 1000 on. DAY_NONE for anything else, and for a day
 * that the calendar does not have. */
int read_day(const char *text);

/* The same, and CCYY-MM: the first day of the month, or its last. */
int read_day_or_month(const char *text, bool is_end);

/* The academic year that a day lies in: it begins with July. */
int day_year(int day);

/* The last day of an academic year. */
int last_day_of_year(int year);

/* How many days `to` lies after `from`; negative where it lies before. */
long days_between(int from, int to);

#endif
