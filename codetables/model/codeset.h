/* codeset.h - which codes exist, and in which academic years.
 *
 * A code set is loaded from codesets/ID-VERSION.xml. It answers one question for a value and the
 * academic year that judges it: may it stand there? One value may stand on several rows (a state
 * course code under several pathways); it is valid in a year when one of its rows covers that year.
 */
#ifndef CTE_CODESET_H
#define CTE_CODESET_H

#include <stdint.h>

#include "codetables/base/map.h"
#include "codetables/base/slice.h"
#include "codetables/model/table.h"

/* A property of a code beside its name and years: sector, pathway, concentrator … */
struct code_property {
    const char *name;
    const char *value;
};

struct code {
    const char *value;
    const char *name;
    const char *with; /* in a set of pairs: the code of the other field; else NULL */
    uint32_t length;
    int first, last; /* academic years, inclusive */
    enum basis basis;
    struct code_property *properties;
    size_t property_count;
    struct code *same; /* next row of the same value, or NULL */
    long line;
};

enum codeset_kind { CODESET_LIST, CODESET_PAIRS, CODESET_FORM, CODESET_UNREAD };
enum codeset_form { FORM_DIGITS, FORM_ACADEMIC_YEAR };

struct codeset {
    struct table_identity identity;
    enum codeset_kind kind;
    enum codeset_form form;
    uint32_t form_length;
    int form_first, form_last; /* of years: outside, a value has the form and is doubted */
    enum basis form_basis;     /* how the bounds are known */
    const char *related;       /* a set whose codes are taken for codes of this one, or NULL */
    const char *related_by;    /* the property of such a code that names the code of this set */
    /* last academic year for which the list is known to be whole; YEAR_LAST when nothing is said */
    int complete_through;
    struct code *codes;
    size_t code_count;
    struct map values;   /* each value once */
    struct code **first; /* by the number of the value: its first row */
    struct map texts;    /* names and values of properties, which codes repeat */
};

enum code_verdict {
    CODE_GOOD,
    CODE_UNCHECKED, /* nobody has read this set, so nothing is known against the value */
    CODE_UNKNOWN,   /* not in the list, in a year for which the list is whole */
    CODE_UNLISTED,  /* not in the list, but in a year the list may not cover */
    CODE_OUTSIDE,   /* has the form, but lies outside its bounds */
    CODE_WRONG_YEAR /* in the list, but not valid in this year */
};

int codeset_load(const char *path, const char *schema_path, struct codeset *set,
                 struct cte_error *error);
void codeset_free(struct codeset *set);

/* Whether the value is in the code set, whatever the year: it has a row, or the form, be it within
 * the bounds or in doubt. Nothing is known to be in a set that nobody has read. */
bool codeset_holds(const struct codeset *set, const char *value, size_t length);

/* The first row of a value, or NULL. A form has no rows: codeset_holds() asks whether a value is in
 * the set. */
const struct code *codeset_find(const struct codeset *set, const char *value, size_t length);

/* The row of a value that is valid in a year; its first where none is; NULL when the value is not
 * in the list. */
const struct code *codeset_row(const struct codeset *set, const char *value, size_t length,
                               int year);

/* year is YEAR_NONE where no year can be read; then only the list counts. */
enum code_verdict codeset_judge(const struct codeset *set, const char *value, size_t length,
                                int year);

/* True when a row of the value that is valid in the year (YEAR_NONE: any) has the property with a
 * value (NULL: any). */
bool codeset_has(const struct codeset *set, struct slice value, int year, const char *property,
                 const char *wanted);

/* The same for the row itself. */
bool code_has(const struct code *code, int year, const char *property, const char *wanted);

/* A property of a code, or NULL. */
const char *code_property(const struct code *code, const char *name);

#endif
