/* draft.h - a table that is being made: a tree, the bytes it is written as, and the file it
 * becomes.
 *
 * The bytes are those scripts/make-tables writes too: one element a line, two blanks for each
 * level, attributes in the order in which they were put. draft_write() writes them to a temporary
 * file and loads that file as every program would (schema, then the codes it names). Then the
 * caller says on standard output what was made, and draft_publish() gives the file its name, once
 * that is out. A table that is not sound, or one that is already there, leaves nothing behind.
 *
 * Errors: CTE_USAGE where --out is missing or named wrongly, CTE_BAD_TABLE for a table that does
 * not load, and those of output.h.
 */
#ifndef CTE_TABLE_DRAFT_H
#define CTE_TABLE_DRAFT_H

#include "codetables/model/tables.h"
#include "codetables/base/output.h"
#include "codetables/base/text.h"
#include "codetables/cte-table/plan.h"

/* The root element of a new table, of a document of its own. */
xmlNodePtr draft_new(const char *kind);
xmlNodePtr draft_add(xmlNodePtr parent, const char *name);

/* Puts an attribute at the end; nothing where the value is NULL or empty. */
void draft_put(xmlNodePtr node, const char *name, const char *value);
void draft_text(xmlNodePtr node, const char *text);

/* Sets id, version and agency from the plan, and status draft; then the caller puts what else the
 * root has. */
int draft_identity(xmlNodePtr root, struct plan *plan, struct cte_error *error);

/* The title of the table, the source that a sheet is, and the notes: what every table begins with,
 * in this order, from the plan. A sheet that is a source already is not put again. */
int draft_title(xmlNodePtr root, struct plan *plan, struct cte_error *error);
int draft_sheet(xmlNodePtr root, struct plan *plan, const char *path, const char *sha256,
                struct cte_error *error);
void draft_notes(xmlNodePtr root, struct plan *plan);

/* Sees to it that records can take what the maps of a crosswalk give: a layout must have fields for
 * it. Where those that are taken by year have none, the plan names the target layout, or the one
 * layout that has them is it. What no layout takes is said. */
int draft_target(xmlNodePtr root, struct plan *plan, struct tables *tables, struct text *said,
                 struct cte_error *error);

/* A source element: its attributes. */
struct draft_source {
    const char *file, *title, *date, *sha256;
};

/* The file is refused where the schema would refuse it, and so is a date that is no day. */
int draft_put_source(xmlNodePtr root, const struct draft_source *source, struct cte_error *error);

/* A table that is written, and not in place yet. Zeroed, it is none. */
struct draft {
    struct output output;
    char *path; /* where it will be; NULL when nothing is made */
    /* Set by the caller: the hash that the bytes must have; NULL for any. */
    const char *wanted_sha256;
    bool differs; /* the bytes have another hash, and nothing is made */
};

int draft_write(const struct request *request, struct tables *tables, xmlNodePtr root,
                struct draft *draft, struct cte_error *error);
int draft_publish(struct draft *draft, struct cte_error *error);

#endif
