/* check_findings.h - what `cte-table check` finds, kept until all is known, so that it is printed
 * in the order of the files and their lines.
 *
 *     report_warning(&findings, (struct place){path, row->line, row->n}, "no target is named");
 *     print_findings(&findings);
 *     findings_free(&findings);
 *
 * A finding is one sentence, FILE:LINE: what. It is kept once, however often it is met: a table is
 * looked at from several others.
 */
#ifndef CTE_TABLE_CHECK_FINDINGS_H
#define CTE_TABLE_CHECK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/map.h"

/* Where something is wrong. */
struct place {
    const char *path;
    long line;    /* 0: the whole file */
    unsigned row; /* the number that the row has in the table; 0: none is meant */
};

struct finding {
    const char *sentence;
    size_t path_length; /* as much of the sentence as is the path */
    long line;
    size_t number;
};

/* Zeroed, there is none. It owns the sentences. */
struct findings {
    struct finding *list;
    size_t count, room;
    struct map sentences;
    size_t errors, warnings;
    /* The table that is judged was superseded: no warning is kept, since what is doubtful in it can
     * no longer be settled. */
    bool ignores_warnings;
};

void report_error(struct findings *findings, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct findings *findings, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For struct cte_error: keeps a sentence of a loader as an error of the findings in `context`. */
void report_sentence(void *context, const char *sentence);

/* Prints them all on standard output, sorted. */
void print_findings(struct findings *findings);

void findings_free(struct findings *findings);

#endif
