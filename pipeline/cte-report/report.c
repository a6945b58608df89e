#include "pipeline/cte-report/report.h"
#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Decides what every cell of the page shows, before any of it is written. */
static void prepare_report(struct report *report)
{
    report_publish_sums(report);
    for (size_t i = 0; i < report->rollups->count; i++) {
        struct run_rollup *rollup = &report->rollups->items[i];
        char id[3] = {'r', (char)('a' + (int)i), '\0'};
        publish_rollup(rollup, &report->page.publication, id, report->hides);
    }
    report_take_findings(report);
    if (report->hides) {
        report_link_sums(report);
        suppress(&report->page.publication, CELL_THRESHOLD);
        report_hide_findings(report);
    }
}

static void end_report(struct report *report)
{
    publication_free(&report->page.publication);
    report_free_findings(report);
    free(report->source_sums);
    free_uploads(&report->uploads);
}

/* What was given and had no part in the run. */
static void put_unused(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    if (told->unused_count == 0 || report->is_public)
        return;
    page_heading(page, 2, "unused", "What was given and not used");
    page_html(page, "<ul>\n");
    for (size_t i = 0; i < told->unused_count; i++) {
        page_html(page, "<li>");
        page_text(page, told->unused[i].text);
        page_html(page, "</li>\n");
    }
    page_html(page, "</ul>\n");
}

static void put_contents(struct report *report)
{
    struct page *page = &report->page;
    page_html(page, "<nav aria-label=\"On this page\"><ul>\n");
    if (!report->is_public)
        page_html(page, "<li><a href=\"#held\">What is held, and its choices</a></li>\n");
    if (!report->is_public)
        page_html(page, "<li><a href=\"#findings\">Findings by rule, and what to do</a></li>\n");
    if (report->rollups->count > 0)
        page_html(page,
                  "<li><a href=\"#flow\">Where records came from and where they went</a></li>\n");
    page_html(page, report->is_public
                        ? "<li><a href=\"#findings\">Findings by rule</a></li>\n"
                        : "<li><a href=\"#sources\">Sources, changes and files</a></li>\n");
    page_html(page, "<li><a href=\"#tables\">Code tables used</a></li>\n<li><a href=\"#check\">How "
                    "to check it all again</a></li>\n</ul></nav>\n");
}

/* ---- the rest ---- */

static void put_files(struct report *report, const struct told_source *source)
{
    static const char *const columns[] = {"!Name", "Holds", "#Records", "#Bytes", "SHA-256"};
    struct page_table table = {
        .caption = "Files of this source", .columns = columns, .column_count = 5};
    for (const struct fact_file *file = account_first(source->account, FACT_FILE); file != NULL;
         file = account_next(source->account, FACT_FILE, file)) {
        char records[24], bytes[24];
        snprintf(records, sizeof records, "%" PRIu64, file->records);
        snprintf(bytes, sizeof bytes, "%" PRIu64, file->bytes);
        page_cell_text(&table, file->name);
        page_cell_text(&table, file->holds);
        page_cell_text(&table, report->hides ? "*" : records);
        page_cell_text(&table, report->hides ? "*" : bytes);
        page_cell_text(&table, file->sha256);
    }
    if (table.cell_count > 0)
        page_put_table(&report->page, &table);
}

static void put_sources(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    size_t refused = 0;
    page_heading(page, 2, "sources", "Sources, changes and files");
    if (told->is_brief)
        page_paragraph(page, NULL,
                       "Each source stands in %s, with its sums and what became of it; its files "
                       "stand in the manifest of its run. Here are those that were refused.",
                       REPORT_SOURCES);
    for (size_t s = 0; s < told->source_count; s++) {
        const struct told_source *source = &told->sources[s];
        refused += !source_is_read(source);
        if (told->is_brief && (source_is_read(source) || refused > TOLD_MOST_REFUSED))
            continue;
        page_heading(page, 3, NULL, source->name);
        if (!source_is_read(source)) {
            page_html(page,
                      "<p class=\"bad\">Refused. What the programs said:</p><pre tabindex=\"0\">");
            page_say(page, "%.*s", (int)source->messages.length,
                     source->messages.at != NULL ? source->messages.at : "");
            page_html(page, "</pre>\n");
            continue;
        }
        page_paragraph(page, NULL, "Read from %s.", source->shown);
        for (const struct fact_note *note = account_first(source->account, FACT_NOTE); note != NULL;
             note = account_next(source->account, FACT_NOTE, note))
            page_paragraph(page, NULL, "Line %" PRIu64 ": %s.", note->line, note->text);
        put_files(report, source);
    }
    report_put_changes(report);
}

