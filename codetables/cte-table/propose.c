/* propose: what other tables say of codes that nobody has decided.
 *
 * An evidence table leads from the codes in question to codes of a classification (occupations,
 * programmes); a table to go through leads from these to the targets. For each code the targets are
 * counted. However many point one way, a row is undecided and a target a choice: a count is no
 * decision. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/draft.h"
#include "codetables/cte-table/propose.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* A target and the evidence for it: codes of each evidence table. */
struct candidate {
    struct targets to;
    struct text codes[MAX_TABLES];
    size_t counts[MAX_TABLES], total;
};

struct open_code {
    struct candidate *list;
    size_t count, room;
    size_t asked[MAX_TABLES]; /* how many codes the evidence names */
    struct text unknown;      /* those that lead nowhere */
};

static void free_open_code(struct open_code *asked)
{
    for (size_t i = 0; i < asked->count; i++) {
        for (size_t e = 0; e < MAX_TABLES; e++)
            text_free(&asked->list[i].codes[e]);
    }
    text_free(&asked->unknown);
    free(asked->list);
    free(asked);
}

static void add_word(struct text *text, const char *word, const char *more)
{
    text_join(text, " ", word);
    text_add(text, more);
}

static bool same_targets(const struct targets *a, const struct targets *b, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) {
        if ((a->code[o] == NULL) != (b->code[o] == NULL) ||
            (a->code[o] != NULL && strcmp(a->code[o], b->code[o]) != 0))
            return false;
    }
    return true;
}

/* A code that a table of evidence names. */
struct evidence_code {
    size_t table;
    const char *code;
    bool has_one_target;
};

static void count_target(const struct proposing *proposing, struct open_code *asked,
                         const struct evidence_code *evidence, const struct targets *to)
{
    size_t outputs = proposing->through[0].map->output_count, i = 0;
    while (i < asked->count && !same_targets(&asked->list[i].to, to, outputs))
        i++;
    if (i == asked->count) {
        GROW(asked->list, asked->count, asked->room);
        asked->list[asked->count++] = (struct candidate){.to = *to};
    }
    struct candidate *candidate = &asked->list[i];
    candidate->counts[evidence->table]++;
    candidate->total++;
    add_word(&candidate->codes[evidence->table], evidence->code,
             evidence->has_one_target ? "!" : "");
}

/* One code of the evidence: what the table to go through makes of it. */
static void count_targets(const struct proposing *proposing, struct open_code *asked, size_t table,
                          const char *code)
{
    const struct crosswalk_row *row =
        crosswalk_lookup(proposing->through[table].map, code, strlen(code), proposing->year);
    asked->asked[table]++;
    if (row == NULL || (row->choice_count == 0 && row->to.code[0] == NULL)) {
        add_word(&asked->unknown, code, "");
        return;
    }
    const struct evidence_code evidence = {table, code, row->choice_count == 0};
    if (evidence.has_one_target)
        count_target(proposing, asked, &evidence, &row->to);
    for (size_t c = 0; c < row->choice_count; c++)
        count_target(proposing, asked, &evidence, &row->choices[c].to);
}

static void count_evidence(const struct proposing *proposing, struct open_code *asked, size_t table,
                           const char *code)
{
    const struct crosswalk_row *row =
        crosswalk_lookup(proposing->evidence[table].map, code, strlen(code), proposing->year);
    if (row == NULL)
        return;
    if (row->choice_count == 0 && row->to.code[0] != NULL)
        count_targets(proposing, asked, table, row->to.code[0]);
    for (size_t c = 0; c < row->choice_count; c++) {
        if (row->choices[c].to.code[0] != NULL) /* of other outputs alone: no way leads on */
            count_targets(proposing, asked, table, row->choices[c].to.code[0]);
    }
}

static char *format_targets(const struct proposing *proposing, const struct targets *to)
{
    struct text text = {0};
    for (size_t o = 0; o < proposing->through[0].map->output_count; o++)
        add_word(&text, to->code[o] != NULL ? to->code[o] : "-", "");
    return text_take(&text);
}

/* Most evidence first; among equals the order of their codes, so that the same tables give the same
 * bytes. */
