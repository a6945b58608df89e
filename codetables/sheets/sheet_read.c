/* Reads a sheet: an .xlsx file begins as every zip archive does, all else is taken for CSV. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/digest.h"
#include "codetables/base/file.h"
#include "codetables/sheets/sheet.h"

enum { MAX_FILE = 64 << 20 };

int sheet_read(const char *path, const char *tab, bool windows_1252, struct sheet *sheet,
               struct cte_error *error)
{
    static const char ole[] = "\xd0\xcf\x11\xe0";
    static const struct file_bounds bounds = {"sheet of codes", MAX_FILE, CTE_NO_INPUT,
                                              CTE_BAD_INPUT};
    struct file_content content;
    *sheet = (struct sheet){.path = path};
    int status = file_bytes(path, &bounds, &content, error);
    char *bytes = content.bytes;
    const size_t length = content.length;
    if (status == CTE_OK && length == 0)
        status = cte_fail(error, CTE_NO_INPUT, "%s: the file is empty", path);
    if (status == CTE_OK) {
        digest_bytes(bytes, length, sheet->sha256);
        if (length >= 4 && memcmp(bytes, ole, 4) == 0)
            status = cte_fail(error, CTE_BAD_INPUT,
                              "%s: an Excel file with a password, or of the old kind (.xls); save "
                              "it as .xlsx without a password",
                              path);
        else if (length >= 4 && memcmp(bytes, "PK", 2) == 0 && (unsigned char)bytes[2] < ' ')
            status = workbook_read(sheet, bytes, length, tab, error);
        else if (tab != NULL)
            status = cte_fail(error, CTE_BAD_INPUT,
                              "%s: is no .xlsx file, so it has no sheet '%s'; leave out `sheet`",
                              path, tab);
        else
            status = csv_read(sheet, bytes, length, windows_1252, error);
    }
    free(bytes);
    return status;
}
