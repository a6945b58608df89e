/* commands.h - what the commands of cte-table share.
 *
 *   cte-table.c     options, and which command is asked for
 *   list.c          what there is, a line a table (measure.h)
 *   show.h          show: a table, or what it says of a code
 *   by_crosswalk.h  show, diff: codes by what another crosswalk makes of them
 *   check.h         check: are the tables sound, and do they make sense
 *   table_diff.h    diff: what another version says otherwise
 *   new_version.c   new-version: the next version of a table, to work on
 *   import.h        import: a sheet becomes a table (sheet.h, plan.h, names.h, draft.h)
 *   export.c        a table as a sheet
 *   export_as.h     a table in a form that somebody else takes
 *   propose.c       candidates for codes that nobody has decided
 *   find.h, load.h  tables by ID, version or file, and loaded; years.h: years in words
 *
 * A command reads what it is asked from the request, prints on standard output and returns the exit
 * status. It changes nothing but the file that --out names, and that only when all was well. Its
 * errors are told on standard error by the command.
 */
#ifndef CTE_TABLE_COMMANDS_H
#define CTE_TABLE_COMMANDS_H

#include "codetables/base/program.h"

struct request {
    struct program *program;
    const char *const *operands; /* after the name of the command */
    size_t operand_count;
    const char *out;  /* --out: where to write; NULL: standard output */
    const char *year; /* --year: of show, diff and export --as */
    const char *as;   /* --as: the form of an export; NULL: the one that import reads back */
    bool all_versions;
    bool why;                  /* --why: of show */
    bool answers;              /* --answers: of diff */
    struct option_list impact; /* --impact: of diff */
    const char *by;            /* --by: a crosswalk; of show and diff */
    const char *csv;           /* --csv: the same once more, for machines */
    const char *plan;          /* --plan, --set: what plan.h says */
    struct option_list settings;
};

/* The academic year that --year names, or YEAR_NONE without it. CTE_USAGE where it names none. */
int request_year(const struct request *request, int *year, struct cte_error *error);

int command_list(const struct request *request);
int command_show(const struct request *request);
int command_diff(const struct request *request);
int command_new_version(const struct request *request);
int command_check(const struct request *request);
int command_import(const struct request *request);
int command_export(const struct request *request);
int command_propose(const struct request *request);

#endif
