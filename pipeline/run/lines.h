/* lines.h - the account of a source as control lines: cte-write writes them, cte-run reads them.
 *
 *     put_fact(stdout, FACT_UNMAPPED, &(struct fact_unmapped){.codes = 3, .records = 14});
 *
 * writes "%unmapped^3^14". A line is a word and its columns, by fact_shapes[] of account.h;
 * pipeline/stream/STREAM.md has them all, and how control lines are escaped.
 */
#ifndef CTE_LINES_H
#define CTE_LINES_H

#include <stdio.h>

#include "codetables/base/error.h"
#include "codetables/base/slice.h"
#include "codetables/base/text.h"
#include "pipeline/run/account.h"

/* Where an account ends in what was said, and what became of the source. */
struct account_end {
    size_t at, after; /* of the line that says so, and behind it */
    int status;
    char *words;
};

/* The line of a fact, with its end; for one line, and appended where there are very many. Write
 * errors are the stream's. */
void add_fact_line(struct text *line, enum fact fact, const void *item);
void put_fact(FILE *stream, enum fact fact, const void *item);

/* Whether a control line of the record stream belongs to the account, and goes into it as it is. */
bool is_line_of_account(struct slice line);

/* Of a sequence of streams: the line after the account of each. `status` is what cte-write would
 * have ended with, `words` why; "" where it was put away. */
void put_end_of_account(FILE *stream, int status, const char *words);

/* Finds it in what was said, from the line that begins at `from` on. False where it was not said
 * yet, as a whole line. Its words are to be freed; its status is CTE_BUG where it tells none. */
bool find_end_of_account(struct slice said, size_t from, struct account_end *end);

/* Adds the fact that a line tells; false where it tells none. */
bool account_take_line(struct account *account, struct slice line);

/* Reads all lines of a stage into an empty account, which is settled then. `shown` is the source,
 * as messages name it. CTE_BUG where a line is none of the account's, is cut, or has another shape:
 * then a program does not keep what the stream promises. */
int account_read(struct account *account, const char *shown, struct slice text,
                 struct cte_error *error);

#endif
