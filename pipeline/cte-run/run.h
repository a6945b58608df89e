/* run.h - a run: how it was asked for, what it may do, where it is made and what came of it.
 *
 *   cte-run.c      the order of things, exit status
 *   run_request.h  the command line; job.h: a job in XML; policy.h: what the run may do
 *   identity.h     when it began and what it is called
 *   publish.h      its folder: the lock, runs/, `current`; probe.c: whether the output folder can
 *                  do what a run asks of it
 *   fingerprint.h  whether there is anything to do: what the last run was made of
 *   sources.h      the sources: their names, and whether they stay what they were
 *   shard.h        the part of them that is converted; the LEA of a source by its path
 *   source_folders.h  in which folders their files lie, where they are many
 *   first_pass.h   the index of all sources
 *   convert_sources.h  the sources through the chain: side by side, in parts; chain.h: the stages
 *                  of one chain; process.h: programs as child processes
 *   kept_accounts.h  what was counted of each source, while there are thousands
 *   unused.h       what was given and not used
 *   since_last.h   what is new since the run before it
 *   results.h      what came of the sources, told; log.h, progress.h: how cte-run speaks
 *   finish.h       the end: is it good, its documents, its place
 *   kept_tables.h  copies of the tables a run used
 *   draw_documents.h  report and roll-ups, which cte-report makes of what is there
 *   signature.h    SHA256SUMS.sig, by ssh-keygen
 *   made.h         who made the run, when, where, and with what bytes
 *   run.c          what a run owns, and how it is freed
 *   past.h         runs that are done: past.c (--list, --prune), history.c, shrink.c; verify.h;
 *                  repeat.h, repeated.h
 *   signals.h      how a run ends that is told to
 *
 * Here: overlaps.c, sources of which an upload would take the place of another's; needed.c, the
 * questions that records wait for and the thresholds on what is held; read_account.c, what
 * cte-write tells of a source; balance.c, whether it adds up; manifest.c, manifest.xml and
 * SHA256SUMS; check_documents.c, whether the documents can be read.
 *
 * The driver never reads a record. What it knows of a source it knows from the control lines that
 * cte-write passes on.
 */
#ifndef CTE_RUN_H
#define CTE_RUN_H

#include <sys/stat.h>

#include "codetables/model/tables.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "pipeline/cte-run/run_request.h"
#include "pipeline/run/documents.h"
#include "pipeline/run/loss_texts.h"
#include "pipeline/run/manifest.h"
#include "pipeline/run/policy.h"
#include "pipeline/run/stages.h"

/* A place where a source may be cut, as cte-index found it: what stands before it. */
struct source_cut {
    unsigned long long offset, lines, records, sum;
    char sha256[65]; /* of the whole content, at its end */
};

struct run_source {
    const char *path;
    char *shown;      /* the path as it is told and stored: shown.h */
    const char *said; /* the same as the command line or the job says it */
    const char *lea;  /* that the job gives it; NULL: none */
    char *name;       /* of it and its output files */
    bool is_named;    /* the job gave the name */
    const char *stem; /* of its output files below the run folder: NAME, or FOLDER/NAME */
    /* of its records, where its name does not tell; NULL: its name does */
    const char *format;
    const char *expected; /* SHA-256 its content must have, under --repeat; else NULL */
    struct stat facts;    /* as the run found it; all zero when it was not there */
    /* exit status by the contract's order; 0, 1, or why it was refused */
    int status;
    struct account *account; /* until it is put away (kept_accounts.h); else NULL */
    uint64_t kept_at, kept_bytes;
    struct source_cut *cuts;
    size_t cut_count;
    unsigned long long read, written, merged, rejected, held;
    char *messages; /* what the stages said on standard error */
    size_t message_length;
    /* that the chain it was in broke off, and how, where it is the first of those that were lost:
     * for the log alone, since it is converted again */
    char *broke_off;
    double seconds[STAGES]; /* processor time of each stage */
    double elapsed;
    bool incomplete; /* its output holds fewer records than it */
    /* it holds fewer than the last published run had, for the same LEA, year and type */
    bool shrunk;
};

/* The run that was put in place before this one, and how much of the record of removed runs there
 * was. */
struct before {
    const char *id, *sha256; /* of its manifest; NULL: none */
    size_t pruned;           /* lines of the record */
    char pruned_sha256[65];
    /* the run that this one repeats; NULL: none */
    const char *repeats_id, *repeats_sha256, *repeats_started;
};

/* When it began. With SOURCE_DATE_EPOCH nothing in the run depends on the time. */
struct clock {
    char started[32]; /* RFC 3339, UTC */
    bool is_fixed;
};

