/* check.h - what the parts of `cte-table check` share.
 *
 *   check.c            the command: goes through the tables, tells what the loaders say, and the
 *                      sum
 *   check_head.c       what every table begins with: version, status, sources
 *   check_crosswalk.c  conditions of a crosswalk that can decide
 *   check_kinds.c      what a row calls itself, against the codes and targets that are counted
 *   check_answers.c    every code of every year has an answer; chains meet
 *   across.h           across maps: a pathway and its courses, and what courses can decide
 *   check_layout.c     layouts and rules: what they name is there
 *
 * What makes a table wrong, so that no program takes it, the loaders tell
 * (codetables/model/sound.h).
 *
 * An error makes the exit status 78, a warning 1. Each is one line, FILE:LINE: what; and is told
 * once, however often it is met.
 */
#ifndef CTE_TABLE_CHECK_H
#define CTE_TABLE_CHECK_H

#include <libxml/tree.h>
#include <libxml/dict.h>

#include "codetables/cte-table/load.h"
#include "codetables/cte-table/request.h"

/* A table of the folder or of the command line. */
struct checked {
    struct table_file file;
    bool asked;  /* it is to be judged; else it is there for the others to be judged by */
    bool failed; /* it was to be loaded, and is not sound */
    struct loaded loaded;
};

/* What is wrong, kept until all is known, so that it is told in the order of the files and their
 * lines. */
struct finding {
    char *sentence;
    size_t place; /* as much of the sentence as is the path */
    long line;
    size_t number;
    bool error;
};

/* The codes of a set by length and value, for ranges. */
struct sorted_set {
    const struct codeset *set;
    const struct code **codes;
};

struct checking {
    const struct request *request;
    const char *codetables;
    struct tables tables;
    struct checked *list;
    size_t count;
    struct finding *findings;
    size_t finding_count, finding_room;
    struct sorted_set *sorted;
    size_t sorted_count;
    size_t errors, warnings;
    /* the table that is judged was superseded: what is doubtful in it can no longer be settled */
    bool quiet;
    xmlDictPtr told;
};

/* Academic years, inclusive; none where the first is after the last. */
struct span {
    int first, last;
};

static inline struct span both(struct span a, struct span b)
{
    return (struct span){a.first > b.first ? a.first : b.first, a.last < b.last ? a.last : b.last};
}

/* row is 0 where none is meant, line 0 where the whole file is. */
void check_error(struct checking *checking, const char *path, long line, unsigned row,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
void check_warning(struct checking *checking, const char *path, long line, unsigned row,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

void check_head(struct checking *checking, const struct checked *table);

void check_layout(struct checking *checking, const struct layout *layout);
void check_rules(struct checking *checking, const struct rules *rules);
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

/* True when a table of the kind is there but not sound, which is told where it is judged: what
 * others miss because of that is no problem of theirs. id NULL: of any ID. Of some tables the ID
 * cannot be read. */
bool is_unsound(const struct checking *checking, const char *kind, const char *id);

#endif
