#include "pipeline/cte-report/worklist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

void put_count(struct xlsx_out *book, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    xlsx_cell(book, text);
}

void note_drafts(struct xlsx_out *book, const struct told *told)
{
    for (size_t i = 0; i < told->table_count; i++) {
        const struct fact_table *table = &told->tables[i].table;
        if (strcmp(table->kind, "crosswalk") != 0 || strcmp(table->status, "draft") != 0)
            continue;
        char *text =
            cte_format("The crosswalk %s@%s is a draft of this project and no statement of "
                       "CDE: prepare with it, do not send what it makes.",
                       table->id, table->version);
        xlsx_note(book, text);
        free(text);
    }
}

static bool has_work(const struct told *told)
{
    return told->needed.count > 0 || told->fixes.count > 0 || told->refused > 0;
}

int write_worklist(struct told *told, const struct run_rollups *rollups)
{
    struct output output;
    if (!has_work(told) || begin_document(&told->documents, &output, "", WORKLIST_FILE) != CTE_OK)
        return told->error.status;
    struct xlsx_out *book = xlsx_begin(told->scratch);
    char *there = cte_format("%s/" WORKLIST_FILE, told->documents.folder);
    if (told->documents.only_reckons)
        xlsx_hold_against(book, there);
    put_decide_sheet(book, told, rollups);
    put_fix_sheet(book, told);
    put_since_sheet(book, told);
    put_sums_sheet(book, told);
    if (xlsx_end(book, &output, &told->error) == CTE_OK)
        end_document(&told->documents, &output, "");
    else
        output_discard(&output);
    free(there);
    return told->error.status;
}
