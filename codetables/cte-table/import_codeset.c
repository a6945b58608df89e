/* Rows of a sheet as the codes of a code set. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/cte-table/import.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

/* What the format knows of a code by itself, in the order in which it is written; all other roles
 * are properties. */
static const char *const fixed[] = {"value", "name", "first", "last", "basis", "with"};
enum { FIXED = sizeof fixed / sizeof *fixed, VALUE = 0, NAME, FIRST, LAST, BASIS, WITH };

struct codes {
    struct importing *importing;
    /* the highest version of the same code set that is already there, or NULL */
    struct names *earlier;
    const char *basis, *form;
    char *years[2]; /* the first and last of the whole sheet, each NULL where not given */
    bool numbers_are_codes, names_optional;
    struct seen *seen;
    struct seen *named;      /* each code of each span of years, and each with its name */
    size_t renamed;          /* rows that give a code another name in the same years */
    size_t first_renamed[2]; /* the first of them, and the row it differs from */
};

static bool has_form(const char *text, const char *form)
{
    for (; *text != '\0' && *form != '\0'; text++, form++) {
        if (*form == '#'   ? !isdigit((unsigned char)*text)
            : *form == '@' ? !isalpha((unsigned char)*text)
                           : *form != *text)
            return false;
    }
    return *text == *form;
}

/* 7,110: digits in threes. */
static bool has_thousands(const char *text)
{
    size_t head = strspn(text, "0123456789");
    if (head == 0 || head > 3 || text[head] != ',')
        return false;
    for (text += head; *text == ','; text += 4) {
        if (strspn(text + 1, "0123456789") != 3)
            return false;
    }
    return *text == '\0' || *text == '.';
}

/* A new code is compared with nothing, so what may have harmed it must not be there: a number, an
 * unlikely form. */
static bool is_sound_value(struct codes *codes, const struct sheet_row *row, const char *text)
{
    struct importing *importing = codes->importing;
    size_t column = column_of(importing, fixed[VALUE])->places[0];
    const char *zeros = codes->earlier != NULL &&
                                codeset_find(names_set(codes->earlier), text, strlen(text)) == NULL
                            ? names_with_zeros(codes->earlier, text)
                            : NULL;
    if (sheet_cell(row, column)->sort == CELL_NUMBER && !codes->numbers_are_codes)
        problem(importing, row, column,
                "holds the number %s, and a number loses zeros; format the column as text and type "
                "the codes "
                "again, or set numbers = codes if the column shows each code whole",
                text);
    else if (zeros != NULL)
        problem(importing, row, column,
                "'%.*s' is new, but the earlier version has %s: zeros before the code were lost; "
                "format the column as "
                "text and type the code again",
                SHOWN_IN_MESSAGE, text, zeros);
    else if (looks_like_date(text, true) || has_thousands(text))
        problem(importing, row, column,
                "'%.*s' looks like %s that a spreadsheet made of a code; format the column as text "
                "and type the code again",
                SHOWN_IN_MESSAGE, text, has_thousands(text) ? "a number" : "a date");
    else if (codes->form != NULL && !has_form(text, codes->form))
        problem(importing, row, column,
                "'%.*s' has not the form %s of a code; were zeros before or after it lost?",
                SHOWN_IN_MESSAGE, text, codes->form);
    else if (odd_character(text, true) != 0)
        problem(importing, row, column, "'%.*s' is no code: it holds U+%04lX", SHOWN_IN_MESSAGE,
                text, odd_character(text, true));
    else
        return true;
    return false;
}

/* A property: as it stands, or the code that it means in the code set the plan names for it. */
static char *property_text(struct codes *codes, const struct sheet_row *row,
                           const struct column *column, bool *bad)
{
    char *text = cell_text(codes->importing, row, column->places[0], bad);
    if (text == NULL || column->names == NULL)
        return arena_take(&codes->importing->words, text);
    const struct code *code = cell_code(codes->importing, row, column->places[0],
                                        &(struct wanted_code){.names = column->names}, text);
    free(text);
    *bad = *bad || code == NULL;
    return code != NULL ? arena_string(&codes->importing->words, code->value) : NULL;
}

