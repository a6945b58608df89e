/* counts_file.h - NAME.counts.csv: how many records of a source have the same code before and
 * after, place and further dimensions, and what became of them.
 *
 *     put_counts_heading(&output);
 *     add_counts_place(&place, &counted);
 *     output_put(&output, place.bytes, place.length);
 *     put_counts_codes(&output, &counted);
 *     ...
 *     const struct counts_file file = {path, "SCTE.counts.csv", NULL, take_row, &counts};
 *     if (read_counts(&file, &error) != CTE_OK) ...
 *
 * cte-write makes one for each source; whoever adds up the records of a run, or of many, reads
 * them. Rows are sorted by LEA, year and local course, so that those of a course stand together
 * whatever roll-up counts them, and no two are alike. A code that is not in its code set may be
 * anything and stands in no row. A held record that asks for a deletion has the outcome "delete":
 * it is no section, completer or student that anybody has.
 */
#ifndef CTE_COUNTS_FILE_H
#define CTE_COUNTS_FILE_H

#include "codetables/base/error.h"
#include "codetables/base/output.h"
#include "codetables/base/text.h"
#include "codetables/model/rollups.h"
#include "pipeline/run/account.h"

/* Records that agree in all that is told apart. No text is NULL; "" is what is not told. */
struct counted {
    const char *lea, *year, *local, *rollup;
    char state;     /* as in the record stream: R written, H held, X rejected, M merged */
    bool is_again;  /* the records stand in a later source too, and count there */
    bool is_delete; /* they are held because they ask CALPADS to delete what it has */
    const char *school, *before;
    const char *after[ROLLUP_MAX_AFTER]; /* ROLLUP_UNLISTED: a code of another list */
    const char *by[ROLLUP_MAX_BY];
    uint64_t records;
};

/* Adds the records to the sum of those of which the same became; `read` stays. */
void add_counted(struct fact_sums *sums, const struct counted *counted);

/* What became of the records, in a word: "written", "held", "rejected", "merged". */
const char *counted_outcome(char state);

void put_counts_heading(struct output *output);

/* A row is put in two parts, for many have the first in common: the cells that say where the
 * records belong and what became of them, each with a comma behind it, and the others. */
void add_counts_place(struct text *cells, const struct counted *counted);
void put_counts_codes(struct output *output, const struct counted *counted);

/* A file that is read, and who gets its rows. */
struct counts_file {
    const char *path, *shown; /* the same in messages */
    const char *sha256;       /* that it must have; NULL: nobody says */
    void (*take)(void *context, const struct counted *counted);
    void *context;
};

/* Gives each row to `take`, with texts that last until it returns; an error that it leaves in
 * `error` ends the reading. The errors are those of csv_rows.h. */
int read_counts(const struct counts_file *file, struct cte_error *error);

#endif
