/* show.h - what the parts of `cte-table show` share.
 *
 *   show.c         the command; a table as a whole
 *   print_name.c   a table's name
 *   show_code.c    one code: what it is, what it becomes, why, what decides, who says so
 *
 * A code that the table does not know is told as such, and makes the exit status 1.
 */
#ifndef CTE_TABLE_SHOW_H
#define CTE_TABLE_SHOW_H

#include "codetables/cte-table/load.h"
#include "codetables/cte-table/measure.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/year.h"

/* "clusters@2026.1 (draft)", on standard output. */
void print_name(const struct table_identity *identity);

/* year is YEAR_NONE where all years are meant. */
int show_code(const struct codeset *set, const char *code, int year);
int show_answer(struct tables *tables, const struct crosswalk *crosswalk, const char *code,
                int year);

#endif
