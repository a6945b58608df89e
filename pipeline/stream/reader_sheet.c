/* A workbook: the rows of its one sheet as records. What cannot be told for sure is not guessed at:
 * the cell is named, and the source refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/sheets/sheet_rows.h"
#include "pipeline/stream/reader_delimited.h"

struct reader_sheet {
    struct package *package;
    struct book *book;
    uint64_t next_line; /* the one after the last that holds something */
    struct text names;  /* of the row of field names, one behind another, each with a NUL */
    size_t name_count;  /* 0: there is no such row, or its names were looked at */
    unsigned names_line;
    bool told_zeros;
};

/* A row as fields: how many there are up to the last one that is filled. */
struct row_fields {
    const struct sheet_row *row;
    size_t count;
};

int reader_open_sheet(struct reader *reader, struct cte_error *error)
{
    struct reader_sheet *sheet = reader->sheet = cte_zalloc(1, sizeof *sheet);
    sheet->next_line = 1;
    int status = source_open_package(reader->source, &sheet->package, error);
    if (status == CTE_OK)
        status = sheet_open_rows(sheet->package, reader->name, &sheet->book, error);
    if (status == CTE_OK && sheet_of_rows(sheet->book)->tab_hidden)
        reader_add_note(reader, 1, "the sheet is hidden; it was taken all the same");
    return status;
}

void reader_close_sheet(struct reader *reader)
{
    if (reader->sheet == NULL)
        return;
    sheet_close_rows(reader->sheet->book);
    package_close(reader->sheet->package);
    text_free(&reader->sheet->names);
    free(reader->sheet);
}

static struct slice cell_text(const struct row_fields *fields, size_t column)
{
    const char *text = sheet_cell(fields->row, column)->text;
    return text != NULL ? slice_of(text) : (struct slice){"", 0};
}

static struct slice look_up(const struct reader *reader, const struct field *field, size_t position,
                            const void *context)
{
    (void)reader, (void)field;
    return cell_text(context, position);
}

/* What is wrong with a cell, and what to do; NULL where it is the text that it shows. */
static const char *wrong_with(const struct cell *cell)
{
    if (cell->text == NULL)
        return NULL;
    switch (cell->sort) {
    case CELL_DATE:
    case CELL_TIME:
        return "holds a date or a time, which a spreadsheet also makes of codes, and what it shows "
               "is not the same everywhere; format the column as text and write what is meant";
    case CELL_ERROR: return "shows an error; correct the cell";
    case CELL_UNSURE:
        return "holds something else than it shows (a rounded number, a percentage, a number with "
               "an exponent); format the column as text and write what is meant";
    case CELL_NO_RESULT:
        return "holds a formula without a result; open the file in Excel and save it, or paste "
               "the values";
    case CELL_TEXT:
    case CELL_NUMBER: break;
    }
    return NULL;
}

/* How many cells there are from here on of which nobody can say what they show. What else is wrong
 * with the rest of the file is told when these are corrected. */
static unsigned long long count_wrong(struct reader_sheet *sheet, const struct sheet_row *row)
{
    struct cte_error ignored = {.status = CTE_OK};
    unsigned long long count = 0;
    while (row != NULL) {
        for (size_t c = 0; c < row->count; c++)
            count += wrong_with(&row->cells[c]) != NULL;
        if (sheet_next_row(sheet->book, &row, &ignored) != CTE_OK)
            break;
    }
    return count;
}

