/* writers.h - the four ways to write what cte-diff found: words, CSV, XML and a page. Each has a
 * function for a struct sink, and functions for what comes before and after all differences.
 */
#ifndef CTE_WRITERS_H
#define CTE_WRITERS_H

#include "codetables/base/xml_out.h"
#include "pipeline/cte-diff/diff.h"
#include "pipeline/report/page.h"

/* In words: the first `most` differences of each kind are kept until the sums are known and said.
 */
struct text_report {
    size_t most;
    char **lines[DIFF_KINDS];
    size_t counts[DIFF_KINDS];
};
void add_text_difference(void *text, const struct reported *reported);
void write_text_sums(const struct diff *diff, const struct tally *tally);
void write_text_differences(const struct text_report *text, const struct tally *tally);
void free_text_report(struct text_report *text);

/* Every difference, a row for each field. */
void begin_csv(struct output *csv);
void write_csv(void *csv, const struct reported *reported);

/* The same, an element for each record, with files, tables and sums; by
 * codetables/schema/differences.xsd. */
void begin_xml(struct xml_out *xml, struct output *output, const struct diff *diff);
void write_xml(void *xml, const struct reported *reported);
int end_xml(struct xml_out *xml, const struct diff *diff, const struct tally *tally,
            struct cte_error *error);

/* A page for people: the first `most` records of each kind are kept until the sums are known.
 * end_html() writes it; its errors are those of loading tables. */
struct html {
    struct output *output;
    size_t most;
    bool hides, is_public;        /* small counts are hidden; no line or file is named */
    uint64_t records[DIFF_KINDS]; /* that were reported */
    struct page_table tables[DIFF_KINDS];
};
void write_html(void *html, const struct reported *reported);
int end_html(struct html *html, struct diff *diff, const struct tally *tally);
void free_html(struct html *html); /* what a page for the public left out, too */

/* The files that were asked for, NULL where one was not, and what they may show. */
struct asked_reports {
    const char *csv, *xml, *html;
    bool hides, is_public;
    size_t shown; /* lines of each kind in words */
};

/* Works out the differences and tells them. Files appear when all of them are whole. */
int write_all_reports(struct diff *diff, const struct matching *matching, struct tally *tally,
                      const struct asked_reports *asked);

#endif
