/* Whether CALPADS would take each output, as far as the rules here can tell, and in which window.
 *
 * One fatal error refuses a whole file at CALPADS. A record that breaks a rule which is known to be
 * fatal is rejected here and stands in no output. So the answer hangs on what nobody has read:
 * findings that warn here and may refuse there, and rules that need what no file here holds. */
#include "pipeline/cte-report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/cte-report/calendar.h"

enum answer { ANSWER_NO, ANSWER_OPEN, ANSWER_YES, ANSWERS };

static const char *const answers[ANSWERS] = {"No", "Cannot be told",
                                             "Yes, as far as these rules can tell"};

/* The tables that the answer is told by, as the run kept them. */
struct accepting {
    struct report *report;
    size_t outputs[ANSWERS]; /* how many have this answer */
    struct rules rules;
    struct calendar calendar;
};

/* ---- tables ---- */

/* The one table of a kind that had a part in the runs (and of an identifier, where that is not
 * NULL); NULL where there is none, or several versions. */
static const struct told_table *find_kept(const struct told *told, const char *kind, const char *id)
{
    const struct told_table *only = NULL;
    for (size_t i = 0; i < told->table_count; i++) {
        const struct told_table *table = &told->tables[i];
        if (strcmp(table->table.kind, kind) != 0 || table->file == NULL ||
            (id != NULL && strcmp(table->table.id, id) != 0))
            continue;
        if (only != NULL)
            return NULL;
        only = table;
    }
    return only;
}

static char *kept_path(const struct told_table *table)
{
    return cte_format("%s/tables/%s", table->run->folder, table->file);
}

static char *kept_schema(const struct told_table *table)
{
    return cte_format("%s/tables/schema/%s.xsd", table->run->folder, table->table.kind);
}

/* False where the runs kept no table of rules, or several. */
static bool load_rules(struct accepting *accepting)
{
    struct told *told = accepting->report->told;
    const struct told_table *table = find_kept(told, "rules", NULL);
    if (table == NULL)
        return false;
    char *path = kept_path(table), *schema = kept_schema(table);
    rules_load(path, schema, &accepting->rules, &told->error);
    free(path);
    free(schema);
    return told->error.status == CTE_OK;
}

static void load_windows(struct accepting *accepting)
{
    struct told *told = accepting->report->told;
    const char *id = accepting->rules.windows;
    const struct told_table *table = id != NULL ? find_kept(told, "codeset", id) : NULL;
    if (table == NULL)
        return;
    char *path = kept_path(table), *schema = kept_schema(table);
    accepting->calendar.is_known =
        codeset_load(path, schema, &accepting->calendar.windows, &told->error) == CTE_OK;
    free(path);
    free(schema);
}

static bool is_draft_layout(const struct told *told, const char *id)
{
    for (size_t i = 0; i < told->table_count; i++) {
        const struct fact_table *table = &told->tables[i].table;
        const size_t length = strcspn(id, "@");
        if (strcmp(table->kind, "layout") == 0 && strlen(table->id) == length &&
            memcmp(table->id, id, length) == 0 && strcmp(table->status, "draft") == 0)
            return true;
    }
    return false;
}

/* How many fields the kind has that records of another came as; its own, where they came so. */
static uint64_t fields_received(const struct account *account, const struct fact_kind *made)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        if (strcmp(kind->reference, made->from) == 0)
            return kind->fields;
    }
    return made->fields;
}

/* The layout of an output that no agency has published and that has other fields than what was
 * received; NULL where CALPADS knows the form of the output. */
static const char *draft_layout(const struct told *told, const struct account *account)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        if (is_draft_layout(told, kind->layout) && fields_received(account, kind) != kind->fields)
            return kind->layout;
    }
    return NULL;
}

/* ---- doubts ---- */

/* Of our own rules, those that are about what CALPADS can read. */
static bool is_about_reading(const struct rule *rule)
{
    return strcmp(rule->check, "order") == 0 || strcmp(rule->check, "quoted-output") == 0;
}

