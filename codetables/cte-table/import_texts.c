/* The texts of a row by what they are: codes in several columns, forms of codes, remarks within
 * names. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/text.h"
#include "codetables/cte-table/import.h"

int read_reading(struct importing *importing, struct cte_error *error)
{
    struct plan *plan = &importing->plan;
    struct reading *reading = &importing->reading;
    const char *lone = plan_get(plan, "lone-year"), *joined = plan_get(plan, "joined-by");
    *reading = (struct reading){.joined_by = joined != NULL ? joined : "-"};
    if (lone != NULL && strcmp(lone, "begins") != 0 && strcmp(lone, "ends") != 0)
        return cte_fail(error, CTE_USAGE,
                        "lone-year = %s: is begins or ends: which academic year CCYY alone is",
                        lone);
    reading->lone_year = lone == NULL                ? LONE_YEAR_IS_NONE
                         : strcmp(lone, "ends") == 0 ? LONE_YEAR_ENDS
                                                     : LONE_YEAR_BEGINS;
    if (plan_choose(plan, (struct plan_choice){"remarks", "note", "refuse"},
                    &reading->remarks_are_notes, error) == CTE_OK &&
        plan_choose(plan, (struct plan_choice){"formulas", "texts", "refuse"},
                    &reading->formula_texts, error) == CTE_OK)
        plan_choose(plan, (struct plan_choice){"digits", "form", "refuse"}, &reading->fill_form,
                    error);
    return error->status;
}

/* How often a mark stands in a text, also where one overlaps another. */
static size_t count_marks(const char *text, const char *mark)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, mark)) != NULL; at++)
        count++;
    return count;
}

/* What a column of that role holds, or of all columns that the plan joins under it. A code lacks no
 * part. */
static char *joined_text(struct importing *importing, const struct sheet_row *row, const char *role,
                         const char *between, bool *bad)
{
    const bool is_code = between == importing->reading.joined_by;
    struct text joined = {0};
    const struct column *blank = NULL, *last = NULL;
    size_t parts = 0;
    for (size_t i = 0; i < importing->column_count; i++) {
        const struct column *column = &importing->columns[i];
        if (strcmp(column->role, role) != 0)
            continue;
        char *text = cell_text(importing, row, column->places[0], bad);
        if (text != NULL)
            text_join(&joined, between, text);
        else
            blank = column;
        last = column;
        parts++;
        free(text);
    }
    if (is_code && blank != NULL && joined.length > 0 && !*bad) {
        problem(importing, row, blank->places[0],
                "the code lacks its part '%s'; fill it, or take the row out", blank->header);
        *bad = true;
    } else if (is_code && parts > 1 && joined.length > 0 && !*bad &&
               count_marks(text_string(&joined), between) != parts - 1) {
        /* Where it stands once between any two parts and nowhere else, no other parts make the same
         * code. */
        problem(importing, row, last->places[0],
                "a part of the code '%.*s' holds '%s', or begins or ends it, which stands between "
                "the parts, so that two codes could become one; set joined-by = what no part holds",
                SHOWN_IN_MESSAGE, text_string(&joined), between);
        *bad = true;
    }
    if (joined.length > 0 && !*bad)
        return text_take(&joined);
    text_free(&joined);
    return NULL;
}

char *in_form(struct importing *importing, const char *role, char *text)
{
    if (!importing->reading.fill_form)
        return text;
    char *name = cte_format("form.%s", role);
    const char *form = plan_get(&importing->plan, name);
    free(name);
    if (form == NULL && strcmp(role, importing->key_role) == 0)
        form = plan_get(&importing->plan, "form");
    if (form == NULL || text == NULL)
        return text;
    size_t digits = 0;
    for (const char *f = form; *f != '\0'; f++)
        digits += *f == '#';
    if (strlen(text) != digits || strspn(text, "0123456789") != digits)
        return text;
    char *filled = cte_strdup(form);
    const char *next = text;
    for (char *f = filled; *f != '\0'; f++)
        *f = *f == '#' ? *next++ : *f;
    free(text);
    return filled;
}

char *key_text(struct importing *importing, const struct sheet_row *row, bool *bad)
{
    return in_form(
        importing, importing->key_role,
        joined_text(importing, row, importing->key_role, importing->reading.joined_by, bad));
}

char *role_text(struct importing *importing, const struct sheet_row *row, const char *role,
                bool *bad)
{
    return arena_take(&importing->words, joined_text(importing, row, role, " / ", bad));
}

/* The length of the text before the bracket that ends it; 0 where none does. */
static size_t before_bracket(const char *text, size_t length)
{
    if (length == 0 || text[length - 1] != ')')
        return 0;
    while (length > 0 && text[length - 1] != '(')
        length--;
    while (length > 0 && strchr(" (", text[length - 1]) != NULL)
        length--;
    return length;
}

/* "(a) (b)" as "a; b". */
static void add_remarks(struct importing *importing, const char *brackets)
{
    for (const char *open = strchr(brackets, '('); open != NULL; open = strchr(open + 1, '(')) {
        text_join(&importing->remarks, "; ", "");
        text_put(&importing->remarks, open + 1, strcspn(open + 1, ")"));
    }
}

void cut_remarks(struct importing *importing, const struct names *names, char *text)
{
    const struct code *found[NAMES_MAX_FOUND];
    if (!importing->reading.remarks_are_notes ||
        (names != NULL && names_find(names, text, found) > 0))
        return;
    char *name = cte_strdup(text);
    size_t length = strlen(name);
    for (size_t shorter; (shorter = before_bracket(name, length)) > 0 &&
                         (names == NULL || !names_end_with(names, name + shorter));) {
        length = shorter;
        name[length] = '\0';
        if (names != NULL && names_find(names, name, found) > 0)
            break;
    }
    if (length < strlen(text) && (names == NULL || names_find(names, name, found) > 0)) {
        add_remarks(importing, text + length);
        text[length] = '\0';
    }
    free(name);
}

const char *note_with_remarks(struct importing *importing, const char *note)
{
    if (importing->remarks.length == 0)
        return note;
    char *both = note != NULL ? cte_format("%s; %s", note, text_string(&importing->remarks))
                              : cte_strdup(text_string(&importing->remarks));
    return arena_take(&importing->words, both);
}
