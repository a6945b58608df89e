#include "codetables/sheets/xlsx_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "codetables/base/characters.h"
#include "codetables/base/file.h"
#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "codetables/sheets/sheet.h"
#include "codetables/sheets/xlsx_same.h"

enum { LOOKS = XLSX_TO_FILL + 1, MOST_CELL = 8000, MOST_LINES = 12 };

static const double line_height = 15; /* in points */

/* 1 January 1980, as in the entries of the archive: nothing in the file is about today. */
static const time_t created = 315532800;

static const char list_sheet[] = "Choices";

struct xlsx_sheet {
    char *name;
    lxw_worksheet *worksheet;
    lxw_row_t rows;      /* that were written */
    bool is_passed_over; /* where it is held against another */
};

/* A list to pick from, and its rows on the hidden sheet. */
struct pick_list {
    size_t first, count;
};

struct xlsx_out {
    char *folder, *path; /* of the file while it is made */
    int failed;          /* errno, where it cannot be made */
    const char *against; /* the workbook that it is held against; NULL: none */
    lxw_workbook *workbook;
    lxw_format *looks[LOOKS], *heading, *note;
    struct xlsx_sheet sheets[XLSX_MOST_SHEETS + 1];
    size_t sheet_count;
    const struct xlsx_column *columns;
    size_t column_count, column, lines; /* of text in the row at hand */
    lxw_row_t top;                      /* of the heading of the table */
    bool has_table;                     /* the heading is written */
    struct map picks;
    struct pick_list *lists;
    size_t list_room, listed;
};

/* ---- the file ---- */

static lxw_format *add_look(struct xlsx_out *book, uint8_t vertical)
{
    lxw_format *look = workbook_add_format(book->workbook);
    if (look == NULL)
        cte_die("out of memory");
    format_set_num_format(look, "@");
    format_set_align(look, vertical);
    return look;
}

static void add_looks(struct xlsx_out *book)
{
    for (size_t i = 0; i < LOOKS; i++)
        book->looks[i] = add_look(book, LXW_ALIGN_VERTICAL_TOP);
    format_set_text_wrap(book->looks[XLSX_WRAPPED]);
    format_set_align(book->looks[XLSX_NUMBER], LXW_ALIGN_RIGHT);
    format_set_indent(book->looks[XLSX_NUMBER], 1);
    format_set_bg_color(book->looks[XLSX_TO_FILL], 0xFFF8DC);
    format_set_border(book->looks[XLSX_TO_FILL], LXW_BORDER_THIN);
    format_set_border_color(book->looks[XLSX_TO_FILL], 0xBBBBBB);
    book->heading = add_look(book, LXW_ALIGN_VERTICAL_BOTTOM);
    format_set_bold(book->heading);
    format_set_text_wrap(book->heading);
    format_set_bottom(book->heading, LXW_BORDER_THIN);
    book->note = add_look(book, LXW_ALIGN_VERTICAL_TOP);
}

struct xlsx_out *xlsx_begin(const char *scratch)
{
    struct xlsx_out *book = cte_zalloc(1, sizeof *book);
    book->folder = cte_strdup(scratch);
    book->path = cte_format("%s/.workbook.XXXXXX", scratch);
    const int fd = mkstemp(book->path);
    if (fd < 0 || close(fd) != 0)
        book->failed = errno;
    lxw_workbook_options options = {.tmpdir = book->folder};
    book->workbook = workbook_new_opt(book->path, &options);
    if (book->workbook == NULL)
        cte_die("out of memory");
    lxw_doc_properties about = {.created = created};
    workbook_set_properties(book->workbook, &about);
    add_looks(book);
    return book;
}

/* What the library does not tell: whether all that it wrote came to stand in the file. */
static int check_sheets(const struct xlsx_out *book, const char *shown, struct cte_error *error)
{
    for (size_t i = 0; i < book->sheet_count && error->status == CTE_OK; i++) {
        const struct xlsx_sheet *written = &book->sheets[i];
        struct sheet sheet;
        struct cte_error why = {.status = CTE_OK};
        if (sheet_read(book->path, written->name, false, &sheet, &why) != CTE_OK ||
            sheet.row_count != written->rows)
            cte_fail(error, CTE_IO,
                     "%s: was written, but cannot be read back; is the disk full? (sheet %s)",
                     shown, written->name);
        sheet_free(&sheet);
    }
    return error->status;
}

/* Whether the workbook that it is held against shows the same. */
static bool is_shown_there(const struct xlsx_out *book)
{
    const char *names[XLSX_MOST_SHEETS + 1];
    size_t count = 0;
    for (size_t i = 0; i < book->sheet_count; i++) {
        if (!book->sheets[i].is_passed_over)
            names[count++] = book->sheets[i].name;
    }
    return book->against != NULL && access(book->against, F_OK) == 0 &&
           xlsx_shows_same(book->path, book->against, names, count);
}

