/* import: a sheet becomes a code set or a crosswalk, or nothing; a crosswalk of several maps is
 * made of as many sheets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static int import_sheets(struct importing *importing, const char *kind, struct draft *draft,
                         struct cte_error *error)
{
    xmlNodePtr root = NULL;
    const char *where =
        importing->request->operand_count == 1 ? importing->request->operands[0] : "the sheets";
    int status = strcmp(kind, "codeset") == 0 ? import_codeset(importing, &root, error)
                                              : import_crosswalk(importing, &root, error);
    if (status == CTE_OK)
        status = plan_all_used(&importing->plan, error);
    if (status == CTE_OK && importing->problems > 0)
        status = cte_fail(error, CTE_BAD_INPUT, "%s: %zu problems; no table was made", where,
                          importing->problems);
    if (status == CTE_OK && importing->bare != NULL)
        status = cte_fail(error, CTE_BAD_INPUT,
                          "%s%s%s: no row stands under the headers; no table was made",
                          importing->bare->path, importing->bare->tab != NULL ? ": " : "",
                          or_nothing(importing->bare->tab));
    if (status == CTE_OK)
        status = draft_write(importing->request, &importing->tables, root, draft, error);
    if (root != NULL)
        xmlFreeDoc(root->doc);
    return status;
}

/* The maps that the plan names. One that is called like the beginning of a setting could not be
 * told from it. */
static int take_maps(struct importing *importing, struct cte_error *error)
{
    static const char *const beginnings[] = {"column", "output", "codes", "note"};
    const char *named;
    int status = plan_need(&importing->plan, "map", &named, error);
    if (status != CTE_OK)
        return status;
    importing->maps = split_words(&importing->words, named, &importing->map_count);
    for (size_t m = 0; m < importing->map_count; m++) {
        for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
            if (strcmp(importing->maps[m], beginnings[i]) == 0)
                return cte_fail(error, CTE_USAGE, "map = %s: a map cannot be called %s", named,
                                beginnings[i]);
        }
        for (size_t i = 0; i < m; i++) {
            if (strcmp(importing->maps[m], importing->maps[i]) == 0)
                return cte_fail(error, CTE_USAGE, "map = %s: names %s twice", named,
                                importing->maps[m]);
        }
    }
    return CTE_OK;
}

/* Each map has a sheet: of the one file, or of the file that stands at its place on the command
 * line. */
static int read_sheets(struct importing *importing, struct cte_error *error)
{
    const struct request *request = importing->request;
    importing->sheet_count = importing->map_count > 0 ? importing->map_count : 1;
    if (request->operand_count != 1 && importing->map_count == 0)
        return cte_fail(error, CTE_USAGE,
                        "%zu sheets for one table; only a crosswalk of several maps takes several",
                        request->operand_count);
    if (request->operand_count != 1 && request->operand_count != importing->sheet_count)
        return cte_fail(
            error, CTE_USAGE,
            "%zu sheets for %zu maps; name one workbook that has them all, or a file for each map",
            request->operand_count, importing->sheet_count);
    importing->sheets = cte_zalloc(importing->sheet_count, sizeof *importing->sheets);
    for (size_t i = 0; i < importing->sheet_count; i++) {
        bool windows_1252 = false;
        const char *path = request->operands[request->operand_count == 1 ? 0 : i];
        importing->plan.map = importing->map_count > 0 ? importing->maps[i] : NULL;
        if (plan_choose(&importing->plan, (struct plan_choice){"encoding", "windows-1252", "utf-8"},
                        &windows_1252, error) != CTE_OK ||
            sheet_read(path, plan_get(&importing->plan, "sheet"), windows_1252,
                       &importing->sheets[i], error) != CTE_OK)
            return error->status;
    }
    importing->plan.map = NULL;
    importing->sheet = importing->sheets[0];
    return CTE_OK;
}

static void free_importing(struct importing *importing)
{
    for (size_t i = 0; i < importing->name_count; i++)
        names_free(importing->names[i]);
    free(importing->names);
    for (size_t i = 0; importing->sheets != NULL && i < importing->sheet_count; i++)
        sheet_free(&importing->sheets[i]);
    free(importing->sheets);
    text_free(&importing->remarks);
    text_free(&importing->said);
    arena_free(&importing->words);
    tables_free(&importing->tables);
    plan_free(&importing->plan);
}

/* Makes the table, and says what was made. */
static int import_table(struct importing *importing, struct draft *draft, struct cte_error *error)
{
    const struct request *request = importing->request;
    bool restoring = false;
    int status = plan_read(request, &importing->plan, error);
    const char *kind = plan_get(&importing->plan, "table");
    bool is_crosswalk = kind != NULL && strcmp(kind, "crosswalk") == 0;
    if (status == CTE_OK && kind != NULL && !is_crosswalk && strcmp(kind, "codeset") != 0)
        status = cte_fail(error, CTE_USAGE, "table = %s: is codeset or crosswalk", kind);
    if (status == CTE_OK && is_crosswalk)
        status = take_maps(importing, error);
    if (status == CTE_OK)
        status = tables_open(&importing->tables, request->program->codetables, error);
    if (status == CTE_OK)
        status = read_sheets(importing, error);
    if (status == CTE_OK) {
        restoring = importing->sheet_count == 1 && is_exported(&importing->sheet);
        if (!restoring && kind == NULL && importing->sheet.separator != NULL)
            status = refuse_separator(&importing->sheet, error);
        else if (restoring ||
                 (status = plan_need(&importing->plan, "table", &kind, error)) == CTE_OK)
            status = restoring ? restore(importing, draft, error)
                               : import_sheets(importing, kind, draft, error);
    }
    if (status != CTE_USAGE)
        fputs(text_string(&importing->said), stdout);
    if (status != CTE_OK)
        return status;
    if (restoring)
        printf("%s\n", draft->path);
    else
        printf("%s: a draft, of %zu rows of %s; put %s into %s/sources too\n", draft->path,
               importing->rows, request->operand_count == 1 ? request->operands[0] : "the sheets",
               request->operand_count == 1 ? "the sheet" : "them", importing->tables.folder);
    if (importing->repeats > 0)
        printf("%s: %zu rows or targets said again what another had said\n", importing->sheet.path,
               importing->repeats);
    return draft_publish(draft, error);
}

int command_import(const struct request *request)
{
    if (request->operand_count == 0)
        return program_usage(request->program,
                             "import takes a sheet, or one for each map of the table");
    struct importing importing = {.request = request};
    struct draft draft = {.path = NULL};
    struct cte_error error = {0};
    const int status = import_table(&importing, &draft, &error);
    free_importing(&importing);
    return status == CTE_OK ? CTE_OK : program_fail(request->program, &error);
}
