/* compare_outputs.h - the converted files of two runs, source by source: of two nights, what moved.
 *
 * Of each source that both runs have, the converted files are compared as any two files; where they
 * have the same hash, that is said. Each comparison is a process of its own, which ends with what
 * cte-diff ends with.
 *
 * Errors: those of manifest_read(); CTE_IO where a process cannot be started, CTE_BUG where one
 * dies.
 */
#ifndef CTE_DIFF_COMPARE_OUTPUTS_H
#define CTE_DIFF_COMPARE_OUTPUTS_H

#include <stdbool.h>

#include "codetables/base/error.h"

/* Whether a path is the folder of a run. */
bool is_run_folder(const char *path);

/* `compare` takes two files and returns the exit status of their comparison; *worst becomes the
 * worst of all, at least 1 where a source or its output is in one run alone. */
int compare_outputs(const char *const folders[2], int (*compare)(char *before, char *after),
                    int *worst, struct cte_error *error);

#endif
