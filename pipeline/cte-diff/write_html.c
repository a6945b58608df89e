/* The differences as a page for people: whether all is explained, what became of the records, and
 * the first of what is not explained. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/shown.h"
#include "pipeline/cte-diff/page_counts.h"
#include "pipeline/cte-diff/writers.h"
#include "codetables/base/memory.h"

/* What a kind of difference is called on the page. */
static const char *const kind_words[DIFF_KINDS] = {
    [DIFF_SAME] = "The same",
    [DIFF_CONVERTED] = "Recoded as the crosswalk says",
    [DIFF_DECIDED] = "Recoded to a choice that changes.csv names",
    [DIFF_HELD] = "Not there after, and held by the run",
    [DIFF_REJECTED] = "Not there after, and rejected by the run",
    [DIFF_MERGED] = "Not there after, and merged by the run",
    [DIFF_CHOICE] = "Recoded to a choice that the tables leave open",
    [DIFF_OTHERWISE] = "Recoded otherwise than the crosswalk says",
    [DIFF_FIELDS] = "Other fields changed",
    [DIFF_MISSING] = "Missing after",
    [DIFF_NEW] = "New after",
    [DIFF_UNREADABLE] = "Cannot be read",
};

/* ---- the differences ---- */

static void add_line(struct page_table *table, uint64_t line)
{
    char text[24] = "";
    if (line != 0)
        snprintf(text, sizeof text, "%" PRIu64, line);
    page_cell_text(table, text);
}

static void add_slice(struct page_table *table, struct slice value)
{
    char *text = cte_format("%.*s", (int)value.length, value.at);
    page_cell_text(table, text);
    free(text);
}

/* "row 12 of clusters@2026.1: moved", as far as the tables say something. */
static void add_reason(struct page_table *table, const struct outcome *outcome)
{
    char *text = NULL;
    if (outcome != NULL && outcome->reason != NULL && outcome->crosswalk != NULL && !outcome->held)
        text = cte_format("row %u of %s@%s: %s", outcome->row, outcome->crosswalk->identity.id,
                          outcome->crosswalk->identity.version, outcome->reason);
    page_cell_text(table, text != NULL                                 ? text
                          : outcome != NULL && outcome->reason != NULL ? outcome->reason
                                                                       : "");
    free(text);
}

void write_html(void *context, const struct reported *reported)
{
    struct html *html = context;
    const struct slice nothing = {"", 0};
    if (reported->kind < DIFF_EXPLAINED || html->records[reported->kind]++ >= html->most)
        return;
    struct page_table *table = &html->tables[reported->kind];
    for (size_t i = 0; i < (reported->field_count > 0 ? reported->field_count : 1); i++) {
        const struct field_difference *about =
            reported->field_count > 0 ? &reported->fields[i] : NULL;
        const bool is_hidden = about != NULL && about->field->personal;
        char *field = about != NULL ? cte_format("%s %s", about->field->number, about->field->name)
                                    : cte_strdup("");
        page_cell_text(table, reported->type);
        add_line(table, reported->lines[0]);
        add_line(table, reported->lines[1]);
        page_cell_text(table, field);
        add_slice(table, is_hidden       ? (struct slice){"(personal)", 10}
                         : about != NULL ? about->was
                                         : nothing);
        add_slice(table, is_hidden || about == NULL ? nothing : about->is);
        add_slice(table, is_hidden || about == NULL ? nothing : about->expected);
        add_reason(table, about != NULL ? about->outcome : reported->outcome);
        free(field);
    }
}

/* ---- the page ---- */

