/* The rows of changes and findings, held against what the manifest counts of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/field_sums.h"
#include "pipeline/cte-run/verify.h"
#include "pipeline/run/line_rows.h"
#include "pipeline/stream/look.h"
#include "codetables/model/fits.h"
#include "codetables/base/memory.h"

/* ---- lines of the manifest, found by what they say ---- */

uint64_t expected_key(const char *const *texts, size_t count)
{
    uint64_t key = count;
    for (size_t i = 0; i < count; i++)
        key = XXH3_64bits_withSeed(texts[i], strlen(texts[i]), key);
    return key;
}

struct expected *find_expected(const struct expectations *all, uint64_t key)
{
    for (size_t at = all->slot_count > 0 ? (size_t)(key % all->slot_count) : 0;
         all->slot_count > 0 && all->slots[at] != 0; at = (at + 1) % all->slot_count) {
        if (all->items[all->slots[at] - 1].key == key)
            return &all->items[all->slots[at] - 1];
    }
    return NULL;
}

static void put_slot(struct expectations *all, size_t number)
{
    size_t at = (size_t)(all->items[number].key % all->slot_count);
    while (all->slots[at] != 0)
        at = (at + 1) % all->slot_count;
    all->slots[at] = (uint32_t)number + 1;
}

struct expected *add_expected(struct expectations *all, uint64_t key)
{
    struct expected *found = find_expected(all, key);
    if (found != NULL)
        return found;
    if (all->count == all->room) {
        all->room = all->room == 0 ? 64 : 2 * all->room;
        all->items = cte_realloc(all->items, all->room * sizeof *all->items);
        all->slot_count = 2 * all->room + 1;
        free(all->slots);
        all->slots = cte_zalloc(all->slot_count, sizeof *all->slots);
        for (size_t i = 0; i < all->count; i++)
            put_slot(all, i);
    }
    all->items[all->count] = (struct expected){.key = key};
    put_slot(all, all->count);
    return &all->items[all->count++];
}

void free_expectations(struct expectations *all)
{
    free(all->items);
    free(all->slots);
}

/* Adds a count of the manifest; `texts` tell one from another. */
static struct expected *expect_records(struct expectations *all, const char *const *texts,
                                       size_t count, uint64_t records)
{
    struct expected *expected = add_expected(all, expected_key(texts, count));
    expected->says += records;
    return expected;
}

/* ---- files of rows about lines ---- */

/* Gives each row to `take`, which may be NULL; they must be as many as the manifest says. What was
 * said of lines is in the reader, which is to be closed; NULL where it cannot be opened. */
static struct row_reader *
read_rows(struct checking *checking, const struct fact_file *file, const char *heading,
          void (*take)(struct checking *checking, const struct line_row *row))
{
    struct verifying *verifying = checking->verifying;
    struct cte_error error = {0};
    struct row_reader *reader;
    uint64_t count = 0;
    char *path = cte_format("%s/%s", verifying->folder, file->name);
    open_rows(path, file->name, heading, &reader, &error);
    for (const struct line_row *row; (row = next_row(reader, &error)) != NULL; count++)
        take(checking, row);
    if (error.status != CTE_OK)
        verify_wrong(verifying, file->name, "is no list of rows '%s'", heading);
    else if (count != file->records)
        verify_wrong(verifying, file->name,
                     "holds %" PRIu64 " rows, where the manifest says %" PRIu64, count,
                     file->records);
    free(path);
    return reader;
}

/* ---- changes ---- */

enum { CHANGE_FIELD, CHANGE_NAME, CHANGE_BEFORE, CHANGE_AFTER, CHANGE_REASON = 7 };

static struct moved *find_moved(struct checking *checking, const char *number)
{
    for (size_t i = 0; i < checking->moved_count; i++) {
        if (strcmp(checking->moved[i].number, number) == 0)
            return &checking->moved[i];
    }
    checking->moved =
        cte_realloc(checking->moved, (checking->moved_count + 1) * sizeof *checking->moved);
    checking->moved[checking->moved_count] = (struct moved){.number = cte_strdup(number)};
    return &checking->moved[checking->moved_count++];
}

/* What was said of so many lines. */
static void add_changes(struct checking *checking, const struct row_rest *rest, uint64_t count)
{
    char *const *cells = rest->cells;
    const char *const texts[] = {
        cells[CHANGE_FIELD], cells[CHANGE_NAME],  cells[4], cells[5], cells[6],
        cells[CHANGE_AFTER], cells[CHANGE_REASON]};
    struct expected *expected = find_expected(checking->expected, expected_key(texts, 7));
    if (expected != NULL)
        expected->has += count;
    else
        checking->unknown_rows += count;
    struct moved *moved = find_moved(checking, cells[CHANGE_FIELD]);
    moved->is_untold = moved->is_untold || strcmp(cells[CHANGE_BEFORE], NOT_A_VALUE) == 0;
    moved->sum += count * (sum_value(cells[CHANGE_AFTER], strlen(cells[CHANGE_AFTER])) -
                           sum_value(cells[CHANGE_BEFORE], strlen(cells[CHANGE_BEFORE])));
}

