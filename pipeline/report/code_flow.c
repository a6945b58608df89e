#include "pipeline/report/code_flow.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a code becomes that is not recoded: it stays, or there is none. */
static const char stays[] = "Keeps its code", empty[] = "No code after";

void movement_add(struct movement *movement, const char *before, const char *after,
                  const char *fate, int year, uint64_t records)
{
    struct movement_cell cell = {
        .group = rollup_group(movement->rollup, &movement->sets, before, year), .records = records};
    cell.before = codeset_find(movement->sets.before, before, strlen(before)) != NULL ? before : "";
    cell.is_fate =
        fate != NULL || codeset_find(movement->sets.after[0], after, strlen(after)) == NULL;
    cell.to = fate != NULL ? fate : !cell.is_fate ? after : after[0] == '\0' ? empty : stays;
    if (cell.group[0] == '\0' && cell.is_fate && fate == NULL) {
        movement->outside += records;
        return;
    }
    if (movement->count == movement->room) {
        movement->room = movement->room == 0 ? 256 : 2 * movement->room;
        movement->cells = cte_realloc(movement->cells, movement->room * sizeof *movement->cells);
    }
    movement->cells[movement->count++] = cell;
}

/* Groups and codes in the order of their codes, those without one last; fates after codes. */
static int compare_cells(const void *x, const void *y)
{
    const struct movement_cell *a = x, *b = y;
    int order = (a->group[0] == '\0') - (b->group[0] == '\0');
    if (order == 0)
        order = strcmp(a->group, b->group);
    if (order == 0)
        order = strcmp(a->before, b->before);
    if (order == 0)
        order = a->is_fate - b->is_fate;
    return order != 0 ? order : strcmp(a->to, b->to);
}

static int compare_ends(const void *x, const void *y)
{
    const struct movement_cell *const *a = x, *const *b = y;
    int order = (*a)->is_fate - (*b)->is_fate;
    return order != 0 ? order : strcmp((*a)->to, (*b)->to);
}

static void arrange(struct movement *movement)
{
    size_t kept = 0;
    if (movement->count > 1)
        qsort(movement->cells, movement->count, sizeof *movement->cells, compare_cells);
    for (size_t i = 0; i < movement->count; i++) {
        if (kept > 0 && compare_cells(&movement->cells[kept - 1], &movement->cells[i]) == 0)
            movement->cells[kept - 1].records += movement->cells[i].records;
        else
            movement->cells[kept++] = movement->cells[i];
    }
    movement->count = kept;
}

/* The ends of all cells, each once. */
static void find_ends(const struct movement *movement, struct movement_view *view)
{
    const struct movement_cell **ends =
        cte_alloc((movement->count + 1) * sizeof(const struct movement_cell *));
    for (size_t i = 0; i < movement->count; i++)
        ends[i] = &movement->cells[i];
    if (movement->count > 1)
        qsort(ends, movement->count, sizeof *ends, compare_ends);
    view->ribbons.right = cte_zalloc(movement->count + 1, sizeof *view->ribbons.right);
    for (size_t i = 0; i < movement->count; i++) {
        if (i > 0 && compare_ends(&ends[i - 1], &ends[i]) == 0)
            continue;
        const char *name = ends[i]->is_fate
                               ? ends[i]->to
                               : rollup_name(movement->sets.after[0], ends[i]->to, YEAR_NONE);
        view->ribbons.right[view->ribbons.right_count++] =
            (struct ribbon_node){ends[i]->is_fate ? "" : ends[i]->to, name, ends[i]->is_fate};
    }
    free(ends);
}

static size_t end_of(const struct movement_view *view, const struct movement_cell *cell)
{
    size_t end = 0;
    while (view->ribbons.right[end].is_fate != cell->is_fate ||
           strcmp(cell->is_fate ? view->ribbons.right[end].name : view->ribbons.right[end].code,
                  cell->to) != 0)
        end++;
    return end;
}

/* The node on the left of a cell, which is the last one or a new one: cells stand in the order of
 * groups and codes. */
static size_t begin_of(const struct movement *movement, struct movement_view *view,
                       const struct movement_cell *cell, bool by_code)
{
    const char *code = by_code ? cell->before : cell->group;
    struct ribbons *ribbons = &view->ribbons;
    const size_t last = ribbons->left_count - 1;
    if (ribbons->left_count == 0 || strcmp(ribbons->left[last].code, code) != 0 ||
        strcmp(view->groups[last], cell->group) != 0) {
        const char *name =
            rollup_name(by_code ? movement->sets.before : movement->sets.group, code, YEAR_NONE);
        view->groups[ribbons->left_count] = cell->group;
        ribbons->left[ribbons->left_count++] =
            (struct ribbon_node){code, name != NULL ? name : movement->rollup->before.none, false};
    }
    return ribbons->left_count - 1;
}

static int compare_links(const void *x, const void *y)
{
    const struct ribbon_link *a = x, *b = y;
    return a->from != b->from ? (a->from > b->from) - (a->from < b->from)
                              : (a->to > b->to) - (a->to < b->to);
}

