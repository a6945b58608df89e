/* uploads.h - uploads.csv: of each output of the runs, whether CALPADS would take it, and when it
 * is due.
 *
 *     struct uploads uploads = {.hides = true};
 *     if (write_uploads(told, &uploads) == CTE_OK)
 *         for (size_t i = 0; i < uploads.shown[ANSWER_NO].count; i++) ...
 *     free_uploads(&uploads);
 *
 * A row is one output, LEA, academic year, record type and collection window; most outputs have
 * just one. The answer is that of the whole output, for CALPADS takes all of it or nothing.
 *
 *     run              of several runs, which
 *     source, output   the source, and the file of its records
 *     state            complete, or why the output should not be sent whatever CALPADS says
 *     lea, year, record, records   what is in it, and how many records of that
 *     calpads_takes    no, unknown or yes
 *     rules            "RULE: records; RULE: records": by which it may refuse; at most so many
 *     why              the same in words, and what is in the way whatever the records hold
 *     drafts           the tables that are drafts by which the output was made or judged
 *     collection       the window, and what is known of it: no_errors_by, deadline, amendment, note
 *
 * Where small counts are hidden, no number of records is told. Outputs come in the order of the
 * sources; those to be shown on the page are kept by their answer, so many of each at most.
 *
 * Memory: what is kept, and what one source has; nothing grows with the number of sources.
 *
 * Errors, in told->error: those of judge_output.h, manifest.h and documents.h.
 */
#ifndef CTE_REPORT_UPLOADS_H
#define CTE_REPORT_UPLOADS_H

#include "pipeline/cte-report/judge_output.h"
#include "pipeline/report/page.h"

enum { UPLOADS_SHOWN = TOLD_MOST_SOURCES };

/* An output as the page shows it. */
struct upload {
    char *output, *why, *windows;
};

struct upload_list {
    struct upload *items; /* the first of them */
    size_t count, room;
    size_t all;
};

struct uploads {
    bool hides; /* small counts */
    struct upload_list shown[ANSWERS];
    size_t all;
    /* rules that are about records of an output and are never looked at: rule, words, needs */
    struct page_table never_looked_at;
    struct map never_keys;
};

/* No file where no run has an output. */
int write_uploads(struct told *told, struct uploads *uploads);

void free_uploads(struct uploads *uploads);

#endif