static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    for (size_t o = 0; o < CROSSWALK_MAX_OUTPUTS; o++) {
        int order = strcmp(x->to.code[o] != NULL ? x->to.code[o] : "",
                           y->to.code[o] != NULL ? y->to.code[o] : "");
        if (order != 0)
            return order;
    }
    return 0;
}

/* "2 of 3 cip-2020: 01.0101! 01.0102; 1 of 1 soc-2018: 11-1011" */
static char *format_evidence(const struct proposing *proposing, const struct open_code *asked,
                             const struct candidate *candidate)
{
    struct text text = {0};
    for (size_t e = 0; e < proposing->evidence_count; e++) {
        if (asked->asked[e] == 0)
            continue;
        text_join(&text, "; ", "");
        text_format(&text, "%zu of %zu %s%s%s", candidate->counts[e], asked->asked[e],
                    proposing->evidence[e].map->outputs[0].code_set,
                    candidate->counts[e] > 0 ? ": " : "",
                    candidate->counts[e] > 0 ? text_string(&candidate->codes[e]) : "");
    }
    return text_take(&text);
}

static void put_number(struct proposing *proposing, xmlNodePtr node)
{
    char *text = cte_format("%u", ++proposing->n);
    draft_put(node, "n", text);
    free(text);
}

static void put_row(struct proposing *proposing, xmlNodePtr map, const struct code *code,
                    struct open_code *asked)
{
    if (asked->count > 1)
        qsort(asked->list, asked->count, sizeof *asked->list, compare_candidates);
    xmlNodePtr row = draft_add(map, "row");
    put_number(proposing, row);
    draft_put(row, "code", code->value);
    draft_put(row, "kind", "undecided");
    draft_put(row, "name", code->name);
    draft_put(row, "basis", "a proposal: counts of evidence, and nobody's decision");
    char *note = asked->unknown.length > 0
                     ? cte_format("leads nowhere: %s", text_string(&asked->unknown))
                     : NULL;
    draft_put(row, "note", note);
    free(note);
    for (size_t i = 0; i < asked->count; i++) {
        xmlNodePtr choice = draft_add(row, "choice");
        char *to = format_targets(proposing, &asked->list[i].to),
             *basis = format_evidence(proposing, asked, &asked->list[i]);
        put_number(proposing, choice);
        draft_put(choice, "to", to);
        draft_put(choice, "role", "alternative");
        draft_put(choice, "basis", basis);
        free(to);
        free(basis);
    }
    proposing->rows++;
}

/* A code is open when the official table has no row for it in the year, or one that leaves it
 * undecided. */
static bool is_open(const struct proposing *proposing, const struct code *code)
{
    if (code->first > proposing->year || code->last < proposing->year)
        return false;
    const struct crosswalk_row *row =
        proposing->official != NULL
            ? crosswalk_lookup(proposing->official, code->value, code->length, proposing->year)
            : NULL;
    return row == NULL || row->kind == ROW_UNDECIDED;
}

static void put_rows(struct proposing *proposing, xmlNodePtr map)
{
    const struct codeset *set = proposing->evidence[0].map->set;
    for (size_t i = 0; i < set->code_count; i++) {
        const struct code *code = &set->codes[i];
        if (!is_open(proposing, code))
            continue;
        bool repeated = false;
        for (const struct code *other = codeset_find(set, code->value, code->length);
             other != code && !repeated; other = other->same)
            repeated = is_open(proposing, other);
        struct open_code *asked = cte_zalloc(1, sizeof *asked);
        for (size_t e = 0; e < proposing->evidence_count && !repeated; e++)
            count_evidence(proposing, asked, e, code->value);
        if (asked->count > 0 || asked->unknown.length > 0)
            put_row(proposing, map, code, asked);
        else if (!repeated)
            text_format(&proposing->said, "%s %s: no evidence\n", code->value, code->name);
        free_open_code(asked);
    }
}

