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
    const char *by = code_property(window, WINDOW_NO_ERRORS),
               *deadline = code_property(window, WINDOW_DEADLINE),
               *amendment = code_property(window, WINDOW_AMENDMENT);
    text_format(text, "%s%s %s", text->length > 0 ? "; " : "", window->name, year);
    if (deadline == NULL) {
        const char *note = code_property(window, WINDOW_NOTE);
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

const struct code *next_window(const struct calendar *calendar, const char *type,
                               const char *academic, const struct code *last)
{
    const int year = academic_year(academic, strlen(academic));
    if (!calendar->is_known || year == YEAR_NONE)
        return NULL;
    const struct code *end = calendar->windows.codes + calendar->windows.code_count;
    for (const struct code *code = last != NULL ? last + 1 : calendar->windows.codes; code < end;
         code++) {
        const char *records = code_property(code, "records");
        if (code->first <= year && year <= code->last && records != NULL && has_word(records, type))
            return code;
    }
    return NULL;
}

char *name_windows(const struct calendar *calendar, const struct account *account)
{
    struct text text = {0};
    struct map seen = {0};
    for (const struct fact_school *school = account_first(account, FACT_SCHOOL); school != NULL;
         school = account_next(account, FACT_SCHOOL, school)) {
        for (const struct code *window = next_window(calendar, school->type, school->year, NULL);
             window != NULL && school->written > 0;
             window = next_window(calendar, school->type, school->year, window)) {
            const size_t before = seen.count;
            const size_t key[] = {(size_t)(window - calendar->windows.codes),
                                  (size_t)academic_year(school->year, strlen(school->year))};
            if (map_add(&seen, key, sizeof key) == before)
                add_window(&text, calendar, window, school->year);
        }
    }
    map_free(&seen);
    return text_take(&text);
}
