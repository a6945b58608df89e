/* report_files.h - the reports of a comparison, in any folders: all of them are written whole, or
 * none appears.
 *
 * Each is opened; when all are closed, and what is said of them is out, they are put in place. In
 * the end all are to be discarded, whatever became of them. Errors: those of output.h.
 */
#ifndef CTE_DIFF_REPORT_FILES_H
#define CTE_DIFF_REPORT_FILES_H

#include "codetables/base/output.h"

struct report_file {
    const char *path; /* NULL: it was not asked for */
    struct output out;
};

int open_report_file(struct report_file *file, struct cte_error *error);
int close_report_files(struct report_file *files, size_t count, struct cte_error *error);
int publish_report_files(struct report_file *files, size_t count, struct cte_error *error);
void discard_report_files(struct report_file *files, size_t count);

#endif
