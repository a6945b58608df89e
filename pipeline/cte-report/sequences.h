/* sequences.h - which schools offer courses that lead from one to the next: before, by pathway, and
 * after, by cluster.
 *
 *     struct sequences sequences = {0};
 *     begin_sequences(&sequences, rollup, &sets, folder);
 *     add_to_sequences(&sequences, &cell, &error);                 // each cell
 *     write_sequences(told, &sequences, subs);                     // sequences.csv, and totals
 *     for (size_t i = 0; i < sequences.totals[SEQUENCE_BEFORE].codes.count; i++) ...
 *     free_sequences(&sequences);
 *
 * A roll-up tells what a sequence is (struct rollup_sequence). A school offers it over all years of
 * the runs: an introductory course of one year leads to a capstone of another. It is full where the
 * school has sections of concentrator and capstone, and introductory ones where the code set has
 * any for a pathway of it. Rejected records have no say: their place is not believed. Nor has a
 * held one that asks for a deletion: who sends it has no such section.
 *
 * Memory: 8 MiB and what the codes take, however many schools there are; the rest lies in files
 * without a name (group_counts.h).
 *
 * Errors: those of group_counts.h and output.h.
 */
#ifndef CTE_REPORT_SEQUENCES_H
#define CTE_REPORT_SEQUENCES_H

#include "codetables/model/rollups.h"
#include "pipeline/cte-report/told.h"
#include "pipeline/run/group_counts.h"

struct rollup_cell;

/* In the order of the file. */
enum sequence_side { SEQUENCE_BEFORE, SEQUENCE_AFTER, SEQUENCE_SIDES };

enum course_level { LEVEL_INTRODUCTORY, LEVEL_CONCENTRATOR, LEVEL_CAPSTONE, COURSE_LEVELS };

/* Schools that have sections of a code. */
struct sequence_schools {
    uint64_t any, full, split; /* split: full, and its sections went to several codes after */
};

struct sequence_totals {
    struct map codes;
    struct sequence_schools *schools; /* by the number of a code */
    size_t room;
};

/* That a pathway has an introductory course in some years. */
struct introductory {
    const char *sequence;
    struct year_span years;
};

struct sequences {
    const struct rollup *rollup; /* NULL: it tells no sequences */
    struct rollup_sets sets;
    struct introductory *introductory; /* sorted */
    size_t introductory_count;
    struct group_counts sections;
    bool is_told; /* the totals are there */
    struct sequence_totals totals[SEQUENCE_SIDES];
};

/* The roll-up, its sets and the folder must outlive them. */
void begin_sequences(struct sequences *sequences, const struct rollup *rollup,
                     const struct rollup_sets *sets, const char *folder);

int add_to_sequences(struct sequences *sequences, const struct rollup_cell *cell,
                     struct cte_error *error);

/* sequences.csv into one or two folders of the documents' ("": their own); the list ends with NULL.
 * Where it is empty nothing is written, and no totals are made. */
int write_sequences(struct told *told, struct sequences *sequences, const char *const *subs);

/* What a code of a side is called; "" where it has no name. */
const char *sequence_name(const struct sequences *sequences, enum sequence_side side,
                          const char *code);

void free_sequences(struct sequences *sequences);

#endif
