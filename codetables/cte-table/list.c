/* list: what tables there are, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/output.h"
#include "codetables/cte-table/find.h"
#include "codetables/cte-table/load.h"
#include "codetables/cte-table/measure.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/year.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

static char *crosswalk_holds(const struct crosswalk *crosswalk)
{
    struct text text = {0};
    for (size_t m = 0; m < crosswalk->map_count; m++) {
        struct measure measure;
        measure_map(&crosswalk->maps[m], &measure);
        char *kinds = measure_kinds(&measure),
             *coverage = measure_coverage(&crosswalk->maps[m], &measure);
        text_join(&text, "; ", coverage);
        text_format(&text, " (rows: %s)", kinds);
        free(kinds);
        free(coverage);
    }
    return text_take(&text);
}

static char *describe_codeset(const struct codeset *set)
{
    char text[YEARS_TEXT];
    if (set->kind == CODESET_FORM)
        return cte_strdup("a form, no list");
    if (set->kind == CODESET_UNREAD)
        return cte_strdup("nobody has read its codes");
    size_t values = 0;
    for (size_t i = 0; i < set->code_count; i++)
        values += codeset_find(set, set->codes[i].value, set->codes[i].length) == &set->codes[i];
    char *whole = set->complete_through != YEAR_LAST
                      ? cte_format(", whole through %s", year_text(set->complete_through, text))
                      : cte_strdup("");
    char *holds = values == set->code_count
                      ? cte_format("%zu code%s%s", values, values == 1 ? "" : "s", whole)
                      : cte_format("%zu code%s on %zu rows%s", values, values == 1 ? "" : "s",
                                   set->code_count, whole);
    free(whole);
    return holds;
}

static char *layout_holds(const struct layout *layout)
{
    size_t fields = 0, types = 0;
    for (size_t r = 0; r < layout->record_count; r++) {
        fields += layout->records[r].field_count;
        types += layout->records[r].type_count;
    }
    return cte_format("%zu record types, %zu fields", types, fields);
}

static char *rules_hold(const struct rules *rules)
{
    size_t looked_at = 0;
    for (size_t i = 0; i < rules->rule_count; i++)
        looked_at += rules->rules[i].kind != RULE_NONE;
    return cte_format("%zu rules, %zu of them looked at", rules->rule_count, looked_at);
}

/* The years of a table: of a layout, or of a map where all have the same; else none is told. */
static const char *years_of(const struct loaded *table, char text[YEARS_TEXT])
{
    if (table->layout != NULL)
        return table->layout->first == YEAR_NONE
                   ? "by name"
                   : years_text(table->layout->first, table->layout->last, text);
    if (table->crosswalk == NULL || table->crosswalk->map_count == 0)
        return "-";
    const struct crosswalk_map *map = table->crosswalk->maps;
    for (size_t m = 1; m < table->crosswalk->map_count; m++) {
        if (map[m].first != map->first || map[m].last != map->last)
            return "by map";
    }
    return years_text(map->first, map->last, text);
}

static bool is_called(const struct table_file *file, const char *word)
{
    return strcmp(word, file->kind) == 0 || strcmp(word, file->folder) == 0 ||
           strcmp(word, file->id) == 0;
}

static bool is_wanted(const struct request *request, const struct table_file *file)
{
    for (size_t i = 0; i < request->operand_count; i++) {
        if (is_called(file, request->operands[i]))
            return true;
    }
    return request->operand_count == 0;
}

/* Each name that is given must be one of a table or kind. */
static int check_names(const struct request *request, const struct table_files *files,
                       struct cte_error *error)
{
    for (size_t i = 0; i < request->operand_count; i++) {
        bool is_one = false;
        for (size_t f = 0; f < files->count && !is_one; f++)
            is_one = is_called(&files->list[f], request->operands[i]);
        if (!is_one)
            return cte_fail(error, CTE_BAD_TABLE,
                            "%s: there is no table and no kind of tables '%s'; without a name, "
                            "list shows all",
                            request->program->codetables, request->operands[i]);
    }
    return CTE_OK;
}

