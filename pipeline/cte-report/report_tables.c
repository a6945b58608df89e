#include "pipeline/cte-report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"

/* ---- held ---- */

/* A question by the code that is open and what it is called, then for whom it is asked. */
static void add_question(const struct report *report, struct page_table *table,
                         const struct fact_needed *asked)
{
    const char *code = asked->local[0] != '\0' ? asked->asked : asked->code;
    char *question = cte_format("%s%s%s", code,
                                code[0] != '\0' && asked->name[0] != '\0' ? " " : "", asked->name),
         records[24];
    const char *const cells[] = {question,    asked->lea,    asked->year,
                                 asked->type, asked->school, asked->local};
    for (size_t f = 0; f < sizeof cells / sizeof *cells; f++)
        page_cell_text(table, cells[f]);
    snprintf(records, sizeof records, "%" PRIu64, asked->records);
    page_cell_text(table, report->hides ? "*" : records);
    page_cell_text(table, asked->choices);
    free(question);
}

void report_put_held(struct report *report)
{
    static const char *const columns[] = {"!Code",  "LEA",          "Year",     "Record",
                                          "School", "Local course", "#Records", "Choices"};
    struct page *page = &report->page;
    struct page_table table = {
        .caption = "What has to be decided", .columns = columns, .column_count = 8};
    const size_t count = report->told->needed.count;
    enum { MOST_QUESTIONS = 500 };
    page_heading(page, 2, "held", "What is held, and its choices");
    for (size_t i = 0; i < count && i < MOST_QUESTIONS; i++)
        add_question(report, &table, &report->told->needed.items[i]);
    if (table.cell_count == 0) {
        page_paragraph(page, NULL, "Nothing waits for a decision.");
        return;
    }
    page_html(page,
              "<p>Each line is a question that the crosswalk leaves open, and how many records "
              "wait for its answer. Answer it in worklist.xlsx, or in a copy of "
              "decisions-needed.csv, with one of the choices, and who, when and why; then run "
              "again with <code>--decisions</code>. Records that are held for another reason stand "
              "under the <a href=\"#findings\">findings</a>.</p>\n");
    page_put_table(page, &table);
    if (count > MOST_QUESTIONS)
        page_paragraph(page, NULL,
                       "These are the %d questions for which most records wait, of %zu; "
                       "decisions-needed.csv has all.",
                       (int)MOST_QUESTIONS, count);
}

/* ---- changes ---- */

static void put_change(struct page_table *table, const struct fact_changed *changed)
{
    char records[24],
        *field = cte_format("%s %s", changed->field, changed->name),
        *crosswalk = cte_format("%s%s%s", changed->crosswalk,
                                changed->version[0] != '\0' ? "@" : "", changed->version);
    snprintf(records, sizeof records, "%" PRIu64, changed->records);
    const char *const cells[] = {records,   field,        changed->before, changed->after,
                                 crosswalk, changed->row, changed->reason};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        page_cell_text(table, cells[i]);
    free(crosswalk);
    free(field);
}

void report_put_changes(struct report *report)
{
    static const char *const columns[] = {"#Records",  "Field", "Before", "After",
                                          "Crosswalk", "Row",   "Reason"};
    const struct told *told = report->told;
    struct page *page = &report->page;
    if (report->hides) /* the flow by code says the same, with what must be hidden left out */
        return;
    const size_t count = told->is_brief ? 1 : told->source_count;
    for (size_t s = 0; s < count; s++) {
        const struct told_source *source = &told->sources[s];
        const struct account *account = told->is_brief ? &told->joined : source->account;
        char *caption = told->is_brief
                            ? cte_format("All sources: changes by old and new code")
                            : cte_format("%s: changes by old and new code", source->name);
        struct page_table table = {.caption = caption, .columns = columns, .column_count = 7};
        for (const struct fact_changed *changed = account_first(account, FACT_CHANGED);
             changed != NULL; changed = account_next(account, FACT_CHANGED, changed))
            put_change(&table, changed);
        if (table.cell_count > 0) {
            page_fold(page, caption);
            page_put_table(page, &table);
            page_unfold(page);
        }
        free(caption);
    }
}

/* ---- code tables ---- */

/* What a table says of itself, from the copy that the run keeps: its title, who states it, what it
 * was made from, and how sure its rows are. */
