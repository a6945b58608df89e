/* year.h - academic years, as numbers and in words.
 *
 * An academic year is kept as its first calendar year: 2019 means 2019-2020. A span of years has a
 * first and a last; YEAR_FIRST and YEAR_LAST are its open ends.
 */
#ifndef CTE_YEAR_H
#define CTE_YEAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { YEAR_NONE = -1, YEAR_FIRST = 0, YEAR_LAST = 9999 };

/* Reads CCYY-CCYY whose second year follows the first; YEAR_NONE for anything else. */
int academic_year(const char *text, size_t length);

/* The last academic year that was read: one file has few, so it is mostly the one asked for. */
struct last_year {
    char text[9]; /* CCYY-CCYY */
    int year;
};

#define NO_LAST_YEAR ((struct last_year){"", YEAR_NONE})

/* The same as academic_year(). */
static inline int last_academic_year(struct last_year *last, const char *text, size_t length)
{
    uint64_t first_bytes, asked;
    if (length != sizeof last->text)
        return YEAR_NONE;
    memcpy(&first_bytes, last->text, sizeof first_bytes);
    memcpy(&asked, text, sizeof asked);
    if (first_bytes != asked || last->text[sizeof asked] != text[sizeof asked]) {
        memcpy(last->text, text, sizeof last->text);
        last->year = academic_year(text, length);
    }
    return last->year;
}

/* Academic years, inclusive; none where the first is after the last. */
struct year_span {
    int first, last;
};

/* The years that are in both. */
static inline struct year_span common_years(struct year_span a, struct year_span b)
{
    return (struct year_span){a.first > b.first ? a.first : b.first,
                              a.last < b.last ? a.last : b.last};
}

enum { YEARS_TEXT = 64 };

/* "in every year", "from 2013-2014", "through 2012-2013", "in 2013-2014", "in 2013-2014 to
 * 2015-2016"; written into text. */
const char *years_text(int first, int last, char text[YEARS_TEXT]);

/* "2013-2014". */
const char *year_text(int year, char text[YEARS_TEXT]);

#endif
