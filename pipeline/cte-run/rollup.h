/* rollup.h - roll-ups of a run: what cte-write counted of each source, added up over all of them.
 *
 *   rollup.c   takes the counts of all sources, and gives the records that have no code of their
 *              own that of their course
 *   totals.c   totals of one dimension, and the files: rollup-ID.csv and rollup-totals.csv
 *
 * A cell is records that agree in everything that is told apart. The cells of a roll-up hold each
 * record of its type in the run exactly once, so that any of their sums agrees with the sums of the
 * run.
 *
 * Texts are interned: two that are the same have one address. Nothing is freed; it lives as long as
 * the run.
 */
#ifndef CTE_RUN_ROLLUP_H
#define CTE_RUN_ROLLUP_H

#include "pipeline/cte-run/run.h"
#include "pipeline/report/code_flow.h"

struct rollup_cell {
    const char *year, *lea, *school, *before;
    const char *after[ROLLUP_MAX_AFTER]; /* "" for none; UNLISTED for what is not in the code set */
    const char *by[ROLLUP_MAX_BY];
    const char *local; /* the local course, until the cells are joined; then "" */
    /* in a roll-up that goes through another: why the course has no code, or "" */
    const char *course;
    char state; /* as in the record stream: R written, H held, X rejected, M merged */
    uint64_t records;
};

/* What totals are told of. Those before count all records by what they came with, those after the
 * written ones by what they are now. */
enum total {
    TOTAL_BEFORE,        /* all records */
    TOTAL_BEFORE_GROUP,  /* by the group of the code before */
    TOTAL_BEFORE_CODE,   /* group, code before */
    TOTAL_BEFORE_SCHOOL, /* of a rejected record the school is not told */
    /* the first further dimension, and as many as there may be */
    TOTAL_BEFORE_BY,
    TOTAL_AFTER = TOTAL_BEFORE_BY + ROLLUP_MAX_BY, /* records with a code after */
    TOTAL_FATE,                                    /* the others, by what became of them */
    TOTAL_AFTER_CODE,                              /* code after */
    TOTAL_AFTER_FINE,                              /* code after, finer code */
    TOTAL_AFTER_SCHOOL,
    TOTAL_AFTER_BY,
    TOTAL_AFTER_CROSS = TOTAL_AFTER_BY + ROLLUP_MAX_BY, /* code after, and all further dimensions */
    TOTALS
};

enum { TOTAL_KEYS = 2 + ROLLUP_MAX_BY };

/* A total: the year, and the values it is told of; "" where a record has none. */
struct total_row {
    const char *key[TOTAL_KEYS];
    uint64_t records;
    size_t count; /* its number in the page's counts */
};

struct total_rows {
    struct total_row *items;
    size_t count;
};

struct run_rollup {
    const struct rollup *rollup;
    struct rollup_sets sets;
    struct rollup_cell *cells;
    size_t count, room;
    struct movement movement;
    struct total_rows totals[TOTALS];
};

struct run_rollups {
    const struct rollups *table; /* NULL: the folder of code tables has none */
    struct run_rollup *items;
    size_t count; /* those whose record type occurs in the run, or that one of these goes through */
    struct tables tables;
};

/* What stands in the place of a code that is not in its code set: it may be anything, and is not
 * shown. */
extern const char unlisted[];

/* Adds up what the sources counted. CTE_BAD_TABLE and the like when the tables cannot be read;
 * CTE_BUG when a source counted other than it should. */
int gather_rollups(struct run *run, struct run_rollups *rollups);

/* The steps of that, for whoever has the cells from elsewhere: opens the table; takes the roll-ups
 * that were met, and those that one of them goes through, with their code sets; adds up the cells
 * for the pictures. */
int open_rollups(struct run *run, struct run_rollups *rollups);
int take_rollups(struct run *run, struct run_rollups *rollups,
                 bool (*is_met)(const struct run *run, const struct rollup *rollup));
struct rollup_cell *add_cell(struct run_rollup *rollup);
void count_movements(struct run_rollups *rollups);

/* A value as it may be shown: in its code set, and one of those that are told apart; else
 * `otherwise`. "" for an empty one. */
const char *rollup_value(const struct rollup_dimension *dimension, const struct codeset *set,
                         const char *value, const char *otherwise);

/* What became of the records of a cell instead of being written with a code: NULL for those that
 * were. */
const char *fate_of(const struct rollup_cell *cell);

/* Gives the page the totals of a roll-up and the sums they are in, with those of its movement,
 * which has been counted. */
void count_totals(struct run_rollup *rollup, struct counts *counts);

/* What a value of a total is called; "" where it has no name. */
const char *total_name(const struct run_rollup *rollup, enum total total,
                       const struct total_row *row);

/* rollup-ID.csv of each roll-up, and rollup-totals.csv, into a folder `sub` of the run ("": the
 * run's own); hidden counts are empty. `totals_only` leaves the others out. What is written is kept
 * among the run's files. */
int write_rollups(struct run *run, const struct run_rollups *rollups, const struct counts *counts,
                  const char *sub, bool totals_only);

#endif
