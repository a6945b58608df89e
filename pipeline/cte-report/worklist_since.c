/* What is other than in the run that was in place before. */
#include "pipeline/cte-report/worklist.h"

#include <stdlib.h>

#include "codetables/base/memory.h"

static const struct xlsx_column columns[] = {
    {"What", 26, XLSX_TEXT},          {"LEA", 9, XLSX_TEXT},
    {"Year", 11, XLSX_TEXT},          {"Record", 8, XLSX_TEXT},
    {"School", 9, XLSX_TEXT},         {"Pathway", 9, XLSX_TEXT},
    {"Local course", 13, XLSX_TEXT},  {"Records before", 10, XLSX_NUMBER},
    {"Records now", 10, XLSX_NUMBER}, {"Written before", 10, XLSX_NUMBER},
    {"Written now", 10, XLSX_NUMBER},
};

static const char *what_in_words(enum since_what what)
{
    switch (what) {
    case SINCE_GONE: return "gone: CALPADS deletes it";
    case SINCE_FEWER: return "fewer records";
    case SINCE_ASKED: return "new question";
    case SINCE_NEW: return "new";
    case SINCE_MORE: return "more records";
    case SINCE_ANSWERED:
    default: return "question no longer open";
    }
}

static void put_change(struct xlsx_out *book, const struct since_change *change)
{
    const bool is_question = change->what == SINCE_ASKED || change->what == SINCE_ANSWERED;
    xlsx_cell(book, what_in_words(change->what));
    for (size_t i = 0; i < sizeof change->parts / sizeof *change->parts; i++)
        xlsx_cell(book, change->parts[i]);
    put_count(book, change->read[SINCE_BEFORE]);
    put_count(book, change->read[SINCE_NOW]);
    if (!is_question) {
        put_count(book, change->written[SINCE_BEFORE]);
        put_count(book, change->written[SINCE_NOW]);
    }
    xlsx_end_row(book);
}

void put_since_sheet(struct xlsx_out *book, struct told *told)
{
    struct since *since = &told->since;
    const struct manifest_link *before = &told->runs[0].manifest.before;
    bool is_read;
    if (read_run_before(since, before, &is_read, &told->error) != CTE_OK)
        return;
    xlsx_sheet(book, "Since the last run", columns, sizeof columns / sizeof *columns);
    if (before->id != NULL && !is_read)
        xlsx_pass_over(book);
    if (is_read)
        list_since(since, &told->needed);
    char *text = before->id == NULL ? cte_strdup("This is the first run: there is none before it.")
                 : !is_read         ? cte_format("The run before this one, %s, is no more there to "
                                                         "compare with.",
                                                 before->id)
                            : cte_format("Compared with the run before, %s: %zu differences.",
                                         before->id, since->change_count);
    xlsx_note(book, text);
    free(text);
    if (since->change_count > WORKLIST_MOST_ROWS) {
        text = cte_format("These are the first %d.", (int)WORKLIST_MOST_ROWS);
        xlsx_note(book, text);
        free(text);
    }
    for (size_t i = 0; i < since->change_count && i < WORKLIST_MOST_ROWS; i++)
        put_change(book, &since->changes[i]);
}
