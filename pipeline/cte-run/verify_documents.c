/* The documents of a run, made anew from its manifest, its roll-up cells, its questions and its
 * tables, and held against those there. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/cte-run/report.h"
#include "pipeline/cte-run/kept_tables.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/cte-run/verify.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* A run as its manifest tells it, with what is needed to draw it. */
struct redrawing {
    struct run run;
    struct program program;
    struct verifying *verifying;
    struct run_rollup *filling; /* whose cells are read */
    unsigned long long odd;     /* rows that make no sense */
};

/* ---- from the manifest ---- */

/* An element of the manifest as the line of the summary that it was made from. */
static void take_element(struct run_source *source, xmlNodePtr node)
{
    enum { FIELDS = 16 };
    const char *word = (const char *)node->name;
    const char *const *attributes = manifest_attributes(word);
    if (attributes == NULL)
        return;
    source->lines = cte_realloc(source->lines, (source->line_count + 1) * sizeof *source->lines);
    struct summary_line *line = &source->lines[source->line_count++];
    *line = (struct summary_line){.word = cte_strdup(word),
                                  .fields = cte_zalloc(FIELDS, sizeof *line->fields)};
    for (size_t i = 0; i < FIELDS; i++) {
        const bool is_told = i < 10 && line->count == i && attributes[i] != NULL;
        line->count += is_told;
        line->fields[i] = is_told && attributes[i][0] != '\0'
                              ? attribute_or(node, attributes[i], "")
                              : cte_strdup("");
    }
}

static void take_source(struct run_source *source, xmlNodePtr node)
{
    char *status = attribute_or(node, "status", "");
    xmlNodePtr sums = first_element(node, "sums");
    source->name = attribute_or(node, "name", "");
    source->shown = attribute_or(node, "file", "");
    source->path = path_from_shown(source->shown);
    source->status = (int)attribute_count(node, "exit");
    if (sums != NULL) {
        source->read = attribute_count(sums, "read");
        source->written = attribute_count(sums, "written");
        source->merged = attribute_count(sums, "merged");
        source->rejected = attribute_count(sums, "rejected");
        source->held = attribute_count(sums, "held");
    }
    source->incomplete = source->written < source->read;
    source->shrunk = strcmp(status, "incomplete") == 0;
    for (xmlNodePtr child = node->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (strcmp((const char *)child->name, "message") == 0) {
            char *text = element_text(child), *line = cte_format("%s\n", text != NULL ? text : "");
            add_message(source, line);
            free(line);
            free(text);
        } else {
            take_element(source, child);
        }
    }
    free(status);
}

static void take_table(struct run *run, xmlNodePtr node)
{
    char *id = attribute_or(node, "id", "");
    /* That of decisions is their path. */
    note_table(run, &(struct used_table){.kind = attribute_or(node, "kind", ""),
                                         .id = path_from_shown(id),
                                         .version = attribute_or(node, "version", ""),
                                         .status = attribute_or(node, "status", ""),
                                         .sha256 = attribute_or(node, "sha256", "")});
    free(id);
}

static void take_shrunk(struct run *run, xmlNodePtr node)
{
    run->shrunk = cte_realloc(run->shrunk, (run->shrunk_count + 1) * sizeof *run->shrunk);
    run->shrunk[run->shrunk_count++] =
        (struct shrunk){.type = attribute_or(node, "type", ""),
                        .lea = attribute_or(node, "lea", ""),
                        .year = attribute_or(node, "year", ""),
                        .run = attribute_or(node, "run", ""),
                        .schools = attribute_or(node, "schools", ""),
                        .now = attribute_count(node, "records"),
                        .before = attribute_count(node, "before"),
                        .is_moved_on = attribute(node, "moved-on") != NULL};
}

static size_t source_of(const struct run *run, const char *name)
{
    size_t i = 0;
    while (i + 1 < run->source_count && strcmp(run->sources[i].name, name) != 0)
        i++;
    return i;
}

static void take_overlap_element(struct run *run, xmlNodePtr node, unsigned long number)
{
    for (xmlNodePtr in = first_element(node, "in"); in != NULL && run->source_count > 0;
         in = next_element(in, "in")) {
        char *name = attribute_or(in, "source", "");
        run->overlaps =
            cte_realloc(run->overlaps, (run->overlap_count + 1) * sizeof *run->overlaps);
        run->overlaps[run->overlap_count++] =
            (struct overlap){.number = number,
                             .type = attribute_or(node, "type", ""),
                             .values = attribute_or(node, "replaces", ""),
                             .source = source_of(run, name),
                             .records = attribute_count(in, "records")};
        free(name);
    }
}

