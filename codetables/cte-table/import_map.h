/* import_map.h - what the two parts of an imported crosswalk share: one map, and the groups that
 * the rows of its sheet make.
 *
 *   import_map_rows.c   a row of the sheet as targets of the group of its code
 *   import_said.c       what a row says of its code in words: split, merge
 *   import_relations.c  that, held against all rows
 *   import_crosswalk.c  the head of a map; a group as a row of the crosswalk
 */
#ifndef CTE_TABLE_IMPORT_MAP_H
#define CTE_TABLE_IMPORT_MAP_H

#include "codetables/cte-table/import.h"

/* A row of the crosswalk, or one of its choices. */
struct target {
    const struct code *code[CROSSWALK_MAX_OUTPUTS]; /* NULL: none */
    const char *confidence, *basis, *note;
};

/* What the sheet says in words of a code. */
enum relation {
    RELATION_UNSAID,
    RELATION_SPLIT,
    RELATION_MERGE,
    RELATION_ONE,
    RELATION_SAME,
    RELATION_NONE
};

/* The rows of a sheet that have the same code and years. */
struct code_group {
    const struct code *code;
    char *first, *last, *name;
    struct target *targets;
    size_t count, room;
    const struct sheet_row *blank; /* a row that names no target, and what else it says */
    struct target why_blank;
    enum relation said;
    const struct sheet_row *said_row; /* where, and how */
    const char *said_word;
};

/* One map while its sheet is read. */
struct map_import {
    struct importing *importing;
    struct names *from;
    const char *outputs[CROSSWALK_MAX_OUTPUTS];
    struct names *sets[CROSSWALK_MAX_OUTPUTS];
    struct column *columns[CROSSWALK_MAX_OUTPUTS];
    size_t output_count, places; /* how often the output columns stand side by side */
    char *separator;
    char *years[2]; /* the first and last of the map, each NULL where not given */
    bool blank_is_none;
    struct code_group *groups;
    size_t group_count, group_room;
    struct seen *by_code, *by_target;
};

/* Adds what a row of the sheet says to the group of its code and years. */
void group_row(struct map_import *import, const struct sheet_row *row);

/* Keeps what a row says in words of its code, and holds all of it against the rows. Both tell
 * problems. */
void note_relation(struct importing *importing, const struct sheet_row *row,
                   struct code_group *group, bool *bad);
void check_relations(const struct map_import *import);

/* "050100 -": the codes of a target, as a crosswalk writes them. To be freed. */
char *format_targets(const struct map_import *import, const struct target *target);

#endif
