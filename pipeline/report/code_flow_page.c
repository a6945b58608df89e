/* The pictures and tables of a flow of codes, as a page shows them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/report/code_flow.h"
#include "pipeline/report/sankey.h"

static const char *make_label(char text[200], const struct sankey_node *node)
{
    snprintf(text, 200, "%s%s%s", node->code, node->code[0] != '\0' ? " " : "", node->name);
    return text;
}

static void put_table(const struct code_flow_year *shown, struct page *page,
                      const struct sankey *sankey)
{
    char *first = cte_format("!%s", sankey->left_title),
         *caption = cte_format("%s: every number of the picture", sankey->title), text[200];
    const char *const columns[] = {first, sankey->right_title, "#Records"};
    struct page_table table = {.caption = caption, .columns = columns, .column_count = 3};
    for (size_t i = 0; i < sankey->link_count; i++) {
        page_cell_text(&table, make_label(text, &sankey->left[sankey->links[i].from]));
        page_cell_text(&table, make_label(text, &sankey->right[sankey->links[i].to]));
        page_cell_count(&table, sankey->links[i].cell);
    }
    for (size_t e = 0; e < shown->end_count && sankey == &shown->group_picture; e++) {
        page_cell_text(&table, "All");
        page_cell_text(&table, make_label(text, &shown->ends[e]));
        page_cell_count(&table, shown->end_cells[e]);
    }
    page_cell_text(&table, "All");
    page_cell_text(&table, "");
    page_cell_count(&table, shown->all_cell);
    page_put_table(page, &table);
    free(caption);
    free(first);
}

static void put_left_out(const struct code_flow *flow, const struct code_flow_year *shown,
                         struct page *page)
{
    const struct rollup *rollup = flow->rollup;
    const struct cell *left_out = &page->publication.cells[shown->left_out_cell];
    char number[24] = "Some";
    if (left_out->value == 0)
        return;
    if (!left_out->is_hidden)
        snprintf(number, sizeof number, "%" PRIu64, left_out->value);
    page_paragraph(
        page, NULL,
        "%s records more have no %s before and no %s after (%s): they are not shown here.", number,
        rollup->group.name, rollup->after[0].name, rollup->before.none);
}

/* Whether a picture has a ribbon whose width is shown. */
static bool has_shown(const struct sankey *sankey, const struct publication *publication)
{
    for (size_t i = 0; i < sankey->link_count; i++) {
        if (!publication->cells[sankey->links[i].cell].is_hidden)
            return true;
    }
    return false;
}

static void put_picture(struct page *page, const struct sankey *sankey)
{
    if (has_shown(sankey, &page->publication))
        sankey_draw(page->output, sankey, &page->publication);
    else
        page_paragraph(page, NULL, "Every count of this picture is hidden, so it is not drawn.");
}

static void put_pictures(const struct code_flow *flow, const struct code_flow_year *shown,
                         struct page *page)
{
    put_picture(page, &shown->group_picture);
    page_fold(page, "Every number of the picture");
    put_table(shown, page, &shown->group_picture);
    page_unfold(page);
    char *summary = cte_format("The same by %s", flow->rollup->before.name);
    page_fold(page, summary);
    put_picture(page, &shown->code_picture);
    put_table(shown, page, &shown->code_picture);
    page_unfold(page);
    free(summary);
}

/* Rejected records tell no year: beside those that do, they are few, and a table does for them. */
static void put_without_year(const struct code_flow *flow, const struct code_flow_year *shown,
                             struct page *page)
{
    page_fold(page, "Records that tell no school year");
    put_left_out(flow, shown, page);
    if (shown->group_picture.link_count > 0) {
        put_table(shown, page, &shown->group_picture);
        put_table(shown, page, &shown->code_picture);
    }
    page_unfold(page);
}

static void put_year(const struct code_flow *flow, const struct code_flow_year *shown,
                     struct page *page)
{
    put_left_out(flow, shown, page);
    if (shown->group_picture.link_count > 0)
        put_pictures(flow, shown, page);
}

void code_flow_put(const struct code_flow *flow, struct page *page)
{
    const bool has_years = flow->year_count > 0 && flow->years[0].year[0] != '\0',
               has_choice = has_years && flow->year_count > 1 && flow->years[1].year[0] != '\0';
    for (size_t y = 0; y < flow->year_count; y++) {
        const struct code_flow_year *shown = &flow->years[y];
        if (has_years && shown->year[0] == '\0') {
            put_without_year(flow, shown, page);
            continue;
        }
        char *heading = cte_format("School year %s", shown->year);
        if (!has_choice)
            page_paragraph(page, NULL, "%s", has_years ? heading : "All school years");
        else if (y == 0)
            page_fold_open(page, heading);
        else
            page_fold(page, heading);
        put_year(flow, shown, page);
        if (has_choice)
            page_unfold(page);
        free(heading);
    }
}