static int put_head(struct proposing *proposing, xmlNodePtr root, struct cte_error *error)
{
    struct plan *plan = &proposing->plan;
    const char *title, *date;
    if (draft_identity(root, plan, error) != CTE_OK ||
        plan_need(plan, "title", &title, error) != CTE_OK ||
        plan_need(plan, "date", &date, error) != CTE_OK)
        return error->status;
    draft_text(draft_add(root, "title"), title);
    for (size_t i = 0; i < 2 * proposing->evidence_count; i++) {
        const struct loaded_map *way =
            i % 2 == 0 ? &proposing->evidence[i / 2] : &proposing->through[i / 2];
        const struct table_identity *identity = &way->crosswalk->identity;
        char *file = cte_format("crosswalks/%s-%s.xml", identity->id, identity->version);
        draft_put_source(
            root, &(struct draft_source){file, identity->title, date, identity->sha256}, error);
        free(file);
    }
    draft_text(
        draft_add(root, "note"),
        "Proposals, made by counting evidence; no row decides anything. An exclamation mark after "
        "a code means that it "
        "has this target only. The sources are code tables, each with the day of this proposal.");
    return error->status;
}

static xmlNodePtr put_map(const struct proposing *proposing, xmlNodePtr root)
{
    xmlNodePtr map = draft_add(root, "map");
    const struct crosswalk_map *outputs = proposing->through[0].map;
    draft_put(map, "id", proposing->evidence[0].map->id);
    draft_put(map, "from", proposing->evidence[0].map->from);
    draft_put(map, "unlisted", "hold");
    for (size_t o = 0; o < outputs->output_count; o++) {
        xmlNodePtr output = draft_add(map, "output");
        draft_put(output, "id", outputs->outputs[o].id);
        draft_put(output, "code-set", outputs->outputs[o].code_set);
    }
    return map;
}

static int read_year(struct proposing *proposing, struct cte_error *error)
{
    const char *year = plan_get(&proposing->plan, "year");
    proposing->year = year != NULL ? academic_year(year, strlen(year)) : YEAR_LAST;
    return proposing->year != YEAR_NONE
               ? CTE_OK
               : cte_fail(error, CTE_USAGE, "year = %s: is an academic year, CCYY-CCYY", year);
}

/* Makes the table, and says what was made. */
static int propose_table(struct proposing *proposing, struct draft *draft, struct cte_error *error)
{
    const struct request *request = proposing->request;
    xmlNodePtr root = draft_new("crosswalk");
    int status = plan_read(request, &proposing->plan, error);
    if (status == CTE_OK)
        status = tables_open(&proposing->tables, request->program->codetables, error);
    if (status == CTE_OK)
        status = read_year(proposing, error);
    if (status == CTE_OK && (status = load_evidence(proposing, error)) == CTE_OK &&
        (status = load_through(proposing, error)) == CTE_OK &&
        (status = load_official(proposing, error)) == CTE_OK)
        status = put_head(proposing, root, error);
    xmlNodePtr map = status == CTE_OK ? put_map(proposing, root) : NULL;
    if (status == CTE_OK &&
        (status = draft_target(root, &proposing->plan, &proposing->tables, &proposing->said,
                               error)) == CTE_OK &&
        (status = plan_all_used(&proposing->plan, error)) == CTE_OK) {
        put_rows(proposing, map);
        status = draft_write(request, &proposing->tables, root, draft, error);
    }
    xmlFreeDoc(root->doc);
    if (status != CTE_USAGE)
        fputs(text_string(&proposing->said), stdout);
    if (status != CTE_OK)
        return status;
    printf("%s: %zu codes with proposals, and no decision\n", draft->path, proposing->rows);
    return draft_publish(draft, error);
}

int command_propose(const struct request *request)
{
    if (request->operand_count == 0)
        return program_usage(request->program,
                             "propose takes tables of evidence: crosswalks, ID or ID@VERSION");
    struct proposing proposing = {.request = request};
    struct draft draft = {.path = NULL};
    struct cte_error error = {0};
    const int status = propose_table(&proposing, &draft, &error);
    text_free(&proposing.said);
    tables_free(&proposing.tables);
    plan_free(&proposing.plan);
    return status == CTE_OK ? CTE_OK : program_fail(request->program, &error);
}
