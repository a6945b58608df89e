/* The columns that a plan names, found in a sheet by their headers. */
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"

/* The headers that the plan names for a column, any of which may be its own, folded, and which of
 * several alike. */
enum { MAX_ALIASES = 8 };

struct wanted {
    char *text[MAX_ALIASES], *bare[MAX_ALIASES]; /* bare: without brackets */
    size_t number[MAX_ALIASES];
    size_t count;
};

/* The folded copy of a header without the brackets in it, which come and go from year to year. */
static char *without_brackets(const char *header)
{
    char *bare = cte_strdup(header), *end = bare;
    for (const char *c = header; *c != '\0'; c++)
        *end++ = strchr("()[]", *c) != NULL ? ' ' : *c;
    *end = '\0';
    char *fold = folded(bare);
    free(bare);
    return fold;
}

/* "Career Cluster#2" is the second column of that header. */
static void want_header(struct wanted *wanted, const char *header)
{
    const char *mark = strrchr(header, '#');
    char *end = NULL;
    unsigned long number = mark != NULL ? strtoul(mark + 1, &end, 10) : 0;
    const bool is_numbered = number != 0 && *end == '\0';
    char *name =
        is_numbered ? cte_format("%.*s", (int)(mark - header), header) : cte_strdup(header);
    wanted->text[wanted->count] = folded(name);
    wanted->bare[wanted->count] = without_brackets(name);
    wanted->number[wanted->count++] = is_numbered ? number : 0;
    free(name);
}

static void free_wanted(struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        free(wanted->text[i]);
        free(wanted->bare[i]);
    }
}

/* The cells of a row as headers, folded. */
struct header_row {
    char **text, **bare;
    size_t count;
};

static void fold_row(const struct sheet_row *row, struct header_row *folds)
{
    *folds = (struct header_row){cte_zalloc(row->count + 1, sizeof(char *)),
                                 cte_zalloc(row->count + 1, sizeof(char *)), row->count};
    for (size_t c = 0; c < row->count; c++) {
        const char *header = row->cells[c].text != NULL ? row->cells[c].text : "";
        folds->text[c] = folded(header);
        folds->bare[c] = without_brackets(header);
    }
}

static void free_header_row(struct header_row *folds)
{
    for (size_t c = 0; c < folds->count; c++) {
        free(folds->text[c]);
        free(folds->bare[c]);
    }
    free(folds->text);
    free(folds->bare);
}

/* The places of the header `name`: all, or the one of that number. */
static bool find_places(char *const *headers, size_t count, const char *name, size_t number,
                        struct column *column)
{
    size_t seen = 0;
    for (size_t c = 0; c < count && name[0] != '\0' && column->place_count < MAX_PLACES; c++) {
        if (strcmp(headers[c], name) == 0 && (++seen == number || number == 0))
            column->places[column->place_count++] = c;
    }
    return column->place_count > 0;
}

/* Finds the headers of the columns in a row of the sheet; how many of them stand there. A column is
 * the one that has the first of its names; only where none has one, brackets do not count. */
static size_t find_in_row(struct importing *importing, const struct wanted *wanted, size_t number)
{
    struct header_row folds;
    size_t found = 0;
    fold_row(&importing->sheet.rows[number], &folds);
    for (size_t i = 0; i < importing->column_count; i++) {
        const struct wanted *one = &wanted[i];
        struct column *column = &importing->columns[i];
        bool is_there = false;
        column->place_count = 0;
        for (size_t n = 0; n < one->count && !is_there; n++)
            is_there = find_places(folds.text, folds.count, one->text[n], one->number[n], column);
        for (size_t n = 0; n < one->count && !is_there; n++)
            is_there = find_places(folds.bare, folds.count, one->bare[n], one->number[n], column);
        found += is_there;
    }
    free_header_row(&folds);
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

/* The parts of a setting, without blanks at their edges. */
static char **split_texts(struct arena *memory, const char *text, const char *between,
                          size_t *count)
{
    size_t most = 1;
    for (const char *c = text; (c = strstr(c, between)) != NULL; c += strlen(between))
        most++;
    char **parts = arena_alloc(memory, most * sizeof *parts);
    for (*count = 0; *count < most; (*count)++) {
        const char *end = strstr(text, between);
        const size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
        char *part = trimmed(text, length);
        parts[*count] = part != NULL ? arena_take(memory, part) : arena_string(memory, "");
        text += length + (end != NULL ? strlen(between) : 0);
    }
    return parts;
}

static int find_header(struct importing *importing, struct cte_error *error)
{
    struct wanted *wanted = cte_zalloc(importing->column_count, sizeof *wanted);
    int status = CTE_OK;
    for (size_t i = 0; i < importing->column_count && status == CTE_OK; i++) {
        const char *header = importing->columns[i].header;
        struct arena memory = {0};
        size_t count;
        char **names = split_texts(&memory, header, " | ", &count);
        if (count > MAX_ALIASES)
            status = cte_fail(error, CTE_USAGE, "column.%s = %s: more than %d names of a column",
                              importing->columns[i].role, header, MAX_ALIASES);
        for (size_t n = 0; n < count && status == CTE_OK; n++)
            want_header(&wanted[i], names[n]);
        arena_free(&memory);
    }
    if (status == CTE_OK)
        status = search_header(importing, wanted, error);
    for (size_t i = 0; i < importing->column_count; i++)
        free_wanted(&wanted[i]);
    free(wanted);
    return status;
}

/* The role's columns: several where the plan joins them, as `Program Code + Course Code`. */
static int add_columns(struct importing *importing, const struct setting *setting, const char *role,
                       struct cte_error *error)
{
    size_t count;
    char **headers = split_texts(&importing->words, setting->value, " + ", &count);
    if (count > 1 && strcmp(role, importing->key_role) != 0 && strcmp(role, "name") != 0)
        return cte_fail(error, CTE_USAGE,
                        "%s: column.%s = %s: only a code and its name are joined from several "
                        "columns",
                        setting->where, role, setting->value);
    for (size_t i = 0; i < count; i++) {
        if (importing->column_count == MAX_ROLES)
            return cte_fail(error, CTE_USAGE, "%s: more than %d columns", setting->where,
                            MAX_ROLES);
        importing->columns[importing->column_count++] =
            (struct column){.role = role, .header = headers[i]};
    }
    return CTE_OK;
}

int find_columns(struct importing *importing, struct cte_error *error)
{
    size_t at = 0;
    const char *role;
    importing->column_count = 0;
    for (struct setting *s; (s = plan_next(&importing->plan, "column.", &at, &role)) != NULL;) {
        if (add_columns(importing, s, role, error) != CTE_OK)
            return error->status;
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
