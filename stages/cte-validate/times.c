/* When a rule is in force, and how severe it is then. */
#include "codetables/base/day.h"
#include "stages/cte-validate/validate.h"

static void add_current_year(struct validating *validating, int year)
{
    if (validating->current_year_count < MAX_CURRENT_YEARS)
        validating->current_years[validating->current_year_count++] = year;
}

/* A window of one academic year is open from its first day to its deadline, or to the end of its
 * amendment. Where nobody has read when it opens, it is open since its year began. */
static bool is_open(const struct code *window, int day)
{
    const char *opens = code_property(window, "opens"),
               *deadline = code_property(window, "deadline"),
               *amendment = code_property(window, "amendment");
    const int first = opens != NULL ? read_day(opens) : first_day_of_year(window->first),
              amended = amendment != NULL ? read_day(amendment) : DAY_NONE,
              last = amended == DAY_NONE && deadline != NULL ? read_day(deadline) : amended;
    return window->first == window->last && day >= first && day <= last;
}

int find_current_years(struct validating *validating)
{
    /* The calendar is asked for whatever the day, so that the run keeps it for its report. */
    const struct codeset *windows = NULL;
    if (validating->rules->windows != NULL &&
        tables_codeset(&validating->tables, validating->rules->windows, &windows,
                       &validating->error) != CTE_OK)
        return validating->error.status;
    if (validating->day == DAY_NONE)
        return CTE_OK;
    add_current_year(validating, validating->as_of);
    for (size_t i = 0; windows != NULL && i < windows->code_count; i++) {
        if (is_open(&windows->codes[i], validating->day))
            add_current_year(validating, windows->codes[i].first);
    }
    return CTE_OK;
}

bool is_current_year(const struct validating *validating, int year)
{
    for (size_t i = 0; i < validating->current_year_count; i++) {
        if (validating->current_years[i] == year)
            return true;
    }
    return validating->day == DAY_NONE;
}

int day_of_severity(const struct validating *validating)
{
    const int year = validating->stream.year;
    return validating->day != DAY_NONE ? validating->day
           : year != YEAR_NONE         ? last_day_of_year(year)
                                       : DAY_NONE;
}