static int copy_file(const struct xlsx_out *book, struct output *output, struct cte_error *error)
{
    static const struct file_bounds bounds = {"workbook", 256 << 20, CTE_IO, CTE_IO};
    struct file_content content;
    const char *path = is_shown_there(book) ? book->against : book->path;
    if (file_bytes(path, &bounds, &content, error) == CTE_OK) {
        output_put(output, content.bytes, content.length);
        free(content.bytes);
    }
    return error->status;
}

static void free_book(struct xlsx_out *book)
{
    for (size_t i = 0; i < book->sheet_count; i++)
        free(book->sheets[i].name);
    map_free(&book->picks);
    free(book->lists);
    free(book->folder);
    free(book->path);
    free(book);
}

/* ---- tables ---- */

static struct xlsx_sheet *add_sheet(struct xlsx_out *book, const char *name)
{
    struct xlsx_sheet *sheet = &book->sheets[book->sheet_count++];
    sheet->name = cte_strdup(name);
    sheet->worksheet = workbook_add_worksheet(book->workbook, name);
    if (sheet->worksheet == NULL)
        cte_die("a sheet cannot be called %s", name);
    return sheet;
}

static struct xlsx_sheet *sheet_at_hand(struct xlsx_out *book)
{
    return &book->sheets[book->sheet_count - 1];
}

/* Texts longer than people read are cut where a character ends. */
static void put_text(struct xlsx_sheet *sheet, lxw_col_t column, const char *text, lxw_format *look)
{
    char cut[MOST_CELL + 4];
    const size_t length = whole_characters(text, MOST_CELL);
    if (text[length] != '\0') {
        memcpy(cut, text, length);
        memcpy(cut + length, "\xE2\x80\xA6", 4);
        text = cut;
    }
    if (worksheet_write_string(sheet->worksheet, sheet->rows, column, text, look) != LXW_NO_ERROR)
        cte_die("a cell cannot be written");
}

static void put_heading(struct xlsx_out *book)
{
    struct xlsx_sheet *sheet = sheet_at_hand(book);
    if (book->has_table)
        return;
    book->has_table = true;
    book->top = sheet->rows;
    for (size_t i = 0; i < book->column_count; i++)
        put_text(sheet, (lxw_col_t)i, book->columns[i].heading, book->heading);
    worksheet_set_row(sheet->worksheet, sheet->rows, 2 * line_height, NULL);
    sheet->rows++;
    worksheet_freeze_panes(sheet->worksheet, sheet->rows, 0);
}

static void end_table(struct xlsx_out *book)
{
    if (book->sheet_count == 0)
        return;
    put_heading(book);
    const struct xlsx_sheet *sheet = sheet_at_hand(book);
    worksheet_autofilter(sheet->worksheet, book->top, 0, sheet->rows - 1,
                         (lxw_col_t)(book->column_count - 1));
}

void xlsx_sheet(struct xlsx_out *book, const char *name, const struct xlsx_column *columns,
                size_t count)
{
    end_table(book);
    if (book->sheet_count == XLSX_MOST_SHEETS || count > XLSX_MOST_COLUMNS)
        cte_die("more sheets or columns than a workbook takes");
    const struct xlsx_sheet *sheet = add_sheet(book, name);
    book->columns = columns;
    book->column_count = count;
    book->column = 0;
    book->has_table = false;
    for (size_t i = 0; i < count; i++)
        worksheet_set_column(sheet->worksheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width,
                             book->looks[XLSX_TEXT]);
    worksheet_set_landscape(sheet->worksheet);
    worksheet_fit_to_pages(sheet->worksheet, 1, 0);
}

void xlsx_note(struct xlsx_out *book, const char *text)
{
    struct xlsx_sheet *sheet = sheet_at_hand(book);
    put_text(sheet, 0, text, book->note);
    sheet->rows++;
}

static bool is_full(const struct xlsx_out *book)
{
    return book->sheets[book->sheet_count - 1].rows >= XLSX_MOST_ROWS ||
           book->column == book->column_count;
}

/* A cell for people to fill in looks so. */
static void put_blank(struct xlsx_out *book)
{
    const struct xlsx_sheet *sheet = sheet_at_hand(book);
    if (book->columns[book->column].look == XLSX_TO_FILL)
        worksheet_write_blank(sheet->worksheet, sheet->rows, (lxw_col_t)book->column,
                              book->looks[XLSX_TO_FILL]);
}