static void put_csv(struct output *csv, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            output_text(csv, ",");
        output_cell(csv, cells[i], strlen(cells[i]));
    }
    output_text(csv, "\r\n");
}

/* What is listed, and where to. */
struct listing {
    const struct request *request;
    struct tables tables;
    struct table_files files;
    struct output csv; /* open where one was asked for */
    size_t widths[3];  /* of kind, name and status */
    int worst;         /* status of a table that is not sound; else CTE_OK */
};

static void widen(size_t *width, size_t length)
{
    *width = length > *width ? length : *width;
}

static void measure_columns(struct listing *listing)
{
    for (size_t i = 0; i < listing->files.count; i++) {
        const struct table_file *file = &listing->files.list[i];
        if (!is_wanted(listing->request, file))
            continue;
        widen(&listing->widths[0], strlen(file->kind));
        widen(&listing->widths[1], strlen(file->id) + strlen(file->version) + 1);
        widen(&listing->widths[2], strlen(file->status));
    }
}

/* What the table holds, in words; to be freed. */
static char *describe_table(struct listing *listing, const struct table_file *file,
                            struct loaded *table)
{
    struct cte_error problem = {0};
    if (load_table(&listing->tables, file, table, &problem) == CTE_OK)
        return table->crosswalk != NULL ? crosswalk_holds(table->crosswalk)
               : table->set != NULL     ? describe_codeset(table->set)
               : table->layout != NULL  ? layout_holds(table->layout)
               : table->rules != NULL   ? rules_hold(table->rules)
                                        : cte_strdup(file->title);
    listing->worst = problem.status;
    program_say(listing->request->program, "%s", problem.text);
    return cte_strdup("not sound: cte-table check says why");
}

static void list_table(struct listing *listing, const struct table_file *file)
{
    char text[YEARS_TEXT];
    struct loaded table;
    char *holds = describe_table(listing, file, &table);
    const char *hash = table.identity != NULL ? table.identity->sha256 : "",
               *years = years_of(&table, text);
    char *name = cte_format("%s%s%s", file->id, file->version[0] != '\0' ? "@" : "", file->version);
    printf("%-*s  %-*s  %-*s  %-24s  %-12.12s  %s\n", (int)listing->widths[0], file->kind,
           (int)listing->widths[1], name, (int)listing->widths[2], file->status, years, hash,
           holds);
    const char *cells[] = {file->kind, file->id, file->version, file->status, years,
                           holds,      hash,     file->path,    file->title};
    if (listing->csv.is_open)
        put_csv(&listing->csv, cells, sizeof cells / sizeof *cells);
    free(name);
    free(holds);
    loaded_free(&table);
}

static int list_tables(struct listing *listing, struct cte_error *error)
{
    static const char *const header[] = {"kind",  "id",     "version", "status", "years",
                                         "holds", "sha256", "file",    "title"};
    const struct request *request = listing->request;
    if (tables_open(&listing->tables, request->program->codetables, error) != CTE_OK ||
        find_tables(request->program->codetables, &listing->files, error) != CTE_OK ||
        check_names(request, &listing->files, error) != CTE_OK ||
        (request->csv != NULL && output_open_path(&listing->csv, request->csv, error) != CTE_OK))
        return error->status;
    measure_columns(listing);
    if (listing->csv.is_open)
        put_csv(&listing->csv, header, sizeof header / sizeof *header);
    for (size_t i = 0; i < listing->files.count; i++) {
        if (is_wanted(request, &listing->files.list[i]))
            list_table(listing, &listing->files.list[i]);
    }
    return request->csv != NULL ? close_out(&listing->csv, error) : CTE_OK;
}

int command_list(const struct request *request)
{
    struct listing listing = {.request = request};
    struct cte_error error = {0};
    const int status = list_tables(&listing, &error);
    output_discard(&listing.csv);
    table_files_free(&listing.files);
    tables_free(&listing.tables);
    return status == CTE_OK ? listing.worst : program_fail(request->program, &error);
}
