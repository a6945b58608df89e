/* page_counts.h - the counts that the page of cte-diff shows, as cells that are linked: small ones
 * can be hidden together with those by which they could be computed.
 *
 * Errors: those of loading tables.
 */
#ifndef CTE_DIFF_PAGE_COUNTS_H
#define CTE_DIFF_PAGE_COUNTS_H

#include "pipeline/cte-diff/diff.h"
#include "pipeline/report/code_flow.h"

/* Cells of the publication, and where records went. The flows are the caller's to free. */
struct page_counts {
    size_t kinds[DIFF_KINDS], sides[2], unexplained;
    struct code_flow *code_flows;
    size_t code_flow_count;
};

int count_page(struct diff *diff, const struct tally *tally, struct publication *publication,
               struct page_counts *counts);

#endif