static void take_unused(struct run *run, xmlNodePtr node)
{
    run->unused = cte_realloc(run->unused, (run->unused_count + 1) * sizeof *run->unused);
    run->unused[run->unused_count++] =
        (struct unused){attribute_or(node, "what", ""), attribute_or(node, "text", "")};
}

static void take_manifest(struct run *run, xmlNodePtr root)
{
    char *started = attribute_or(root, "started", "");
    run->id = attribute_or(root, "id", "");
    snprintf(run->started, sizeof run->started, "%s", started);
    free(started);
    run->sources = cte_zalloc(count_elements(root, "source") + 1, sizeof *run->sources);
    for (xmlNodePtr source = first_element(root, "source"); source != NULL;
         source = next_element(source, "source")) {
        take_source(&run->sources[run->source_count++], source);
        for (xmlNodePtr table = first_element(source, "table"); table != NULL;
             table = next_element(table, "table"))
            take_table(run, table);
    }
    for (xmlNodePtr table = first_element(root, "table"); table != NULL;
         table = next_element(table, "table"))
        take_table(run, table);
    for (xmlNodePtr option = first_element(root, "option"); option != NULL;
         option = next_element(option, "option")) {
        char *name = attribute_or(option, "name", "");
        if (policy_find(name) != NULL)
            policy_set(&run->policy, policy_find(name), attribute_or(option, "value", ""));
        free(name);
    }
    for (xmlNodePtr node = first_element(root, "shrunk"); node != NULL;
         node = next_element(node, "shrunk"))
        take_shrunk(run, node);
    unsigned long number = 0;
    for (xmlNodePtr node = first_element(root, "overlap"); node != NULL;
         node = next_element(node, "overlap"))
        take_overlap_element(run, node, ++number);
    for (xmlNodePtr node = first_element(root, "unused"); node != NULL;
         node = next_element(node, "unused"))
        take_unused(run, node);
}

/* ---- from the questions and the roll-ups ---- */

/* A row of decisions-needed.csv as a line of the summary. To whom the question was put does not
 * matter. */
static void take_question(void *context, char *const *cells)
{
    enum { CELL_RECORDS = 10, CELL_CHOICES = 11, ASKED = 6 };
    struct redrawing *redrawing = context;
    struct run_source *source = &redrawing->run.sources[0];
    source->lines = cte_realloc(source->lines, (source->line_count + 1) * sizeof *source->lines);
    struct summary_line *line = &source->lines[source->line_count++];
    *line = (struct summary_line){.word = cte_strdup("needed"),
                                  .fields = cte_zalloc(ASKED + 3, sizeof *line->fields),
                                  .count = ASKED + 2};
    line->fields[0] = cte_strdup(cells[CELL_RECORDS]);
    for (size_t i = 0; i < ASKED; i++)
        line->fields[1 + i] = cte_strdup(cells[i]);
    line->fields[ASKED + 1] = cte_strdup(cells[CELL_CHOICES]);
}

/* The state of records by what the file says became of them; what is none of these words is why a
 * course gave no code. */
static char state_of(struct run_rollup *rollup, const char *outcome, const char **course)
{
    static const struct {
        const char *word;
        char state;
    } states[] = {{"Written", 'R'}, {"Held", 'H'}, {"Rejected", 'X'}, {"Merged", 'M'}};
    *course = "";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(outcome, states[i].word) == 0)
            return states[i].state;
    }
    *course = keep_text(rollup, outcome);
    return 'R';
}

static void take_cell(void *context, char *const *cells)
{
    struct redrawing *redrawing = context;
    struct run_rollup *rollup = redrawing->filling;
    const struct rollup *told = rollup->rollup;
    const char *const *by = (const char *const *)cells + 3, *const *before =
                                                                by + 2 * told->by_count + 2;
    const char *const *after = before + 2, *const *last = after + 2 * told->after_count;
    struct rollup_cell *cell = add_rollup_cell(rollup);
    *cell = (struct rollup_cell){.year = keep_text(rollup, cells[0]),
                                 .lea = keep_text(rollup, cells[1]),
                                 .school = keep_text(rollup, cells[2]),
                                 .before = keep_text(rollup, before[0]),
                                 .local = ""};
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        cell->by[b] = b < told->by_count ? keep_text(rollup, by[2 * b]) : "";
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++) {
        const bool is_told = a < told->after_count;
        /* A code of another list has a name alone. */
        cell->after[a] = !is_told ? ""
                         : after[2 * a][0] == '\0' && after[2 * a + 1][0] != '\0'
                             ? unlisted
                             : keep_text(rollup, after[2 * a]);
    }
    cell->state = state_of(rollup, last[0], &cell->course);
    char *end;
    cell->records = strtoull(last[1], &end, 10);
    redrawing->odd += *end != '\0' || last[1][0] == '\0';
}

