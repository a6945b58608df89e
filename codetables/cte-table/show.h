/* show.h - what the parts of `cte-table show` share.
 *
 *   show.c         the command; a table as a whole
 *   print_name.c   a table's name
 *   show_code.c    one code: what it is, what it becomes, why, what decides, who says so
 *   show_why.c     --why: all that speaks for and against the answer
 *   why_others.c   what other tables, courses and versions say of it
 *   wrapped.c      lines of a bounded length
 *
 * A code that the table does not know is told as such, and makes the exit status 1.
 */
#ifndef CTE_TABLE_SHOW_H
#define CTE_TABLE_SHOW_H

#include "codetables/cte-table/load.h"
#include "codetables/cte-table/measure.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"

/* "clusters@2026.1 (draft)", and the same on standard output. */
void add_name(struct text *out, const struct table_identity *identity);
void print_name(const struct table_identity *identity);

/* year is YEAR_NONE where all years are meant. */
int show_code(struct text *out, const struct codeset *set, const char *code, int year);
int show_answer(struct text *out, struct tables *tables, const struct crosswalk *crosswalk,
                const char *code, int year);

/* What a row makes of its code, in a few words. */
void add_row_words(struct text *out, const struct crosswalk_map *map,
                   const struct crosswalk_row *row);

/* "cluster 050100 Agriculture, subcluster 050101 Food Production". */
void add_targets(struct text *out, const struct crosswalk_map *map, const struct targets *to);

/* Adds a text in lines of at most 100 columns: what is broken goes on deeper than it began. */
void add_wrapped(struct text *out, const char *text);

#endif
