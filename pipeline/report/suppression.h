/* suppression.h - which cells of published tables are hidden, so that no small count is known.
 *
 *     struct publication publication = {0};
 *     const size_t schools[] = {publication_add_cell(&publication, 7),
 *                               publication_add_cell(&publication, 40),
 *                               publication_add_cell(&publication, 90)};
 *     const size_t all = publication_add_cell(&publication, 137);
 *     publication_add_sum(&publication, all, schools, 3);
 *     suppress(&publication, CELL_THRESHOLD);            // hides the 7, and the 40 with it
 *     if (!publication.cells[all].is_hidden) ...
 *     publication_free(&publication);
 *
 * A *cell* is a count of records in a table. A count of few records may say something of one of
 * them, so *primary suppression* hides each cell from 1 to below a threshold. Nought is shown: it
 * says that there is nobody. *Complementary suppression* hides further cells, the smallest first,
 * until
 *
 *   - no small cell can be computed by addition and subtraction from all that is shown, and
 *   - in no sum that is known do the hidden parts add up to less than the threshold.
 *
 * The first is exact: the sums are equations in the hidden cells, and no small one is settled by
 * them (equations.h). That holds for all tables of one publication together, whatever margins they
 * share; linked_tables.h finds these.
 *
 * A cell can be *unlisted*: no table shows it, but whoever subtracts one table from another may
 * compute it, so it is protected like any other. Records that were read and not written are one.
 *
 * A cell may tell how many *people* its records are about, beside their number, and how many of
 * these reached something. Then the least of these numbers, and of those who did not reach it, but
 * for nought, decides whether it is small. All are shown or hidden together.
 *
 * People in several parts of a sum are one in the total. So hidden parts count no more than the
 * most people of one of them, and so does a total whose people nobody counted: what is sure to be
 * there. Were everyone in one part alone, both numbers would be unknowns of the same equations;
 * otherwise less can be computed.
 *
 * A struct publication owns its cells and sums; it lives until publication_free(). Memory is some
 * tens of bytes for a cell and for a place in a sum. suppress() solves the sums as equations once
 * for each round of hiding, so it is for tables that people read.
 */
#ifndef CTE_SUPPRESSION_H
#define CTE_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/memory.h"

enum cell_people { PEOPLE_ALL, PEOPLE_REACH, CELL_PEOPLE };

struct cell {
    uint64_t value;
    uint64_t people[CELL_PEOPLE]; /* where has_people; else nobody counted them */
    bool has_people;
    bool is_listed; /* a table shows it, unless it is hidden */
    bool is_hidden;
};

/* The first member is the sum of the others. */
struct cell_sum {
    size_t *members;
    size_t count;
};

/* What is published together. Cells are known by their numbers. */
struct publication {
    struct cell *cells;
    size_t cell_count, cell_room;
    struct cell_sum *sums;
    size_t sum_count, sum_room;
    struct arena members;
};

/* Cells below this are small: the least size of a group that CDE shows in its public files. */
enum { CELL_THRESHOLD = 11 };

/* Adds a cell and returns its number. */
size_t publication_add_cell(struct publication *publication, uint64_t value);
size_t publication_add_unlisted(struct publication *publication, uint64_t value);

/* Says how many people, all or those who reached something, the records of a cell are about. */
void publication_count_people(struct publication *publication, size_t cell, enum cell_people which,
                              uint64_t people);

/* Says that a cell is the sum of others, or nought where there are none. The list is copied. */
void publication_add_sum(struct publication *publication, size_t total, const size_t *parts,
                         size_t part_count);

/* Primary and complementary suppression: sets is_hidden of each cell. */
void suppress(struct publication *publication, uint64_t threshold);

void publication_free(struct publication *publication);

#endif
