/* sheet_format.h - what a spreadsheet shows of a number, by the number format of its cell.
 *
 * The person who made the sheet saw the format applied, so that is what counts: 10101 under
 * 00\.0000 is 01.0101. Formats that pad, put literal text between digits, have sections or
 * conditions are applied. Whatever changes the look otherwise (thousands, percent, fractions,
 * exponents, rounding, fills, hidden values) is not: then nobody can say what code was meant.
 */
#ifndef CTE_SHEET_FORMAT_H
#define CTE_SHEET_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum shown {
    SHOWN_TEXT,     /* the text is what the sheet shows */
    SHOWN_DATE,     /* a day, with its year and month; the text is CCYY-MM-DD */
    SHOWN_TIME,     /* a time, or a date of which a part is not shown */
    SHOWN_OTHERWISE /* not what is stored, and not to be told */
};

enum { SHOWN_SIZE = 512 };

/* The code of a built-in format, NULL for one that is not known to every spreadsheet program. */
const char *built_in_format(long id);

/* since_1904: the workbook counts its days from 1904. */
enum shown show_number(double value, const char *format, bool since_1904, char text[SHOWN_SIZE]);

/* True where a format shows a day in digits that are the same on every computer: year of four,
 * month and day of two each, in any order, with nothing or hyphens between. The day, given as
 * CCYY-MM-DD, becomes what is shown. */
bool show_digits_of_day(char *day, const char *format);

/* True where a text stands there as it is stored. */
bool shows_text(const char *format);

/* True where a date that the format is applied to shows its year, month and day. */
bool shows_whole_date(const char *format);

#endif