static struct verifying *asked; /* of the run whose roll-ups are taken */

static bool is_listed(const struct run *run, const struct rollup *rollup)
{
    (void)run;
    char *name = cte_format("rollup-%s.csv", rollup->id);
    const bool is_there = verify_find(asked, name) != NULL;
    free(name);
    return is_there;
}

static bool read_rollups(struct redrawing *redrawing, struct run_rollups *rollups)
{
    struct run *run = &redrawing->run;
    asked = redrawing->verifying;
    if (open_rollups(run, rollups) != CTE_OK || take_rollups(run, rollups, is_listed) != CTE_OK)
        return false;
    for (size_t i = 0; i < rollups->count; i++) {
        const struct rollup *rollup = rollups->items[i].rollup;
        char *name = cte_format("rollup-%s.csv", rollup->id);
        unsigned long long count;
        redrawing->filling = &rollups->items[i];
        redrawing->odd = 0;
        bool good =
            !is_listed(run, rollup) ||
            verify_csv(redrawing->verifying, name, 9 + 2 * (rollup->by_count + rollup->after_count),
                       take_cell, redrawing, &count);
        if (good && redrawing->odd > 0)
            verify_wrong(redrawing->verifying, name, "holds %llu counts that are no numbers",
                         redrawing->odd);
        free(name);
        if (!good || redrawing->odd > 0)
            return false;
    }
    count_rollups(rollups);
    return true;
}

/* ---- and held against what is there ---- */

static void compare_documents(struct redrawing *redrawing)
{
    for (size_t i = 0; i < redrawing->run.kept_count; i++) {
        const struct kept_file *made = &redrawing->run.kept[i];
        const struct listed_file *listed = verify_find(redrawing->verifying, made->name);
        if (listed == NULL)
            verify_wrong(redrawing->verifying, made->name, "is missing: the run makes it");
        else if (strcmp(listed->hash, made->sha256) != 0)
            verify_wrong(redrawing->verifying, made->name,
                         "is not what manifest, roll-ups, questions and tables of the run say: "
                         "made anew, it is another");
    }
}

static void redraw(struct redrawing *redrawing)
{
    static const char questions[] = "decisions-needed.csv";
    struct verifying *verifying = redrawing->verifying;
    struct run *run = &redrawing->run;
    struct run_rollups rollups = {0};
    unsigned long long count;
    const bool has_questions = verify_find(verifying, questions) != NULL;
    if (has_questions && run->source_count == 0)
        return;
    if (has_questions && !verify_csv(verifying, questions, 12, take_question, redrawing, &count))
        return;
    const bool is_read = read_rollups(redrawing, &rollups);
    if (is_read) {
        verify_rollups(verifying, &rollups);
        if (write_needed(run) == CTE_OK && write_reports(run, &rollups) == CTE_OK)
            compare_documents(redrawing);
    }
    free_rollups(&rollups);
    if (is_read && run->error.status != CTE_OK)
        verify_wrong(verifying, "tables", "its documents cannot be made anew from what it kept: %s",
                     run->error.text);
}

void verify_documents(struct verifying *verifying)
{
    struct redrawing redrawing = {.program = *verifying->program, .verifying = verifying};
    struct run *run = &redrawing.run;
    char *version = attribute_or(verifying->root, "version", "");
    redrawing.program.codetables = verifying->tables;
    run->program = &redrawing.program;
    run->folder = (char *)(uintptr_t)verifying->folder;
    run->only_reckons = true;
    take_manifest(run, verifying->root);
    if (strcmp(version, CTE_VERSION) != 0 || verifying->has_other_schemas ||
        run->policy.hide_small) {
        verify_open(verifying, "report.html", "cannot be drawn anew and compared: %s",
                    run->policy.hide_small
                        ? "the run hides small counts, and so keeps no roll-up by cell"
                        : "the run was made by another version of this program");
        for (size_t i = 0; i < verifying->listed_count; i++) {
            const char *slash = strrchr(verifying->listed[i].name, '/'),
                       *name = slash != NULL ? slash + 1 : verifying->listed[i].name;
            verifying->listed[i].is_known =
                verifying->listed[i].is_known || strcmp(name, "report.html") == 0 ||
                strcmp(name, "decisions-needed.csv") == 0 || strncmp(name, "rollup-", 7) == 0;
        }
    } else {
        redraw(&redrawing);
    }
    free(version);
}
