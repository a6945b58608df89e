/* crosswalk.h - what a code becomes.
 *
 * A crosswalk holds maps; a map goes from one code set to one or more outputs, each a code of
 * another set. A row answers for one code in some academic years: with codes, with "nothing" (kind
 * none, same), or with "nobody has decided" and the choices. A condition (<when>) decides where the
 * named field holds one of its values.
 *
 * Nothing here guesses: a code without a row is answered with NULL, and the map's `unlisted` says
 * what that means.
 */
#ifndef CTE_CROSSWALK_H
#define CTE_CROSSWALK_H

#include <stdint.h>

#include "codetables/model/codeset.h"

enum { CROSSWALK_MAX_OUTPUTS = 8 };

enum row_kind {
    ROW_SAME,
    ROW_RENAMED,
    ROW_MOVED,
    ROW_MERGED,
    ROW_SPLIT_ONE,
    ROW_SPLIT_ALL,
    ROW_RETIRED,
    ROW_NEW,
    ROW_NONE,
    ROW_UNDECIDED
};

/* A code for each output of the map; NULL where that output stays empty. */
struct targets {
    const char *code[CROSSWALK_MAX_OUTPUTS];
};

struct value_range {
    const char *first, *last;
    size_t length;
};

/* Why a row, condition or choice is as it is; empty where nothing is said. */
struct crosswalk_why {
    const char *confidence, *basis, *note;
};

struct crosswalk_when {
    unsigned n;
    const char *field;
    const char *text; /* the condition as the table writes it, for the change row */
    struct value_range *ranges;
    size_t range_count;
    struct targets to;
    struct crosswalk_why why;
    long line;
};

struct crosswalk_choice {
    unsigned n;
    struct targets to;
    const char *role;
    struct crosswalk_why why;
    long line;
};

struct crosswalk_row {
    unsigned n;
    const char *code;
    uint32_t length;
    const char *name;
    enum row_kind kind;
    const char *kind_name;
    int first, last;
    struct targets to;
    struct crosswalk_when *whens;
    size_t when_count;
    struct crosswalk_choice *choices;
    size_t choice_count;
    struct crosswalk_why why;
    long line;
    struct crosswalk_row *same; /* next row of the same code, for other years */
};

struct crosswalk_output {
    const char *id;
    const char *code_set;
    const struct codeset *set;
};

struct crosswalk_map {
    const char *id;
    const char *from;
    const struct codeset *set;
    bool unlisted_passes;
    const char *evidence; /* the join of the rule table whose courses decide splits, or NULL */
    char **notes;
    size_t note_count;
    long line;
    int first, last;
    struct crosswalk_output outputs[CROSSWALK_MAX_OUTPUTS];
    size_t output_count;
    struct crosswalk_row *rows;
    size_t row_count;
    struct map codes;                  /* each code once */
    struct crosswalk_row **first_rows; /* by the number of the code */
};

struct crosswalk {
    struct table_identity identity;
    const char *target_layout; /* NULL where the crosswalk does not change the layout */
    struct crosswalk_map *maps;
    size_t map_count;
    bool is_sound; /* set by whoever held it against code sets and layouts (tables.h) */
};

/* Reads the file alone. crosswalk_check() then needs the code sets of every map, put into map->set
 * and output->set. */
int crosswalk_load(const char *path, const char *schema_path, struct crosswalk *crosswalk,
                   struct cte_error *error);
void crosswalk_free(struct crosswalk *crosswalk);

/* Sense beyond the schema: every source and target code exists, no two rows answer for one code and
 * year, row numbers are unique, every `to` has as many codes as the map has outputs. CTE_BAD_TABLE
 * otherwise, with file, line and row; all that is wrong is told. Codes of a set that is NULL,
 * because it could not be loaded, are not looked up. */
int crosswalk_check(const struct crosswalk *crosswalk, struct cte_error *error);

const struct crosswalk_map *crosswalk_map(const struct crosswalk *crosswalk, const char *id);

/* The row that answers for a code in an academic year, or NULL. */
const struct crosswalk_row *crosswalk_lookup(const struct crosswalk_map *map, const char *code,
                                             size_t length, int year);

/* The first row of a code, of any year, or NULL; the others follow by `same`. */
const struct crosswalk_row *crosswalk_rows(const struct crosswalk_map *map, const char *code,
                                           size_t length);

/* The number of an output, or -1. */
int crosswalk_output(const struct crosswalk_map *map, const char *id);

bool when_holds(const struct crosswalk_when *when, const char *value, size_t length);

/* The code of the row that `text` means: itself, or the one that lost the zeros at its front in a
 * spreadsheet, or the one that a name follows ("050202 Conservation & Land Management"). NULL when
 * the row offers no such code, or several. */
const char *row_code_meant(const struct crosswalk_map *map, const struct crosswalk_row *row,
                           const char *text);

/* The one choice or answer of the row that a code names: the code of any output. A code that
 * several choices share is an answer with the outputs on which they agree. Returns the table row
 * number, or 0 when the row does not offer the code. */
unsigned row_offers(const struct crosswalk_map *map, const struct crosswalk_row *row,
                    const char *code, size_t length, struct targets *to);

#endif
