/* import_map.h - what the two parts of an imported crosswalk share: one map, and the groups that
 * the rows of its sheet make.
 *
 *   import_map_rows.c   a row of the sheet as targets of the group of its code
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

/* The rows of a sheet that have the same code and years. */
struct code_group {
    const struct code *code;
    char *first, *last, *name;
    struct target *targets;
    size_t count, room;
    const struct sheet_row *blank; /* a row that names no target, and what else it says */
    struct target why_blank;
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

/* "050100 -": the codes of a target, as a crosswalk writes them. To be freed. */
char *format_targets(const struct map_import *import, const struct target *target);

#endif
