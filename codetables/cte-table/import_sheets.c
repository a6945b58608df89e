/* The sheets that a table is made of, one after another. */
#include <stdio.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/text.h"

static int read_choices(struct importing *importing, struct cte_error *error)
{
    struct plan *plan = &importing->plan;
    int status = plan_choose(plan, (struct plan_choice){"merged", "fill", "refuse"},
                             &importing->fill_merged, error);
    if (status == CTE_OK)
        status = plan_choose(plan, (struct plan_choice){"headings", "skip", "refuse"},
                             &importing->skip_headings, error);
    if (status == CTE_OK)
        status = plan_choose(plan, (struct plan_choice){"repeats", "once", "refuse"},
                             &importing->once, error);
    return status == CTE_OK ? read_reading(importing, error) : status;
}

/* Numbers as "5 to 8, 12", as they come; how many. */
struct spans {
    struct text text;
    unsigned first, last;
    size_t count;
};

static void end_span(struct spans *spans)
{
    if (spans->first == 0)
        return;
    text_join(&spans->text, ", ", "");
    text_format(&spans->text, "%u", spans->first);
    if (spans->first != spans->last)
        text_format(&spans->text, " to %u", spans->last);
}

static void add_number(struct spans *spans, unsigned number)
{
    if (spans->first == 0 || number != spans->last + 1) {
        end_span(spans);
        spans->first = number;
    }
    spans->last = number;
    spans->count++;
}

/* Rows and columns that nobody sees count like the others; whoever made the sheet may have meant
 * them to be left out. */
static void tell_hidden(struct importing *importing)
{
    const struct sheet *sheet = &importing->sheet;
    struct spans rows = {0};
    char letters[8];
    if (sheet->tab_hidden)
        text_format(&importing->said, "%s: the sheet '%s' is hidden; it was taken all the same\n",
                    sheet->path, sheet->tab);
    for (size_t r = importing->header + 1; r < sheet->row_count; r++) {
        if (sheet->rows[r].hidden && sheet->rows[r].count > 0)
            add_number(&rows, sheet->rows[r].line);
    }
    end_span(&rows);
    if (rows.count > 0)
        text_format(&importing->said, "%s: %s: %zu hidden rows were taken like the others: %s\n",
                    sheet->path, sheet->tab, rows.count, text_string(&rows.text));
    text_free(&rows.text);
    for (size_t i = 0; i < importing->column_count; i++) {
        for (size_t p = 0; p < importing->columns[i].place_count; p++) {
            size_t place = importing->columns[i].places[p];
            if (sheet->column_hidden[place])
                text_format(&importing->said,
                            "%s: %s: column %s is hidden; it was taken like the others\n",
                            sheet->path, sheet->tab, column_letters(place, letters));
        }
    }
}

int begin_sheet(struct importing *importing, size_t number, struct cte_error *error)
{
    importing->plan.map = importing->map_count > 0 ? importing->maps[number] : NULL;
    importing->sheet = importing->sheets[number];
    int status = read_choices(importing, error);
    if (status == CTE_OK && (status = find_columns(importing, error)) == CTE_OK)
        status = open_names(importing, error);
    if (status == CTE_OK)
        tell_hidden(importing);
    return status;
}

void end_sheet(struct importing *importing, size_t number, size_t rows_before)
{
    if (importing->rows == rows_before)
        importing->bare = &importing->sheets[number];
    importing->plan.map = NULL;
}

int import_head(struct importing *importing, xmlNodePtr root, struct cte_error *error)
{
    int status = draft_title(root, &importing->plan, error);
    for (size_t i = 0; i < importing->sheet_count && status == CTE_OK; i++) {
        importing->plan.map = importing->map_count > 0 ? importing->maps[i] : NULL;
        status = draft_sheet(root, &importing->plan, importing->sheets[i].path,
                             importing->sheets[i].sha256, error);
    }
    importing->plan.map = NULL;
    draft_notes(root, &importing->plan);
    return status;
}
