/* What is wrong at the source: whole sources that were refused, and then, by school, the rules that
 * records break. */
#include "pipeline/cte-report/worklist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/model/decisions.h"
#include "pipeline/run/run_folder.h"

static const struct xlsx_column columns[] = {
    {"What happens", 16, XLSX_TEXT},
    {"LEA", 9, XLSX_TEXT},
    {"School", 9, XLSX_TEXT},
    {"Record", 8, XLSX_TEXT},
    {"Rule", 10, XLSX_TEXT},
    {"Field", 8, XLSX_TEXT},
    {"Name", 28, XLSX_WRAPPED},
    {"Records", 9, XLSX_NUMBER},
    {"What is wrong", 50, XLSX_WRAPPED},
    {"What to do", 50, XLSX_WRAPPED},
    {"First lines", 40, XLSX_WRAPPED},
};

static const char *what_happens(char severity)
{
    switch (severity) {
    case 'F': return "refused";
    case 'H': return "held";
    case 'C': return "certification";
    default: return "warning";
    }
}

static void put_cells(struct xlsx_out *book, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xlsx_cell(book, cells[i]);
}

static void put_refused(struct xlsx_out *book, const struct told_source *source)
{
    char *said = cte_format("%.*s", (int)source->messages.length, source->messages.at);
    said[strcspn(said, "\n")] = '\0';
    const char *const cells[] = {"source refused",
                                 source->lea,
                                 "",
                                 "",
                                 "",
                                 "",
                                 "",
                                 "",
                                 said,
                                 "export it again, and run again",
                                 source->shown};
    put_cells(book, cells, sizeof cells / sizeof *cells);
    xlsx_end_row(book);
    free(said);
}

static void put_fix(struct xlsx_out *book, const struct fixes *fixes, const struct fix *fix)
{
    const struct fix_words *words = words_of(fixes, fix);
    const char *const cells[] = {what_happens(fix->severity),
                                 fix->lea,
                                 fix->school,
                                 fix->type,
                                 fix->rule,
                                 fix->field,
                                 words->name};
    put_cells(book, cells, sizeof cells / sizeof *cells);
    put_count(book, fix->records);
    xlsx_cell(book, words->wrong != NULL ? words->wrong : "");
    xlsx_cell(book, words->waits           ? "answer the questions on the sheet " DECISION_SHEET
                    : words->to_do != NULL ? words->to_do
                                           : "");
    xlsx_cell(book, text_string(&fix->where));
    xlsx_end_row(book);
}

void put_fix_sheet(struct xlsx_out *book, const struct told *told)
{
    const struct fixes *fixes = &told->fixes;
    xlsx_sheet(book, "Fix", columns, sizeof columns / sizeof *columns);
    xlsx_note(book, "What is wrong at the source, by school: mend it there and export again. What "
                    "keeps records back stands first. Where no school is named, a record does not "
                    "tell it for sure.");
    note_more(book, fixes->count, WORKLIST_MOST_ROWS,
              fixes->left > 0 ? "the findings of each source, and others too"
                              : "the findings of each source");
    if (told->refused > TOLD_MOST_REFUSED) {
        char *text = cte_format(
            "%zu sources were refused; of %d of them is said why. " REPORT_SOURCES " names all.",
            told->refused, (int)TOLD_MOST_REFUSED);
        xlsx_note(book, text);
        free(text);
    }
    for (size_t i = 0; i < told->source_count; i++) {
        if (told->sources[i].messages.length > 0 && !source_is_read(&told->sources[i]))
            put_refused(book, &told->sources[i]);
    }
    for (size_t i = 0; i < fixes->count && i < WORKLIST_MOST_ROWS; i++)
        put_fix(book, fixes, &fixes->items[i]);
}