/* Why CALPADS may refuse a record whose breach of the rule only warns here; NULL: it does not. */
static const char *why_in_doubt(const struct rule *rule, int day)
{
    const struct known_severity known = rule_on(rule, day);
    if (known.basis == BASIS_OWN)
        return is_about_reading(rule) ? "CALPADS may not read it so" : NULL;
    if (known.severity == SEVERITY_REFUSES)
        return !basis_may_refuse(known.basis) ? "that it refuses was not read but assumed"
               : rule->partial ? "it refuses, and files show only a part of what it looks at"
                               : "it refuses, and what it rests on here was not read, or is a list "
                                 "that may not be whole";
    return known.severity == SEVERITY_WARNS && !basis_may_refuse(known.basis)
               ? "whether it refuses was not read"
               : NULL;
}

/* Why CALPADS may refuse by it in one of the years of an output. */
static const char *why_in_years(const struct accepting *accepting, const struct rule *rule,
                                const struct account *account)
{
    if (accepting->calendar.as_of != DAY_NONE || rule->dated_count == 0)
        return why_in_doubt(rule, accepting->calendar.as_of);
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        const int year = academic_year(school->year, strlen(school->year));
        const char *why = year != YEAR_NONE ? why_in_doubt(rule, last_day_of_year(year)) : NULL;
        if (why != NULL)
            return why;
    }
    return NULL;
}

/* The rule of a breach that warns. One identifier may have several; the one that looks at what a
 * file shows in part warns, and is meant. */
static const struct rule *rule_of_breach(const struct rules *rules,
                                         const struct fact_breach *breach)
{
    const struct rule *first = NULL;
    for (size_t i = 0; i < rules->rule_count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (strcmp(rule->id, breach->rule) != 0 ||
            (breach->type[0] != '\0' && !rule_covers(rule, breach->type)))
            continue;
        if (!rule_always_refuses(rule))
            return rule;
        if (first == NULL)
            first = rule;
    }
    return first;
}

/* What is in doubt of one rule, over the schools of a source. */
struct doubt {
    const struct rule *rule;
    const char *why, *lines;
    uint64_t records;
};

/* Those that CALPADS may refuse by come first; how many they are. */
static size_t keep_doubtful(const struct accepting *accepting, const struct account *account,
                            struct doubt *doubts, size_t count)
{
    size_t kept = 0;
    for (size_t d = 0; d < count; d++) {
        doubts[d].why = why_in_years(accepting, doubts[d].rule, account);
        if (doubts[d].why != NULL)
            doubts[kept++] = doubts[d];
    }
    return kept;
}

/* Doubts by rule; to be freed. */
static struct doubt *find_doubts(const struct accepting *accepting, const struct account *account,
                                 size_t *count)
{
    struct doubt *doubts = cte_alloc((account_count(account, FACT_BREACH) + 1) * sizeof *doubts);
    *count = 0;
    for (const struct fact_breach *breach = account_first(account, FACT_BREACH); breach != NULL;
         breach = account_next(account, FACT_BREACH, breach)) {
        const struct rule *rule =
            breach->severity == SEVERITY_WARNS ? rule_of_breach(&accepting->rules, breach) : NULL;
        size_t d = 0;
        while (rule != NULL && d < *count && strcmp(doubts[d].rule->id, rule->id) != 0)
            d++;
        if (rule != NULL && d == *count)
            doubts[(*count)++] = (struct doubt){rule, NULL, breach->lines, 0};
        if (rule != NULL)
            doubts[d].records += breach->records;
    }
    *count = keep_doubtful(accepting, account, doubts, *count);
    return doubts;
}

/* ---- the page ---- */

static void add_doubt(struct text *why, const struct report *report,
                      const struct told_source *source, const struct doubt *doubt)
{
    const bool is_more = source->sums[SUM_REJECTED] + source->sums[SUM_HELD] > 0;
    text_format(why, "%s%s: %s", why->length > 0 ? "; " : "", doubt->rule->id, doubt->why);
    if (report->hides)
        return;
    text_format(why, " (%s%" PRIu64 " record%s", is_more ? "up to " : "", doubt->records,
                doubt->records == 1 ? "" : "s");
    if (doubt->lines[0] != '\0')
        text_format(why, ", first lines %s", doubt->lines);
    text_add(why, ")");
}

