/* compare_runs.h - what two runs counted, against each other: before and after of a whole state
 * without reading a record.
 *
 * Read are the manifests of both runs and NAME.counts.csv of their sources, and NAME.distinct.csv
 * where people are counted, each held against the hash that the manifest has of it. Said is which
 * tables and sources only one run has, what became of the records with each code, and where by LEA
 * and school counts differ. Records that count in another source too are counted there alone.
 * Memory does not grow with the counts.
 *
 * Errors: those of manifest_read() and read_counts(); CTE_BAD_INPUT where a file is not what its
 * manifest says; of `temp` and of the CSV file, CTE_CANNOT_CREATE, CTE_NO_PERMISSION and CTE_IO.
 */
#ifndef CTE_DIFF_COMPARE_RUNS_H
#define CTE_DIFF_COMPARE_RUNS_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/error.h"
#include "pipeline/run/manifest.h"

struct runs_asked {
    const char *folders[2]; /* of the two runs */
    const char *csv;        /* a file for every count that differs; NULL: none is asked for */
    const char *temp;       /* the folder for what memory does not hold */
    size_t shown;           /* lines of each kind on standard output */
};

/* Says on standard output how the runs differ; *differs: they do. */
int compare_runs(const struct runs_asked *asked, bool *differs, struct cte_error *error);

/* Says which tables and sources only one of two runs has, `shown` lines of each kind at most;
 * whether there is one. */
bool compare_manifests(const struct manifest *const manifests[2], size_t shown);

#endif
