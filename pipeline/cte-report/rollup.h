/* rollup.h - roll-ups: what cte-write counted of each source, added up over all of them.
 *
 *     struct run_rollups rollups = {0};
 *     if (count_rollups(&told, &rollups, false) == CTE_OK) ...    // reads all NAME.counts.csv
 *     publish_rollup(&rollups.items[0], &publication, "ra", true);
 *     ...
 *     free_rollups(&rollups);
 *
 *   count_rollups.c  reads the counts, source by source
 *   join_courses.c   gives the records that have no code of their own that of their course
 *   cells.c          cells: as a key, and added up by what they are and by where they belong
 *   count_people.c   where a roll-up counts people: each once in every total
 *   companions.c     what these people are besides, by the records of another roll-up
 *   totals.c         totals by one thing at a time, and how they are linked
 *   rollup_files.c   rollup-ID.csv and rollup-totals.csv
 *
 * A cell is records that agree in everything that is told apart. The cells of a roll-up hold each
 * record of its type exactly once, so that any of their sums agrees with the sums of the sources.
 *
 * There may be millions of cells, so none is kept: what a total counts by is either what records
 * are or where they belong, and of each of these there are few. Cells as such are sorted on the
 * disk, for rollup-ID.csv alone, and only where they are wanted.
 *
 * Errors, in told->error: those of tables_open() and load_counted_rollups(), of csv_rows.h and of
 * group_counts.h; CTE_BAD_INPUT where counts do not add up to the sums of their source.
 */
#ifndef CTE_REPORT_ROLLUP_H
#define CTE_REPORT_ROLLUP_H

#include "codetables/model/tables.h"
#include "pipeline/cte-report/cell_key.h"
#include "pipeline/cte-report/sequences.h"
#include "pipeline/cte-report/told.h"
#include "pipeline/report/code_flow.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/group_counts.h"

struct rollup_cell {
    const char *year, *lea, *school, *before;
    /* "" for none; `unlisted` for what is not in the code set */
    const char *after[ROLLUP_MAX_AFTER];
    const char *by[ROLLUP_MAX_BY];
    /* in a roll-up that goes through another: why the course has no code, or "" */
    const char *course;
    char state;               /* as in the record stream: R written, H held, X rejected, M merged */
    uint64_t records, people; /* the latter of a cell that comes out */
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
    /* of people alone: by what they are besides; and by group and that */
    TOTAL_BEFORE_COMPANION = TOTAL_BEFORE_BY + ROLLUP_MAX_BY,
    TOTAL_GROUP_COMPANION = TOTAL_BEFORE_COMPANION + ROLLUP_MAX_COMPANIONS,
    TOTAL_AFTER = TOTAL_GROUP_COMPANION + ROLLUP_MAX_COMPANIONS, /* records with a code after */
    TOTAL_FATE,       /* the others, by what became of them */
    TOTAL_AFTER_CODE, /* code after */
    TOTAL_AFTER_FINE, /* code after, finer code */
    TOTAL_AFTER_SCHOOL,
    TOTAL_AFTER_BY,
    TOTAL_AFTER_COMPANION = TOTAL_AFTER_BY + ROLLUP_MAX_BY,
    TOTAL_CODE_COMPANION = TOTAL_AFTER_COMPANION + ROLLUP_MAX_COMPANIONS,
    /* code after, and all further dimensions */
    TOTAL_AFTER_CROSS = TOTAL_CODE_COMPANION + ROLLUP_MAX_COMPANIONS,
    TOTAL_AFTER_ALSO, /* by what a code after is elsewhere */
    /* of pages for the public, or of many sources, and not in the files */
    TOTAL_BEFORE_LEA = TOTAL_AFTER_ALSO + ROLLUP_MAX_ALSO,
    TOTAL_AFTER_LEA,
    /* LEA and school, shown nowhere: whoever knows the LEA of a school knows it. Where nothing is
     * hidden there is none. */
    TOTAL_PLACES,
    TOTALS
};

/* Records by a key. */
struct keyed_sums {
    struct map keys;
    uint64_t *records; /* by the number of a key */
    size_t room, last; /* the key that was added to last */
    uint32_t *rows;    /* by the number of a key: its rows in COUNTED_TABLES; NULL: not needed */
};

/* The tables in which people are counted: all totals, and those of the pictures. */
enum { FLOW_BY_GROUP = TOTALS, FLOW_BY_CODE, COUNTED_TABLES };
#define NO_ROW UINT32_MAX

/* What people of a roll-up are besides. */
struct run_companion {
    const struct run_rollup *told_by; /* NULL: the run has no such records */
    const struct codeset *set;        /* of the values */
    struct map texts;                 /* values, each once, for rows that last */
};

struct run_rollup {
    const struct rollup *rollup;
    struct rollup_sets sets;
    struct rollup_also_sets also;
    uint64_t records;
    struct keyed_sums kinds, places; /* cells without their place; places, and whether written */
    bool keeps_cells;
    bool hides; /* a page or file hides small counts of it */
    struct group_counts cells;
    /* Where people are counted: the cells of each; and how many stand in each cell. */
    struct group_counts people, cell_people;
    struct group next_people;
    struct run_companion companions[ROLLUP_MAX_COMPANIONS];
    struct map told_places; /* where it tells what people are: LEA and year, each with a NUL */
    struct code_flow flow;
    struct linked_table totals[TOTALS];
    struct sequences sequences;
};

/* With more rows of counts than these, there is rollup-ID.csv only where it is asked for. */
enum { ROLLUP_MOST_CELLS = 100000 };

struct run_rollups {
    const struct rollups *table; /* NULL: there is none */
    struct run_rollup *items;
    size_t count; /* those whose record type occurs, or that one of these goes through */
    struct tables tables;
};

