/* rollups.h - what is counted over the records of a run, for its report and for federal reporting.
 *
 * A roll-up counts the records of one type by LEA, academic year, school, a code before and what it
 * became, and by further dimensions: the value of a field, or a property that the code before has
 * in its code set. Records that have no code of their own (a student in a course section) take that
 * of their local course, as another roll-up counts it (`through`).
 *
 * It may also say who the records are about (`distinct`): then each student, or teacher, is counted
 * once wherever records are, however many of them are theirs.
 *
 * FORMAT.md says how the table is written. It only says what is counted: who counts, and what a
 * count is hidden for, is not here.
 */
#ifndef CTE_ROLLUPS_H
#define CTE_ROLLUPS_H

#include "codetables/model/crosswalk.h"

struct tables;

/* What stands in the place of a code after that is not in its code set. */
#define ROLLUP_UNLISTED "?"

enum {
    ROLLUP_MAX = 16,
    ROLLUP_MAX_AFTER = 2,
    ROLLUP_MAX_BY = 3,
    ROLLUP_MAX_ALSO = 8,
    ROLLUP_MAX_COMPANIONS = 2
};
/* The letters of the identifier of a roll-up: it names a file, and stands in each key of counts. */
enum { ROLLUP_MOST_ID = 63 };

/* A column: its identifier, what it is called, and where its values come from. */
struct rollup_dimension {
    const char *id, *name;
    const char *field;    /* number, or NULL: the property */
    const char *property; /* of the code before, or NULL */
    /* the same dimension of the roll-up gone through, where it has the value; or NULL */
    const struct rollup_dimension *of;
    /* of a group: by reference, what it makes of the code before; or NULL */
    const char *crosswalk;
    const char *code_set; /* gives the values their names; NULL for a property that has none */
    char **values;        /* only these are told apart; NULL: all */
    size_t value_count;
    const char *none; /* what a value is called that is empty or not told apart */
};

/* Courses that lead from one to the next, offered by a school: of each level the code before has
 * the property, or neither, and those of one sequence share another property. */
struct rollup_sequence {
    const char *property; /* that names the sequence of a code; NULL: none are told */
    const char *code_set; /* of these names */
    const char *concentrator, *capstone;
    const char *except; /* the value that is no sequence; "" for none */
};

/* Whose records they are: each value of a field is counted once in an LEA. */
struct rollup_distinct {
    const char *id, *name; /* of the column of their number */
    const char *field;     /* number; NULL: records alone are counted */
    char **except;         /* values that are nobody's; NULL: none */
    size_t except_count;
    bool is_grouped; /* only those are counted whose code before has a group */
    /* who has at least `reach` different codes before that became one code after; 0: not counted */
    uint64_t reach;
    const char *reach_id, *reach_name; /* of the column of their number */
};

/* A word as the roll-ups mean it, and who says so. */
struct rollup_definition {
    const char *term, *text, *source, *date;
    const char *status; /* "read", "inferred" or "unknown" */
};

/* A further column: a property that a code after has in a code set, for those who group by it. */
struct rollup_also {
    const char *id, *name, *property, *code_set;
    size_t after;      /* which of the codes after */
    bool has_totals;   /* records are added up by it too */
    const char *named; /* the property that names a value; NULL: it is its own name */
};

/* What the people of a roll-up are besides, as the records say by which another one counts the same
 * people: each value that a person has there in the LEA and year. */
struct rollup_companion {
    const char *id, *name;
    const char *none; /* what it is called where a person has no value */
    const struct rollup *rollup;
    const struct rollup_dimension *of; /* its: the code before, or a further dimension */
};