static int check_cells(struct reader *reader, const struct sheet_row *row, struct cte_error *error)
{
    struct reader_sheet *sheet = reader->sheet;
    const struct sheet *shown = sheet_of_rows(sheet->book);
    for (size_t c = 0; c < row->count; c++) {
        const struct cell *cell = &row->cells[c];
        const char *what = wrong_with(cell);
        if (what != NULL) {
            char *place = cte_strdup(sheet_place(shown, row->line, c));
            const unsigned long long others = count_wrong(sheet, row) - 1;
            char more[64] = "";
            if (others > 0)
                snprintf(more, sizeof more, " (and %llu other cells cannot be told)", others);
            cte_fail(error, CTE_BAD_INPUT, "%s%s: %s", place, more, what);
            free(place);
            return error->status;
        }
        if (cell->text != NULL && cell->is_formula)
            reader_add_note(reader, row->line,
                            "formulas were taken by the results that were saved with them");
        if (cell->text != NULL && shown->column_hidden[c])
            reader_add_note(reader, row->line, "hidden columns were taken like the others");
    }
    if (row->hidden)
        reader_add_note(reader, row->line, "hidden rows were taken like the others");
    return CTE_OK;
}

/* Takes the fields up to the last that is filled. A row of blanks alone has none. */
static struct row_fields take_fields(const struct sheet_row *row)
{
    struct row_fields fields = {row, 0};
    bool is_blank = true;
    for (size_t c = 0; c < row->count; c++) {
        const struct slice text = cell_text(&fields, c);
        if (text.length > 0)
            fields.count = c + 1;
        is_blank = is_blank && strspn(text.at, " \t\r\n") == text.length;
    }
    fields.count = is_blank ? 0 : fields.count;
    return fields;
}

/* Puts so many fields into the scratch. */
static int put_fields(struct reader *reader, const struct row_fields *fields, size_t count,
                      struct cte_error *error)
{
    size_t length = count;
    scratch_begin(reader);
    for (size_t c = 0; c < count; c++) {
        const struct slice text = cell_text(fields, c);
        length += text.length;
        if (length > STREAM_MAX_RECORD)
            return reader_refuse(reader, reader->line, READER_NO_BYTE, error,
                                 "the record is longer than 65536 bytes");
        scratch_put(reader, text.at, text.length);
    }
    return CTE_OK;
}

/* Keeps the names, to hold them against the layout of the first record. */
static void keep_names(struct reader *reader, const struct row_fields *fields)
{
    struct reader_sheet *sheet = reader->sheet;
    sheet->names_line = fields->row->line;
    sheet->name_count = fields->count;
    for (size_t c = 0; c < fields->count; c++) {
        const struct slice text = cell_text(fields, c);
        text_put(&sheet->names, text.at, text.length + 1);
    }
    reader_add_note(reader, fields->row->line, "the row of field names was left out");
}

/* A name that stands above another column than its field has shows that the columns are in another
 * order. Names that are none of the layout say nothing. */
static int check_names(struct reader *reader, const struct kind *kind, struct cte_error *error)
{
    struct reader_sheet *sheet = reader->sheet;
    const struct record_layout *record = kind->record;
    const char *name = text_string(&sheet->names);
    for (size_t c = 0; c < sheet->name_count; c++, name += strlen(name) + 1) {
        const struct slice text = slice_of(name);
        size_t f = 0;
        if (c < record->field_count && names_field(&record->fields[c], text))
            continue;
        while (f < record->field_count && !names_field(&record->fields[f], text))
            f++;
        if (f == record->field_count)
            continue;
        char letters[8];
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: names a field (%s) that stands in column %s in layout %s; put the "
                        "columns into that order",
                        sheet_place(sheet_of_rows(sheet->book), sheet->names_line, c),
                        record->fields[f].number, column_letters(f, letters),
                        record->layout->identity.id);
    }
    sheet->name_count = 0;
    return CTE_OK;
}

/* A number that is shorter than its field may have had zeros before it, which a spreadsheet takes
 * off. Told once; what follows from it, the rules find. */
static void note_lost_zeros(struct reader *reader, const struct sheet_row *row,
                            const struct kind *kind)
{
    struct reader_sheet *sheet = reader->sheet;
    for (size_t c = 0; c < row->count && c < kind->fields && !sheet->told_zeros; c++) {
        const struct cell *cell = &row->cells[c];
        const struct field *field = &kind->record->fields[c];
        if (cell->text == NULL || cell->sort != CELL_NUMBER || strlen(cell->text) >= field->min)
            continue;
        char letters[8];
        char *text = cte_format("cell %s%u holds a number that is shorter than field %s: were "
                                "zeros before it lost? Format the column as text and write them",
                                column_letters(c, letters), row->line, field->number);
        reader_add_note(reader, row->line, text);
        free(text);
        sheet->told_zeros = true;
    }
}

