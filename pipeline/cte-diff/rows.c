#include "pipeline/cte-diff/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"

static int is_no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

int open_rows(struct rows *rows, const char *path, struct cte_error *error)
{
    *rows = (struct rows){.path = path, .file = file_stream(path)};
    if (rows->file == NULL && errno != ENOENT)
        return file_fail(path, "cannot open", CTE_NO_INPUT, error);
    /* A blank at the end of a value is one. */
    if (csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        cte_die("libcsv cannot start");
    csv_set_space_func(&rows->parser, is_no_blank);
    rows->ended = rows->file == NULL;
    return CTE_OK;
}

void close_rows(struct rows *rows)
{
    for (; rows->at < rows->count; rows->at++)
        free_row(&rows->queue[rows->at]);
    csv_free(&rows->parser);
    free(rows->queue);
    if (rows->file != NULL)
        fclose(rows->file);
}

static void take_cell(void *bytes, size_t length, void *context)
{
    struct rows *rows = context;
    if (rows->column < CELLS) {
        char *cell = cte_alloc(length + 1);
        memcpy(cell, bytes, length);
        cell[length] = '\0';
        const char *value = cell_value(cell);
        memmove(cell, value, strlen(value) + 1);
        rows->row.cells[rows->column] = cell;
    }
    rows->column++;
}

void free_row(struct row *row)
{
    for (size_t i = 0; i < CELLS; i++)
        free(row->cells[i]);
    *row = (struct row){0, {NULL}};
}

static void take_row(int end, void *context)
{
    (void)end;
    struct rows *rows = context;
    bool whole = rows->column >= CELLS;
    rows->column = 0;
    if (!rows->had_header || !whole) {
        rows->short_rows += rows->had_header;
        rows->had_header = true;
        free_row(&rows->row);
        return;
    }
    if (rows->count == rows->room) {
        rows->room = rows->room == 0 ? 1024 : rows->room * 2;
        rows->queue = cte_realloc(rows->queue, rows->room * sizeof *rows->queue);
    }
    rows->row.line = strtoull(rows->row.cells[CELL_LINE], NULL, 10);
    rows->queue[rows->count++] = rows->row;
    rows->row = (struct row){0, {NULL}};
    rows->read++;
}

struct row *next_row(struct rows *rows, struct cte_error *error)
{
    while (rows->at == rows->count && !rows->ended && error->status == CTE_OK) {
        char buffer[1 << 16];
        rows->at = rows->count = 0;
        size_t got = fread(buffer, 1, sizeof buffer, rows->file);
        if (got > 0 && csv_parse(&rows->parser, buffer, got, take_cell, take_row, rows) != got)
            cte_fail(error, CTE_BAD_INPUT, "%s: is not CSV: %s", rows->path,
                     csv_strerror(csv_error(&rows->parser)));
        if (got == 0) {
            rows->ended = true;
            if (ferror(rows->file))
                cte_fail(error, CTE_IO, "%s: cannot read it: %s", rows->path, strerror(errno));
            if (csv_fini(&rows->parser, take_cell, take_row, rows) != 0)
                cte_fail(error, CTE_BAD_INPUT, "%s: is not CSV: it ends within quotes", rows->path);
        }
    }
    return rows->at < rows->count ? &rows->queue[rows->at] : NULL;
}