struct rollup {
    const char *id, *record, *title;
    /* group: what heads the code before, its property or what a crosswalk makes of it */
    struct rollup_dimension before, group;
    struct rollup_dimension after[ROLLUP_MAX_AFTER];
    size_t after_count;
    struct rollup_also also[ROLLUP_MAX_ALSO];
    size_t also_count;
    struct rollup_dimension by[ROLLUP_MAX_BY];
    size_t by_count;
    struct rollup_distinct distinct;
    struct rollup_companion companions[ROLLUP_MAX_COMPANIONS];
    size_t companion_count;
    struct rollup_sequence sequence;
    const struct rollup *through; /* before, group and after are then this one's */
    /* of one that goes through another: the field that has the code before, whose records are
     * looked for there; NULL: those of the local course are */
    const char *matches;
    long line;
    bool is_linked;    /* another goes through it, so its records are counted by local course too */
    bool is_matched;   /* the same, and it looks for codes before */
    bool is_asked;     /* and for values of a further dimension */
    bool is_companion; /* another one tells its people apart by what they are here */
};

struct rollups {
    struct table_identity identity;
    struct rollup rollups[ROLLUP_MAX];
    size_t count;
    struct rollup_definition *definitions; /* in their order */
    size_t definition_count;
};

/* CTE_BAD_TABLE also for sense beyond the schema: identifiers twice, a record type twice, `through`
 * something that is not there, a companion that cannot be one, and what rollup_check_columns()
 * tells. */
int rollups_load(const char *path, const char *schema_path, struct rollups *rollups,
                 struct cte_error *error);
void rollups_free(struct rollups *rollups);

/* The roll-up of a record type, or NULL. */
const struct rollup *rollups_of(const struct rollups *rollups, const char *record_type);

/* CTE_BAD_TABLE where two columns of the files of a roll-up have one name, where its file is named
 * as another one, or where its identifier is longer than ROLLUP_MOST_ID. */
int rollup_check_columns(const struct rollup *rollup, const char *path, struct cte_error *error);

/* Every field that a roll-up names must stand in a layout, in a record of its type. */
int tables_check_rollups(const struct tables *tables, const struct rollups *rollups,
                         struct cte_error *error);

/* The code sets that give a roll-up's values their names. NULL where the dimension has none. And
 * the map that makes groups of codes, and which of its outputs; NULL where a property does. */
struct rollup_sets {
    const struct codeset *before, *group, *after[ROLLUP_MAX_AFTER], *by[ROLLUP_MAX_BY], *sequence;
    const struct crosswalk_map *grouping;
    size_t grouping_output;
};

/* Loads them; the errors are those of tables_codeset() and tables_crosswalk(), and CTE_BAD_TABLE
 * where the crosswalk has no map from the codes before to those of the group. */
int rollup_sets_load(struct tables *tables, const struct rollup *rollup, struct rollup_sets *sets,
                     struct cte_error *error);

/* The code sets of the further columns; to be loaded like those. */
struct rollup_also_sets {
    const struct codeset *sets[ROLLUP_MAX_ALSO];
};

int rollup_also_load(struct tables *tables, const struct rollup *rollup,
                     struct rollup_also_sets *sets, struct cte_error *error);

/* The property of a code after in a year; "" where it has none. */
const char *rollup_also(const struct rollup_also *also, const struct codeset *set, const char *code,
                        int year);

/* What such a value is called. */
const char *rollup_also_name(const struct rollup_also *also, const struct codeset *set,
                             const char *value);

/* The code that heads a code before (its industry sector) in a year; "" where there is none. */
const char *rollup_group(const struct rollup *rollup, const struct rollup_sets *sets,
                         const char *before, int year);

/* What is shown of a value: itself where it is in the code set (NULL: any is) and is one of those
 * that are told apart, else `otherwise`; "" for an empty one. Of a set that nobody has read the
 * codes are in it that the dimension names. */
const char *rollup_shown(const struct rollup_dimension *dimension, const struct codeset *set,
                         const char *value, const char *otherwise);

/* Whether a value of the field is somebody's. */
bool rollup_is_person(const struct rollup_distinct *distinct, struct slice value);

/* The name of a code, or NULL when it is not in the set. What has a form, or stands in a set that
 * nobody has read, is its own name. */
const char *rollup_name(const struct codeset *set, const char *code, int year);

#endif
