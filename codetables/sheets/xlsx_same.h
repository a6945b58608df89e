/* xlsx_same.h - whether two workbooks show the same, whatever libraries wrote them.
 *
 * Another version of zlib packs the same sheets into other bytes, and another version of
 * libxlsxwriter may describe the same cells otherwise. So where the bytes of a workbook that was
 * made anew are others, what counts is what its cells show.
 */
#ifndef CTE_XLSX_SAME_H
#define CTE_XLSX_SAME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether both have as many sheets, and those named show the same in each cell. A file that cannot
 * be read is not the same. */
bool xlsx_shows_same(const char *path, const char *other, const char *const *sheets, size_t count);

#endif
