/* diff: what another version of a table says otherwise, by code and year; and which records of real
 * extracts come out differently. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/table_diff.h"
#include "codetables/base/memory.h"
#include "codetables/cte-table/by_crosswalk.h"

static const char *const sort_names[] = {"added", "removed", "changed"};

static const char *or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

/* "row 13", "rows 13 and 14", or nothing. */
static void rows_text(const struct change *change, char text[64])
{
    const char *before = change->before != NULL ? change->before->n : "",
               *after = change->after != NULL ? change->after->n : "";
    if (before[0] != '\0' && after[0] != '\0')
        snprintf(text, 64, "row %.20s -> %.20s: ", before, after);
    else if (before[0] != '\0' || after[0] != '\0')
        snprintf(text, 64, "row %.20s: ", before[0] != '\0' ? before : after);
    else
        text[0] = '\0';
}

static void print_change(const struct change *change)
{
    char years[YEARS_TEXT], rows[64];
    rows_text(change, rows);
    printf("%s\t%s\t%s\t%s\t%s%s", sort_names[change->sort], or_dash(change->group),
           or_dash(change->code),
           change->code[0] != '\0' ? years_text(change->first, change->last, years) : "-", rows,
           change->what);
    puts("");
}

static void put_cell(struct output *csv, const char *text, bool last)
{
    output_cell(csv, text, strlen(text));
    output_text(csv, last ? "\r\n" : ",");
}

static void put_change(struct output *csv, const struct change *change)
{
    char year[YEARS_TEXT];
    put_cell(csv, sort_names[change->sort], false);
    put_cell(csv, change->group, false);
    put_cell(csv, change->code, false);
    put_cell(csv, change->first != YEAR_FIRST ? year_text(change->first, year) : "", false);
    put_cell(csv, change->last != YEAR_LAST ? year_text(change->last, year) : "", false);
    put_cell(csv, change->before != NULL ? change->before->n : "", false);
    put_cell(csv, change->after != NULL ? change->after->n : "", false);
    put_cell(csv, change->what, true);
}

static int read_table(const char *codetables, const char *named, struct table_file *file,
                      struct entries *entries, struct cte_error *error)
{
    struct table_identity identity = {0};
    xmlDocPtr doc = NULL;
    if (find_table(codetables, named, file, error) != CTE_OK)
        return error->status;
    char *schema = schema_of_kind(codetables, file->kind);
    if (table_open(file->path, schema, &identity, &doc, error) == CTE_OK &&
        !entries_read(file->kind, xmlDocGetRootElement(doc), entries))
        cte_fail(
            error, CTE_USAGE,
            "%s: is a table of kind %s; diff compares crosswalks, code sets, layouts and rules",
            file->path, file->kind);
    for (size_t i = 0; error->status == CTE_OK && i < entries->count; i++) {
        const struct diff_entry *entry = &entries->list[i];
        if (entry->first == YEAR_NONE || entry->last == YEAR_NONE)
            cte_fail(error, CTE_BAD_TABLE,
                     "%s:%ld: first and last are not academic years; see cte-table check",
                     file->path, entry->line);
    }
    xmlFreeDoc(doc);
    table_close(&identity);
    free(schema);
    return error->status;
}

static int write_csv(const char *path, const struct changes *changes, struct cte_error *error)
{
    static const char *const header[] = {"change", "group",      "code",      "first",
                                         "last",   "row_before", "row_after", "what"};
    struct output csv = {0};
    if (output_open_path(&csv, path, error) != CTE_OK)
        return error->status;
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        put_cell(&csv, header[i], i + 1 == sizeof header / sizeof *header);
    for (size_t i = 0; i < changes->count; i++)
        put_change(&csv, &changes->list[i]);
    return close_out(&csv, error);
}

/* What is compared, and what came of it. */
struct comparison {
    struct table_file files[2];
    struct entries entries[2];
    struct changes changes;
    const char **sources;   /* of --impact */
    struct tables tables;   /* of --answers and --by; else not opened */
    struct by_crosswalk by; /* of --by: what differs, by what another crosswalk makes of it */
    struct text said;       /* printed before the changes */
};

