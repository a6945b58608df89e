/* rollup.h - roll-ups of a run: what cte-write counted of each source, added up over all of them.
 *
 *   gather_rollups.c reads NAME.counts.csv of all sources, and gives the records that have no code
 *                    of their own that of their course
 *   totals.c         totals by one thing at a time, and how they are linked
 *   rollup_files.c   rollup-ID.csv and rollup-totals.csv
 *
 * A cell is records that agree in everything that is told apart. The cells of a roll-up hold each
 * record of its type in the run exactly once, so that any of their sums agrees with the sums of the
 * run.
 *
 * Texts of cells that are the same have one address. All of it lives until free_rollups().
 */
#ifndef CTE_RUN_ROLLUP_H
#define CTE_RUN_ROLLUP_H

#include "pipeline/cte-run/run.h"
#include "pipeline/report/code_flow.h"

struct rollup_cell {
    const char *year, *lea, *school, *before;
    const char
        *after[ROLLUP_MAX_AFTER]; /* "" for none; `unlisted` for what is not in the code set */
    const char *by[ROLLUP_MAX_BY];
    const char *local; /* the local course, until the cells are joined; then "" */
    /* in a roll-up that goes through another: why the course has no code, or "" */
    const char *course;
    char state; /* as in the record stream: R written, H held, X rejected, M merged */
    uint64_t records;
};

/* What there are totals by. Those before count all records by what they came with, those after the
 * written ones by what they are now. Of a rejected record the place is not told. */
enum total {
    TOTAL_BEFORE,       /* all records */
    TOTAL_BEFORE_GROUP, /* by the group of the code before */
    TOTAL_BEFORE_CODE,  /* group, code before */
    TOTAL_BEFORE_SCHOOL,
    /* the first further dimension, and as many as there may be */
    TOTAL_BEFORE_BY,
    TOTAL_AFTER = TOTAL_BEFORE_BY + ROLLUP_MAX_BY, /* records with a code after */
    TOTAL_FATE,                                    /* the others, by what became of them */
    TOTAL_AFTER_CODE,                              /* code after */
    TOTAL_AFTER_FINE,                              /* code after, finer code */
    TOTAL_AFTER_SCHOOL,
    TOTAL_AFTER_BY,
    TOTAL_AFTER_CROSS = TOTAL_AFTER_BY + ROLLUP_MAX_BY, /* code after, and all further dimensions */
    /* of pages for the public alone, and not in the files */
    TOTAL_BEFORE_LEA,
    TOTAL_AFTER_LEA,
    TOTAL_PLACES, /* LEA and school, shown nowhere: whoever knows the LEA of a school knows it */
    TOTALS
};

struct run_rollup {
    const struct rollup *rollup;
    struct rollup_sets sets;
    struct map *texts; /* of the cells; those of all roll-ups of the run */
    struct rollup_cell *cells;
    size_t count, room;
    struct code_flow flow;
    struct linked_table totals[TOTALS];
};

struct run_rollups {
    const struct rollups *table; /* NULL: the folder of code tables has none */
    struct run_rollup *items;
    size_t count; /* those whose record type occurs in the run, or that one of these goes through */
    struct tables tables;
    struct map texts;
};

/* Takes what the sources counted, for count_rollups(). CTE_BAD_TABLE and the like when the tables
 * cannot be read; CTE_BUG when a source counted other than it should. */
int gather_rollups(struct run *run, struct run_rollups *rollups);

/* Adds up the cells for pictures and totals. */
void count_rollups(struct run_rollups *rollups);

void free_rollups(struct run_rollups *rollups);

/* What became of the records of a cell instead of being written with a code: NULL for those that
 * were. */
const char *fate_of(const struct rollup_cell *cell);

/* Adds flow and totals of a roll-up to a publication, and the margins that link them. `id` is
 * letters that name its pictures within a page. */
void publish_rollup(struct run_rollup *rollup, struct publication *publication, const char *id);

/* The dimension whose values the rows of a total are called by, and the one that heads it;
 * DIMENSIONS where there is none. */
enum dimension total_code(enum total total);
enum dimension total_group(enum total total);

/* What a row of a total is called; "" where it has no name. */
const char *total_name(const struct run_rollup *rollup, enum total total,
                       const struct linked_row *row);

/* What a value of a dimension is called in a year; and a code of a code set, or without one, of
 * which `none` says what it is called where it is empty. */
const char *rollup_value_name(const struct run_rollup *rollup, enum dimension dimension,
                              const char *value, const char *year);
const char *find_code_name(const struct codeset *set, const char *code, const char *year,
                           const char *none);

/* rollup-ID.csv of each roll-up, and rollup-totals.csv, into a folder `sub` of the run ("": the
 * run's own); hidden cells are empty. `totals_only` leaves the others out. What is written is kept
 * among the run's files. */
int write_rollups(struct run *run, const struct run_rollups *rollups,
                  const struct publication *publication, const char *sub, bool totals_only);

#endif
