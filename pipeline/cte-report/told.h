/* told.h - what is reported: one run or several, as their manifests tell.
 *
 *     struct told told = {.program = &program};
 *     if (read_runs(&told, folders, count) == CTE_OK && tell_runs(&told) == CTE_OK) ...
 *     free_told(&told);
 *
 * Nothing is known here but what stands in the folders of the runs: manifest, accounts, counts,
 * questions, and the tables they kept. Sources of several runs stand in the order of the runs.
 *
 * Errors, in `error`: those of manifest_read() and read_needed(); CTE_BAD_INPUT where a run is no
 * whole one, or two hold the same.
 *
 * Memory: some 400 bytes a source, whatever is told of it, and what fixes.h keeps for the worklist;
 * of one run also what since.h keeps.
 */
#ifndef CTE_REPORT_TOLD_H
#define CTE_REPORT_TOLD_H

#include "codetables/base/program.h"
#include "codetables/model/tables.h"
#include "pipeline/cte-report/fixes.h"
#include "pipeline/cte-report/since.h"
#include "pipeline/run/documents.h"
#include "pipeline/run/loss_texts.h"
#include "pipeline/run/manifest.h"
#include "pipeline/run/needed_file.h"
#include "pipeline/run/policy.h"

/* The sums of a source, and of all. */
enum sum { SUM_READ, SUM_WRITTEN, SUM_MERGED, SUM_REJECTED, SUM_HELD, SUMS };

/* How runs are told. */
enum telling {
    TELLS_ONE,   /* one run, in its folder */
    TELLS_MANY,  /* several together; no LEA, year and record type may be in two of them */
    TELLS_SHARDS /* shards of one job; no LEA may be in two of them */
};

/* With more sources than these, a report tells of LEAs, and report-sources.csv of sources. */
enum { TOLD_MOST_SOURCES = 100, TOLD_MOST_REFUSED = 50 };

/* Which run has an LEA, or an LEA, year and record type. */
struct owners {
    struct map keys;
    size_t *runs, room;
};

struct told_run {
    const char *folder, *shown;
    struct manifest manifest; /* its head, where sources are given one after another */
    char sha256[DIGEST_HEX];  /* of manifest.xml */
    uint64_t sums[SUMS];
    struct fact_table *tables; /* that had a part in it, each once */
    size_t table_count, table_room;
};

/* The counts of a source, for its roll-ups, and the people in them. */
struct told_counts {
    const char *name, *sha256; /* NULL: it has none */
    uint64_t rows;
};

struct told_source {
    const struct told_run *run;
    const char *name, *shown;
    int status; /* its exit status; above CTE_SOME_LEFT it was refused */
    /* NULL where there are too many to tell of each */
    const struct account *account;
    /* the LEA of its records; "" where they tell none, or several */
    const char *lea;
    /* the file of its records; NULL: there is none, or too many to tell of each, but the first */
    const char *converted;
    struct told_counts counts, people;
    uint64_t sums[SUMS];
    struct slice messages; /* of the first that were refused */
    bool incomplete;       /* its output holds fewer records than it */
    bool shrunk;           /* it holds fewer than the last published run had */
};

/* A table that had a part in a run, and the first run that kept it. */
struct told_table {
    struct fact_table table;
    const struct told_run *run;
    char *file; /* below its folder of tables; NULL for decisions */
    /* one of its runs converts by it, and there it is a draft: what it makes is not to be sent */
    bool is_draft_conversion;
};

struct told {
    struct arena memory;
    const struct program *program;
    const char *codetables; /* by which they are reported */
    const char *rollups;    /* by which they were counted: ID@VERSION; NULL: nothing was */
    struct told_run *runs;
    size_t run_count;
    enum telling telling;
    struct told_source *sources;
    size_t source_count;
    bool is_brief;         /* there are too many to tell of each */
    bool has_example;      /* one of them has its converted file told */
    struct account joined; /* findings of all sources; where it is brief, changes too */
    struct account_texts texts;
    struct map types; /* of records */
    struct owners owners;
    struct told_table *tables;
    size_t table_count, table_room;
    struct shrunk *shrunk;
    size_t shrunk_count, shrunk_room;
    struct overlap *overlaps; /* their sources by place among all */
    size_t overlap_count, overlap_room;
    /* what was given and not used; of several runs, what none of them used */
    struct unused *unused;
    size_t unused_count, unused_room;
    struct needed_list needed;
    struct fixes fixes;
    struct since since;   /* of one run */
    struct policy policy; /* what of it says how is reported */
    uint64_t sums[SUMS];
    size_t refused; /* sources */
    struct documents documents;
    const char *scratch; /* a folder for what memory does not hold */
    bool is_being_made;  /* one run, which has no SHA256SUMS yet */
    struct map left;     /* files of an earlier report in the folder of documents */
    struct cte_error error;
};

/* Reads the heads of the manifests of these folders. */
int read_runs(struct told *told, char *const *folders, size_t count);

/* Takes all that is told of runs that were read, in their order. */
int tell_runs(struct told *told);

void free_told(struct told *told);

/* Chooses told->codetables, and the roll-ups (choose_tables.c). CTE_BAD_INPUT where the runs were
 * counted by different ones. */
int choose_tables(struct told *told);

/* CTE_BAD_INPUT where the tables that were loaded from there are not those of the runs. */
int check_chosen(struct told *told, const struct tables *tables);

/* Whether a run converts by a crosswalk: another one only groups what is counted. */
bool run_converts_by(const struct manifest *manifest, const char *crosswalk);

/* Whether anything was read of a source: it was not refused. */
bool source_is_read(const struct told_source *source);

/* What became of it in a word. */
const char *source_state(const struct told_source *source);

/* The overlaps, for overlap_texts(). */
struct overlap_list told_overlaps(const struct told *told);

#endif
