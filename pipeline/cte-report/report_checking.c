/* How to check it all again: the commands, ready to copy. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-report/report.h"

static void put_command(struct report *report, const char *command)
{
    page_html(&report->page, "<pre tabindex=\"0\"><code>");
    page_text(&report->page, command);
    page_html(&report->page, "</code></pre>\n");
}

static void put_checking_of_many(struct report *report)
{
    page_paragraph(&report->page, NULL, "The files beside this page, in their folder:");
    put_command(report, "sha256sum -c --strict SHA256SUMS");
    page_paragraph(&report->page, NULL,
                   "Hashes and sums of each run, in its folder; its report says how to check each "
                   "converted file against its source:");
    put_command(report, "cte-run --verify .");
}

static void put_checking_of_one(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    page_paragraph(page, NULL, "Hashes and sums, in the folder of this run:");
    put_command(report, "sha256sum -c --strict SHA256SUMS\ncte-run --verify .");
    page_paragraph(page, NULL,
                   told->is_brief
                       ? "A converted file against its source, named as it was to the run, by the "
                         "tables alone, and so for each:"
                       : "Each converted file against its source, named as it was to the run, by "
                         "the tables alone:");
    bool is_shown = false;
    for (size_t s = 0; s < told->source_count && !(told->is_brief && is_shown); s++) {
        const struct told_source *read = &told->sources[s];
        if (read->converted == NULL)
            continue;
        char *path = path_from_shown(read->shown), *source = page_shell_word(path),
             *name = page_shell_word(read->converted),
             *command = cte_format("cte-diff --run . %s %s", source, name);
        put_command(report, command);
        is_shown = true;
        free(command);
        free(source);
        free(path);
        free(name);
    }
    page_paragraph(page, NULL,
                   "The whole run again, from the same sources, by the tables it kept:");
    put_command(report, "cte-run --repeat . --out /tmp/again");
}

void report_put_checking(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    page_heading(page, 2, "check", "How to check it all again");
    if (report->is_public) {
        page_paragraph(page, NULL,
                       "Whoever keeps the run checks its hashes and sums with `cte-run --verify`, "
                       "and each converted file against its source with `cte-diff --run`. The "
                       "hashes of the code tables stand above.");
        return;
    }
    if (told->telling != TELLS_ONE)
        put_checking_of_many(report);
    else
        put_checking_of_one(report);
    page_paragraph(page, NULL,
                   "Every changed field of every record stands in a .changes.csv, with the row of "
                   "the table that says so.");
}
