/* year.h - academic years in words. */
#ifndef CTE_YEAR_H
#define CTE_YEAR_H

enum { YEARS_TEXT = 64 };

/* "in every year", "from 2013-2014", "through 2012-2013", "in 2013-2014", "in 2013-2014 to
 * 2015-2016"; written into text. */
const char *years_text(int first, int last, char text[YEARS_TEXT]);

/* "2013-2014". */
const char *year_text(int year, char text[YEARS_TEXT]);

#endif
