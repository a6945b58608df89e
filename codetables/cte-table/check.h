/* check.h - what the parts of `cte-table check` share.
 *
 *   check.c            the command: goes through the tables, prints what is wrong and the sum
 *   check_findings.h   what is wrong, in the order of files and lines
 *   checked_tables.c   which version of a table counts, and which tables are not sound
 *   check_head.c       what every table begins with: version, status, sources
 *   check_crosswalk.c  conditions of a crosswalk that can decide
 *   check_kinds.c      what a row calls itself, against the codes and targets that are counted
 *   check_answers.c    every code of every year has an answer; chains meet
 *   across.h           across maps: a pathway and its courses, and what courses can decide
 *   check_layout.c     layouts and rules: what they name is there
 *   check_rollups.c    the same of roll-ups
 *   check_times.c      rules in time: their severities, and the calendar of windows
 *
 * What makes a table wrong, so that no program takes it, the loaders tell
 * (codetables/model/sound.h).
 *
 * An error makes the exit status 78, a warning 1. Each is one line, FILE:LINE: what; and is told
 * once, however often it is met.
 */
#ifndef CTE_TABLE_CHECK_H
#define CTE_TABLE_CHECK_H

#include "codetables/cte-table/check_findings.h"
#include "codetables/cte-table/load.h"
#include "codetables/cte-table/commands.h"

/* A table of the folder or of the command line. It owns the file and what was loaded. */
struct checked {
    struct table_file file;
    bool asked;  /* it is to be judged; else it is there for the others to be judged by */
    bool failed; /* it was to be loaded, and is not sound */
    struct loaded loaded;
};

/* The codes of a set by length and value, for ranges. */
struct sorted_set {
    const struct codeset *set;
    const struct code **codes;
};

/* One check, from start_check() to end_check(): it owns all that it points to but the request. */
struct checking {
    const struct request *request;
    const char *codetables;
    struct tables tables;
    struct checked *list;
    size_t count, room;
    struct findings findings;
    struct sorted_set *sorted;
    size_t sorted_count, sorted_room;
};

void check_head(struct checking *checking, const struct checked *table);

void check_layout(struct checking *checking, const struct layout *layout);
void check_rules(struct checking *checking, const struct rules *rules);
void check_rollups(struct checking *checking, const struct rollups *rollups);
void check_severities(struct checking *checking, const struct rule *rule);
void check_windows(struct checking *checking, const struct rules *rules);
void check_kinds(struct checking *checking, const struct crosswalk *crosswalk,
                 const struct crosswalk_map *map);
void check_answers(struct checking *checking, const struct crosswalk *crosswalk,
                   const struct crosswalk_map *map);
void check_chains(struct checking *checking, const struct crosswalk *crosswalk,
                  const struct crosswalk_map *map);
void check_across(struct checking *checking, const struct crosswalk *crosswalk,
                  const struct crosswalk_map *map);
void check_crosswalk(struct checking *checking, const struct crosswalk *crosswalk);

/* True when no other table of the kind and ID has a higher version. */
bool is_latest(const struct checking *checking, const struct checked *table);

/* True when a later version says that it takes the place of this one, or of one that does: what is
 * doubtful is settled there. */
bool is_superseded(const struct checking *checking, const struct checked *table);

/* True when a table of the kind is there but not sound, which is told where it is judged: what
 * others miss because of that is no problem of theirs. id NULL: of any ID. Of some tables the ID
 * cannot be read. */
bool is_unsound(const struct checking *checking, const char *kind, const char *id);

#endif