/* The runs that were there when this one began. */
struct past_runs;
struct repeated;
struct earlier {
    struct past_runs *runs;
    struct before *before;     /* what the manifest says of them */
    struct repeated *repeated; /* the run that is repeated, for repeat.c; NULL: none */
    /* the last published run cannot be read, so that nothing can be compared with it */
    bool is_blind;
};

/* Where it is made. */
struct run_place {
    char *out_shown; /* the output folder as it is told: shown.h */
    int lock;        /* of the output folder */
    char *id;
    char *folder;      /* of the run, while it is made */
    int disk;          /* that folder, open: what could not be written since is told by it */
    char *index;       /* what cte-index wrote, inside the folder; NULL where there is none */
    char *kept_tables; /* a copy of the tables of the run that is repeated; NULL: none is needed */
    bool is_published, is_current; /* it stands in runs/; `current` leads to it */
};

/* What was found out beside the accounts of the sources. */
struct results {
    struct shrunk *shrunk;
    size_t shrunk_count;
    struct overlap *overlaps; /* by number and source */
    size_t overlap_count, overlap_room;
    struct unused *unused;
    size_t unused_count, unused_told;
    struct used_table *used; /* each table that had a part in the run, once */
    size_t used_count;
    struct used_table *index_tables; /* those of cte-index */
    size_t index_table_count;
    struct since_last *since; /* what the run before it did not tell: since_last.h */
    bool is_aside;            /* it is kept for inspection and does not become current */
};

struct loaded;
struct kept_accounts;
struct run {
    struct arena memory; /* of the texts that live as long as the run */
    struct program *program;
    struct request request;
    struct policy policy;
    struct clock clock;
    struct earlier earlier;
    struct run_place place;
    struct run_source *sources;
    size_t source_count;
    struct kept_accounts *accounts;          /* of those that are done */
    struct manifest_all_sources all_sources; /* of a shard: shard.h */
    bool has_missing;                        /* a pattern of the job fits no file */
    struct loaded *loaded;                   /* the crosswalks, for crosswalks.c */
    struct results results;
    struct documents documents; /* the files of the run that are no source's */
    int status;                 /* the worst so far, of what does not end the run: status.h */
    struct cte_error error;
};

/* Frees all that the run owns; its locks and files are closed elsewhere. */
void run_free(struct run *run);

/* Each question of all sources once, those with the most records first. To be freed; NULL where
 * there are none. */
struct fact_needed *collect_needed(const struct run *run, size_t *count);

/* A line of the head of the index, without its word: two sources of one content, which is an error
 * unless the job names both; a source of which an upload would take the place of another's. */
int take_same(struct run *run, char *const *fields);
int take_overlap(struct run *run, char *const *fields);

/* When all sources are done: leaves those of refused sources out, and lets the run end with
 * CTE_SOME_LEFT where any are left. */
void settle_overlaps(struct run *run);

/* They, for overlap_texts(). */
struct overlap_list list_overlaps(const struct run *run);

/* Finds run->shrunk, and marks the sources. */
void compare_with_last(struct run *run);

/* What is more than the run allows, held or unmapped, in words that live as long as the run. True
 * where there is any. */
struct limits {
    const char *texts[2];
    size_t count;
};
bool passes_limits(struct run *run, struct limits *limits);

/* CTE_BUG when a source does not add up, in records or in the values of a field. Adds what the
 * manifest tells of the fields to the account. */
int check_balance(struct run_source *source, struct cte_error *error);

/* Reads the account of a source from what cte-write said, and its sums. CTE_BUG when it is not
 * whole; CTE_BUSY when the parts of the source are not what was indexed. */
int read_account(struct run_source *source, struct slice text, struct cte_error *error);

/* A table that had a part in the run. */
struct used_table {
    const char *kind, *id, *version, *status, *sha256;
    bool is_own; /* the driver read it; the stages of no source did */
    char *file;  /* below a folder of code tables; NULL for decisions */
};

/* What can be asked of runs that are done. */
/* `signers` is a file that names who may have signed; NULL: nobody asks. */
int verify_run(const struct program *program, const char *folder, const char *signers, bool quiet);
int list_runs(const struct program *program, const char *out);
/* `after` is the run whose job asks for it: it tells in its log. NULL: on standard output. */
int prune_runs(const struct program *program, const char *out, const char *keep,
               const char *keep_days, const struct run *after);

/* The output folder of a run that lies in one, to be freed; else NULL. */
char *folder_of_runs(const char *folder);

int write_manifest(struct run *run, struct output *output);
int write_sums(struct run *run);

/* Reads the documents of the run back, as somebody will years from now: CTE_BUG where one cannot be
 * read. */
int check_documents(struct run *run);

#endif
