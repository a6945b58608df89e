#include "codetables/sheets/xlsx_same.h"

#include <string.h>
#include <zip.h>

#include "codetables/sheets/sheet.h"

/* How many sheets there are; -1: it cannot be read. */
static int count_sheets(const char *path)
{
    static const char part[] = "xl/worksheets/sheet";
    int problem, count = 0;
    zip_t *archive = zip_open(path, ZIP_RDONLY, &problem);
    if (archive == NULL)
        return -1;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, 0);
        count += name != NULL && strncmp(name, part, sizeof part - 1) == 0;
    }
    zip_discard(archive);
    return count;
}

static bool is_same_cell(const struct sheet_row *row, const struct sheet_row *other, size_t column)
{
    const char *a = sheet_cell(row, column)->text, *b = sheet_cell(other, column)->text;
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool has_same_cells(const struct sheet *sheet, const struct sheet *other)
{
    bool is_same = sheet->row_count == other->row_count && sheet->tab_hidden == other->tab_hidden;
    for (size_t r = 0; r < sheet->row_count && is_same; r++) {
        const struct sheet_row *row = &sheet->rows[r], *beside = &other->rows[r];
        const size_t most = row->count > beside->count ? row->count : beside->count;
        is_same = row->line == beside->line;
        for (size_t c = 0; c < most && is_same; c++)
            is_same = is_same_cell(row, beside, c);
    }
    return is_same;
}

static bool is_same_sheet(const char *path, const char *other, const char *name)
{
    struct cte_error ignored = {.status = CTE_OK};
    struct sheet sheet, beside = {.path = other};
    const bool is_same = sheet_read(path, name, false, &sheet, &ignored) == CTE_OK &&
                         sheet_read(other, name, false, &beside, &ignored) == CTE_OK &&
                         has_same_cells(&sheet, &beside);
    sheet_free(&sheet);
    sheet_free(&beside);
    return is_same;
}

bool xlsx_shows_same(const char *path, const char *other, const char *const *sheets, size_t count)
{
    const int all = count_sheets(path);
    bool is_same = all > 0 && all == count_sheets(other);
    for (size_t i = 0; i < count && is_same; i++)
        is_same = is_same_sheet(path, other, sheets[i]);
    return is_same;
}
