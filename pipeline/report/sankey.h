/* sankey.h - a picture of how records flow from groups before to groups after, as inline SVG.
 *
 * Bars on both sides, as long as they hold records, and ribbons between them, as wide as the
 * records that went that way. What is no group but a fate (held, rejected) is hatched, so that
 * black and white is enough. Each ribbon tells its numbers when it is pointed at; a table beside it
 * must hold them too, for it is the table that everybody can read. A hidden count (counts.h) has a
 * thin dashed ribbon that says nothing of its size.
 *
 * Nothing here knows what the groups are. Same input, same bytes.
 */
#ifndef CTE_SANKEY_H
#define CTE_SANKEY_H

#include "pipeline/report/suppression.h"
#include "codetables/base/output.h"

struct ribbon_node {
    const char *code, *name; /* code may be empty */
    bool is_fate;
};

struct ribbon_link {
    size_t from, to, count; /* nodes on the left and right, and the number of the count */
};

struct ribbons {
    const char *id; /* plain letters: names the parts of the picture within a page */
    const char *title, *left_title, *right_title;
    struct ribbon_node *left, *right;
    size_t left_count, right_count;
    struct ribbon_link *links;
    size_t link_count;
};

void ribbons_draw(struct output *output, const struct ribbons *ribbons,
                  const struct counts *counts);

/* What of the style sheet of a page the picture needs. */
extern const char ribbons_style[];

#endif
