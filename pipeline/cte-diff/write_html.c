/* The differences as a page for people: whether all is explained, what became of the records, and
 * the first of what is not explained. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/report/code_flow.h"
#include "codetables/base/shown.h"
#include "pipeline/cte-diff/writers.h"
#include "codetables/base/memory.h"

/* What a kind of difference is called on the page, which sides its records stand on, and where they
 * go when they are not there after. */
static const struct {
    const char *words, *fate;
    bool is_before, is_after;
} kinds[DIFF_KINDS] = {
    [DIFF_SAME] = {"The same", NULL, true, true},
    [DIFF_CONVERTED] = {"Recoded as the crosswalk says", NULL, true, true},
    [DIFF_DECIDED] = {"Recoded to a choice that changes.csv names", NULL, true, true},
    [DIFF_HELD] = {"Not there after, and held by the run", "Held", true, false},
    [DIFF_REJECTED] = {"Not there after, and rejected by the run", "Rejected", true, false},
    [DIFF_MERGED] = {"Not there after, and merged by the run", "Merged", true, false},
    [DIFF_CHOICE] = {"Recoded to a choice that the tables leave open", NULL, true, true},
    [DIFF_OTHERWISE] = {"Recoded otherwise than the crosswalk says", NULL, true, true},
    [DIFF_FIELDS] = {"Other fields changed", NULL, true, true},
    [DIFF_MISSING] = {"Missing after", "Missing", true, false},
    [DIFF_NEW] = {"New after", NULL, false, true},
    [DIFF_UNREADABLE] = {"Cannot be read", NULL, false, false},
};

/* ---- hearing of the differences ---- */

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

/* ---- what is counted ---- */

struct counted {
    size_t kinds[DIFF_KINDS], sides[2], unexplained;
    struct code_flow *code_flows;
    size_t code_flow_count;
};

/* Where the records of a type went, from the flows that were counted while they were compared. */
static int add_code_flows(struct diff *diff, struct counted *counted)
{
    const struct rollups *rollups;
    size_t flow_count;
    if (tables_rollups(diff->tables, &rollups, &diff->error) != CTE_OK)
        return diff->error.status;
    struct flow_count *flows =
        list_flows(&diff->flows, &diff->moves[0], &diff->moves[1], &flow_count);
    counted->code_flows = cte_zalloc(ROLLUP_MAX, sizeof *counted->code_flows);
    for (size_t r = 0; rollups != NULL && r < rollups->count; r++) {
        const struct rollup *rollup = &rollups->rollups[r];
        struct code_flow *code_flow = &counted->code_flows[counted->code_flow_count];
        struct rollup_sets sets;
        bool is_met = false;
        for (size_t f = 0; f < flow_count; f++) {
            const struct flow_count *flow = &flows[f];
            if (rollup->through != NULL || strcmp(flow->type, rollup->record) != 0 ||
                flow->from == NULL || strcmp(flow->from->number, rollup->before.field) != 0)
                continue;
            if (!is_met && rollup_sets_load(diff->tables, rollup, &sets, &diff->error) != CTE_OK)
                return diff->error.status;
            if (!is_met)
                code_flow_begin(code_flow, rollup, &sets);
            is_met = true;
            const char *after = "";
            for (size_t t = 0; t < flow->after_count; t++)
                after = strcmp(flow->to[t]->number, rollup->after[0].field) == 0 ? flow->after[t]
                                                                                 : after;
            code_flow_add(code_flow, &(struct coded_records){.before = flow->before,
                                                             .after = after,
                                                             .fate = kinds[flow->fate].fate,
                                                             .year = YEAR_NONE,
                                                             .records = flow->records});
        }
        counted->code_flow_count += is_met;
    }
    free(flows);
    return CTE_OK;
}

/* Links a cell to those parts of it that the pictures show. The rest, of record types that have no
 * picture, can be computed, so it is a cell too. */
static void add_partial_sum(struct publication *publication, size_t total, size_t *parts,
                            size_t count)
{
    uint64_t rest = publication->cells[total].value;
    for (size_t i = 0; i < count; i++)
        rest -= publication->cells[parts[i]].value;
    if (rest > 0)
        parts[count++] = publication_add_unlisted(publication, rest);
    publication_add_sum(publication, total, parts, count);
}

/* All records of a fate are in the pictures, but for those of other record types. */
static void link_fates(const struct counted *counted, struct publication *publication)
{
    for (int kind = 0; kind < DIFF_KINDS; kind++) {
        size_t parts[ROLLUP_MAX + 1], count = 0;
        for (size_t f = 0; f < counted->code_flow_count && kinds[kind].fate != NULL; f++) {
            const struct code_flow *flow = &counted->code_flows[f];
            for (size_t e = 0; e < flow->end_count; e++) {
                if (strcmp(flow->ends[e].name, kinds[kind].fate) == 0)
                    parts[count++] = flow->end_cells[e];
            }
        }
        if (count > 0)
            add_partial_sum(publication, counted->kinds[kind], parts, count);
    }
}

