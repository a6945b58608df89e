#include "pipeline/cte-report/uploads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/run_folder.h"

static const char *const answer_words[ANSWERS] = {"no", "unknown", "yes"};

/* The outputs of one run, while they are told. */
struct telling_outputs {
    struct told *told;
    struct uploads *uploads;
    struct output *file;
    bool is_begun;
    struct judge judge;
    struct map types; /* of the records in outputs of the run */
    size_t source;    /* the next one, among all */
};

/* One output. */
struct one_output {
    const struct told_source *source;
    const struct account *account;
    const char *file; /* its name below the run */
    struct judgement judgement;
    char *why, *rules, *drafts;
};

/* ---- what is said of an output ---- */

static void add_records(struct text *text, const struct doubt *doubt, const struct one_output *one)
{
    const bool is_more = one->source->sums[SUM_REJECTED] + one->source->sums[SUM_HELD] > 0;
    text_format(text, " (%s%" PRIu64 " record%s", is_more ? "up to " : "", doubt->records,
                doubt->records == 1 ? "" : "s");
    if (doubt->lines[0] != '\0')
        text_format(text, ", first lines %s", doubt->lines);
    text_add(text, ")");
}

static void add_more(struct text *text, const struct doubt *doubt, const void *context)
{
    add_records(text, doubt, context);
}

/* "CRSC0123: 1; SCTE0199: 2"; where small counts are hidden, the rules alone. To be freed. */
static char *list_rules(const struct judgement *judgement, bool hides)
{
    struct text rules = {0};
    for (size_t i = 0; i < judgement->doubt_count; i++) {
        text_join(&rules, "; ", judgement->doubts[i].rule->id);
        if (!hides)
            text_format(&rules, ": %" PRIu64, judgement->doubts[i].records);
    }
    return text_take(&rules);
}

static void add_draft(struct text *drafts, const struct fact_table *table)
{
    if (table == NULL || strcmp(table->status, "draft") != 0)
        return;
    text_join(drafts, "; ", table->kind);
    text_format(drafts, " %s@%s", table->id, table->version);
}

/* The tables that are drafts: the crosswalks that the run converts by, the layout of the output,
 * and those that it was judged by. To be freed. */
static char *list_drafts(const struct judge *judge, const struct account *account,
                         const struct judgement *judgement)
{
    struct text drafts = {0};
    struct map met = {0}; /* several programs may have used one */
    for (const struct fact_table *table = account_first(account, FACT_TABLE); table != NULL;
         table = account_next(account, FACT_TABLE, table)) {
        if (strcmp(table->kind, "crosswalk") != 0 ||
            !run_converts_by(&judge->run->manifest, table->id))
            continue;
        char *name = cte_format("%s@%s", table->id, table->version);
        const size_t known = met.count;
        if (map_add_string(&met, name) == known)
            add_draft(&drafts, table);
        free(name);
    }
    map_free(&met);
    add_draft(&drafts, judgement->draft_layout);
    add_draft(&drafts, judge->rules_table);
    add_draft(&drafts, judge->windows_table);
    return text_take(&drafts);
}

/* ---- the file ---- */

