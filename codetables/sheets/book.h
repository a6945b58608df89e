/* book.h - what the parts of the reader of .xlsx files share.
 *
 *   book_relations.c   which part is which
 *   workbook.c         a worksheet as a whole
 *   book_tabs.c        which of the sheets is read
 *   book_text.c        texts, and those that cells share
 *   book_styles.c      the number formats of cells
 *   book_ranges.c      cells that belong together
 *   worksheet.c        the rows and cells of one sheet, as its part tells them
 *   sheet_cell.c       what a cell shows
 *   sheet_rows.c       the rows one after another
 */
#ifndef CTE_BOOK_H
#define CTE_BOOK_H

#include "codetables/sheets/package.h"
#include "codetables/sheets/sheet.h"
#include "codetables/sheets/sheet_rows.h"

/* More ranges and texts than a sheet of codes has; more sheets and relations than Excel allows; and
 * more bytes than their names and the number formats have. */
enum { BOOK_MAX_LISTED = 1 << 20, MAX_TABS = 1000, MAX_NAMES = 16 << 20 };

struct relation {
    char *id, *type, *target; /* the target as the name of a part */
};

struct text_list {
    char **texts;
    size_t count, room;
};

/* A text that is put together from pieces; what is escaped in a piece is resolved when the piece
 * ends. */
struct gathered {
    char *text;
    size_t used, room, piece;
};

/* Cells from one corner to another; rows are those of the sheet, from 1. */
struct range {
    char *text;
    size_t left, right;
    unsigned top, bottom;
};

struct range_list {
    struct range *list;
    size_t count, room;
};

struct book {
    struct sheet *sheet;
    struct arena *cell_memory; /* of the texts of cells */
    struct package *package;
    struct cte_error *error;
    size_t name_bytes;        /* that keep_name() took */
    const char *relations_of; /* the part that was asked last */
    struct relation *relations;
    size_t relation_count, relation_room;
    struct text_list tabs, tab_ids; /* names of the worksheets and their relations */
    bool *tab_hidden;
    bool since_1904;
    struct text_list own_ids, own_codes; /* number formats that the workbook defines */
    struct text_list styles;             /* of cells: the number of the format of each */
    bool in_formats, in_cell_styles;
    /* While texts and cells are read. */
    struct gathered value, inside; /* of <v> and <t> */
    struct gathered *into;         /* the one that text goes to now, or NULL */
    bool in_rows, in_row, in_cell, in_inline, in_phonetic, has_formula;
    unsigned line, values, inlines;
    size_t column;
    char *type, *style;
    struct range_list merges, arrays; /* merged cells, and those that one formula fills */
    /* Of rows that are given out one after another. */
    struct sheet own_sheet;
    struct arena row_memory; /* of the texts of cells */
    struct package_part *part;
    struct part_handler handler;
    bool ended;
    size_t row_at;           /* the next one to be given out */
    size_t widest;           /* how many columns there are with cells that hold something */
    unsigned last_line;      /* the last row that holds something */
    const char *first_merge; /* merged cells among them; NULL: none */
};

extern const struct part_handler worksheet_handler; /* its context is the book */

char *or_empty(char *text);

/* Takes a name, a relation or a format into the memory of the sheet; NULL is taken for "". */
char *keep_name(struct book *book, char *name);
void list_add(struct book *book, struct text_list *list, char *text);

void gathered_clear(struct gathered *gathered);
void gathered_start(struct gathered *gathered);
void gathered_put(struct gathered *gathered, const char *text, size_t length);
void gathered_end(struct gathered *gathered);

/* The text of an attribute, in which control characters are escaped as they are in cells; NULL
 * where there is none. */
char *unescaped(char *text);

/* For a part handler: puts text where it goes now. */
void book_text(void *context, const char *text, size_t length);

/* The number format of a style of cells; NULL where the workbook does not say. */
const char *book_format(const struct book *book, const char *style);

/* B7 to a column and a row, both from 0 and 1; false for anything else. */
bool read_reference(const char *text, size_t *column, unsigned *line, const char **rest);

/* A1:B2, or A1 alone, from the text of a range. */
bool read_range(struct range *range);

/* Adds a range to a list, which owns the text. */
void keep_range(struct book *book, struct range_list *ranges, char *text);

/* Cells that the formula of another one fills hold results of it. Such ranges may not overlap, so
 * that each cell is seen once. */
int mark_arrays(struct book *book);

/* Merged cells say that they are. */
int mark_merges(struct book *book);

/* Reads a part of the spreadsheet; the handler needs no vocabulary and gets the book as context. */
int book_parse(struct book *book, const char *part, struct part_handler handler);

int read_shared_texts(struct book *book, const char *part);
int read_styles(struct book *book, const char *part);

/* Reads the relations of a part, which lie in the folder _rels beside it. Those before are
 * forgotten. */
int book_read_relations(struct book *book, const char *part);

/* The part that a relation leads to, of any identifier where that is NULL; NULL where there is no
 * such relation. */
const char *book_related(const struct book *book, const char *id, const char *type);

/* Reads the names of the sheets. */
int book_read_tabs(struct book *book, const char *main_part);

/* Which sheet is read: the one that was named, or the only one. */
int book_choose_tab(struct book *book, const char *wanted, size_t *chosen);

/* Which sheet is read where that was not asked for: the only one in which anything stands. */
int book_choose_filled_tab(struct book *book, size_t *chosen);

/* Finds the sheet that is read, by book_choose_filled_tab() where it is read row by row, and reads
 * its texts and styles. *part is that of its rows. */
int book_find_sheet(struct book *book, const char *wanted, const char **part);

void book_free(struct book *book);

/* Puts the cell that was read into its row. */
void put_cell(struct book *book);

#endif
