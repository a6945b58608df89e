/* code_flow.h - where the records of a roll-up came from and where they went, as pictures and
 * tables of a page, by school year.
 *
 *     struct code_flow flow;
 *     code_flow_begin(&flow, rollup, &sets);
 *     code_flow_add(&flow, &(struct coded_records){.before = "105", .after = "010100",
 *                                                  .year = "2024-2025", .records = 25});
 *     code_flow_publish(&flow, &page.publication, "a");
 *     link_tables(&page.publication,
 *                 (struct linked_table *[]){&flow.by_group, &flow.by_code}, 2);
 *     suppress(&page.publication, CELL_THRESHOLD);        // if the page hides small cells
 *     code_flow_put(&flow, &page);
 *     code_flow_free(&flow);
 *
 * Records are added up by the code before and by what became of them: a code after, or a fate in
 * words (held, rejected …). From that come a picture of the flow from the groups of the codes
 * before (industry sectors) to the codes after (Career Clusters), the same for each code before,
 * and tables with every number of both. Each shows one school year; of several, the newest is open
 * and the others are folded. Records that belong to no group before and to no code after (courses
 * outside CTE) are counted in a sentence and left out otherwise.
 *
 * Codes that are not in their code set are never shown: they may be anything.
 *
 * Ownership: texts that are given must outlive the flow; it lives until code_flow_free(). The order
 * of adding does not matter.
 */
#ifndef CTE_CODE_FLOW_H
#define CTE_CODE_FLOW_H

#include "codetables/model/tables.h"
#include "pipeline/report/linked_tables.h"
#include "pipeline/report/page.h"
#include "pipeline/report/sankey.h"

/* What records of a roll-up are counted by, in the order in which tables are sorted. A flow has
 * those of code and outcome; a run counts by the others too. */
enum dimension {
    DIM_YEAR,
    DIM_GROUP,   /* of the code before */
    DIM_BEFORE,  /* code before */
    DIM_WRITTEN, /* IS_WRITTEN, or "" for records with a fate */
    DIM_OUTCOME, /* the fate; "" for what is written */
    DIM_AFTER,   /* code after of what is written, or `unlisted` */
    DIM_FINE,    /* the finer code after */
    DIM_LEA,
    DIM_SCHOOL,
    DIM_BY,
    DIM_COMPANION = DIM_BY + ROLLUP_MAX_BY,           /* what people are besides */
    DIM_ALSO = DIM_COMPANION + ROLLUP_MAX_COMPANIONS, /* what a code after is elsewhere */
    DIMENSIONS = DIM_ALSO + ROLLUP_MAX_ALSO
};
_Static_assert((int)DIMENSIONS <= (int)LINKED_DIMENSIONS, "a row has room for all dimensions");

#define IS_WRITTEN "written"

/* What stands in the place of a code that is not in its code set: it may be anything, and is not
 * shown. */
extern const char unlisted[];

/* Records that have one code before and one end. */
struct coded_records {
    const char *before;
    const char *after; /* "" for none */
    const char *fate;  /* what became of them instead of being written with a code; or NULL */
    const char *year;  /* "2024-2025"; "" where it is not told */
    uint64_t records;
};

/* What the page shows of one school year. */
struct code_flow_year {
    const char *year; /* "" for records that tell none */
    struct sankey group_picture, code_picture;
    struct sankey_node *ends; /* the nodes on the right of both */
    size_t end_count;
    /* the cells of all records of each end, of all records shown, and of those left out */
    size_t *end_cells, all_cell, left_out_cell;
};

struct code_flow {
    const struct rollup *rollup;
    struct rollup_sets sets;
    /* All records. What is left out of the pictures is in rows that are not listed. */
    struct linked_table by_group, by_code;
    /* Once it is published: the newest first, and last what tells no year. */
    struct code_flow_year *years;
    size_t year_count;
    struct arena pictures;
};

void code_flow_begin(struct code_flow *flow, const struct rollup *rollup,
                     const struct rollup_sets *sets);
/* Returns their rows in both tables, which they have until the flow is published. */
struct flow_rows {
    size_t by_group, by_code;
};
struct flow_rows code_flow_add(struct code_flow *flow, const struct coded_records *coded);

/* After all was added: adds the cells of pictures and tables to a publication. `id` is letters that
 * name the parts within the page. A flow can be published again for another page. */
void code_flow_publish(struct code_flow *flow, struct publication *publication, const char *id);

/* Puts pictures and tables on the page whose publication it was. */
void code_flow_put(const struct code_flow *flow, struct page *page);

void code_flow_free(struct code_flow *flow);

#endif