/* What stays is added up at the end. */
static void take_change(struct checking *checking, const struct line_row *row)
{
    if (!row->rest->stays)
        add_changes(checking, row->rest, 1);
}

/* Each count of the manifest against that of the file. */
static void compare_expected(struct checking *checking, const char *name, const char *what)
{
    enum { MOST_TOLD = 5 };
    size_t differ = 0;
    for (size_t i = 0; i < checking->expected->count; i++) {
        const struct expected *expected = &checking->expected->items[i];
        if (expected->says == expected->has || ++differ > MOST_TOLD)
            continue;
        verify_wrong(checking->verifying, name,
                     "holds %llu %s of %s%s%s, where the manifest says %llu", expected->has, what,
                     expected->what, expected->field[0] != '\0' ? ", field " : "", expected->field,
                     expected->says);
    }
    if (differ > MOST_TOLD)
        verify_wrong(checking->verifying, name,
                     "differs in %zu more counts of %s from the manifest", differ - MOST_TOLD,
                     what);
    if (checking->unknown_rows > 0)
        verify_wrong(checking->verifying, name, "holds %llu %s that the manifest does not have",
                     checking->unknown_rows, what);
}

static void expect_changes(struct checking *checking, struct arena *memory)
{
    const struct account *account = checking->source->account;
    for (const struct fact_changed *changed = account_first(account, FACT_CHANGED); changed != NULL;
         changed = account_next(account, FACT_CHANGED, changed)) {
        const char *const texts[] = {changed->field,   changed->name, changed->crosswalk,
                                     changed->version, changed->row,  changed->after,
                                     changed->reason};
        struct expected *expected = expect_records(checking->expected, texts,
                                                   sizeof texts / sizeof *texts, changed->records);
        expected->field = changed->field;
        expected->what = arena_format(memory, "row %s", changed->row);
    }
}

void verify_changes(struct checking *checking, const struct fact_file *file)
{
    struct expectations expected = {0};
    struct arena memory = {0};
    checking->expected = &expected;
    checking->unknown_rows = 0;
    expect_changes(checking, &memory);
    struct row_reader *reader =
        file != NULL ? read_rows(checking, file, CHANGES_HEADER, take_change) : NULL;
    for (size_t i = 0; reader != NULL && row_rest_at(reader, i) != NULL; i++)
        add_changes(checking, row_rest_at(reader, i), row_rest_at(reader, i)->count);
    close_rows(reader);
    compare_expected(checking, file != NULL ? file->name : "manifest.xml", "changes");
    free_expectations(&expected);
    arena_free(&memory);
}

/* ---- findings ---- */

enum { FINDING_RULE, FINDING_SEVERITY, FINDING_FIELD, FINDING_NAME, FINDING_MESSAGE };

/* A finding of one record may add words of its own to those of its rule, in parentheses; a search
 * from the longest down finds which. */
static struct expected *find_finding(struct checking *checking, char *const *cells)
{
    const char *const texts[] = {cells[FINDING_RULE], cells[FINDING_SEVERITY], cells[FINDING_FIELD],
                                 cells[FINDING_NAME], cells[FINDING_MESSAGE]};
    struct expected *found = find_expected(checking->expected, expected_key(texts, 5));
    size_t length = strlen(cells[FINDING_MESSAGE]);
    while (found == NULL && length > 1 &&
           cells[FINDING_MESSAGE][strlen(cells[FINDING_MESSAGE]) - 1] == ')') {
        length--;
        if (memcmp(cells[FINDING_MESSAGE] + length - 1, " (", 2) != 0)
            continue;
        char *words = cte_format("%.*s", (int)(length - 1), cells[FINDING_MESSAGE]);
        const char *const shorter[] = {texts[0], texts[1], texts[2], texts[3], words};
        found = find_expected(checking->expected, expected_key(shorter, 5));
        free(words);
    }
    return found;
}

/* The findings of one line are all there. */
static void end_line(struct checking *checking)
{
    checking->refused_lines += checking->refuses;
    checking->held_lines += checking->holds && !checking->refuses;
    if (checking->refuses)
        checking->refusals += checking->others;
    checking->refuses = checking->holds = false;
    checking->others = 0;
}

static void add_findings(struct checking *checking, const struct row_rest *rest, uint64_t count)
{
    struct expected *expected = find_finding(checking, rest->cells);
    if (expected != NULL)
        expected->has += count;
    else if (checking->quoted_rule == NULL ||
             strcmp(rest->cells[FINDING_RULE], checking->quoted_rule) != 0)
        checking->unknown_rows += count;
}

