/* linked_tables.h - tables that count the same records by different dimensions, and the margins
 * that link them.
 *
 *     enum { YEAR, SCHOOL, GENDER };
 *     struct linked_table schools = {.dimensions = 1 << YEAR | 1 << SCHOOL},
 *                         genders = {.dimensions = 1 << YEAR | 1 << GENDER};
 *     const char *record[LINKED_DIMENSIONS] = {"2024-2025", "9900001", "F"};
 *     linked_table_add(&schools, record, 25, true);
 *     linked_table_add(&genders, record, 25, true);
 *     linked_table_publish(&schools, &publication);
 *     linked_table_publish(&genders, &publication);
 *     link_tables(&publication, (struct linked_table *[]){&schools, &genders}, 2);
 *     suppress(&publication, CELL_THRESHOLD);
 *
 * Two tables have in common the margin by their common dimensions, here the records of a year. So
 * what the one hides can be computed from the other. link_tables() finds all margins that two
 * tables share and adds them to the publication: each as sums of cells of both. Nobody has to say
 * which breakdown is a sum of which, and a further table is linked like the others.
 *
 * Each table must count every record of the same set once. Rows that the table does not show are
 * added as unlisted ones; they are protected all the same. A dimension that another settles (the
 * sector of a code) is to be among the dimensions of every table that has the other one.
 *
 * A table may count people too, each once in a row, however many records of the row are theirs.
 * People are told in an order of their own: all rows of one person, then all of the next. A table
 * that counts people alone lacks the rows without any; what it has in common with others must be
 * among them as a table. As people may stand in several of its rows, a sum says less than it seems
 * to.
 *
 * Values are compared as texts and must outlive the table. A struct linked_table owns its rows; all
 * zero but for `dimensions`, it is empty; it lives until linked_table_free().
 */
#ifndef CTE_LINKED_TABLES_H
#define CTE_LINKED_TABLES_H

#include "codetables/base/map.h"
#include "codetables/base/text.h"
#include "pipeline/report/suppression.h"

enum { LINKED_DIMENSIONS = 22 };

struct linked_row {
    const char *values[LINKED_DIMENSIONS]; /* "" where the table has not the dimension */
    uint64_t records;
    size_t cell;     /* its number, once it is published */
    uint32_t number; /* in the order in which rows were added */
    bool is_listed;
};

/* The people of a row. */
struct linked_people {
    uint64_t count[CELL_PEOPLE], last[CELL_PEOPLE]; /* the latter: the number of the last of them */
};

struct linked_table {
    unsigned dimensions; /* one bit each */
    struct linked_row *rows;
    size_t count, room;
    size_t listed_count; /* once it is published: the rows that are listed come first */
    struct map keys;
    struct text key;
    struct linked_people *people; /* by the number of a row; NULL: they are not counted */
    size_t people_room;           /* where rows are added together with their people */
};

/* Adds records to the row of their values, and returns its number, which it has until the table is
 * published. Values of other dimensions are not looked at. */
size_t linked_table_add(struct linked_table *table, const char *const values[LINKED_DIMENSIONS],
                        uint64_t records, bool is_listed);

/* When all are added: gives back the memory that is for adding. Its rows have room no more. */
void linked_table_close(struct linked_table *table);

/* Begins to count people in the rows of a table to which all is added. */
void linked_table_count_people(struct linked_table *table);

/* Counts a person, who has a number from 1, in a row, unless it was the last one counted there. */
void linked_table_count(struct linked_table *table, size_t row, enum cell_people which,
                        uint64_t person);

/* The same in the row of their values, which is added where it is new: for a table that counts
 * people alone, to which no records are added. The records of a row are then its people. */
void linked_table_add_person(struct linked_table *table,
                             const char *const values[LINKED_DIMENSIONS], bool is_listed,
                             enum cell_people which, uint64_t person);

/* Sorts the rows by their values, "" last, those that are listed first, and gives each a cell. A
 * table can be published again elsewhere, but nothing can be added to it any more. */
void linked_table_publish(struct linked_table *table, struct publication *publication);

/* Adds to the publication the margins that the tables share. Tables that do not count the same
 * records end the program: it is a fault of the caller. */
void link_tables(struct publication *publication, struct linked_table *const *tables, size_t count);

void linked_table_free(struct linked_table *table);

#endif
