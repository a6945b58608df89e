/* decisions.h - what an LEA has decided where the crosswalk leaves a choice.
 *
 * A decisions file is CSV with the header
 *     lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason
 * and perhaps more columns after it (decisions-needed.csv has some). An empty year means every
 * year; exactly one of pathway and local_course is filled.
 *
 * Or it is an .xlsx workbook with such a table on its sheet Decide (worklist.xlsx has one) or on
 * its only sheet: the columns stand in any order, among others, and are called as in CSV or as in
 * the worklist; lines of text may stand above. A cell of Decision may hold what stands in the list
 * to pick from, the code and its name. A number or a day is taken as the sheet shows it.
 *
 * A pathway is decided for a record type and a school, or for every school where school is empty.
 * The closest decision counts: one for the school before one for the LEA, one for the year before
 * one for all years. A local course has one answer in an LEA and year: whatever record type and
 * school its row names, it holds for all of them.
 *
 * Blanks around a cell are left out, but for a local course, which is compared as it stands.
 *
 * A row without a code is an open question and decides nothing. Rows of empty cells are blank.
 *
 * A file that is not sound is refused with CTE_BAD_TABLE, and every bad row is told: a missing
 * decider or date, two answers to one question, another header.
 */
#ifndef CTE_DECISIONS_H
#define CTE_DECISIONS_H

#include "codetables/base/map.h"
#include "codetables/base/slice.h"
#include "codetables/model/table.h"

enum decision_column {
    DECISION_LEA,
    DECISION_YEAR,
    DECISION_RECORD,
    DECISION_SCHOOL,
    DECISION_PATHWAY,
    DECISION_LOCAL_COURSE,
    DECISION_CODE,
    DECISION_DECIDED_BY,
    DECISION_DECIDED_ON,
    DECISION_REASON,
    DECISION_COLUMNS
};

/* What the columns are called in CSV, and what people read over those of a sheet. */
extern const char *const decision_names[DECISION_COLUMNS];
extern const char *const decision_headings[DECISION_COLUMNS];
#define DECISION_SHEET "Decide"

struct decision {
    char *lea, *record, *school, *pathway, *local_course, *code, *decided_by, *decided_on, *reason;
    int year; /* YEAR_NONE: every year */
    unsigned line;
    struct decision *next; /* of the same pathway or local course */
};

struct decisions {
    struct table_identity identity; /* kind "decisions", id the path, and the hash */
    struct decision *list;
    size_t count, room;
    struct map codes;        /* each pathway and local course once */
    struct decision **first; /* by the number of the code */
};

/* A question put to the decisions; code is the pathway or the local course. For a local course
 * nobody asks the record type and the school. */
struct decision_question {
    struct slice lea, record, school, code;
    bool is_local_course;
    int year;
};

int decisions_load(const char *path, struct decisions *decisions, struct cte_error *error);
void decisions_free(struct decisions *decisions);

/* The closest decision, or NULL. A question whose code no decision names costs one look. */
const struct decision *decisions_find(const struct decisions *decisions,
                                      const struct decision_question *question);

#endif
