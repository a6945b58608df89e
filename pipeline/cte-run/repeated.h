/* repeated.h - the run that is repeated, for repeat.c and repeat_files.c: what its SHA256SUMS
 * lists, and files that it kept, held against that before they are used. */
#ifndef CTE_RUN_REPEATED_H
#define CTE_RUN_REPEATED_H

#include "codetables/base/map.h"
#include "pipeline/cte-run/run.h"

struct listed {
    char hash[65], *name;
    /* made of a source; documents and tables are not compared, for they name the run itself */
    bool is_data;
};

struct repeated {
    const char *folder;
    char *shown; /* the same, as it is told */
    struct manifest manifest;
    const char *origin;
    struct listed *listed; /* in the order of SHA256SUMS */
    size_t count, listed_room;
    struct map names; /* of them, each once; `first` has the first place of each */
    size_t *first, first_room;
    bool needs_tables; /* its own, not those of today */
};

/* A file that SHA256SUMS lists; NULL: it does not. */
struct listed *find_listed(const struct repeated *repeated, const char *name);

/* CTE_BAD_INPUT: what is wrong with a file of the folder. */
int fail_kept(struct run *run, const char *name, const char *what);

/* Reads a file that the run kept and holds it against the hash; copies it where `to` is not NULL.
 */
int check_kept(struct run *run, const struct listed *listed, struct output *to);

#endif
