/* sankey.h - a picture of how records flow from groups before to groups after, as inline SVG.
 *
 *     struct sankey_node before[] = {{"AGR", "Agriculture", false}},
 *                        after[] = {{"010000", "Agriculture", false}, {"", "Held", true}};
 *     struct sankey_link links[] = {{0, 0, written_cell}, {0, 1, held_cell}};
 *     const struct sankey sankey = {"ra", "Completers", "Sector", "Cluster", before, 1, after, 2,
 *                                   links, 2};
 *     suppress(&publication, CELL_THRESHOLD);
 *     sankey_draw(output, &sankey, &publication);
 *
 * Bars on both sides are as long as they hold records, and the ribbons between them as wide as the
 * records that went that way. What is no group but a fate (held, rejected) is hatched, so that
 * black and white is enough. Each ribbon shows its number when it is pointed at. A table beside the
 * picture must hold the numbers too: it is the one that everybody can read. A hidden cell
 * (suppression.h) has a thin dashed ribbon that says nothing of its size.
 *
 * Nothing here knows what the groups are. Same input, same bytes. Whether all of it was written is
 * known when the output is closed.
 */
#ifndef CTE_SANKEY_H
#define CTE_SANKEY_H

#include "codetables/base/output.h"
#include "pipeline/report/suppression.h"

struct sankey_node {
    const char *code, *name; /* code may be empty */
    bool is_fate;
};

struct sankey_link {
    size_t from, to; /* nodes on the left and right */
    size_t cell;
};

struct sankey {
    const char *id; /* plain letters: names the parts of the picture within a page */
    const char *title, *left_title, *right_title;
    struct sankey_node *left;
    size_t left_count;
    struct sankey_node *right;
    size_t right_count;
    struct sankey_link *links; /* by node on the left, then by node on the right */
    size_t link_count;
};

void sankey_draw(struct output *output, const struct sankey *sankey,
                 const struct publication *publication);

/* What of the style sheet of a page the picture needs; the page's own has --ink and --paper. */
extern const char sankey_style[];

#endif
