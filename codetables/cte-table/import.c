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

/* The headers that the plan names, folded, and which of several alike. */
struct wanted {
    char *text[MAX_ROLES];
    size_t number[MAX_ROLES];
};

/* Finds the headers of the columns in a row of the sheet; how many of them stand there. */
static size_t find_in_row(struct importing *importing, const struct wanted *wanted, size_t number)
{
    const struct sheet_row *row = &importing->sheet.rows[number];
    size_t seen[MAX_ROLES] = {0}, found = 0;
    for (size_t i = 0; i < importing->column_count; i++)
        importing->columns[i].place_count = 0;
    for (size_t c = 0; c < row->count; c++) {
        char *text = row->cells[c].text != NULL ? folded(row->cells[c].text) : NULL;
        for (size_t i = 0; text != NULL && i < importing->column_count; i++) {
            struct column *column = &importing->columns[i];
            if (strcmp(text, wanted->text[i]) != 0 ||
                (++seen[i] != wanted->number[i] && wanted->number[i] != 0) ||
                column->place_count == MAX_PLACES)
                continue;
            found += column->place_count == 0;
            column->places[column->place_count++] = c;
        }
        free(text);
    }
    return found;
}

static int refuse_separator(const struct sheet *sheet, struct cte_error *error)
{
    return cte_fail(
        error, CTE_BAD_INPUT,
        "%s: the cells are separated by %s, it seems; save the sheet as CSV UTF-8 with commas",
        sheet->path, sheet->separator);
}

/* The row in which every header stands; the plan may name it, else it is the first one. */
static int search_header(struct importing *importing, const struct wanted *wanted,
                         struct cte_error *error)
{
    const char *given = plan_get(&importing->plan, "header");
    unsigned long line = given != NULL ? strtoul(given, NULL, 10) : 0;
    size_t best = 0, most = 0;
    if (given != NULL && line == 0)
        return cte_fail(error, CTE_USAGE, "header = %s: is the number of a row", given);
    for (size_t r = 0; r < importing->sheet.row_count; r++) {
        if (line != 0 && importing->sheet.rows[r].line != line)
            continue;
        size_t found = find_in_row(importing, wanted, r);
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
        find_in_row(importing, wanted, best);
    if (most == 0 && importing->sheet.separator != NULL)
        return refuse_separator(&importing->sheet, error);
    for (size_t i = 0; i < importing->column_count; i++) {
        if (most == 0 || importing->columns[i].place_count == 0)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s%s%s: no row has all the headers; '%s' (column.%s) is missing%s",
                            importing->sheet.path, importing->sheet.tab != NULL ? ": " : "",
                            importing->sheet.tab != NULL ? importing->sheet.tab : "",
                            importing->columns[i].header, importing->columns[i].role,
                            most > 0 ? " in the row that has most of them" : "");
    }
    return CTE_OK;
}

static int find_header(struct importing *importing, struct cte_error *error)
{
    struct wanted wanted;
    for (size_t i = 0; i < importing->column_count; i++)
        wanted.number[i] = header_wanted(importing->columns[i].header, &wanted.text[i]);
    int status = search_header(importing, &wanted, error);
    for (size_t i = 0; i < importing->column_count; i++)
        free(wanted.text[i]);
    return status;
}

