#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/look.h"
#include "pipeline/stream/source_internal.h"
#include "pipeline/stream/xml_words.h"

bool source_is_workbook(const struct source *source)
{
    return source->is_workbook;
}

/* What was to be a workbook and is none. */
static int refuse_other(const struct source *source, struct cte_error *error)
{
    static const unsigned char old[] = {0xd0, 0xcf, 0x11, 0xe0};
    static const char mark[] = "~$"; /* begins the name of Excel's own file beside a workbook */
    const char *slash = strrchr(source->name, '/');
    const size_t got = source->packed_end < LOOK_BYTES ? source->packed_end : LOOK_BYTES;
    if (strncmp(slash != NULL ? slash + 1 : source->name, mark, sizeof mark - 1) == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: marks that somebody has the workbook open in Excel, and holds no "
                        "record; close it there, or name the workbook alone",
                        source->name);
    if (source->packing == PACKING_ZIP && has_ending(source->name, ".xlsx"))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: is a zip archive but no .xlsx file; save it in Excel again",
                        source->name);
    if (source->packing != PACKING_NONE)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: is packed by %s, and a workbook (.xlsx) is read as it is: unpack it",
                        source->name, source_packing(source));
    if (got >= sizeof old && memcmp(source->packed, old, sizeof old) == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: an Excel file with a password, or of the old kind (.xls); save it as "
                        ".xlsx without a password",
                        source->name);
    const struct look look = look_at((const char *)source->packed, got, "xlsx");
    if (look.what == NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: is no workbook (.xlsx); name it as what it is, or save it in Excel "
                        "again",
                        source->name);
    return cte_fail(error, CTE_BAD_INPUT, "%s: is no workbook (.xlsx); it looks like %s: %s",
                    source->name, look.what, look.advice);
}

int source_open_package(struct source *source, struct package **package, struct cte_error *error)
{
    if (!source->is_workbook)
        return refuse_other(source, error);
    char *buffer = cte_alloc(PACKED_ROOM);
    size_t got = 1;
    int status = CTE_OK;
    while (status == CTE_OK && got > 0)
        status = source_read(source, buffer, PACKED_ROOM, &got, error);
    free(buffer);
    if (status != CTE_OK)
        return status;
    /* As for other packed sources: a bound that was set, or those that no extract needs. */
    uint64_t most = source->bound;
    if (most == 0) {
        most = source->bytes > SOURCE_MAX_CONTENT / source->ratio ? SOURCE_MAX_CONTENT
                                                                  : source->bytes * source->ratio;
        most = most < SOURCE_RATIO_FREE ? SOURCE_RATIO_FREE : most;
    }
    source->parts = (struct package_bounds){
        most, most,
        source->bound > 0
            ? "more than the bound that was set with --max-unpacked; not read"
            : "which no extract does; not read; look at what is in it, and if it is meant so, set "
              "a bound with --max-unpacked",
        xml_problem_words};
    return package_open_file(source->name, source->fd, &source->parts, package, error);
}