/* When the run began; of several, which they are. */
static void put_begun(struct report *report)
{
    static const char *const columns[] = {"!Run",     "Shard", "Begun",
                                          "#Sources", "Exit",  "SHA-256 of manifest.xml"};
    const struct told *told = report->told;
    struct page_table table = {
        .caption = "The runs of this report", .columns = columns, .column_count = 6};
    if (told->telling == TELLS_ONE) {
        page_paragraph(&report->page, NULL, "Begun %s by cte-pipeline " CTE_VERSION ".",
                       told->runs[0].manifest.started);
        return;
    }
    for (size_t i = 0; i < told->run_count && !report->is_public; i++) {
        const struct told_run *run = &told->runs[i];
        const char *shard = manifest_option(&run->manifest, "shard");
        char number[24];
        page_cell_text(&table, run->manifest.id);
        page_cell_text(&table, shard != NULL ? shard : "");
        page_cell_text(&table, run->manifest.started);
        snprintf(number, sizeof number, "%zu", run->manifest.source_count);
        page_cell_text(&table, number);
        snprintf(number, sizeof number, "%d", run->manifest.exit);
        page_cell_text(&table, number);
        page_cell_text(&table, run->sha256);
    }
    page_paragraph(&report->page, NULL, "%zu runs together, by cte-pipeline " CTE_VERSION ".",
                   told->run_count);
    if (table.cell_count == 0)
        return;
    page_fold(&report->page, table.caption);
    page_put_table(&report->page, &table);
    page_unfold(&report->page);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The school years that the roll-ups tell of, in their order: "2023-2024, 2024-2025". To be freed.
 */
static char *years_of(const struct report *report)
{
    struct map years = {0};
    struct text text = {0};
    for (size_t i = 0; i < report->rollups->count; i++) {
        const struct linked_table *table = &report->rollups->items[i].totals[TOTAL_BEFORE];
        for (size_t r = 0; r < table->listed_count; r++)
            map_add_string(&years, table->rows[r].values[DIM_YEAR]);
    }
    const char **sorted = cte_alloc((years.count + 1) * sizeof *sorted);
    for (size_t i = 0; i < years.count; i++)
        sorted[i] = map_key(&years, i).at;
    qsort(sorted, years.count, sizeof *sorted, compare_texts);
    for (size_t i = 0; i < years.count; i++) {
        if (sorted[i][0] != '\0')
            text_join(&text, ", ", sorted[i]);
    }
    free(sorted);
    map_free(&years);
    return text_take(&text);
}

/* Who publishes, and of which years. */
static void put_imprint(struct report *report)
{
    const char *agency = report->told->policy.agency;
    char *years = years_of(report);
    if (!report->is_public)
        ;
    else if (agency != NULL)
        page_paragraph(&report->page, NULL, "%s. School years: %s.", agency, years);
    else
        page_paragraph(&report->page, NULL, "School years: %s.", years);
    free(years);
}

static void put_page(struct report *report)
{
    const struct told *told = report->told;
    struct page *page = &report->page;
    put_imprint(report);
    report_put_verdict(report);
    report_put_sums(report);
    if (told->is_brief && !report->is_public && !report->hides)
        report_put_leas(report);
    put_begun(report);
    put_unused(report);
    put_contents(report);
    if (!report->is_public) { /* who works with the run wants to know what is to be done */
        report_put_held(report);
        report_put_findings(report);
    }
    if (report->rollups->count > 0)
        page_heading(page, 2, "flow", "Where records came from and where they went");
    for (size_t i = 0; i < report->rollups->count; i++)
        report_put_rollup(report, &report->rollups->items[i]);
    report_put_definitions(report);
    if (report->is_public)
        report_put_findings(report);
    if (!report->is_public)
        put_sources(report);
    report_put_tables(report);
    report_put_checking(report);
}

/* To be freed. */
static char *title_of(const struct report *report)
{
    const struct told *told = report->told;
    if (report->is_public)
        return cte_strdup(told->policy.public_title != NULL
                              ? told->policy.public_title
                              : "Career technical education by Career Cluster");
    return told->telling == TELLS_ONE
               ? cte_format("Conversion run %s", told->runs[0].manifest.id)
               : cte_format(told->telling == TELLS_SHARDS ? "Conversion of a job in %zu shards"
                                                          : "Conversion: %zu runs together",
                            told->run_count);
}

static const char draft[] =
    "This run used a crosswalk that is a draft of this project. No official California crosswalk "
    "to Career Clusters exists yet; nothing here is CDE's word.";

static void write_page(struct report *report, const char *sub)
{
    struct told *told = report->told;
    struct output output;
    char *title = title_of(report);
    if (begin_document(&told->documents, &output, sub, "report.html") == CTE_OK) {
        page_begin(&report->page, &output, title, report_has_draft(report) ? draft : NULL);
        put_page(report);
        page_end(&report->page);
        end_document(&told->documents, &output, sub);
    }
    free(title);
}

/* The files that tell of each source, for those who work with the run. */
static int write_lists(struct report *report)
{
    report->uploads.hides = report->hides;
    if (!report->told->is_brief || write_source_list(report) == CTE_OK)
        write_uploads(report->told, &report->uploads);
    return report->told->error.status;
}

/* A report and its totals, for those who work with the run or for the public, into a folder `sub`
 * of the documents'. */
static int write_report(struct told *told, struct run_rollups *rollups, const char *sub,
                        bool is_public, bool hides)
{
    struct report report = {
        .told = told, .rollups = rollups, .is_public = is_public, .hides = hides};
    prepare_report(&report);
    if (write_totals(told, rollups, &report.page.publication, sub) == CTE_OK &&
        (is_public || write_lists(&report) == CTE_OK))
        write_page(&report, sub);
    end_report(&report);
    return told->error.status;
}

static const char public[] = "public";

/* Makes the folder for the public, or makes it lasting. */
static int settle_public(struct told *told, bool is_made)
{
    char *folder = cte_format("%s/%s", told->documents.folder, public);
    if (told->documents.only_reckons)
        ;
    else if (is_made)
        sync_folder(folder, &told->error);
    else if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        cte_fail(&told->error, output_status(errno), "%s: cannot make the folder: %s", folder,
                 strerror(errno));
    free(folder);
    return told->error.status;
}

int print_totals(struct told *told, struct run_rollups *rollups)
{
    struct report report = {.told = told, .rollups = rollups, .hides = told->policy.hide_small};
    struct output output;
    prepare_report(&report);
    output_to_standard(&output);
    put_totals(&output, rollups, &report.page.publication);
    output_close(&output, &told->error);
    output_discard(&output);
    end_report(&report);
    return told->error.status;
}

int write_reports(struct told *told, struct run_rollups *rollups)
{
    const bool hides = told->policy.hide_small, has_public = told->policy.make_public,
               hides_public = !told->policy.show_small;
    const char *subs[3] = {NULL, NULL, NULL};
    size_t count = 0;
    if (!hides)
        subs[count++] = "";
    if (has_public && !hides_public)
        subs[count++] = public;
    if (has_public && settle_public(told, false) != CTE_OK)
        return told->error.status;
    if (write_cells(told, rollups, subs) != CTE_OK)
        return told->error.status;
    for (size_t i = 0; i < rollups->count; i++) {
        if (write_sequences(told, &rollups->items[i].sequences, subs) != CTE_OK)
            return told->error.status;
    }
    if (write_report(told, rollups, "", false, hides) != CTE_OK)
        return told->error.status;
    if (has_public && write_report(told, rollups, public, true, hides_public) == CTE_OK)
        settle_public(told, true);
    return told->error.status;
}
