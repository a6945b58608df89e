/* What the sheets of the worklist share. */
#include "pipeline/cte-report/worklist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "codetables/base/memory.h"

void put_count(struct xlsx_out *book, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    xlsx_cell(book, text);
}

void note_more(struct xlsx_out *book, size_t all, size_t most, const char *where)
{
    if (all <= most)
        return;
    char *text =
        cte_format("These are the first %zu rows; %zu more stand in %s.", most, all - most, where);
    xlsx_note(book, text);
    free(text);
}

void note_drafts(struct xlsx_out *book, const struct told *told)
{
    for (size_t i = 0; i < told->table_count; i++) {
        const struct fact_table *table = &told->tables[i].table;
        if (!told->tables[i].is_draft_conversion)
            continue;
        char *text =
            cte_format("The crosswalk %s@%s is a draft of this project and no statement of "
                       "CDE: prepare with it, do not send what it makes.",
                       table->id, table->version);
        xlsx_note(book, text);
        free(text);
    }
}
