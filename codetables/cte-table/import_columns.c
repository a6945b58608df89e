/* The columns that a plan names, found in a sheet by their headers. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"

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

int refuse_separator(const struct sheet *sheet, struct cte_error *error)
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

int find_columns(struct importing *importing, struct cte_error *error)
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

int open_code_names(struct importing *importing, const char *set_id, struct names **names,
                    struct cte_error *error)
{
    const int status = names_open(&importing->tables, set_id, names, error);
    if (status != CTE_OK)
        return status;
    GROW(importing->names, importing->name_count, importing->name_room);
    importing->names[importing->name_count++] = *names;
    return CTE_OK;
}
