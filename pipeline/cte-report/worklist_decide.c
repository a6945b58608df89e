/* The questions that records wait for, in the columns of a decisions file and some to read. */
#include "pipeline/cte-report/worklist.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/model/decisions.h"

/* What a decision consists of is called as decision_headings[] says, by which it is read back. */
static const struct xlsx_column columns[] = {
    {"LEA", 9, XLSX_TEXT},
    {"Year", 11, XLSX_TEXT},
    {"Record", 8, XLSX_TEXT},
    {"School", 9, XLSX_TEXT},
    {"Pathway", 9, XLSX_TEXT},
    {"Local course", 13, XLSX_TEXT},
    {"State course", 9, XLSX_TEXT},
    {"Name", 36, XLSX_WRAPPED},
    {"Records waiting", 9, XLSX_NUMBER},
    {"Decision", 52, XLSX_TO_FILL},
    {"Decided by", 20, XLSX_TO_FILL},
    {"Decided on", 12, XLSX_TO_FILL},
    {"Why", 40, XLSX_TO_FILL},
};

static void put_question(struct xlsx_out *book, const struct fact_needed *asked)
{
    const char *const cells[] = {asked->lea,    asked->year, asked->type,
                                 asked->school, asked->code, asked->local};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        xlsx_cell(book, cells[i]);
    xlsx_cell(book, asked->local[0] != '\0' ? asked->asked : "");
    xlsx_cell(book, asked->name);
    put_count(book, asked->records);
    xlsx_pick(book, asked->choices);
    xlsx_end_row(book);
}

void put_decide_sheet(struct xlsx_out *book, const struct told *told)
{
    const size_t count = told->needed.count;
    xlsx_sheet(book, DECISION_SHEET, columns, sizeof columns / sizeof *columns);
    xlsx_note(book, "Pick an answer in the column Decision, fill in who decided it and when, save, "
                    "and run again with --decisions and this file. What is left open stays held.");
    note_drafts(book, told);
    if (count > WORKLIST_MOST_ROWS) {
        char *text = cte_format("These are the %d questions for which most records wait; %zu more "
                                "stand in decisions-needed.csv.",
                                (int)WORKLIST_MOST_ROWS, count - WORKLIST_MOST_ROWS);
        xlsx_note(book, text);
        free(text);
    }
    for (size_t i = 0; i < count && i < WORKLIST_MOST_ROWS; i++)
        put_question(book, &told->needed.items[i]);
}
