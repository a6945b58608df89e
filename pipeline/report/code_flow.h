/* code_flow.h - where the records of a roll-up came from and where they went, as pictures and
 * tables of a page.
 *
 * Records are added up by the code before and by what became of it: a code after, or a fate in
 * words (held, rejected …). From that come a picture of the flow from the groups of the codes
 * before (industry sectors) to the codes after (Career Clusters), the same for each code before,
 * and tables with every number of both. Records that belong to no group before and to no code after
 * (courses outside CTE) are counted in a sentence and left out otherwise.
 *
 * Codes that are not in their code set are never shown: they may be anything.
 *
 * Ownership: all texts given must outlive the movement, which lives until the program ends. Order
 * of adding does not matter.
 */
#ifndef CTE_CODE_FLOW_H
#define CTE_CODE_FLOW_H

#include "codetables/model/tables.h"
#include "pipeline/report/sankey.h"
#include "pipeline/report/page.h"

struct movement_cell {
    const char *group, *before, *to; /* codes; "" for none */
    bool is_fate;                    /* `to` is a fate in words, not a code */
    uint64_t records;
};

/* Records between two ends, added up: the cells of one picture and its table. */
struct movement_view {
    struct ribbons ribbons;
    const char **groups; /* of each node on the left */
    size_t all;          /* the number of the count of all records in it */
};

struct movement {
    const struct rollup *rollup;
    struct rollup_sets sets;
    struct movement_cell *cells;
    size_t count, room;
    uint64_t outside;     /* records that are left out */
    size_t outside_count; /* the number of their count */
    struct movement_view by_group, by_code;
    size_t *after_totals; /* one for each node on the right of by_group */
};

/* `before` is a code, `after` a code ("" for none), `fate` NULL or what became of the records
 * instead; `year` decides which row of the code set tells the group. */
void movement_add(struct movement *movement, const char *before, const char *after,
                  const char *fate, int year, uint64_t records);

/* After all was added: gives the page its counts and their sums, and then puts pictures and tables.
 * Between the two the page may hide counts. `id` is letters that name the parts within the page. */
void movement_count(struct movement *movement, struct page *page, const char *id);
void movement_put(const struct movement *movement, struct page *page);

#endif
