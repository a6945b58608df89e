/* page.h - pages for people: one HTML file that opens without a network, has no script, prints
 * well, reads on a phone, and works with a keyboard and a screen reader.
 *
 * What a page says is not known here. It is put together from the pieces below, in order:
 * page_begin(), headings and paragraphs, tables and pictures (sankey.h), page_end(). Text is
 * escaped; what is called `html` is not.
 *
 * A table is made first and put afterwards, so that all cells of a page are known before it is
 * decided which of them are hidden (suppression.h). It owns its cells' texts; page_put_table()
 * frees them.
 */
#ifndef CTE_PAGE_H
#define CTE_PAGE_H

#include "pipeline/report/suppression.h"
#include "codetables/base/output.h"

struct page {
    struct output *output;
    struct publication publication; /* the cells of all tables and pictures */
};

/* A text, or a cell of the publication. */
struct page_cell {
    char *text; /* NULL: a count, or nothing at all */
    size_t cell;
    int people; /* which of its people; below 0: its records */
};

#define PAGE_NO_CELL SIZE_MAX

struct page_table {
    const char *caption;
    /* one that begins with # holds counts; the first heads its row when it begins with ! */
    const char *const *columns;
    size_t column_count;
    struct page_cell *cells; /* row by row */
    size_t cell_count, room;
};

/* `draft` is what is said on every page when a draft was used, else NULL. */
void page_begin(struct page *page, struct output *output, const char *title, const char *draft);
void page_end(struct page *page);

void page_html(struct page *page, const char *html);
void page_text(struct page *page, const char *text);
/* escaped */
void page_say(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A paragraph of a class: good, bad, draft, or NULL. */
void page_paragraph(struct page *page, const char *class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A text as a shell takes it for one word, in quotes where it needs them; to be freed. For commands
 * that people copy. */
char *page_shell_word(const char *value);
void page_heading(struct page *page, int level, const char *id, const char *text);
/* What is between them is folded away until somebody opens it, on paper too; or it is open until
 * somebody folds it away. */
void page_fold(struct page *page, const char *summary);
void page_fold_open(struct page *page, const char *summary);
void page_unfold(struct page *page);

void page_cell_text(struct page_table *table, const char *text); /* copied */
/* the number of a cell of the publication; PAGE_NO_CELL: nothing */
void page_cell_count(struct page_table *table, size_t cell);
/* the people of a cell; PAGE_NO_CELL: nothing */
void page_cell_people(struct page_table *table, size_t cell, enum cell_people which);
/* also frees it; one that is not put is freed by itself */
void page_put_table(struct page *page, struct page_table *table);
void page_free_table(struct page_table *table);

#endif
