/* look.h - what a source looks like that is no extract.
 *
 * Nothing is decided by looks: a source is read as its format says. Only where that fails for every
 * record does the reader ask here, so that the message says what the file seems to be and what to
 * do, and not that a byte is wrong.
 */
#ifndef CTE_LOOK_H
#define CTE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

/* How much of a source is looked at: a tar archive names itself at byte 257. */
enum { LOOK_BYTES = 2048 };

/* The first lines of the lists that a run leaves; a source that begins so is one of them. */
#define CHANGES_HEADER "line,field,name,before,after,crosswalk,version,row,reason"
#define SHORT_ROWS_HEADER "cte-rows 1"
#define FINDINGS_HEADER "line,rule,severity,field,name,message"

struct look {
    const char *what;   /* "a PDF document"; NULL: nothing that is known here */
    const char *advice; /* what to do, in words that can follow a semicolon */
};

/* The look of a source that begins with these bytes, when it was read in a format (`caret`, `csv`,
 * `xml`). */
struct look look_at(const char *bytes, size_t length, const char *format);

#endif
