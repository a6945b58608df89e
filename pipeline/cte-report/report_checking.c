/* How to check it all again: the commands, ready to copy. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
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

/* Whether the command line or the job named a source from the folder it was run in. */
static bool has_relative(const struct told *told)
{
    for (size_t s = 0; s < told->source_count; s++) {
        if (told->sources[s].shown[0] != '/')
            return true;
    }
    return false;
}

/* The audit of one source, named as it was to the run. */
static void add_audit(struct text *commands, const struct told_source *read)
{
    char *path = path_from_shown(read->shown),
         *named = cte_format("%s%s", path[0] == '-' ? "./" : "", path),
         *source = page_shell_word(named), *name = page_shell_word(read->converted);
    text_format(commands, "%scte-diff --run \"$run\" %s \"$run\"/%s",
                commands->length > 0 ? "\n" : "", source, name);
    free(path);
    free(named);
    free(source);
    free(name);
}

/* A run says nowhere in which folder it lies, nor in which it was started: its bytes are the same
 * in any other. So the reader goes there, and a variable keeps the way back. */
static void put_checking_of_one(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    struct text audits = {0};
    page_paragraph(page, NULL, "Hashes and sums. Run this in the folder that holds this report:");
    put_command(report, "run=$PWD\nsha256sum -c --strict --quiet SHA256SUMS\ncte-run --verify .");
    for (size_t s = 0; s < told->source_count && !(told->is_brief && audits.length > 0); s++) {
        if (told->sources[s].converted != NULL)
            add_audit(&audits, &told->sources[s]);
    }
    if (has_relative(told))
        page_paragraph(page, NULL,
                       "What follows is run in the same shell. The sources are named as they were "
                       "to the run, so change to the folder in which the run was started.");
    else
        page_paragraph(page, NULL, "What follows is run in the same shell, in any folder.");
    if (audits.length > 0) {
        page_paragraph(page, NULL,
                       told->is_brief ? "A converted file against its source, by the tables alone, "
                                        "and so for each:"
                                      : "Each converted file against its source, by the tables "
                                        "alone:");
        put_command(report, text_string(&audits));
    }
    text_free(&audits);
    page_paragraph(page, NULL,
                   "The whole run again, from the same sources, by the tables it kept. The status "
                   "is %d where it makes the same again; else it says what differs:",
                   told->runs[0].manifest.exit);
    put_command(report, "again=$(mktemp -d)\ncte-run --repeat \"$run\" --out \"$again\"\n"
                        "echo \"status $?\"\nrm -r \"$again\"");
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
                   "The programs are found where they are installed; those of a build tree by "
                   "PATH=TREE/build/bin:$PATH, with its folder for TREE.");
    page_paragraph(page, NULL,
                   "Every changed field of every record stands in a .changes.csv, with the row of "
                   "the table that says so.");
}
