/* show: a table, or what it says of one code, as a person would tell it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/by_crosswalk.h"
#include "codetables/cte-table/show.h"
#include "codetables/cte-table/why.h"

static void show_measure(const struct crosswalk_map *map)
{
    struct measure measure;
    char text[YEARS_TEXT];
    measure_map(map, &measure);
    char *coverage = measure_coverage(map, &measure), *kinds = measure_kinds(&measure);
    printf("Map %s: ", map->id);
    print_name(&map->set->identity);
    printf(" to");
    for (size_t o = 0; o < map->output_count; o++) {
        printf("%s ", o > 0 ? "," : "");
        print_name(&map->outputs[o].set->identity);
    }
    printf(", %s\n  a code without a row %s\n  %s\n  rows: %s; %zu conditions, %zu choices\n",
           years_text(map->first, map->last, text),
           map->unlisted_passes ? "stays as it is" : "is held", coverage, kinds, measure.conditions,
           measure.choices);
    free(coverage);
    free(kinds);
    size_t count = 0;
    const char *words[] = {"high", "medium", "low", ""};
    printf("  confidence of rows:");
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        size_t rows = 0;
        for (size_t r = 0; r < map->row_count; r++)
            rows += strcmp(map->rows[r].why.confidence, words[w]) == 0;
        if (rows > 0)
            printf("%s %zu %s", count++ > 0 ? "," : "", rows,
                   words[w][0] != '\0' ? words[w] : "without");
    }
    puts("");
    for (size_t i = 0; i < map->note_count; i++)
        printf("  Note: %s\n", map->notes[i]);
    if (map->evidence != NULL)
        printf("  splits are decided by the evidence %s too, where the student's courses are among "
               "the sources\n",
               map->evidence);
}

static void show_codes(const struct codeset *set)
{
    char text[YEARS_TEXT];
    size_t bases[BASIS_UNREAD + 1] = {0}, said = 0;
    static const char *const words[] = {
        [BASIS_NONE] = "without", [BASIS_SEEN] = "seen",         [BASIS_FAMILY] = "family",
        [BASIS_OWN] = "own",      [BASIS_INFERRED] = "inferred", [BASIS_ASSUMED] = "assumed",
        [BASIS_UNREAD] = "unread"};
    for (size_t i = 0; i < set->code_count; i++)
        bases[set->codes[i].basis]++;
    if (set->kind == CODESET_FORM || set->kind == CODESET_UNREAD) {
        puts(set->kind == CODESET_FORM ? "A form, no list."
                                       : "Nobody has read the codes; nothing is checked.");
        return;
    }
    printf("%zu rows; basis:", set->code_count);
    for (size_t b = 0; b <= BASIS_UNREAD; b++) {
        if (bases[b] > 0)
            printf("%s %zu %s", said++ > 0 ? "," : "", bases[b], words[b]);
    }
    if (set->complete_through != YEAR_LAST)
        printf("; known to be whole through %s", year_text(set->complete_through, text));
    puts("");
}

static void show_records(const struct layout *layout)
{
    char text[YEARS_TEXT];
    if (layout->first == YEAR_NONE)
        puts("Taken only where it is named.");
    else
        printf("Taken %s.\n", years_text(layout->first, layout->last, text));
    for (size_t r = 0; r < layout->record_count; r++) {
        for (size_t t = 0; t < layout->records[r].type_count; t++)
            printf("%s%s", t > 0 ? " " : "", layout->records[r].types[t]);
        printf(": %s, %zu fields\n", layout->records[r].name, layout->records[r].field_count);
    }
}

/* What a table begins with, and how much it holds. */
static void show_head(const struct loaded *table)
{
    const struct table_identity *identity = table->identity;
    printf("%s%s%s: %s\n%s %s, stated by %s\n", identity->id,
           identity->version[0] != '\0' ? "@" : "", identity->version, identity->title,
           identity->kind, identity->status, identity->agency);
    if (identity->supersedes[0] != '\0')
        printf("supersedes version %s\n", identity->supersedes);
    printf("%s\nSHA-256 %s\n", identity->path, identity->sha256);
    for (size_t i = 0; i < identity->source_count; i++)
        printf("Made from %s: %s (%s)\n", identity->sources[i].file, identity->sources[i].title,
               identity->sources[i].date);
    for (size_t i = 0; i < identity->note_count; i++)
        printf("Note: %s\n", identity->notes[i]);
    for (size_t m = 0; table->crosswalk != NULL && m < table->crosswalk->map_count; m++)
        show_measure(&table->crosswalk->maps[m]);
    if (table->crosswalk != NULL && table->crosswalk->target_layout != NULL)
        printf("For the target layout %s\n", table->crosswalk->target_layout);
    if (table->set != NULL)
        show_codes(table->set);
    if (table->layout != NULL)
        show_records(table->layout);
    if (table->rules != NULL)
        printf("%zu rules, %zu joins; cte-validate --list-rules prints them\n",
               table->rules->rule_count, table->rules->join_count);
}