/* Leaves what is asked for of both tables. */
static void narrow(const struct request *request, struct comparison *comparison,
                   struct cte_error *error)
{
    int year;
    request_year(request, &year, error);
    if (request->answers && strcmp(comparison->files[0].kind, "crosswalk") != 0)
        cte_fail(error, CTE_USAGE, "--answers: is for crosswalks");
    if (error->status == CTE_OK && (request->answers || request->by != NULL))
        tables_open(&comparison->tables, request->program->codetables, error);
    comparison->by = (struct by_crosswalk){.by = request->by,
                                           .before = request->operands[0],
                                           .after = request->operands[1],
                                           .year = year};
    if (error->status == CTE_OK && request->by != NULL)
        open_by_crosswalk(&comparison->tables, &comparison->by, error);
    for (size_t i = 0; i < 2 && error->status == CTE_OK; i++) {
        struct entries *entries = &comparison->entries[i];
        const struct answering answering = {.tables = &comparison->tables,
                                            .file = &comparison->files[i],
                                            .name = request->operands[i],
                                            .year = year,
                                            .told = i == 1 ? &comparison->said : NULL};
        if (request->answers && entries_keep_answers(entries, &answering, error) == CTE_OK)
            entries_keep_common(entries, &comparison->entries[1 - i], request->operands[i],
                                &comparison->said);
    }
    if (error->status == CTE_OK && request->answers && comparison->entries[0].count == 0 &&
        comparison->entries[1].count == 0)
        cte_fail(error, CTE_USAGE, "--answers: no map has rows in both %s and %s",
                 request->operands[0], request->operands[1]);
    for (size_t i = 0; i < 2 && year != YEAR_NONE; i++)
        entries_keep_year(&comparison->entries[i], year);
}

static int compare(const struct request *request, struct comparison *comparison)
{
    struct cte_error error = {0};
    struct table_file *files = comparison->files;
    struct entries *entries = comparison->entries;
    struct changes *changes = &comparison->changes;
    const char *codetables = request->program->codetables;
    size_t more = request->operand_count > 2 ? request->operand_count - 2 : 0,
           source_count = request->impact.count + more;
    if (request->operand_count < 2 || (more > 0 && request->impact.count == 0))
        return program_usage(
            request->program,
            "diff takes two tables (ID, ID@VERSION or a file); sources follow --impact");
    for (size_t i = 0; i < 2; i++) {
        if (read_table(codetables, request->operands[i], &files[i], &entries[i], &error) != CTE_OK)
            return program_fail(request->program, &error);
    }
    if (strcmp(files[0].kind, files[1].kind) != 0)
        return program_usage(
            request->program,
            "%s is a table of kind %s, %s of kind %s; only tables of one kind can be compared",
            request->operands[0], files[0].kind, request->operands[1], files[1].kind);
    const char **sources = comparison->sources =
        cte_zalloc(source_count + 1, sizeof *comparison->sources);
    for (size_t i = 0; i < request->impact.count; i++)
        sources[i] = request->impact.texts[i];
    for (size_t i = 0; i < more; i++)
        sources[request->impact.count + i] = request->operands[i + 2];
    if (source_count > 0)
        check_impact(&files[0], sources, source_count, &error);
    if (error.status == CTE_OK)
        narrow(request, comparison, &error);
    entries_compare(&entries[0], &entries[1], changes);
    if (!request->answers && request->year == NULL)
        heads_compare(&entries[0], &entries[1], changes);
    if (error.status != CTE_OK)
        return program_fail(request->program, &error);
    fputs(text_string(&comparison->said), stdout);
    size_t counts[3] = {0}, of_the_head = 0;
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->list[i].code[0] != '\0')
            counts[changes->list[i].sort]++;
        else
            of_the_head++;
        print_change(&changes->list[i]);
    }
    printf("%s%s%s%s and %s%s%s%s: %zu added, %zu removed, %zu changed", files[0].id,
           files[0].version[0] != '\0' ? "@" : "", files[0].version,
           strcmp(files[0].status, "draft") == 0 ? " (draft)" : "", files[1].id,
           files[1].version[0] != '\0' ? "@" : "", files[1].version,
           strcmp(files[1].status, "draft") == 0 ? " (draft)" : "", counts[0], counts[1],
           counts[2]);
    if (of_the_head > 0)
        printf("; %zu differences outside of these, marked -", of_the_head);
    puts("");
    if (request->csv != NULL && write_csv(request->csv, changes, &error) != CTE_OK)
        return program_fail(request->program, &error);
    if (request->by != NULL)
        print_by_crosswalk(&comparison->by);
    if (source_count > 0) {
        const struct impact impact = {codetables, request->operands[0], request->operands[1],
                                      sources, source_count};
        puts("");
        if (program_flush_output(&error) != CTE_OK || print_impact(&impact, &error) != CTE_OK)
            return program_fail(request->program, &error);
    }
    return changes->count > 0 ? CTE_SOME_LEFT : CTE_OK;
}

int command_diff(const struct request *request)
{
    struct comparison comparison = {.sources = NULL};
    const int status = compare(request, &comparison);
    free_changes(&comparison.changes);
    for (size_t i = 0; i < 2; i++) {
        free_entries(&comparison.entries[i]);
        table_file_free(&comparison.files[i]);
    }
    free(comparison.sources);
    text_free(&comparison.said);
    tables_free(&comparison.tables);
    return status;
}