static int count_all(struct diff *diff, const struct tally *tally, struct page *page,
                     struct counted *counted)
{
    struct publication *publication = &page->publication;
    size_t parts[DIFF_KINDS + 1], unreadable[2], count = 0, all[2 * ROLLUP_MAX + 1], all_count = 0;
    if (add_code_flows(diff, counted) != CTE_OK)
        return diff->error.status;
    for (int kind = 0; kind < DIFF_KINDS; kind++)
        counted->kinds[kind] = publication_add_cell(publication, tally->counts[kind]);
    for (int side = 0; side < 2; side++) {
        const uint64_t all_records = diff->files[side].count + diff->files[side].unreadable_count;
        uint64_t records = 0;
        counted->sides[side] = publication_add_cell(publication, all_records);
        count = 0;
        for (int kind = 0; kind < DIFF_KINDS; kind++) {
            if (side == 0 ? !kinds[kind].is_before : !kinds[kind].is_after)
                continue;
            parts[count++] = counted->kinds[kind];
            records += tally->counts[kind];
        }
        /* What is left cannot be read, and was not rejected. */
        parts[count++] = unreadable[side] =
            publication_add_unlisted(publication, all_records - records);
        publication_add_sum(publication, counted->sides[side], parts, count);
    }
    publication_add_sum(publication, counted->kinds[DIFF_UNREADABLE], unreadable, 2);
    count = 0;
    for (int kind = DIFF_EXPLAINED; kind < DIFF_KINDS; kind++)
        parts[count++] = counted->kinds[kind];
    counted->unexplained =
        publication_add_cell(publication, unexplained(diff, tally) - diff->account.complaint_count);
    publication_add_sum(publication, counted->unexplained, parts, count);
    for (size_t f = 0; f < counted->code_flow_count; f++) {
        struct code_flow *flow = &counted->code_flows[f];
        const char id[3] = {'d', (char)('a' + (int)f), '\0'};
        code_flow_publish(flow, publication, id);
        link_tables(publication, (struct linked_table *[]){&flow->by_group, &flow->by_code}, 2);
        all[all_count++] = flow->all_cell;
        all[all_count++] = flow->left_out_cell;
    }
    if (all_count > 0)
        add_partial_sum(publication, counted->sides[0], all, all_count);
    link_fates(counted, publication);
    return CTE_OK;
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

static void put_sums(struct page *page, const struct diff *diff, const struct counted *counted,
                     const struct html *html)
{
    static const char *const columns[] = {"!What became of the records", "#Records", "Explained"};
    struct page_table table = {.caption = "Records of both files, each or each pair once",
                               .columns = columns,
                               .column_count = 3};
    for (int side = 0; side < 2; side++) {
        page_cell_text(&table, side == 0 ? "Before" : "After");
        page_cell_count(&table, counted->sides[side]);
        page_cell_text(&table, "");
    }
    for (int kind = 0; kind < DIFF_KINDS; kind++) {
        const bool only_by_run = kind == DIFF_DECIDED || kind == DIFF_HELD ||
                                 kind == DIFF_REJECTED || kind == DIFF_MERGED;
        if (only_by_run && diff->account.folder == NULL)
            continue;
        page_cell_text(&table, kinds[kind].words);
        page_cell_count(&table, counted->kinds[kind]);
        page_cell_text(&table, kind < DIFF_EXPLAINED ? "yes" : "no");
    }
    page_cell_text(&table, "Unexplained in all");
    page_cell_count(&table, counted->unexplained);
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
        table->caption = kinds[kind].words;
        table->columns = columns;
        table->column_count = 8;
        page_heading(page, 3, NULL, kinds[kind].words);
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
    struct counted counted = {.code_flow_count = 0};
    bool has_draft = false;
    for (size_t i = 0; i < diff->crosswalk_count; i++)
        has_draft = has_draft || table_is_draft(&diff->crosswalks[i]->identity);
    if (count_all(diff, tally, &page, &counted) != CTE_OK)
        return diff->error.status;
    if (html->hides)
        suppress(&page.publication, CELL_THRESHOLD);
    page_begin(&page, html->output, "Before and after",
               has_draft ? "What should be was worked out from a crosswalk that is a draft of this "
                           "project. No official California crosswalk to "
                           "Career Clusters exists yet; nothing here is CDE's word."
                         : NULL);
    put_verdict(&page, diff, tally, html->hides);
    put_sums(&page, diff, &counted, html);
    if (!html->hides && !html->is_public)
        put_unexplained(&page, diff, html);
    if (counted.code_flow_count > 0)
        page_heading(&page, 2, "flow", "Where records came from and where they went");
    for (size_t i = 0; i < counted.code_flow_count; i++) {
        page_heading(&page, 3, NULL, counted.code_flows[i].rollup->title);
        code_flow_put(&counted.code_flows[i], &page);
        code_flow_free(&counted.code_flows[i]);
    }
    put_tables(&page, diff);
    if (!html->is_public) {
        if (!html->hides)
            put_files(&page, diff);
        put_checking(&page, diff);
    }
    page_end(&page);
    free(counted.code_flows);
    return CTE_OK;
}
