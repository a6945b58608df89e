/* import: a sheet becomes a code set or a crosswalk, or nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/cte-table/import.h"

/* "Career Cluster#2" is the second column of that header. */
static size_t header_wanted(const char *header, char **text)
{
    const char *mark = strrchr(header, '#');
    char *end = NULL;
    unsigned long number = mark != NULL ? strtoul(mark + 1, &end, 10) : 0;
    if (number == 0 || *end != '\0') {
        *text = folded(header);
        return 0;
    }
    char *bare = cte_format("%.*s", (int)(mark - header), header);
    *text = folded(bare);
    free(bare);
    return number;
}

/* Finds the header of one column in a row of the sheet. */
static void find_places(struct column *column, const struct sheet_row *row)
{
    char *wanted;
    size_t number = header_wanted(column->header, &wanted), seen = 0;
    column->place_count = 0;
    for (size_t c = 0; c < row->count; c++) {
        if (row->cells[c].text == NULL)
            continue;
        char *text = folded(row->cells[c].text);
        if (strcmp(text, wanted) == 0 && (++seen == number || number == 0) && column->place_count < MAX_PLACES)
            column->places[column->place_count++] = c;
        free(text);
    }
    free(wanted);
}

static size_t find_in_row(struct importing *importing, size_t row)
{
    size_t found = 0;
    for (size_t i = 0; i < importing->column_count; i++) {
        find_places(&importing->columns[i], &importing->sheet.rows[row]);
        found += importing->columns[i].place_count > 0;
    }
    return found;
}

/* The row in which every header stands; the plan may name it, else it is the first one. */
static int find_header(struct importing *importing, struct cte_error *error)
{
    const char *given = plan_get(&importing->plan, "header");
    unsigned long line = given != NULL ? strtoul(given, NULL, 10) : 0;
    size_t best = 0, most = 0;
    if (given != NULL && line == 0)
        return cte_fail(error, CTE_USAGE, "header = %s: is the number of a row", given);
    for (size_t r = 0; r < importing->sheet.row_count; r++) {
        if (line != 0 && importing->sheet.rows[r].line != line)
            continue;
        size_t found = find_in_row(importing, r);
        if (found > most || most == 0) {
            most = found;
            best = r;
        }
        if (found == importing->column_count) {
            importing->header = r;
            return CTE_OK;
        }
    }
    if (most > 0)
        find_in_row(importing, best);
    for (size_t i = 0; i < importing->column_count; i++) {
        if (most == 0 || importing->columns[i].place_count == 0)
            return cte_fail(error, CTE_BAD_INPUT, "%s%s%s: no row has all the headers; '%s' (column.%s) is missing%s",
                            importing->sheet.path, importing->sheet.tab != NULL ? ": " : "",
                            importing->sheet.tab != NULL ? importing->sheet.tab : "", importing->columns[i].header,
                            importing->columns[i].role, most > 0 ? " in the row that has most of them" : "");
    }
    return CTE_OK;
}

static int take_columns(struct importing *importing, struct cte_error *error)
{
    size_t at = 0;
    for (struct setting *s; (s = plan_next(&importing->plan, "column.", &at)) != NULL;) {
        if (importing->column_count == MAX_ROLES)
            return cte_fail(error, CTE_USAGE, "%s: more than %d columns", s->where, MAX_ROLES);
        importing->columns[importing->column_count++] = (struct column){.role = s->name + strlen("column."), .header = s->value};
    }
    if (importing->column_count == 0)
        return cte_fail(error, CTE_USAGE, "the plan names no column; add lines such as column.code = Pathway Code");
    return find_header(importing, error);
}

static int take_choices(struct importing *importing, struct cte_error *error)
{
    struct plan *plan = &importing->plan;
    int status = plan_choice(plan, "merged", "fill", "refuse", &importing->fill_merged, error);
    if (status == CTE_OK)
        status = plan_choice(plan, "headings", "skip", "refuse", &importing->skip_headings, error);
    if (status == CTE_OK)
        status = plan_choice(plan, "repeats", "once", "refuse", &importing->once, error);
    return status;
}

static int import_sheet(struct importing *importing, char **path, struct cte_error *error)
{
    const char *kind;
    xmlNodePtr root = NULL;
    int status = take_choices(importing, error);
    if (status != CTE_OK || (status = plan_need(&importing->plan, "table", &kind, error)) != CTE_OK ||
        (status = take_columns(importing, error)) != CTE_OK || (status = open_names(importing, error)) != CTE_OK)
        return status;
    if (strcmp(kind, "codeset") == 0)
        status = import_codeset(importing, &root, error);
    else if (strcmp(kind, "crosswalk") == 0)
        status = import_crosswalk(importing, &root, error);
    else
        status = cte_fail(error, CTE_USAGE, "table = %s: is codeset or crosswalk", kind);
    if (status == CTE_OK)
        status = plan_all_used(&importing->plan, error);
    if (status == CTE_OK && importing->problems > 0)
        status = cte_fail(error, CTE_BAD_INPUT, "%s: %zu problems; no table was made", importing->sheet.path, importing->problems);
    if (status == CTE_OK && importing->rows == 0)
        status = cte_fail(error, CTE_BAD_INPUT, "%s: no row stands under the headers; no table was made", importing->sheet.path);
    if (status == CTE_OK)
        status = draft_publish(importing->request, &importing->tables, root, NULL, NULL, path, error);
    if (root != NULL)
        xmlFreeDoc(root->doc);
    return status;
}

int command_import(const struct request *request)
{
    struct importing importing = {.request = request};
    struct cte_error error = {0};
    bool windows_1252 = false, restoring = false;
    char *path = NULL;
    if (request->operand_count != 1)
        return program_usage(request->program, "import takes one sheet");
    int status = plan_read(request, &importing.plan, &error);
    if (status == CTE_OK)
        status = plan_choice(&importing.plan, "encoding", "windows-1252", "utf-8", &windows_1252, &error);
    if (status == CTE_OK)
        status = tables_open(&importing.tables, request->program->codetables, &error);
    if (status == CTE_OK)
        status = sheet_read(request->operands[0], plan_get(&importing.plan, "sheet"), windows_1252, &importing.sheet, &error);
    if (status == CTE_OK) {
        restoring = is_exported(&importing.sheet);
        status = restoring ? restore(&importing, &path, &error) : import_sheet(&importing, &path, &error);
    }
    if (status != CTE_OK)
        return program_fail(request->program, &error);
    if (restoring)
        printf("%s\n", path);
    else
        printf("%s: a draft, of %zu rows of %s; put the sheet into codetables/sources too\n", path, importing.rows,
               importing.sheet.path);
    if (importing.repeats > 0)
        printf("%s: %zu rows or targets said again what another had said\n", importing.sheet.path, importing.repeats);
    free(path);
    return CTE_OK;
}
