/* The academic years of a row of the sheet, of the whole sheet, and of the name of its file. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/year.h"
#include "codetables/cte-table/import.h"

/* The same of a cell or setting: a year alone is one only where the plan says which it is. */
static char *year_meant(const struct importing *importing, const char *text)
{
    const enum lone_year lone = importing->reading.lone_year;
    if (lone == LONE_YEAR_IS_NONE || strlen(text) != 4 || strspn(text, "0123456789") != 4)
        return year_from(text);
    const int year = atoi(text) - (lone == LONE_YEAR_ENDS);
    char years[YEARS_TEXT];
    return year >= 0 ? cte_strdup(year_text(year, years)) : NULL;
}

char *cell_year(struct importing *importing, const struct sheet_row *row, const char *role,
                bool *bad)
{
    const struct column *column = column_of(importing, role);
    char *text = column != NULL ? cell_day_text(importing, row, column->places[0], bad) : NULL;
    if (text == NULL)
        return NULL;
    char *year = arena_take(&importing->words, year_meant(importing, text));
    if (year == NULL) {
        problem(
            importing, row, column->places[0],
            "'%.*s' is no academic year CCYY-CCYY and no day as CCYY-MM-DD, CCYYMMDD or M/D/CCYY%s",
            SHOWN_IN_MESSAGE, text,
            looks_like_date(text, false) ? "; it looks like a date that Excel made of one: format "
                                           "the column as text and type it again"
                                         : "");
        *bad = true;
    }
    free(text);
    return year;
}

void row_years(struct importing *importing, const struct sheet_row *row, char *const whole[2],
               char *years[2], bool *bad)
{
    static const char *const roles[] = {"first", "last"};
    const struct column *column = NULL;
    for (size_t i = 0; i < 2; i++) {
        years[i] = whole[i] != NULL ? whole[i] : cell_year(importing, row, roles[i], bad);
        column = column_of(importing, roles[i]) != NULL ? column_of(importing, roles[i]) : column;
    }
    /* CCYY-CCYY is in the order of the years. */
    if (column == NULL || years[0] == NULL || years[1] == NULL || strcmp(years[0], years[1]) <= 0)
        return;
    problem(importing, row, column->places[0],
            "the last year, %s, is before the first, %s; correct one, or take the row out if it "
            "never held",
            years[1], years[0]);
    *bad = true;
}

/* The one academic year in the name of the sheet's file. To be freed; NULL where there is none, or
 * several. */
static char *year_of_file(const struct importing *importing)
{
    const char *path = importing->sheet.path, *name = strrchr(path, '/');
    const bool lone = importing->reading.lone_year != LONE_YEAR_IS_NONE;
    char *found = NULL;
    for (name = name != NULL ? name + 1 : path; *name != '\0';) {
        size_t length = isdigit((unsigned char)*name) ? strspn(name, "0123456789-") : 0;
        while (length > 0 && name[length - 1] == '-')
            length--;
        char *text = cte_format("%.*s", (int)length, name);
        char *year = length >= 7 || (lone && length == 4) ? year_meant(importing, text) : NULL;
        free(text);
        name += length > 0 ? length : 1;
        if (year != NULL && found != NULL) {
            free(year);
            free(found);
            return NULL;
        }
        found = year != NULL ? year : found;
    }
    return found;
}

static int plan_year(struct importing *importing, const char *role, char **year,
                     struct cte_error *error)
{
    const char *given = plan_get(&importing->plan, role);
    const bool of_file = given != NULL && strcmp(given, "file") == 0;
    char *meant = of_file         ? year_of_file(importing)
                  : given != NULL ? year_meant(importing, given)
                                  : NULL;
    *year = meant != NULL ? arena_take(&importing->words, meant) : NULL;
    if (given == NULL)
        return CTE_OK;
    if (*year == NULL && of_file)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: its name holds no academic year, CCYY-CCYY or CCYY-YY, or several; "
                        "set %s = CCYY-CCYY (for CCYY alone set lone-year, too)",
                        importing->sheet.path, role);
    if (of_file)
        text_format(&importing->said, "%s: %s = %s, from the name of the file\n",
                    importing->sheet.path, role, *year);
    if (*year == NULL)
        return cte_fail(error, CTE_USAGE,
                        "%s = %s: is an academic year, CCYY-CCYY, or a day in it, CCYY-MM-DD", role,
                        given);
    if (column_of(importing, role) != NULL)
        return cte_fail(
            error, CTE_USAGE,
            "%s and column.%s: the year is that of the whole sheet, or of each row; set one", role,
            role);
    return CTE_OK;
}

int plan_years(struct importing *importing, char *years[2], struct cte_error *error)
{
    if (plan_year(importing, "first", &years[0], error) == CTE_OK &&
        plan_year(importing, "last", &years[1], error) == CTE_OK && years[0] != NULL &&
        years[1] != NULL && strcmp(years[0], years[1]) > 0)
        cte_fail(error, CTE_USAGE, "last = %s: is before first = %s", years[1], years[0]);
    return error->status;
}