static int show_table(const struct request *request, struct tables *tables,
                      const struct table_file *file, int year, struct cte_error *error)
{
    struct loaded table;
    struct text out = {0};
    int status = CTE_OK;
    if (load_table(tables, file, &table, error) != CTE_OK)
        status = error->status;
    else if (request->operand_count == 1)
        show_head(&table);
    else if (table.crosswalk != NULL)
        status = show_answer(&out, tables, table.crosswalk, request->operands[1], year);
    else if (table.set != NULL)
        status = show_code(&out, table.set, request->operands[1], year);
    else
        status =
            cte_fail(error, CTE_USAGE,
                     "%s: is a table of kind %s; show takes a code of code sets and crosswalks",
                     file->path, file->kind);
    fputs(text_string(&out), stdout);
    text_free(&out);
    loaded_free(&table);
    return status;
}

/* The trust page of a code, wrapped. */
static int print_why(const struct request *request, struct tables *tables,
                     const struct table_file *file, int year, struct cte_error *error)
{
    struct text said = {0}, out = {0};
    struct why why = {.out = &said,
                      .tables = tables,
                      .code = request->operands[request->operand_count - 1],
                      .year = year};
    const int status = show_why(&why, file, error);
    add_wrapped(&out, text_string(&said));
    fputs(text_string(&out), stdout);
    text_free(&said);
    text_free(&out);
    return status;
}

/* The versions of a table, one after another; the worst of their statuses. */
static int show_versions(const struct request *request, struct tables *tables,
                         const struct table_file *named, int year, struct cte_error *error)
{
    struct table_files files;
    size_t shown = 0;
    int worst = CTE_OK;
    find_tables(request->program->codetables, &files, error);
    for (size_t i = 0; i < files.count && error->status == CTE_OK; i++) {
        const struct table_file *file = &files.list[i];
        if (strcmp(file->kind, named->kind) != 0 || strcmp(file->id, named->id) != 0)
            continue;
        if (shown++ > 0)
            puts("");
        int status = show_table(request, tables, file, year, error);
        worst = status > worst ? status : worst;
    }
    table_files_free(&files);
    return worst;
}

int command_show(const struct request *request)
{
    struct cte_error error = {0};
    struct tables tables = {0};
    struct table_file named = {0};
    int year = YEAR_NONE, status = CTE_OK;
    if (request->operand_count < 1 || request->operand_count > 2)
        return program_usage(request->program,
                             "show takes a table (ID, ID@VERSION or a file), and perhaps a code");
    if (request_year(request, &year, &error) != CTE_OK)
        return program_fail(request->program, &error);
    if (request->by != NULL &&
        (request->operand_count != 1 || request->all_versions || request->why))
        return program_usage(request->program, "--by is about one crosswalk as a whole");
    if (request->why && request->all_versions)
        return program_usage(request->program, "--why tells of every version by itself");
    const bool has_code = request->operand_count == 2 || request->why;
    if (year != YEAR_NONE && !has_code && request->by == NULL)
        return program_usage(request->program,
                             "--year says when a code is asked about; name a code, or --by");
    if (has_code && request->operands[request->operand_count - 1][0] == '\0')
        return program_usage(request->program, "the code is empty; name one");
    struct by_crosswalk by = {.by = request->by, .before = request->operands[0], .year = year};
    if (tables_open(&tables, request->program->codetables, &error) != CTE_OK)
        ;
    else if (request->why && request->operand_count == 1)
        status = print_why(request, &tables, NULL, year, &error);
    else if (request->by != NULL && open_by_crosswalk(&tables, &by, &error) != CTE_OK)
        ;
    else if (find_table(request->program->codetables, request->operands[0], &named, &error) ==
             CTE_OK)
        status = request->why            ? print_why(request, &tables, &named, year, &error)
                 : request->all_versions ? show_versions(request, &tables, &named, year, &error)
                                         : show_table(request, &tables, &named, year, &error);
    if (request->by != NULL && error.status == CTE_OK)
        print_by_crosswalk(&by);
    table_file_free(&named);
    tables_free(&tables);
    return error.status == CTE_OK ? status : program_fail(request->program, &error);
}