/* Finds the kind. How many cells are filled says nothing, but where there are more than the layout
 * has fields. */
static int find_kind(struct reader *reader, const struct row_fields *fields,
                     struct reader_record *item, struct cte_error *error)
{
    struct kind_question question = {cell_text(fields, 0), 0, look_up, fields, fields->row->line,
                                     READER_NO_BYTE};
    const int status = reader_find_kind(reader, &question, item, error);
    if (status != CTE_OK || item->record.kind == NULL ||
        fields->count <= item->record.kind->all_fields)
        return status;
    question.fields = fields->count;
    return reader_find_kind(reader, &question, item, error);
}

/* One row as a record. *is_record is false for a row of field names. */
static int take_row(struct reader *reader, const struct row_fields *fields,
                    struct reader_record *item, bool *is_record, struct cte_error *error)
{
    int status = find_kind(reader, fields, item, error);
    const struct kind *kind = item->record.kind;
    *is_record = true;
    if (status == CTE_OK)
        status = put_fields(reader, fields, kind != NULL ? kind->all_fields : fields->count, error);
    if (status != CTE_OK)
        return status;
    const struct scan_result scan = scratch_scan(reader);
    const struct sliced sliced = {reader->scratch, reader->scratch_used, scan.delimiters, true};
    if (kind == NULL && reader->records == 0 && reader->sheet->names_line == 0 &&
        is_header(reader, &sliced)) {
        keep_names(reader, fields);
        *is_record = false;
        return CTE_OK;
    }
    if (kind == NULL && reader->records == 0 && !reader->options.takes_any)
        note_heading(reader, &sliced, READER_NO_BYTE);
    if (kind != NULL && reader->sheet->name_count > 0)
        status = check_names(reader, kind, error);
    if (kind != NULL)
        note_lost_zeros(reader, fields->row, kind);
    reader_give(reader, (struct slice){sliced.text, sliced.length}, sliced.delimiters, item);
    item->record.escaped = reader->scratch_escaped;
    return status;
}

static int end_of_source(struct reader *reader, struct reader_record *item, struct cte_error *error)
{
    const struct sheet *sheet = sheet_of_rows(reader->sheet->book);
    const char *merge = sheet_first_merge(reader->sheet->book);
    item->end = true;
    if (merge == NULL)
        return CTE_OK;
    return cte_fail(error, CTE_BAD_INPUT,
                    "%s: %s!%s: the cells are merged, so that one value stands where each record "
                    "needs its own; unmerge them and fill each",
                    reader->name, sheet->tab, merge);
}

int reader_next_sheet(struct reader *reader, struct reader_record *item, struct cte_error *error)
{
    struct reader_sheet *sheet = reader->sheet;
    for (;;) {
        const struct sheet_row *row;
        bool is_record = false;
        int status = sheet_next_row(sheet->book, &row, error);
        if (status != CTE_OK)
            return status;
        if (row == NULL)
            return end_of_source(reader, item, error);
        if ((status = check_cells(reader, row, error)) != CTE_OK)
            return status;
        const struct row_fields fields = take_fields(row);
        if (fields.count == 0)
            continue;
        if (row->line > sheet->next_line)
            reader_add_note(reader, sheet->next_line, "blank rows were left out");
        sheet->next_line = row->line + 1U;
        item->record.line = reader->line = row->line;
        item->offset = READER_NO_BYTE;
        item->defect = READER_SOUND;
        status = take_row(reader, &fields, item, &is_record, error);
        if (status != CTE_OK || is_record)
            return status;
    }
}
