/* propose.h - what the parts of `cte-table propose` share.
 *
 *   propose.c          the command: counts the targets of each open code, writes the proposals
 *   propose_tables.c   the tables of evidence, those to go through, and the official one
 *
 * Errors: CTE_USAGE for tables that do not fit together; what loading a table returns.
 */
#ifndef CTE_TABLE_PROPOSE_H
#define CTE_TABLE_PROPOSE_H

#include "codetables/cte-table/plan.h"
#include "codetables/cte-table/commands.h"
#include "codetables/base/text.h"
#include "codetables/model/tables.h"

enum { MAX_TABLES = 8 };

/* A map of a loaded crosswalk. */
struct loaded_map {
    const struct crosswalk *crosswalk;
    const struct crosswalk_map *map;
};

struct proposing {
    const struct request *request;
    struct plan plan;
    struct tables tables;
    struct loaded_map evidence[MAX_TABLES], through[MAX_TABLES];
    size_t evidence_count, through_count;
    const struct crosswalk_map *official; /* NULL: nothing is official */
    int year;
    unsigned n;
    size_t rows;
    struct text said; /* on standard output, unless the command line is wrong */
};

/* The operands of the command: each leads from the codes in question to others. */
int load_evidence(struct proposing *proposing, struct cte_error *error);

/* For each table of evidence the map that leads on from its codes, in the order of the evidence. */
int load_through(struct proposing *proposing, struct cte_error *error);

/* The map whose rows are official, where the plan names one. */
int load_official(struct proposing *proposing, struct cte_error *error);

#endif