static const char *const columns[] = {"source",       "output",   "state",     "lea",
                                      "year",         "record",   "records",   "calpads_takes",
                                      "rules",        "why",      "drafts",    "collection",
                                      "no_errors_by", "deadline", "amendment", "note"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static int begin_file(struct telling_outputs *telling)
{
    struct told *told = telling->told;
    struct output *file = telling->file;
    if (telling->is_begun || begin_document(&told->documents, file, "", UPLOADS_FILE) != CTE_OK)
        return told->error.status;
    telling->is_begun = true;
    if (told->telling != TELLS_ONE)
        output_text(file, "run,");
    for (size_t i = 0; i < COLUMNS; i++) {
        output_text(file, columns[i]);
        output_text(file, i + 1 < COLUMNS ? "," : "\r\n");
    }
    return CTE_OK;
}

/* Records of one LEA, year and type in an output; the texts are the account's. */
struct content {
    const char *lea, *year, *type;
    uint64_t records;
};

static const char *property_of(const struct code *window, const char *name)
{
    const char *value = window != NULL ? code_property(window, name) : NULL;
    return value != NULL ? value : "";
}

static void put_row(const struct telling_outputs *telling, const struct one_output *one,
                    const struct content *content, const struct code *window)
{
    struct output *file = telling->file;
    const struct told_source *source = one->source;
    char records[24] = "";
    if (!telling->uploads->hides)
        snprintf(records, sizeof records, "%" PRIu64, content->records);
    const char *const cells[COLUMNS] = {source->name,
                                        one->file,
                                        source_state(source),
                                        content->lea,
                                        content->year,
                                        content->type,
                                        records,
                                        answer_words[one->judgement.answer],
                                        one->rules,
                                        one->why,
                                        one->drafts,
                                        window != NULL ? window->name : "",
                                        property_of(window, WINDOW_NO_ERRORS),
                                        property_of(window, WINDOW_DEADLINE),
                                        property_of(window, WINDOW_AMENDMENT),
                                        property_of(window, WINDOW_NOTE)};
    if (telling->told->telling != TELLS_ONE) {
        output_cell(file, source->run->manifest.id, strlen(source->run->manifest.id));
        output_text(file, ",");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        output_cell(file, cells[i], strlen(cells[i]));
        output_text(file, i + 1 < COLUMNS ? "," : "\r\n");
    }
}

/* What an output holds, in the order in which the account tells it; to be freed. An output of which
 * no place is told has a row, too. */
static struct content *list_contents(const struct account *account, size_t *count)
{
    struct map keys = {0};
    struct content *contents = NULL;
    size_t room = 0;
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        struct text key = {0};
        if (school->written == 0)
            continue;
        text_add_part(&key, school->lea);
        text_add_part(&key, school->year);
        text_add_part(&key, school->type);
        const size_t known = keys.count, number = map_add(&keys, key.bytes, key.length);
        text_free(&key);
        if (number == known) {
            GROW(contents, known, room);
            contents[known] = (struct content){school->lea, school->year, school->type, 0};
        }
        contents[number].records += school->written;
    }
    *count = keys.count;
    map_free(&keys);
    return contents;
}

static void put_rows(struct telling_outputs *telling, const struct one_output *one)
{
    static const struct content nothing = {"", "", "", 0};
    const struct calendar *calendar = &telling->judge.calendar;
    size_t count;
    struct content *contents = list_contents(one->account, &count);
    for (size_t i = 0; i < count; i++) {
        const struct content *content = &contents[i];
        const struct code *window = NULL;
        map_add_string(&telling->types, content->type);
        do {
            const struct code *next = next_window(calendar, content->type, content->year, window);
            if (next != NULL || window == NULL)
                put_row(telling, one, content, next);
            window = next;
        } while (window != NULL);
    }
    if (count == 0)
        put_row(telling, one, &nothing, NULL);
    free(contents);
}

/* ---- each output ---- */

/* Keeps it for the page, where there is room. */
static void keep_shown(struct telling_outputs *telling, const struct one_output *one)
{
    struct uploads *uploads = telling->uploads;
    struct upload_list *list = &uploads->shown[one->judgement.answer];
    const char *run = one->source->run->manifest.id;
    uploads->all++;
    if (list->all++ >= UPLOADS_SHOWN)
        return;
    GROW(list->items, list->count, list->room);
    list->items[list->count++] = (struct upload){
        .output = telling->told->telling == TELLS_MANY ? cte_format("%s/%s", run, one->file)
                                                       : cte_strdup(one->file),
        .why =
            name_reasons(&telling->judge, &one->judgement, uploads->hides ? NULL : add_more, one),
        .windows = name_windows(&telling->judge.calendar, one->account)};
}

static int tell_output(struct telling_outputs *telling, const struct account *account)
{
    struct told *told = telling->told;
    const struct told_source *source = &told->sources[telling->source++];
    const struct fact_file *converted = account_file(account, "converted");
    if (!source_is_read(source) || converted == NULL || begin_file(telling) != CTE_OK)
        return told->error.status;
    struct one_output one = {.source = source,
                             .account = account,
                             .file = converted->name,
                             .judgement = judge_output(&telling->judge, account)};
    one.why = name_reasons(&telling->judge, &one.judgement, NULL, NULL);
    one.rules = list_rules(&one.judgement, telling->uploads->hides);
    one.drafts = list_drafts(&telling->judge, account, &one.judgement);
    put_rows(telling, &one);
    keep_shown(telling, &one);
    free(one.why);
    free(one.rules);
    free(one.drafts);
    free_judgement(&one.judgement);
    return told->error.status;
}