/* Adds up what the sources counted. `wants_cells`: for rollup-ID.csv, however many there are. */
int count_rollups(struct told *told, struct run_rollups *rollups, bool wants_cells);

void free_rollups(struct run_rollups *rollups);

/* Adds a cell. */
int add_cell(struct run_rollup *rollup, const struct rollup_cell *cell, struct cte_error *error);

/* Adds that a person stands in a cell that was added. */
int add_person(struct run_rollup *rollup, const struct rollup_cell *cell, uint64_t person,
               struct cte_error *error);

/* A person among others of a sort: those of what they are besides come before those of cells. */
enum { PERSON_VALUE = '0', PERSON_CELL = '1' };
bool put_person(struct cell_key *head, const char *lea, uint64_t person);

/* Finds who tells what the people of each roll-up are besides. */
void find_companions(struct run_rollups *rollups);

/* Notes that records of a roll-up tell it of an LEA and year; and what a person in a row is. */
void note_told_place(struct run_rollup *rollup, const struct counted *counted);
int add_person_value(struct run_rollups *rollups, const struct run_rollup *told_by,
                     const struct counted *counted, uint64_t person, struct cte_error *error);

/* What a person is in a year, as it comes out of the sort. */
struct person_value {
    size_t companion;
    const char *year, *value;
};
struct person_value take_person_value(struct run_rollup *rollup, const char *tail);

/* Counts a person, who has these values, in a cell of theirs by each that is of its year. */
struct valued_person {
    uint64_t number; /* from 1 */
    const char *lea;
    const struct person_value *values;
    size_t value_count;
};
void count_by_values(struct run_rollup *rollup, const struct valued_person *person,
                     const struct rollup_cell *cell, enum cell_people which);

/* What is said of a person where there are no records that could tell. */
#define COMPANION_MISSING "No such records of LEA and year"

/* What the records of a cell are, without their year: into a key, and out of it. */
bool put_kind(struct cell_key *key, const struct rollup_cell *cell);
void take_kind(struct rollup_cell *cell, const char *at);

/* The codes before and after, and the further values, out of a key that has them at *at, which
 * moves behind them. */
void take_codes(struct rollup_cell *cell, const char **at);
void take_bys(struct rollup_cell *cell, const char **at);

/* When all cells are added, and before they are published: makes the totals of them. */
void total_cells(struct run_rollup *rollup);

/* Then counts who stands in them; and sorts those that were kept. */
int count_people(struct run_rollup *rollup, struct cte_error *error);
int sort_cells(struct run_rollup *rollup, struct cte_error *error);

/* One of the COUNTED_TABLES. */
static inline struct linked_table *counted_table(struct run_rollup *rollup, size_t table)
{
    return table < TOTALS          ? &rollup->totals[table]
           : table == FLOW_BY_CODE ? &rollup->flow.by_code
                                   : &rollup->flow.by_group;
}

/* The next of the cells that were kept, sorted by all that is told apart; its texts last until the
 * one after. False at the end, and with the error filled. */
bool next_cell(struct run_rollup *rollup, struct rollup_cell *cell, struct cte_error *error);

/* Begins the totals; adds the records of a cell to those by place, or to the others. Its rows go to
 * `rows`, of COUNTED_TABLES, where that is not NULL. */
void begin_totals(struct run_rollup *rollup);
void total_cell(struct run_rollup *rollup, const struct rollup_cell *cell, bool is_by_place,
                uint32_t *rows);

/* Whether a value is what is said in the place of a code. */
bool is_no_code(const char *value);

/* What is said of a course in the place of a code, or of a further value. */
#define SECTIONS_DIFFER "Sections of the course differ"

/* The values of a cell by dimension, without what people are besides; and whether a total is by
 * that, of which companion, and then whether it lists the people of a cell. */
void put_values(const struct run_rollup *rollup, const struct rollup_cell *cell,
                const char *values[LINKED_DIMENSIONS]);
bool is_by_companion(enum total total, size_t companion);
bool lists_cell(enum total total, const struct rollup_cell *cell);

/* Roll-ups that go through another, while their records wait for the codes of their courses. */
struct course_join {
    struct run_rollups *rollups;
    struct group_counts waiting;
};

/* Adds counted records of a course: those that tell its codes, and those that take them. */
int add_to_course(struct course_join *join, size_t item, const struct counted *counted,
                  struct cte_error *error);

/* Adds that a person stands among those that take them. */
int add_person_to_course(struct course_join *join, size_t item, const struct counted *counted,
                         uint64_t person, struct cte_error *error);

/* What the code before says of the records of a cell, by the properties that are counted. */
void give_properties(const struct run_rollup *rollup, struct rollup_cell *cell);

/* When all are added: gives their cells to the roll-ups. */
int join_courses(struct course_join *join, struct cte_error *error);

void free_course_join(struct course_join *join);

/* What became of the records of a cell instead of being written with a code: NULL for those that
 * were. */
const char *fate_of(const struct rollup_cell *cell);

/* Adds flow and totals of a roll-up to a publication. `links`: with the margins that link them, for
 * a page that hides cells. `id` is letters that name its pictures within a page. */
void publish_rollup(struct run_rollup *rollup, struct publication *publication, const char *id,
                    bool links);

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

/* rollup-ID.csv of each roll-up whose cells were kept, into one or two folders of the documents'
 * ("": their own); the list ends with NULL. */
int write_cells(struct told *told, struct run_rollups *rollups, const char *const *subs);

/* rollup-totals.csv, where hidden cells are empty. */
void put_totals(struct output *output, const struct run_rollups *rollups,
                const struct publication *publication);
int write_totals(struct told *told, const struct run_rollups *rollups,
                 const struct publication *publication, const char *sub);

#endif