void xlsx_cell(struct xlsx_out *book, const char *text)
{
    put_heading(book);
    if (is_full(book))
        return;
    const struct xlsx_column *column = &book->columns[book->column];
    if (text[0] != '\0')
        put_text(sheet_at_hand(book), (lxw_col_t)book->column, text, book->looks[column->look]);
    else
        put_blank(book);
    const size_t lines =
        column->look == XLSX_WRAPPED ? 1 + strlen(text) / (size_t)column->width : 1;
    book->lines = lines > book->lines ? lines : book->lines;
    book->column++;
}

void xlsx_end_row(struct xlsx_out *book)
{
    struct xlsx_sheet *sheet = sheet_at_hand(book);
    while (!is_full(book))
        xlsx_cell(book, "");
    /* not every program finds the height of a row by itself */
    if (book->lines > 1)
        worksheet_set_row(
            sheet->worksheet, sheet->rows,
            line_height * (double)(book->lines < MOST_LINES ? book->lines : MOST_LINES), NULL);
    sheet->rows += book->column > 0;
    book->column = book->lines = 0;
}

/* ---- lists to pick from ---- */

static size_t count_choices(const char *choices)
{
    size_t count = 1;
    for (const char *at = strstr(choices, "; "); at != NULL; at = strstr(at + 2, "; "))
        count++;
    return count;
}

static const struct pick_list *find_list(struct xlsx_out *book, const char *choices)
{
    const size_t known = book->picks.count, number = map_add_string(&book->picks, choices);
    if (number == known) {
        GROW(book->lists, known, book->list_room);
        book->lists[number] = (struct pick_list){book->listed, count_choices(choices)};
        book->listed += book->lists[number].count;
    }
    return &book->lists[number];
}

void xlsx_pick(struct xlsx_out *book, const char *choices)
{
    put_heading(book);
    if (is_full(book))
        return;
    const struct xlsx_sheet *sheet = sheet_at_hand(book);
    const struct pick_list *list = find_list(book, choices);
    char *range =
        cte_format("=%s!$A$%zu:$A$%zu", list_sheet, list->first + 1, list->first + list->count);
    lxw_data_validation validation = {.validate = LXW_VALIDATION_TYPE_CUSTOM_FORMULA,
                                      .value_formula = range,
                                      .error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
                                      .error_title = "Not one of the list",
                                      .error_message = "Pick one of the list, or type its code."};
    worksheet_data_validation_cell(sheet->worksheet, sheet->rows, (lxw_col_t)book->column,
                                   &validation);
    free(range);
    put_blank(book);
    book->column++;
}

/* libxlsxwriter 1.1 loses memory with each rule that is a list, and none with a formula, which it
 * keeps and writes alike. So they become lists when all are there. */
static void make_lists(const struct xlsx_out *book)
{
    for (size_t i = 0; i < book->sheet_count; i++) {
        lxw_data_val_obj *rule;
        STAILQ_FOREACH(rule, book->sheets[i].worksheet->data_validations, list_pointers)
        rule->validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
    }
}

static void put_lists(struct xlsx_out *book)
{
    if (book->listed == 0)
        return;
    struct xlsx_sheet *sheet = add_sheet(book, list_sheet);
    for (size_t i = 0; i < book->picks.count; i++) {
        char *choices = cte_strdup(map_key(&book->picks, i).at), *rest = choices;
        while (rest != NULL) {
            char *choice = rest, *end = strstr(rest, "; ");
            rest = end != NULL ? end + 2 : NULL;
            if (end != NULL)
                *end = '\0';
            put_text(sheet, 0, choice, book->looks[XLSX_TEXT]);
            sheet->rows++;
        }
        free(choices);
    }
    worksheet_hide(sheet->worksheet);
}

void xlsx_hold_against(struct xlsx_out *book, const char *path)
{
    book->against = path;
}

void xlsx_pass_over(struct xlsx_out *book)
{
    sheet_at_hand(book)->is_passed_over = true;
}

int xlsx_end(struct xlsx_out *book, struct output *output, struct cte_error *error)
{
    end_table(book);
    make_lists(book);
    put_lists(book);
    errno = 0;
    const bool is_closed = workbook_close(book->workbook) == LXW_NO_ERROR;
    const int why = book->failed != 0 ? book->failed : errno;
    if (book->failed != 0 || !is_closed)
        /* Where the library cannot look at the folder, it tries another and tells of that. */
        cte_fail(error, book->failed != 0 ? output_status(why) : CTE_IO,
                 "%s: cannot write the workbook: %s", output->name,
                 why != 0 ? strerror(why) : "libxlsxwriter failed");
    else if (check_sheets(book, output->name, error) == CTE_OK)
        copy_file(book, output, error);
    if (book->failed == 0)
        unlink(book->path);
    free_book(book);
    return error->status;
}