/* The name of a code. Where the plan lets a code do without, it is called as it is. */
static const char *name_text(struct codes *codes, const struct sheet_row *row, const char *value,
                             bool *bad)
{
    struct importing *importing = codes->importing;
    char *name = role_text(importing, row, fixed[NAME], bad);
    text_clear(&importing->remarks);
    if (name != NULL)
        cut_remarks(importing, NULL, name);
    return name == NULL && !*bad && codes->names_optional ? value : name;
}

static bool is_fixed(const char *role)
{
    for (size_t i = 0; i < FIXED; i++) {
        if (strcmp(role, fixed[i]) == 0)
            return true;
    }
    return false;
}

/* What two rows must share to say the same: everything, names and properties folded. */
static void add_folded(struct text *key, const char *text)
{
    char *fold = folded(text != NULL ? text : "");
    text_format(key, "%s\n", fold);
    free(fold);
}

/* Notes a code that another row calls otherwise in the same years: it may be two codes. */
static void note_name(struct codes *codes, const struct sheet_row *row, const char *const *values)
{
    struct text key = {0};
    text_format(&key, "%s\n", values[VALUE]);
    add_folded(&key, values[FIRST]);
    add_folded(&key, values[LAST]);
    add_folded(&key, values[WITH]);
    const size_t before = seen_put(codes->named, text_string(&key), row->line);
    add_folded(&key, values[NAME]);
    const bool is_new_name = seen_put(codes->named, text_string(&key), row->line) == 0;
    text_free(&key);
    if (before == 0 || !is_new_name)
        return;
    if (codes->renamed++ == 0) {
        codes->first_renamed[0] = row->line;
        codes->first_renamed[1] = before;
    }
}

static void take_row(struct codes *codes, const struct sheet_row *row, xmlNodePtr root)
{
    struct importing *importing = codes->importing;
    bool bad = false;
    const char *values[FIXED + MAX_ROLES] = {0};
    struct text key = {0};
    char *years[2];
    size_t at = column_of(importing, fixed[VALUE])->places[0];
    values[VALUE] = arena_take(&importing->words, key_text(importing, row, &bad));
    values[NAME] = name_text(codes, row, values[VALUE], &bad);
    row_years(importing, row, codes->years, years, &bad);
    values[FIRST] = years[0];
    values[LAST] = years[1];
    values[BASIS] = column_of(importing, fixed[BASIS]) != NULL
                        ? role_text(importing, row, fixed[BASIS], &bad)
                        : codes->basis;
    values[WITH] = column_of(importing, fixed[WITH]) != NULL
                       ? property_text(codes, row, column_of(importing, fixed[WITH]), &bad)
                       : NULL;
    if (values[VALUE] == NULL && !bad)
        problem(importing, row, at, "the row has no code; fill it, or take the row out");
    else if (values[NAME] == NULL && !bad)
        problem(importing, row, column_of(importing, fixed[NAME])->places[0],
                "the code has no name");
    bad = bad || values[VALUE] == NULL || values[NAME] == NULL ||
          !is_sound_value(codes, row, values[VALUE]);
    for (size_t i = 0; i < importing->column_count; i++) {
        if (!is_fixed(importing->columns[i].role))
            values[FIXED + i] = property_text(codes, row, &importing->columns[i], &bad);
    }
    if (bad)
        return;
    text_add(&key, values[VALUE]);
    for (size_t i = NAME; i < FIXED + importing->column_count; i++)
        add_folded(&key, values[i]);
    size_t before = seen_put(codes->seen, text_string(&key), row->line);
    text_free(&key);
    if (before != 0) {
        if (!importing->once)
            problem(importing, row, at,
                    "says again what row %zu says; take one out, or set repeats = once", before);
        importing->repeats++;
        return;
    }
    note_name(codes, row, values);
    xmlNodePtr node = draft_add(root, "code");
    for (size_t i = 0; i < FIXED; i++)
        draft_put(node, fixed[i], values[i]);
    for (size_t i = 0; i < importing->column_count; i++) {
        if (!is_fixed(importing->columns[i].role))
            draft_put(node, importing->columns[i].role, values[FIXED + i]);
    }
    if (column_of(importing, "remark") == NULL)
        draft_put(node, "remark", text_string(&importing->remarks));
    importing->rows++;
}