static void take_finding(struct checking *checking, const struct line_row *row)
{
    const char *severity = row->rest->cells[FINDING_SEVERITY];
    if (!row->rest->stays)
        add_findings(checking, row->rest, 1);
    if (row->line != checking->line)
        end_line(checking);
    checking->line = row->line;
    checking->refuses = checking->refuses || strcmp(severity, "F") == 0;
    checking->holds = checking->holds || strcmp(severity, "H") == 0;
    checking->others += strcmp(severity, "H") != 0;
}

/* A record is refused for a finding that refuses, and else held for one that holds; of a refused
 * one each other finding is a line of the rejected file. Where several records may stand on one
 * line, only what is added up over all is known. */
static void compare_states(struct checking *checking, const char *name)
{
    const struct account *account = checking->source->account;
    const struct fact_sums *sums = account_first(account, FACT_SUMS);
    const uint64_t rejected = sums->rejected, held = sums->held;
    uint64_t lines = 0;
    for (const struct fact_file *file = account_first(account, FACT_FILE); file != NULL;
         file = account_next(account, FACT_FILE, file)) {
        if (strcmp(file->holds, "rejected") == 0)
            lines = file->records;
    }
    if (checking->refused_lines != rejected || checking->held_lines != held)
        verify_wrong(checking->verifying, name,
                     "refuses %llu records and holds %llu, where the manifest says %" PRIu64
                     " rejected and %" PRIu64 " held",
                     checking->refused_lines, checking->held_lines, rejected, held);
    else if (checking->refusals != lines)
        verify_wrong(checking->verifying, name,
                     "has %llu findings for rejected records, whose file holds %" PRIu64 " lines",
                     checking->refusals, lines);
}

static void expect_findings(struct checking *checking, struct arena *memory)
{
    const struct account *account = checking->source->account;
    for (const struct fact_found *found = account_first(account, FACT_FOUND); found != NULL;
         found = account_next(account, FACT_FOUND, found)) {
        const char severity[2] = {found->severity, '\0'};
        const char *const texts[] = {found->rule, severity, found->field, found->name,
                                     found->message};
        struct expected *expected =
            expect_records(checking->expected, texts, sizeof texts / sizeof *texts, found->records);
        expected->field = found->field;
        expected->what = arena_format(memory, "rule %s", found->rule);
    }
}

/* The entry of all findings of a rule about a field, whatever their words. */
static struct expected *add_rule(struct expectations *all, const char *rule, char letter,
                                 const char *field)
{
    const char severity[2] = {letter, '\0'};
    const char *const texts[] = {rule, severity, field};
    struct expected *expected =
        add_expected(all, expected_key(texts, sizeof texts / sizeof *texts));
    expected->field = field;
    return expected;
}

/* What is found in the records of each school must add up to what is found in all. Earlier versions
 * counted nothing by school. */
static void compare_breaches(struct checking *checking)
{
    const struct account *account = checking->source->account;
    struct expectations all = {0};
    if (strcmp(checking->verifying->manifest.version, CTE_VERSION) != 0)
        return;
    for (const struct fact_found *found = account_first(account, FACT_FOUND); found != NULL;
         found = account_next(account, FACT_FOUND, found))
        add_rule(&all, found->rule, found->severity, found->field)->says += found->records;
    for (const struct fact_breach *breach = account_first(account, FACT_BREACH); breach != NULL;
         breach = account_next(account, FACT_BREACH, breach))
        add_rule(&all, breach->rule, breach->severity, breach->field)->has += breach->records;
    for (size_t i = 0; i < all.count; i++) {
        const struct expected *expected = &all.items[i];
        if (expected->says != expected->has)
            verify_wrong(checking->verifying, "manifest.xml",
                         "counts %llu findings about %s by school, and %llu in all of %s",
                         expected->has, expected->field, expected->says, checking->source->name);
    }
    free_expectations(&all);
}

void verify_findings(struct checking *checking, const struct fact_file *file)
{
    const char *name = file != NULL ? file->name : "manifest.xml";
    struct expectations expected = {0};
    struct arena memory = {0};
    checking->expected = &expected;
    checking->unknown_rows = 0;
    expect_findings(checking, &memory);
    struct row_reader *reader =
        file != NULL ? read_rows(checking, file, FINDINGS_HEADER, take_finding) : NULL;
    for (size_t i = 0; reader != NULL && row_rest_at(reader, i) != NULL; i++)
        add_findings(checking, row_rest_at(reader, i), row_rest_at(reader, i)->count);
    close_rows(reader);
    end_line(checking);
    compare_expected(checking, name, "findings");
    compare_breaches(checking);
    if (!checking->is_crowded)
        compare_states(checking, name);
    free_expectations(&expected);
    arena_free(&memory);
}
