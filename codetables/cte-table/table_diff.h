/* table_diff.h - what the parts of `cte-table diff` share.
 *
 *   table_diff.c     the command: reads both tables, prints what differs
 *   diff_entries.c   a table as entries, and two lists of entries as changes
 *   diff_answers.c   of two crosswalks, what codes become and nothing else
 *   diff_memory.c    what is freed
 *   diff_impact.c    which records of real extracts come out differently, by cte-diff
 *
 * An entry is a row of a crosswalk, a code, a field of a layout or a rule: known by a group (the
 * map, the record types) and a code, valid in some years, with attributes. Row numbers are not
 * compared: what a row says counts. Years are compared stretch by stretch, so that a row that was
 * split into two of other years is the same where both say the same.
 */
#ifndef CTE_TABLE_TABLE_DIFF_H
#define CTE_TABLE_TABLE_DIFF_H

#include "codetables/cte-table/load.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/text.h"
#include "codetables/base/year.h"

struct entry_attribute {
    char *name, *value;
};

struct diff_entry {
    const char *group; /* interned */
    char *code;
    int first, last;
    char *n; /* of a crosswalk: the number of the row; else empty */
    long line;
    struct entry_attribute *attributes;
    size_t attribute_count;
};

struct entries {
    struct diff_entry *list;
    size_t count;
    /* what stands outside of entries: attributes of the table, and its other elements as texts */
    struct entry_attribute *head;
    size_t head_count;
};

enum change_sort { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

/* What differs for one code in a stretch of years. */
struct change {
    enum change_sort sort;
    const char *group, *code;
    int first, last;
    const struct diff_entry *before, *after; /* one of them NULL where added or removed */
    char *what;
};

struct changes {
    struct change *list;
    size_t count, room;
};

/* False when tables of this kind have no entries that could be compared. */
bool entries_read(const char *kind, xmlNodePtr root, struct entries *entries);

/* All differences, by group, code and year. */
void entries_compare(struct entries *before, struct entries *after, struct changes *changes);

/* Differences of what stands outside of entries, as changes without a code. */
void heads_compare(const struct entries *before, const struct entries *after,
                   struct changes *changes);

/* A crosswalk of which answers are kept. */
struct answering {
    struct tables *tables;
    const struct table_file *file;
    const char *name;  /* as it was named */
    int year;          /* the one that is asked for; YEAR_NONE: all */
    struct text *told; /* answers to codes that the code set does not have then; NULL: not told */
};

/* Leaves of each row of a crosswalk what its code becomes: its codes or `undecided`, its
 * conditions, and what may be chosen where it leaves something open; in years that have the code.
 * Errors: those of load.h. */
int entries_keep_answers(struct entries *entries, const struct answering *answering,
                         struct cte_error *error);

/* Leaves the maps that the other has, too; what is left out is told. `name` is the table's. */
void entries_keep_common(struct entries *entries, const struct entries *other, const char *name,
                         struct text *told);

/* Leaves what holds in one academic year, and of that this year alone. */
void entries_keep_year(struct entries *entries, int year);

void free_entry(struct diff_entry *entry);
void free_entries(struct entries *entries);
void free_changes(struct changes *changes);

/* Two crosswalks, named as on the command line, and the extracts on which they are compared. */
struct impact {
    const char *codetables, *before, *after;
    const char *const *sources;
    size_t source_count;
};

/* Whether there is an answer: tables of this kind have one, and the sources are there. CTE_USAGE,
 * CTE_NO_INPUT, CTE_NO_PERMISSION, CTE_IO. */
int check_impact(const struct table_file *table, const char *const *sources, size_t count,
                 struct cte_error *error);

/* Prints it on standard output, which must have been flushed. CTE_BAD_INPUT, CTE_IO, CTE_BUG;
 * cte-diff itself says what is wrong with a source. */
int print_impact(const struct impact *impact, struct cte_error *error);

#endif
