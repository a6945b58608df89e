/* condition.h - the test language of the rule table: parsed once, then asked of each record.
 *
 * FORMAT.md has the grammar. A condition is compiled for one record layout, so that its fields are
 * positions; a field the layout lacks makes the condition inapplicable there, which is no error,
 * while a field that no layout has is one, and is the caller's to find (condition_fields()).
 *
 * A compiled condition lies in an arena of the caller and names code sets of the tables. Asking
 * allocates nothing. Years: as everywhere,
 * an academic year is its first calendar year.
 */
#ifndef CTE_CONDITION_H
#define CTE_CONDITION_H

#include "codetables/model/layout.h"
#include "codetables/model/tables.h"

struct condition;

struct condition_asked {
    bool holds;
    /* it does not hold, but rests on a list that may not be whole in the record's year */
    bool unsure;
};

/* A test as a table has it. */
struct condition_text {
    const char *text;
    const char *where; /* file and rule, put before a message */
};

/* What a test is compiled for. */
struct condition_use {
    const struct record_layout *record;
    struct tables *tables;
    struct arena *memory; /* of what is compiled */
};

/* *condition is NULL, which is no error, when the layout lacks a field that the test names.
 * CTE_BAD_TABLE when it does not parse or names a code set that is not there. */
int condition_compile(struct condition_text test, const struct condition_use *use,
                      struct condition **condition, struct cte_error *error);

/* Asks the condition of a record: its fields, its academic year (YEAR_NONE when it cannot be read),
 * and the academic year of --as-of (YEAR_NONE when none was given). */
struct condition_asked condition_ask(const struct condition *condition, const struct slice *fields,
                                     int year, int as_of);

/* Whether the condition asks of a value only whether it is there, how long it is, and whether its
 * characters are digits or letters, or are other ones: then it holds for a value where it holds for
 * one that has other digits in the same places. */
bool condition_goes_by_shape(const struct condition *condition);

/* Calls back for each field number that the text names. CTE_BAD_TABLE when the text does not parse.
 */
int condition_fields(struct condition_text test, void (*found)(const char *number, void *context),
                     void *context, struct cte_error *error);

#endif