static void put_verdict(struct page *page, const struct diff *diff, const struct tally *tally,
                        bool hides)
{
    const struct run_account *account = &diff->account;
    const uint64_t count = unexplained(diff, tally);
    if (count == 0)
        page_html(page, "<p class=\"good\"><strong>Nothing is unexplained.</strong> Every record "
                        "is the same, or was changed as the tables say, or "
                        "is accounted for.</p>\n");
    else if (hides)
        page_html(page, "<p class=\"bad\"><strong>Something is unexplained.</strong> What it is "
                        "stands below.</p>\n");
    else
        page_paragraph(page, "bad", "%" PRIu64 " %s unexplained. What %s stands below.", count,
                       count == 1 ? "difference is" : "differences are",
                       count == 1 ? "it is" : "they are");
    if (account->complaint_count > 0)
        page_paragraph(page, "bad", "The run folder has %zu faults: they stand below.",
                       account->complaint_count);
    if (diff->crosswalk_count == 0)
        page_paragraph(page, NULL,
                       "No crosswalk was named: this is a plain difference by key and field.");
}

static void put_sums(struct page *page, const struct diff *diff, const struct page_counts *counts,
                     const struct html *html)
{
    static const char *const columns[] = {"!What became of the records", "#Records", "Explained"};
    struct page_table table = {.caption = "Records of both files, each or each pair once",
                               .columns = columns,
                               .column_count = 3};
    for (int side = 0; side < 2; side++) {
        page_cell_text(&table, side == 0 ? "Before" : "After");
        page_cell_count(&table, counts->sides[side]);
        page_cell_text(&table, "");
    }
    for (int kind = 0; kind < DIFF_KINDS; kind++) {
        const bool only_by_run = kind == DIFF_DECIDED || kind == DIFF_HELD ||
                                 kind == DIFF_REJECTED || kind == DIFF_MERGED;
        if (only_by_run && diff->account.folder == NULL)
            continue;
        page_cell_text(&table, kind_words[kind]);
        page_cell_count(&table, counts->kinds[kind]);
        page_cell_text(&table, kind < DIFF_EXPLAINED ? "yes" : "no");
    }
    page_cell_text(&table, "Unexplained in all");
    page_cell_count(&table, counts->unexplained);
    page_cell_text(&table, "");
    page_put_table(page, &table);
    if (html->hides)
        page_paragraph(page, NULL,
                       "* hidden: a count below %d, or one by which such a count could be "
                       "computed. Nought is shown.",
                       CELL_THRESHOLD);
}

static void put_files(struct page *page, const struct diff *diff)
{
    static const char *const columns[] = {"!File", "Path", "#Records", "#Cannot be read",
                                          "SHA-256 of the content"};
    struct page_table table = {.caption = "The two files", .columns = columns, .column_count = 5};
    for (int side = 0; side < 2; side++) {
        char numbers[2][24];
        snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, diff->files[side].count);
        snprintf(numbers[1], sizeof numbers[1], "%zu", diff->files[side].unreadable_count);
        page_cell_text(&table, side == 0 ? "before" : "after");
        char *shown = path_shown(diff->paths[side]);
        page_cell_text(&table, shown);
        free(shown);
        page_cell_text(&table, numbers[0]);
        page_cell_text(&table, numbers[1]);
        page_cell_text(&table, diff->files[side].sha256);
    }
    page_heading(page, 2, "files", "The two files");
    page_put_table(page, &table);
}

static void put_unexplained(struct page *page, const struct diff *diff, struct html *html)
{
    static const char *const columns[] = {
        "!Record", "#Line before", "#Line after", "Field",
        "Before",  "After",        "Expected",    "What the tables say"};
    bool is_begun = false;
    for (size_t i = 0; i < diff->account.complaint_count; i++) {
        if (!is_begun)
            page_heading(page, 2, "unexplained", "What is unexplained");
        if (i == 0)
            page_heading(page, 3, NULL, "Faults of the run folder");
        is_begun = true;
        page_paragraph(page, NULL, "%s", diff->account.complaints[i]);
    }
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++) {
        struct page_table *table = &html->tables[kind];
        if (html->records[kind] == 0)
            continue;
        if (!is_begun)
            page_heading(page, 2, "unexplained", "What is unexplained");
        is_begun = true;
        table->caption = kind_words[kind];
        table->columns = columns;
        table->column_count = 8;
        page_heading(page, 3, NULL, kind_words[kind]);
        page_put_table(page, table);
        if (html->records[kind] > html->most)
            page_paragraph(page, NULL,
                           "These are the first %zu records of %" PRIu64
                           "; --csv and --xml give all.",
                           html->most, html->records[kind]);
    }
}

