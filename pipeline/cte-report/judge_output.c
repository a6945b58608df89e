#include "pipeline/cte-report/judge_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/shown.h"
#include "codetables/base/text.h"
#include "codetables/model/layout.h"
#include "pipeline/run/run_folder.h"

/* ---- tables ---- */

/* The one table of a kind that the run used (and of an identifier, where that is not NULL); NULL
 * where there is none, or several versions. */
static const struct fact_table *find_used(const struct told_run *run, const char *kind,
                                          const char *id)
{
    const struct fact_table *only = NULL;
    for (size_t i = 0; i < run->table_count; i++) {
        const struct fact_table *table = &run->tables[i];
        if (strcmp(table->kind, kind) != 0 || (id != NULL && strcmp(table->id, id) != 0))
            continue;
        if (only != NULL)
            return NULL;
        only = table;
    }
    return only;
}

/* Whether the file is that table. One that cannot be read is an error: it might be. */
static bool is_file_of(const char *path, const struct fact_table *table, struct cte_error *error)
{
    char hex[DIGEST_HEX] = "", *shown = path_shown(path);
    errno = 0;
    const bool is_read = digest_file(path, hex);
    if (!is_read && errno != ENOENT && errno != ENOTDIR)
        file_fail(shown, "cannot read it", CTE_NO_INPUT, error);
    free(shown);
    return is_read && strcmp(hex, table->sha256) == 0;
}

/* A table, and the schema beside it. */
struct table_paths {
    char *table, *schema; /* NULL: it is nowhere */
};

static struct table_paths find_paths(const struct judge *judge, const struct fact_table *table)
{
    struct table_paths found = {NULL, NULL};
    char *file = table_file(table->kind, table->id, table->version),
         *kept = cte_format("%s/tables", judge->run->folder);
    const char *const folders[] = {kept, judge->told->codetables};
    for (size_t i = 0; i < 2 && found.table == NULL && judge->told->error.status == CTE_OK; i++) {
        char *path = cte_format("%s/%s", folders[i], file);
        if (is_file_of(path, table, &judge->told->error))
            found =
                (struct table_paths){path, cte_format("%s/schema/%s.xsd", folders[i], table->kind)};
        else
            free(path);
    }
    free(kept);
    free(file);
    return found;
}

static void free_paths(struct table_paths *paths)
{
    free(paths->table);
    free(paths->schema);
}

static void load_rules(struct judge *judge)
{
    const struct fact_table *table = find_used(judge->run, "rules", NULL);
    if (table == NULL)
        return;
    struct table_paths paths = find_paths(judge, table);
    if (paths.table != NULL &&
        rules_load(paths.table, paths.schema, &judge->rules, &judge->told->error) == CTE_OK)
        judge->rules_table = table;
    free_paths(&paths);
}

static void load_windows(struct judge *judge)
{
    const char *id = judge->rules_table != NULL ? judge->rules.windows : NULL;
    const struct fact_table *table = id != NULL ? find_used(judge->run, "codeset", id) : NULL;
    if (table == NULL)
        return;
    struct table_paths paths = find_paths(judge, table);
    if (paths.table != NULL && codeset_load(paths.table, paths.schema, &judge->calendar.windows,
                                            &judge->told->error) == CTE_OK) {
        judge->calendar.is_known = true;
        judge->windows_table = table;
    }
    free_paths(&paths);
}

int open_judge(struct judge *judge, struct told *told, const struct told_run *run)
{
    const char *as_of = manifest_option(&run->manifest, "as-of");
    *judge = (struct judge){.told = told, .run = run};
    judge->calendar.as_of = as_of != NULL ? read_day(as_of) : DAY_NONE;
    load_rules(judge);
    if (told->error.status == CTE_OK)
        load_windows(judge);
    return told->error.status;
}

void close_judge(struct judge *judge)
{
    if (judge->calendar.is_known)
        codeset_free(&judge->calendar.windows);
    if (judge->rules_table != NULL)
        rules_free(&judge->rules);
    judge->calendar.is_known = false;
    judge->rules_table = judge->windows_table = NULL;
}

/* ---- what CALPADS has no form for ---- */

/* The draft that a layout is; NULL where it was published. */
static const struct fact_table *find_draft(const struct told_run *run, const char *layout)
{
    const size_t length = strcspn(layout, "@");
    for (size_t i = 0; i < run->table_count; i++) {
        const struct fact_table *table = &run->tables[i];
        if (strcmp(table->kind, "layout") == 0 && strlen(table->id) == length &&
            memcmp(table->id, layout, length) == 0 && strcmp(table->status, "draft") == 0)
            return table;
    }
    return NULL;
}

