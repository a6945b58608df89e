#include "pipeline/cte-report/worklist.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

static bool has_work(const struct told *told)
{
    return told->needed.count > 0 || told->fixes.count > 0 || told->refused > 0;
}

int write_worklist(struct told *told)
{
    struct output output;
    if (!has_work(told) || begin_document(&told->documents, &output, "", WORKLIST_FILE) != CTE_OK)
        return told->error.status;
    struct xlsx_out *book = xlsx_begin(told->scratch);
    char *there = cte_format("%s/" WORKLIST_FILE, told->documents.folder);
    if (told->documents.only_reckons)
        xlsx_hold_against(book, there);
    put_decide_sheet(book, told);
    put_fix_sheet(book, told);
    if (told->telling == TELLS_ONE)
        put_since_sheet(book, told);
    put_sums_sheet(book, told);
    if (xlsx_end(book, &output, &told->error) == CTE_OK)
        end_document(&told->documents, &output, "");
    else
        output_discard(&output);
    free(there);
    return told->error.status;
}