static void put_answer(struct accepting *accepting, struct page_table *table,
                       const struct told_source *source)
{
    const struct report *report = accepting->report;
    const struct account *account = source->account;
    const char *layout = draft_layout(report->told, account);
    size_t count;
    struct doubt *doubts = find_doubts(accepting, account, &count);
    struct text why = {0};
    if (layout != NULL)
        text_format(&why, "its layout %s is a draft; CALPADS has no such layout", layout);
    for (size_t i = 0; i < count; i++)
        add_doubt(&why, report, source, &doubts[i]);
    if (why.length == 0)
        text_add(&why, "no finding of a rule that refuses, or may refuse");
    char *windows = name_windows(&accepting->calendar, account);
    page_cell_text(table, source->converted);
    const enum answer answer = layout != NULL ? ANSWER_NO : count > 0 ? ANSWER_OPEN : ANSWER_YES;
    accepting->outputs[answer]++;
    page_cell_text(table, answers[answer]);
    page_cell_text(table, text_string(&why));
    page_cell_text(table, windows);
    free(windows);
    free(doubts);
    text_free(&why);
}

/* Whether records of a type are in an output. */
static bool has_output_of(const struct told *told, const struct rule *rule)
{
    for (size_t s = 0; s < told->source_count; s++) {
        const struct account *account = told->sources[s].account;
        for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
             school = account_next(account, FACT_SCHOOL, school)) {
            if (school->written > 0 && school->type[0] != '\0' && rule_covers(rule, school->type))
                return true;
        }
    }
    return false;
}

/* Rules that are never looked at here, because they need what no file holds. */
static void put_never_looked_at(const struct accepting *accepting)
{
    static const char *const columns[] = {"!Rule", "What it means", "It needs"};
    struct page *page = &accepting->report->page;
    struct page_table table = {.caption = "Rules of CALPADS that need other data, and are never "
                                          "looked at here",
                               .columns = columns,
                               .column_count = 3};
    for (size_t i = 0; i < accepting->rules.rule_count; i++) {
        const struct rule *rule = &accepting->rules.rules[i];
        if (rule->kind != RULE_NONE || !has_output_of(accepting->report->told, rule))
            continue;
        page_cell_text(&table, rule->id);
        page_cell_text(&table, rule->message);
        page_cell_text(&table, rule->needs);
    }
    if (table.cell_count == 0)
        return;
    page_fold(page, table.caption);
    page_put_table(page, &table);
    page_unfold(page);
}

/* What the answers come to, so that the page says it before it tells of each output. */
static void put_answers(const struct accepting *accepting, struct page_table *table)
{
    struct page *page = &accepting->report->page;
    struct text summary = {0};
    text_format(&summary, "%s", table->caption);
    for (size_t a = 0; a < ANSWERS; a++) {
        if (accepting->outputs[a] > 0)
            text_format(&summary, " %s: %zu.", answers[a], accepting->outputs[a]);
    }
    page_fold(page, text_string(&summary));
    page_paragraph(page, NULL,
                   "One fatal error makes CALPADS refuse a whole file. Records that break a "
                   "rule known to be fatal are rejected here and stand in no output. What "
                   "nobody has read, or what needs other data, stands below.");
    page_put_table(page, table);
    page_unfold(page);
    put_never_looked_at(accepting);
    text_free(&summary);
}

void report_put_accepted(struct report *report)
{
    static const char *const columns[] = {"!Output", "Would CALPADS take it?", "Why", "Collection"};
    struct told *told = report->told;
    struct accepting accepting = {.report = report};
    const char *as_of =
        told->telling == TELLS_ONE ? manifest_option(&told->runs[0].manifest, "as-of") : NULL;
    struct page_table table = {
        .caption = "Would CALPADS take each output?", .columns = columns, .column_count = 4};
    if (told->is_brief || !load_rules(&accepting))
        return;
    load_windows(&accepting);
    accepting.calendar.as_of = as_of != NULL ? read_day(as_of) : DAY_NONE;
    for (size_t s = 0; s < told->source_count; s++) {
        if (source_is_read(&told->sources[s]) && told->sources[s].converted != NULL)
            put_answer(&accepting, &table, &told->sources[s]);
    }
    if (table.cell_count > 0)
        put_answers(&accepting, &table);
    if (accepting.calendar.is_known)
        codeset_free(&accepting.calendar.windows);
    rules_free(&accepting.rules);
}
