/* report.h - report.html: what became of a run, for people.
 *
 *   report.c         the order of the page; sources and files
 *   report_verdict.c  the first screen: did it go well, may it be sent, what is to be done
 *   report_accepted.c  whether CALPADS would take each output: the first of uploads.h
 *   report_sums.c    the sums of the first screen
 *   report_leas.c    many sources: by LEA, what needs attention first; report-sources.csv
 *   report_findings.c  the rules that records broke
 *   report_tables.c  held records, changes, the code tables that were used
 *   report_checking.c  how to check it all again
 *   report_offer.c   what schools offer: by group and code after, and in sequences
 *   rollup.h         the roll-ups, whose pictures and totals are a part of it
 *
 * A page comes in two forms: for those who work with the run, and for the public, which names no
 * source, line, school's question or file and hides small cells. All cells of a page are known, and
 * which of them are hidden, before any of it is written.
 */
#ifndef CTE_REPORT_REPORT_H
#define CTE_REPORT_REPORT_H

#include "pipeline/cte-report/rollup.h"
#include "pipeline/cte-report/uploads.h"

/* A rule that records broke, over all sources; the words are its own. */
struct report_finding {
    const struct fact_found *found;
    char *wrong, *to_do;
    uint64_t records;
    size_t cell;
};

struct report {
    struct told *told;
    struct run_rollups *rollups;
    struct page page;
    bool is_public;
    bool hides;         /* small counts */
    bool shows_sources; /* their sums one by one are published; a public page leaves them out */
    struct report_finding *findings;
    size_t finding_count;
    size_t sums[SUMS];           /* the cells of the sums of all sources */
    size_t (*source_sums)[SUMS]; /* by source: the cells of its sums */
    struct uploads uploads;      /* not of a page for the public */
};

/* report.html and the files of the roll-ups, and where the run makes them those for the public,
 * kept among its files. */
int write_reports(struct told *told, struct run_rollups *rollups);

/* rollup-totals.csv, on standard output. */
int print_totals(struct told *told, struct run_rollups *rollups);

/* What is published besides the roll-ups, and what is hidden of it. */
void report_publish_sums(struct report *report);
void report_link_sums(struct report *report);
void report_hide_findings(struct report *report);

/* report-sources.csv, where it is needed. */
int write_source_list(struct report *report);
void report_put_leas(struct report *report);

/* Parts of the page. */
/* Did it go well, may it be sent, what is to be done. */
void report_put_verdict(struct report *report);
void report_put_accepted(struct report *report);    /* would CALPADS take it? */
bool report_has_draft(const struct report *report); /* a crosswalk that is one */
void report_put_sums(struct report *report);
void report_take_findings(struct report *report);
void report_free_findings(struct report *report);
void report_put_findings(struct report *report);
void report_put_held(struct report *report);
void report_put_changes(struct report *report);
void report_put_tables(struct report *report);
void report_put_checking(struct report *report);
void report_put_definitions(struct report *report); /* of the words of the roll-ups */
void report_put_rollup(struct report *report, struct run_rollup *rollup);
void report_put_groups(struct report *report, const struct run_rollup *rollup);
void report_put_companions(struct report *report, const struct run_rollup *rollup);
void report_put_several(struct report *report, const struct run_rollup *rollup);
void report_put_sequences(struct report *report, struct sequences *sequences);

#endif