static void make_view(const struct movement *movement, struct movement_view *view,
                      struct counts *counts, bool by_code, const char *id)
{
    const struct rollup *rollup = movement->rollup;
    const char *from = by_code ? rollup->before.name : rollup->group.name;
    view->ribbons = (struct ribbons){
        .id = cte_format("%s%s", id, by_code ? "code" : "group"),
        .title = cte_format("%s: from %s to %s", rollup->title, from, rollup->after[0].name),
        .left_title = from,
        .right_title = rollup->after[0].name,
        .left = cte_zalloc(movement->count + 1, sizeof(struct ribbon_node)),
        .links = cte_zalloc(movement->count + 1, sizeof(struct ribbon_link))};
    view->groups = cte_zalloc(movement->count + 1, sizeof *view->groups);
    find_ends(movement, view);
    struct ribbons *ribbons = &view->ribbons;
    size_t *numbers = cte_alloc((movement->count + 1) * sizeof *numbers);
    for (size_t i = 0; i < movement->count; i++) {
        const struct movement_cell *cell = &movement->cells[i];
        const size_t from_node = begin_of(movement, view, cell, by_code),
                     to_node = end_of(view, cell);
        size_t link = 0;
        while (link < ribbons->link_count &&
               (ribbons->links[link].from != from_node || ribbons->links[link].to != to_node))
            link++;
        if (link == ribbons->link_count)
            ribbons->links[ribbons->link_count++] =
                (struct ribbon_link){from_node, to_node, counts_add(counts, 0)};
        counts->items[ribbons->links[link].count].value += cell->records;
    }
    if (ribbons->link_count > 1)
        qsort(ribbons->links, ribbons->link_count, sizeof *ribbons->links, compare_links);
    uint64_t all = 0;
    for (size_t i = 0; i < ribbons->link_count; i++) {
        numbers[i] = ribbons->links[i].count;
        all += counts->items[numbers[i]].value;
    }
    view->all = counts_add(counts, all);
    counts_sum(counts, view->all, numbers, ribbons->link_count);
    free(numbers);
}

/* What the views show of the same records: the codes of a group add up to it, and all that goes to
 * one end adds up to its total. */
static void add_sums(struct movement *movement, struct counts *counts)
{
    const struct ribbons *groups = &movement->by_group.ribbons, *codes = &movement->by_code.ribbons;
    const char *const *left = movement->by_group.groups, *const *code_left =
                                                             movement->by_code.groups;
    size_t *parts = cte_alloc((codes->link_count + groups->link_count + 1) * sizeof *parts), count;
    for (size_t g = 0; g < groups->link_count; g++) {
        const struct ribbon_link *link = &groups->links[g];
        count = 0;
        for (size_t c = 0; c < codes->link_count; c++) {
            if (codes->links[c].to == link->to &&
                strcmp(code_left[codes->links[c].from], left[link->from]) == 0)
                parts[count++] = codes->links[c].count;
        }
        counts_sum(counts, link->count, parts, count);
    }
    movement->after_totals = cte_alloc((groups->right_count + 1) * sizeof *movement->after_totals);
    for (size_t e = 0; e < groups->right_count; e++) {
        uint64_t records = 0;
        count = 0;
        for (size_t g = 0; g < groups->link_count; g++) {
            if (groups->links[g].to == e) {
                parts[count++] = groups->links[g].count;
                records += counts->items[groups->links[g].count].value;
            }
        }
        movement->after_totals[e] = counts_add(counts, records);
        counts_sum(counts, movement->after_totals[e], parts, count);
    }
    counts_sum(counts, movement->by_group.all, movement->after_totals, groups->right_count);
    free(parts);
}

void movement_count(struct movement *movement, struct page *page, const char *id)
{
    arrange(movement);
    make_view(movement, &movement->by_group, &page->counts, false, id);
    make_view(movement, &movement->by_code, &page->counts, true, id);
    counts_sum(&page->counts, movement->by_group.all, &movement->by_code.all, 1);
    add_sums(movement, &page->counts);
    movement->outside_count = counts_add(&page->counts, movement->outside);
}

static const char *label(char text[200], const struct ribbon_node *node)
{
    snprintf(text, 200, "%s%s%s", node->code, node->code[0] != '\0' ? " " : "", node->name);
    return text;
}

static void put_table(const struct movement *movement, struct page *page,
                      const struct movement_view *view, bool by_code)
{
    const struct ribbons *ribbons = &view->ribbons;
    char *first = cte_format("!%s", ribbons->left_title), text[200];
    const char *const columns[] = {first, ribbons->right_title, "#Records"};
    struct page_table table = {
        .caption = cte_format("%s: %s", ribbons->title, "every number of the picture"),
        .columns = columns,
        .column_count = 3};
    for (size_t i = 0; i < ribbons->link_count; i++) {
        page_cell_text(&table, label(text, &ribbons->left[ribbons->links[i].from]));
        page_cell_text(&table, label(text, &ribbons->right[ribbons->links[i].to]));
        page_cell_count(&table, ribbons->links[i].count);
    }
    if (!by_code) {
        for (size_t e = 0; e < ribbons->right_count; e++) {
            page_cell_text(&table, "All");
            page_cell_text(&table, label(text, &ribbons->right[e]));
            page_cell_count(&table, movement->after_totals[e]);
        }
    }
    page_cell_text(&table, "All");
    page_cell_text(&table, "");
    page_cell_count(&table, view->all);
    page_put_table(page, &table);
    free(first);
}

void movement_put(const struct movement *movement, struct page *page)
{
    const struct rollup *rollup = movement->rollup;
    if (movement->outside > 0) {
        char number[32] = "Some";
        if (!page->counts.items[movement->outside_count].is_hidden)
            snprintf(number, sizeof number, "%" PRIu64, movement->outside);
        page_paragraph(
            page, NULL,
            "%s records more have no %s before and no %s after (%s): they are not shown here.",
            number, rollup->group.name, rollup->after[0].name, rollup->before.none);
    }
    if (movement->count == 0)
        return;
    ribbons_draw(page->output, &movement->by_group.ribbons, &page->counts);
    put_table(movement, page, &movement->by_group, false);
    char *summary = cte_format("The same by %s", rollup->before.name);
    page_fold(page, summary);
    ribbons_draw(page->output, &movement->by_code.ribbons, &page->counts);
    put_table(movement, page, &movement->by_code, true);
    page_unfold(page);
    free(summary);
}