struct table_about {
    struct text title, agency, basis;
};

static void add_row_counts(struct text *basis, xmlNodePtr root)
{
    static const char *const levels[] = {"high", "medium", "low"};
    size_t counts[3] = {0}, undecided = 0;
    for (xmlNodePtr map = first_element(root, "map"); map != NULL; map = next_element(map, "map")) {
        for (xmlNodePtr row = first_element(map, "row"); row != NULL;
             row = next_element(row, "row")) {
            char *confidence = attribute_or(row, "confidence", ""),
                 *kind = attribute_or(row, "kind", "");
            for (size_t i = 0; i < 3; i++)
                counts[i] += strcmp(confidence, levels[i]) == 0;
            undecided += strcmp(kind, "undecided") == 0;
            free(confidence);
            free(kind);
        }
    }
    const char *separator = ". "; /* after the sources */
    for (size_t i = 0; i < 3; i++) {
        if (counts[i] == 0)
            continue;
        text_format(basis, "%s%zu %s confidence", separator, counts[i], levels[i]);
        separator = ", ";
    }
    if (undecided > 0)
        text_format(basis, "%s%zu undecided", separator, undecided);
}

static struct table_about read_about(struct told *told, const struct told_table *used)
{
    struct table_about about = {0};
    char *path = cte_format("%s/tables/%s", used->run->folder, used->file),
         *schema = cte_format("%s/tables/schema/%s.xsd", used->run->folder, used->table.kind);
    struct table_identity identity;
    xmlDocPtr doc = NULL;
    /* The stages loaded it, so it is sound. A page that says less than it should is not made. */
    if (table_open(path, schema, &identity, &doc, &told->error) == CTE_OK) {
        text_add(&about.title, identity.title);
        text_add(&about.agency, identity.agency);
        for (size_t i = 0; i < identity.source_count; i++)
            text_format(&about.basis, "%s%s (%s)", i > 0 ? "; " : "", identity.sources[i].title,
                        identity.sources[i].date);
        add_row_counts(&about.basis, xmlDocGetRootElement(doc));
        xmlFreeDoc(doc);
        table_close(&identity);
    }
    free(path);
    free(schema);
    return about;
}

static void put_table_row(struct report *report, struct page_table *table,
                          const struct told_table *used)
{
    char *id = path_shown(used->table.id); /* that of decisions is their path */
    char *name =
        cte_format("%s%s%s", id, used->table.version[0] != '\0' ? "@" : "", used->table.version);
    free(id);
    struct table_about about = {0};
    if (used->file != NULL)
        about = read_about(report->told, used);
    page_cell_text(table, name);
    page_cell_text(table, used->table.kind);
    page_cell_text(table, used->table.status);
    page_cell_text(table, text_string(&about.title));
    page_cell_text(table, text_string(&about.agency));
    page_cell_text(table, text_string(&about.basis));
    page_cell_text(table, used->table.sha256);
    free(name);
    text_free(&about.title);
    text_free(&about.agency);
    text_free(&about.basis);
}

void report_put_tables(struct report *report)
{
    static const char *const columns[] = {"!Table",    "Kind",  "Status", "What it says",
                                          "Stated by", "Basis", "SHA-256"};
    const struct told *told = report->told;
    struct page *page = &report->page;
    page_heading(page, 2, "tables", "Code tables used");
    page_paragraph(page, NULL,
                   "A draft is work of this project and no statement of CDE. The run keeps a copy "
                   "of each table.");
    /* Crosswalks decide what becomes of a code; the others are many and only said to be there. */
    for (int pass = 0; pass < 2; pass++) {
        struct page_table table = {
            .caption = pass == 0 ? "Crosswalks of this run"
                                 : "Layouts, code sets, rules and roll-ups of this run",
            .columns = columns,
            .column_count = 7};
        for (size_t i = 0; i < told->table_count; i++) {
            const struct told_table *used = &told->tables[i];
            if ((strcmp(used->table.kind, "crosswalk") == 0) == (pass == 0) &&
                (used->file != NULL || !report->is_public))
                put_table_row(report, &table, used);
        }
        if (table.cell_count == 0)
            continue;
        if (pass == 1)
            page_fold(page, table.caption);
        page_put_table(page, &table);
        if (pass == 1)
            page_unfold(page);
    }
}