static void put_tables(struct page *page, const struct diff *diff)
{
    static const char *const columns[] = {"!Crosswalk", "Status", "What it says", "Stated by",
                                          "SHA-256"};
    struct page_table table = {
        .caption = "By which what should be was worked out", .columns = columns, .column_count = 5};
    page_heading(page, 2, "tables", "Code tables used");
    for (size_t i = 0; i < diff->crosswalk_count; i++) {
        const struct table_identity *identity = &diff->crosswalks[i]->identity;
        char *name = cte_format("%s@%s", identity->id, identity->version);
        const char *const cells[] = {name, identity->status, identity->title, identity->agency,
                                     identity->sha256};
        for (size_t c = 0; c < 5; c++)
            page_cell_text(&table, cells[c]);
        free(name);
    }
    if (table.cell_count > 0)
        page_put_table(page, &table);
    else
        page_paragraph(page, NULL, "None.");
}

static void put_checking(struct page *page, const struct diff *diff)
{
    char *folder = diff->account.folder != NULL ? page_shell_word(diff->account.folder) : NULL,
         *before = page_shell_word(diff->paths[0]), *after = page_shell_word(diff->paths[1]),
         *command =
             folder != NULL ? cte_format("cte-diff --run %s", folder) : cte_strdup("cte-diff");
    for (size_t i = 0; i < diff->crosswalk_count && diff->account.folder == NULL; i++) {
        char *longer = cte_format("%s --crosswalk %s@%s", command, diff->crosswalks[i]->identity.id,
                                  diff->crosswalks[i]->identity.version);
        free(command);
        command = longer;
    }
    page_heading(page, 2, "check", "How to check it all again");
    page_paragraph(page, NULL, "In the folder in which the files were compared:");
    page_html(page, "<pre tabindex=\"0\"><code>");
    page_say(page, "%s %s %s", command, before, after);
    page_html(page, "</code></pre>\n");
    page_paragraph(page, NULL,
                   "What a record should have become is worked out from the tables alone; nothing "
                   "that the converter says was done is believed.");
    free(command);
    free(folder);
    free(before);
    free(after);
}

int end_html(struct html *html, struct diff *diff, const struct tally *tally)
{
    struct page page = {.output = html->output};
    struct page_counts counts = {.code_flow_count = 0};
    bool has_draft = false;
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        has_draft = has_draft || table_is_draft(&diff->crosswalks[i]->identity);
    if (count_page(diff, tally, &page.publication, &counts) != CTE_OK)
        return diff->error.status;
    if (html->hides)
        suppress(&page.publication, CELL_THRESHOLD);
    page_begin(&page, html->output, "Before and after",
               has_draft ? "What should be was worked out from a crosswalk that is a draft of this "
                           "project. No official California crosswalk to "
                           "Career Clusters exists yet; nothing here is CDE's word."
                         : NULL);
    put_verdict(&page, diff, tally, html->hides);
    put_sums(&page, diff, &counts, html);
    if (!html->hides && !html->is_public)
        put_unexplained(&page, diff, html);
    if (counts.code_flow_count > 0)
        page_heading(&page, 2, "flow", "Where records came from and where they went");
    for (size_t i = 0; i < counts.code_flow_count; i++) {
        page_heading(&page, 3, NULL, counts.code_flows[i].rollup->title);
        code_flow_put(&counts.code_flows[i], &page);
        code_flow_free(&counts.code_flows[i]);
    }
    put_tables(&page, diff);
    if (!html->is_public) {
        if (!html->hides)
            put_files(&page, diff);
        put_checking(&page, diff);
    }
    page_end(&page);
    free(counts.code_flows);
    return CTE_OK;
}

void free_html(struct html *html)
{
    for (int kind = 0; kind < DIFF_KINDS; kind++)
        page_free_table(&html->tables[kind]);
}
