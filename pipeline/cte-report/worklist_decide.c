/* The questions that records wait for, in the columns of a decisions file and some to read, and
 * what was decided before. */
#include "pipeline/cte-report/worklist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"
#include "pipeline/cte-report/given_decisions.h"

/* What a decision consists of is called as decision_headings[] says, by which it is read back. */
static const struct xlsx_column columns[] = {
    {"LEA", 9, XLSX_TEXT},
    {"Year", 11, XLSX_TEXT},
    {"Record", 8, XLSX_TEXT},
    {"School", 9, XLSX_TEXT},
    {"Pathway", 9, XLSX_TEXT},
    {"Local course", 13, XLSX_TEXT},
    {"State course", 9, XLSX_TEXT},
    {"Name", 44, XLSX_WRAPPED},
    {"Records waiting", 9, XLSX_NUMBER},
    {"Completed courses suggest", 26, XLSX_WRAPPED},
    {"Decision", 66, XLSX_TO_FILL},
    {"Decided by", 20, XLSX_TO_FILL},
    {"Decided on", 12, XLSX_TO_FILL},
    {"Why", 40, XLSX_TO_FILL},
};

/* With the questions they are fewer than the rows of a sheet. */
enum { MOST_DECISIONS = XLSX_MOST_ROWS - WORKLIST_MOST_ROWS - 100 };

/* What courses that the students completed suggest: "050202: 12, 040101: 3 of 40". */
static void put_courses(struct xlsx_out *book, const struct fact_needed *asked)
{
    struct text text = {0};
    for (size_t i = 0; i < asked->courses.count; i++) {
        const struct named_number *one = &asked->courses.items[i];
        if (strcmp(one->name, COURSES_SILENT) != 0)
            text_format(&text, "%s%s: %" PRIu64, text.length > 0 ? ", " : "", one->name,
                        one->number);
    }
    if (text.length > 0)
        text_format(&text, " of %" PRIu64, asked->records);
    else if (asked->local[0] == '\0')
        text_add(&text, asked->courses.count > 0 ? "none of the choices" : "no courses known");
    xlsx_cell(book, text_string(&text));
    text_free(&text);
}

static void put_question(struct xlsx_out *book, const struct fact_needed *asked)
{
    const char *const cells[] = {asked->lea,    asked->year, asked->type,
                                 asked->school, asked->code, asked->local};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        xlsx_cell(book, cells[i]);
    xlsx_cell(book, asked->local[0] != '\0' ? asked->asked : "");
    xlsx_cell(book, asked->name);
    put_count(book, asked->records);
    put_courses(book, asked);
    xlsx_pick(book, asked->choices);
    xlsx_end_row(book);
}

/* A decision as it was given. */
static void put_decision(struct xlsx_out *book, const struct decision *decision)
{
    char text[YEARS_TEXT];
    const char *year = decision->year != YEAR_NONE ? year_text(decision->year, text) : "";
    const char *const cells[] = {decision->lea,
                                 year,
                                 decision->record,
                                 decision->school,
                                 decision->pathway,
                                 decision->local_course,
                                 "",
                                 "",
                                 "",
                                 "",
                                 decision->code,
                                 decision->decided_by,
                                 decision->decided_on,
                                 decision->reason};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        xlsx_cell(book, cells[i]);
    xlsx_end_row(book);
}

/* Says what does not stand on the sheet. */
static void note_left(struct xlsx_out *book, size_t questions, size_t decisions)
{
    char *asked = cte_format("These are the questions for which most records wait; %zu more stand "
                             "in decisions-needed.csv.",
                             questions),
         *decided = cte_format("%zu of the decisions before do not stand here: keep the file that "
                               "was given, and add to it.",
                               decisions);
    if (questions > 0)
        xlsx_note(book, asked);
    if (decisions > 0)
        xlsx_note(book, decided);
    free(asked);
    free(decided);
}

/* Whether questions that courses could answer stand there without any. */
static bool no_courses_known(const struct needed_list *questions)
{
    bool could_answer = false;
    for (size_t i = 0; i < questions->count; i++) {
        if (questions->items[i].courses.count > 0)
            return false;
        could_answer = could_answer || questions->items[i].local[0] == '\0';
    }
    return could_answer;
}

/* What was decided before is on the sheet too: whoever gives it back gives all. */
int put_decide_sheet(struct xlsx_out *book, struct told *told)
{
    const size_t asked = told->needed.count,
                 shown = asked < WORKLIST_MOST_ROWS ? asked : WORKLIST_MOST_ROWS;
    struct given_decisions given = {.count = 0};
    gather_decisions(told, &given, MOST_DECISIONS);
    xlsx_sheet(book, DECISION_SHEET, columns, sizeof columns / sizeof *columns);
    xlsx_note(book, "Pick an answer in the column Decision, fill in who decided it and when, save, "
                    "and run again with --decisions and this file. What is left open stays held. "
                    "Below the questions stands what was decided before.");
    if (no_courses_known(&told->needed))
        xlsx_note(book, "No completed courses of these students are in the run. Give it the "
                        "sections and their students too: then courses decide what they can, and "
                        "here stands what they suggest for the rest.");
    if (told->telling == TELLS_MANY)
        xlsx_note(book,
                  "Each run takes this file, uses the rows of its own LEAs, and says of others "
                  "that it did not use them.");
    note_drafts(book, told);
    note_left(book, asked - shown, given.left);
    for (size_t i = 0; i < shown; i++)
        put_question(book, &told->needed.items[i]);
    for (size_t i = 0; i < given.count; i++)
        put_decision(book, &given.items[i]);
    free_decisions(&given);
    return told->error.status;
}