static int take_columns(struct importing *importing, struct cte_error *error)
{
    size_t at = 0;
    const char *role;
    importing->column_count = 0;
    for (struct setting *s; (s = plan_next(&importing->plan, "column.", &at, &role)) != NULL;) {
        if (importing->column_count == MAX_ROLES)
            return cte_fail(error, CTE_USAGE, "%s: more than %d columns", s->where, MAX_ROLES);
        importing->columns[importing->column_count++] =
            (struct column){.role = role, .header = s->value};
    }
    if (importing->column_count == 0)
        return cte_fail(error, CTE_USAGE,
                        "the plan names no column; add lines such as column.code = Pathway Code");
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

/* ---- what is hidden ---- */

/* Numbers as "5 to 8, 12", as they come; how many. */
struct spans {
    struct text text;
    unsigned first, last;
    size_t count;
};

static void end_span(struct spans *spans)
{
    if (spans->first == 0)
        return;
    text_join(&spans->text, ", ", "");
    text_format(&spans->text, "%u", spans->first);
    if (spans->first != spans->last)
        text_format(&spans->text, " to %u", spans->last);
}

static void add_number(struct spans *spans, unsigned number)
{
    if (spans->first == 0 || number != spans->last + 1) {
        end_span(spans);
        spans->first = number;
    }
    spans->last = number;
    spans->count++;
}

/* Rows and columns that nobody sees count like the others; whoever made the sheet may have meant
 * them to be left out. */
static void tell_hidden(const struct importing *importing)
{
    const struct sheet *sheet = &importing->sheet;
    struct spans rows = {0};
    char letters[8];
    if (sheet->tab_hidden)
        printf("%s: the sheet '%s' is hidden; it was taken all the same\n", sheet->path,
               sheet->tab);
    for (size_t r = importing->header + 1; r < sheet->row_count; r++) {
        if (sheet->rows[r].hidden && sheet->rows[r].count > 0)
            add_number(&rows, sheet->rows[r].line);
    }
    end_span(&rows);
    if (rows.count > 0)
        printf("%s: %s: %zu hidden rows were taken like the others: %s\n", sheet->path, sheet->tab,
               rows.count, text_string(&rows.text));
    text_free(&rows.text);
    for (size_t i = 0; i < importing->column_count; i++) {
        for (size_t p = 0; p < importing->columns[i].place_count; p++) {
            size_t place = importing->columns[i].places[p];
            if (sheet->column_hidden[place])
                printf("%s: %s: column %s is hidden; it was taken like the others\n", sheet->path,
                       sheet->tab, column_letters(place, letters));
        }
    }
}

/* ---- the sheets of a table ---- */

int begin_sheet(struct importing *importing, size_t number, struct cte_error *error)
{
    importing->plan.map = importing->map_count > 0 ? importing->maps[number] : NULL;
    importing->sheet = importing->sheets[number];
    int status = take_choices(importing, error);
    if (status == CTE_OK && (status = take_columns(importing, error)) == CTE_OK)
        status = open_names(importing, error);
    if (status == CTE_OK)
        tell_hidden(importing);
    return status;
}

void end_sheet(struct importing *importing, size_t number, size_t rows_before)
{
    if (importing->rows == rows_before)
        importing->bare = &importing->sheets[number];
    importing->plan.map = NULL;
}

int import_head(struct importing *importing, xmlNodePtr root, struct cte_error *error)
{
    int status = draft_title(root, &importing->plan, error);
    for (size_t i = 0; i < importing->sheet_count && status == CTE_OK; i++) {
        importing->plan.map = importing->map_count > 0 ? importing->maps[i] : NULL;
        status = draft_sheet(root, &importing->plan, importing->sheets[i].path,
                             importing->sheets[i].sha256, error);
    }
    importing->plan.map = NULL;
    draft_notes(root, &importing->plan);
    return status;
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
        status =
            draft_write(importing->request, &importing->tables, root, NULL, NULL, draft, error);
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
        if (plan_choice(&importing->plan, "encoding", "windows-1252", "utf-8", &windows_1252,
                        error) != CTE_OK ||
            sheet_read(path, plan_get(&importing->plan, "sheet"), windows_1252,
                       &importing->sheets[i], error) != CTE_OK)
            return error->status;
    }
    importing->plan.map = NULL;
    importing->sheet = importing->sheets[0];
    return CTE_OK;
}

int command_import(const struct request *request)
{
    static struct importing importing; /* it lives until the program ends, as its sheets do */
    importing.request = request;
    struct cte_error error = {0};
    bool restoring = false;
    struct draft draft = {.path = NULL};
    if (request->operand_count == 0)
        return program_usage(request->program,
                             "import takes a sheet, or one for each map of the table");
    int status = plan_read(request, &importing.plan, &error);
    const char *kind = plan_get(&importing.plan, "table");
    bool is_crosswalk = kind != NULL && strcmp(kind, "crosswalk") == 0;
    if (status == CTE_OK && kind != NULL && !is_crosswalk && strcmp(kind, "codeset") != 0)
        status = cte_fail(&error, CTE_USAGE, "table = %s: is codeset or crosswalk", kind);
    if (status == CTE_OK && is_crosswalk)
        status = take_maps(&importing, &error);
    if (status == CTE_OK)
        status = tables_open(&importing.tables, request->program->codetables, &error);
    if (status == CTE_OK)
        status = read_sheets(&importing, &error);
    if (status == CTE_OK) {
        restoring = importing.sheet_count == 1 && is_exported(&importing.sheet);
        if (!restoring && kind == NULL && importing.sheet.separator != NULL)
            status = refuse_separator(&importing.sheet, &error);
        else if (restoring ||
                 (status = plan_need(&importing.plan, "table", &kind, &error)) == CTE_OK)
            status = restoring ? restore(&importing, &draft, &error)
                               : import_sheets(&importing, kind, &draft, &error);
    }
    if (status != CTE_OK)
        return program_fail(request->program, &error);
    if (restoring)
        printf("%s\n", draft.path);
    else
        printf("%s: a draft, of %zu rows of %s; put %s into %s/sources too\n", draft.path,
               importing.rows, request->operand_count == 1 ? request->operands[0] : "the sheets",
               request->operand_count == 1 ? "the sheet" : "them", importing.tables.folder);
    if (importing.repeats > 0)
        printf("%s: %zu rows or targets said again what another had said\n", importing.sheet.path,
               importing.repeats);
    return draft_publish(&draft, &error) == CTE_OK ? CTE_OK
                                                   : program_fail(request->program, &error);
}