/* Whether records of the same type have as many fields in a layout that was published. */
static bool has_published_form(const struct told_run *run, const struct account *account,
                               const struct fact_kind *made)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        if (strcmp(kind->type, made->type) == 0 && kind->fields == made->fields &&
            find_draft(run, kind->layout) == NULL)
            return true;
    }
    return false;
}

/* The layout of an output that no agency has published and that has other fields than any that was;
 * NULL where CALPADS knows the form of the output. */
static const struct fact_table *find_draft_layout(const struct told_run *run,
                                                  const struct account *account)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        const struct fact_table *draft = find_draft(run, kind->layout);
        if (draft != NULL && !has_published_form(run, account, kind))
            return draft;
    }
    return NULL;
}

static bool has_rejected_form(const struct account *account)
{
    for (const struct fact_kind *kind = account_first(account, FACT_KIND); kind != NULL;
         kind = account_next(account, FACT_KIND, kind)) {
        if (strcmp(kind->form, FORM_REJECTED) == 0)
            return true;
    }
    return false;
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
static const char *why_in_years(const struct judge *judge, const struct rule *rule,
                                const struct account *account)
{
    if (judge->calendar.as_of != DAY_NONE || rule->dated_count == 0)
        return why_in_doubt(rule, judge->calendar.as_of);
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

/* Those that CALPADS may refuse by come first; how many they are. */
static size_t keep_doubtful(const struct judge *judge, const struct account *account,
                            struct doubt *doubts, size_t count)
{
    size_t kept = 0;
    for (size_t d = 0; d < count; d++) {
        doubts[d].why = why_in_years(judge, doubts[d].rule, account);
        if (doubts[d].why != NULL)
            doubts[kept++] = doubts[d];
    }
    return kept;
}

static void find_doubts(const struct judge *judge, const struct account *account,
                        struct judgement *judgement)
{
    struct doubt *doubts = cte_alloc((account_count(account, FACT_BREACH) + 1) * sizeof *doubts);
    size_t count = 0;
    for (const struct fact_breach *breach = account_first(account, FACT_BREACH); breach != NULL;
         breach = account_next(account, FACT_BREACH, breach)) {
        const struct rule *rule =
            breach->severity == SEVERITY_WARNS ? rule_of_breach(&judge->rules, breach) : NULL;
        size_t d = 0;
        while (rule != NULL && d < count && strcmp(doubts[d].rule->id, rule->id) != 0)
            d++;
        if (rule != NULL && d == count)
            doubts[count++] = (struct doubt){rule, NULL, breach->lines, 0};
        if (rule != NULL)
            doubts[d].records += breach->records;
    }
    judgement->doubts = doubts;
    judgement->doubt_count = keep_doubtful(judge, account, doubts, count);
}

/* ---- judging ---- */

struct judgement judge_output(const struct judge *judge, const struct account *account)
{
    struct judgement judgement = {.draft_layout = find_draft_layout(judge->run, account),
                                  .is_of_rejected = has_rejected_form(account)};
    const bool has_rules = judge->rules_table != NULL;
    if (has_rules)
        find_doubts(judge, account, &judgement);
    judgement.answer = judgement.draft_layout != NULL || judgement.is_of_rejected ? ANSWER_NO
                       : judgement.doubt_count > 0 || !has_rules                  ? ANSWER_UNKNOWN
                                                                                  : ANSWER_YES;
    return judgement;
}

void free_judgement(struct judgement *judgement)
{
    free(judgement->doubts);
    *judgement = (struct judgement){.doubts = NULL};
}

char *name_reasons(const struct judge *judge, const struct judgement *judgement,
                   void (*more)(struct text *text, const struct doubt *doubt, const void *context),
                   const void *context)
{
    struct text why = {0};
    if (judgement->draft_layout != NULL)
        text_format(&why, "its layout %s is a draft; CALPADS has no such layout",
                    judgement->draft_layout->id);
    if (judgement->is_of_rejected)
        text_join(&why, "; ",
                  "its source is a file of Rejected Records, which has only what CALPADS refused, "
                  "and CALPADS deletes what a replacement file leaves out: correct the records "
                  "where they were entered, and export all of them again");
    if (judge->rules_table == NULL)
        text_join(&why, "; ", "the rules of its run are not there to be asked");
    for (size_t i = 0; i < judgement->doubt_count; i++) {
        const struct doubt *doubt = &judgement->doubts[i];
        text_join(&why, "; ", doubt->rule->id);
        text_format(&why, ": %s", doubt->why);
        if (more != NULL)
            more(&why, doubt, context);
    }
    if (why.length == 0)
        text_add(&why, "no finding of a rule that refuses, or may refuse");
    return text_take(&why);
}