static int check_roles(struct importing *importing, bool names_optional, struct cte_error *error)
{
    for (size_t i = 0; i < importing->column_count; i++) {
        const struct column *column = &importing->columns[i];
        if (column->place_count > 1) {
            char first[8], second[8];
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: the header '%s' stands in columns %s and %s; say which, as column.%s = %s#2",
                importing->sheet.path, column->header, column_letters(column->places[0], first),
                column_letters(column->places[1], second), column->role, column->header);
        }
        if (xmlValidateNCName((const xmlChar *)column->role, 0) != 0)
            return cte_fail(error, CTE_USAGE,
                            "column.%s: a property is named by letters, digits and hyphens",
                            column->role);
    }
    for (size_t i = VALUE; i <= NAME; i++) {
        if (column_of(importing, fixed[i]) == NULL && (i == VALUE || !names_optional))
            return cte_fail(error, CTE_USAGE,
                            "the plan does not say which column holds the %s: set column.%s",
                            i == VALUE ? "codes" : "names", fixed[i]);
    }
    return CTE_OK;
}

int import_codeset(struct importing *importing, xmlNodePtr *root, struct cte_error *error)
{
    struct codes codes = {.importing = importing, .seen = seen_new(), .named = seen_new()};
    struct plan *plan = &importing->plan;
    *root = draft_new("codeset");
    importing->key_role = fixed[VALUE];
    int status = begin_sheet(importing, 0, error);
    if (status == CTE_OK)
        status = plan_choose(plan, (struct plan_choice){"names", "optional", "needed"},
                             &codes.names_optional, error);
    if (status == CTE_OK)
        status = check_roles(importing, codes.names_optional, error);
    if (status == CTE_OK)
        status = draft_identity(*root, plan, error);
    if (status == CTE_OK && column_of(importing, fixed[BASIS]) == NULL)
        status = plan_need(plan, "basis", &codes.basis, error);
    if (status == CTE_OK)
        status = plan_choose(plan, (struct plan_choice){"numbers", "codes", "refuse"},
                             &codes.numbers_are_codes, error);
    if (status == CTE_OK)
        status = plan_years(importing, codes.years, error);
    if (status != CTE_OK) {
        seen_free(codes.seen);
        seen_free(codes.named);
        return status;
    }
    codes.form = plan_get(plan, "form");
    draft_put(*root, "complete-through", plan_get(plan, "complete-through"));
    draft_put(*root, "kind", column_of(importing, fixed[WITH]) != NULL ? "pairs" : "list");
    /* An earlier version shows which codes had zeros before them. That there is none is no error.
     */
    struct cte_error none = {0};
    if (open_code_names(importing, plan_get(plan, "id"), &codes.earlier, &none) != CTE_OK)
        codes.earlier = NULL;
    status = import_head(importing, *root, error);
    for (size_t r = importing->header + 1; r < importing->sheet.row_count && status == CTE_OK;
         r++) {
        const struct sheet_row *row = &importing->sheet.rows[r];
        struct column key = *column_of(importing, fixed[VALUE]);
        key.names = codes.earlier;
        if (!is_passed_over(importing, row, &key))
            take_row(&codes, row, *root);
    }
    if (codes.renamed > 0)
        text_format(
            &importing->said,
            "%s: %zu rows give a code another name in the same years, the first of them %zu "
            "(first named in row %zu); are these two codes?\n",
            importing->sheet.path, codes.renamed, codes.first_renamed[0], codes.first_renamed[1]);
    end_sheet(importing, 0, 0);
    seen_free(codes.seen);
    seen_free(codes.named);
    return status;
}