static void take_source(void *context, const struct manifest_source *source)
{
    struct telling_outputs *telling = context;
    const struct told_source *known = &telling->told->sources[telling->source];
    if (strcmp(known->name, source->name) == 0)
        tell_output(telling, source->account);
    else
        cte_fail(&telling->told->error, CTE_BAD_INPUT,
                 "%s/manifest.xml: was changed while it was read", known->run->shown);
}

/* ---- each run ---- */

static bool is_about_outputs(const struct telling_outputs *telling, const struct rule *rule)
{
    for (size_t i = 0; i < telling->types.count; i++) {
        const char *type = map_key(&telling->types, i).at;
        if (type[0] != '\0' && rule_covers(rule, type))
            return true;
    }
    return false;
}

/* Rules that are never looked at here, because they need what no file holds; each once. */
static void list_never_looked_at(struct telling_outputs *telling)
{
    struct uploads *uploads = telling->uploads;
    for (size_t i = 0; telling->judge.rules_table != NULL && i < telling->judge.rules.rule_count;
         i++) {
        const struct rule *rule = &telling->judge.rules.rules[i];
        if (rule->kind != RULE_NONE || !is_about_outputs(telling, rule))
            continue;
        const char *const cells[] = {rule->id, rule->message, rule->needs};
        struct text key = {0};
        for (size_t c = 0; c < 3; c++)
            text_add_part(&key, cells[c]);
        const size_t known = uploads->never_keys.count;
        const bool is_new = map_add(&uploads->never_keys, key.bytes, key.length) == known;
        for (size_t c = 0; c < 3 && is_new; c++)
            page_cell_text(&uploads->never_looked_at, cells[c]);
        text_free(&key);
    }
}

static int tell_run_outputs(struct telling_outputs *telling, const struct told_run *run)
{
    struct told *told = telling->told;
    const size_t end = telling->source + run->manifest.source_count;
    open_judge(&telling->judge, told, run);
    if (told->error.status == CTE_OK && told->is_brief) /* accounts come one after another */
        manifest_each_source(run->folder, &run->manifest, take_source, telling, &told->error);
    while (!told->is_brief && telling->source < end && told->error.status == CTE_OK)
        tell_output(telling, told->sources[telling->source].account);
    if (told->error.status == CTE_OK)
        list_never_looked_at(telling);
    map_free(&telling->types);
    close_judge(&telling->judge);
    return told->error.status;
}

int write_uploads(struct told *told, struct uploads *uploads)
{
    static const char *const titles[] = {"!Rule", "What it means", "It needs"};
    struct output file = {.folder = NULL};
    struct telling_outputs telling = {.told = told, .uploads = uploads, .file = &file};
    uploads->never_looked_at =
        (struct page_table){.caption = "Rules of CALPADS that need other data, and are never "
                                       "looked at here",
                            .columns = titles,
                            .column_count = 3};
    for (size_t i = 0; i < told->run_count && told->error.status == CTE_OK; i++)
        tell_run_outputs(&telling, &told->runs[i]);
    if (telling.is_begun && told->error.status == CTE_OK)
        end_document(&told->documents, &file, "");
    else if (telling.is_begun)
        output_discard(&file);
    return told->error.status;
}

void free_uploads(struct uploads *uploads)
{
    for (size_t a = 0; a < ANSWERS; a++) {
        struct upload_list *list = &uploads->shown[a];
        for (size_t i = 0; i < list->count; i++) {
            free(list->items[i].output);
            free(list->items[i].why);
            free(list->items[i].windows);
        }
        free(list->items);
    }
    page_free_table(&uploads->never_looked_at);
    map_free(&uploads->never_keys);
    *uploads = (struct uploads){.hides = false};
}
