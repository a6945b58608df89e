#include "pipeline/cte-report/calendar.h"

#include <string.h>

#include "codetables/base/day.h"
#include "codetables/base/map.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"

static void add_days_left(struct text *text, const struct calendar *calendar, const char *deadline)
{
    const int day = read_day(deadline);
    if (calendar->as_of == DAY_NONE || day == DAY_NONE)
        return;
    const long left = days_between(calendar->as_of, day);
    if (left < 0)
        text_add(text, ", which has passed");
    else
        text_format(text, ", %ld day%s after --as-of", left, left == 1 ? "" : "s");
}

static void add_window(struct text *text, const struct calendar *calendar,
                       const struct code *window, const char *year)
{
    const char *by = code_property(window, "zero-errors-by"),
               *deadline = code_property(window, "deadline"),
               *amendment = code_property(window, "amendment");
    text_format(text, "%s%s %s", text->length > 0 ? "; " : "", window->name, year);
    if (deadline == NULL) {
        const char *note = code_property(window, "note");
        text_format(text, ": %s", note != NULL ? note : "no deadline is known");
        return;
    }
    if (by != NULL)
        text_format(text, ": no errors by %s", by);
    text_format(text, "%s deadline %s", by != NULL ? "," : ":", deadline);
    add_days_left(text, calendar, deadline);
    if (amendment != NULL && read_day(amendment) == DAY_NONE)
        text_add(text, ", no amendment after it");
    else if (amendment != NULL)
        text_format(text, ", amendment to %s", amendment);
}

static bool takes_type(const struct code *window, const char *type)
{
    const char *records = code_property(window, "records");
    return records != NULL && has_word(records, type);
}

char *name_windows(const struct calendar *calendar, const struct account *account)
{
    struct text text = {0};
    struct map seen = {0};
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        const int year = academic_year(school->year, strlen(school->year));
        for (size_t i = 0; calendar->is_known && school->written > 0 && year != YEAR_NONE &&
                           i < calendar->windows.code_count;
             i++) {
            const struct code *window = &calendar->windows.codes[i];
            const size_t before = seen.count;
            const size_t key[] = {i, (size_t)year};
            if (window->first <= year && year <= window->last && takes_type(window, school->type) &&
                map_add(&seen, key, sizeof key) == before)
                add_window(&text, calendar, window, school->year);
        }
    }
    map_free(&seen);
    return text_take(&text);
}
