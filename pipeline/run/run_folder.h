/* run_folder.h - a run folder as it lies on the disk: the hashes of its files, the tables it kept.
 *
 * For whoever looks at runs that are done. Nothing is changed. manifest.h reads the manifest.
 */
#ifndef CTE_RUN_FOLDER_H
#define CTE_RUN_FOLDER_H

#include "codetables/base/output.h"
#include "codetables/model/table.h"

/* Each source with its sums, where there are too many for a report. */
#define REPORT_SOURCES "report-sources.csv"
/* Each output: whether CALPADS would take it, and when it is due. */
#define UPLOADS_FILE "uploads.csv"
/* What schools offer, by sequence of courses. */
#define SEQUENCES_FILE "sequences.csv"

/* What roll-ups are called begins so; the rest is what their table names. */
#define ROLLUP_PREFIX "rollup-"

/* The other names that a run may give to files which are no source's; NULL ends them. */
extern const char *const run_documents[];

/* Whether a file is a document that cte-report draws, by its name, without a folder. */
bool is_drawn_document(const char *name);

/* A line of SHA256SUMS. */
void put_sum(struct output *output, const char *sha256, const char *name);

/* Calls back for each line of SHA256SUMS: hash and name. CTE_BAD_INPUT where it is missing or no
 * such list; CTE_NO_PERMISSION and CTE_IO where it cannot be read. */
int read_sums(const char *folder, void (*found)(const char *hash, const char *name, void *context),
              void *context, struct cte_error *error);

/* The same for a file of that form, by its path. False where it is none, or cannot be read: then
 * errno says why. */
bool read_sums_file(const char *path,
                    void (*found)(const char *hash, const char *name, void *context),
                    void *context);

/* The file of a table below a folder of code tables, to be freed; NULL for decisions. */
char *table_file(const char *kind, const char *id, const char *version);

/* The file of a run that is a copy of its decisions, by the path that they came from: a workbook
 * stays one. */
#define KEPT_DECISIONS "tables/decisions.csv"
#define KEPT_DECISION_BOOK "tables/decisions.xlsx"
const char *kept_decisions(const char *path);

#endif
