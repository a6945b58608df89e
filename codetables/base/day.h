/* day.h - days of the calendar, as numbers. Whoever asks whether there is such a day asks here.
 *
 *     const int day = read_day("2026-08-17");       // 20260817
 *     day_year(day);                                // 2026: 2026-2027
 *     days_between(read_day("2026-08-03"), day);    // 14
 *     char text[DAY_TEXT];
 *     day_text(day_after(day, 15), text);           // "2026-09-01"
 *
 * A day is kept as the number CCYYMMDD, so that days compare as numbers do. The calendar goes from
 * the year 1 to 9999.
 */
#ifndef CTE_DAY_H
#define CTE_DAY_H

#include <stdbool.h>
#include <stddef.h>

enum { DAY_NONE = 0, DAY_TEXT = 16 };

/* DAY_NONE where the calendar does not have that day. */
int make_day(int year, int month, int day);

/* Reads CCYY-MM-DD or CCYYMMDD. DAY_NONE for anything else, and for a day that the calendar does
 * not have. */
int read_day(const char *text);

/* Reads CCYYMMDD alone, as it stands in records; the text may go on behind its length. */
int read_digits_of_day(const char *text, size_t length);

/* The same as read_day(), and CCYY-MM: the first day of the month, or its last. */
int read_day_or_month(const char *text, bool is_end);

/* "2026-08-17", written into text. */
const char *day_text(int day, char text[DAY_TEXT]);

/* The academic year that a day lies in: it begins with July. */
int day_year(int day);

/* The first and the last day of an academic year. */
int first_day_of_year(int year);
int last_day_of_year(int year);

/* How many days `to` lies after `from`; negative where it lies before. */
long days_between(int from, int to);

/* The day so many days later; DAY_NONE where the calendar does not reach it. */
int day_after(int day, long days);

#endif
