/* run.h - what the parts of cte-run share.
 *
 *   cte-run.c    options, the order of things, exit status
 *   sources.c    the sources: their names, and whether they stay what they were
 *   chain.h      one source through the four programs: chain.c starts them, watches them, collects
 *                what they say; parts.c does
 *                so for a large source in parts; the index before that
 *   progress.c   the line on a terminal
 *   overlaps.c   sources of which an upload would take the place of another's
 *   needed.c     decisions-needed.csv, and the thresholds on what is held
 *   unused.c     what was given and not used; crosswalks.c and decided.c find it out for crosswalks
 *                and decisions
 *   probe.c      whether the output folder can do what a run will ask of it
 *   summary.c    what cte-write says about a source, taken apart
 *   balance.c    whether it adds up, record by record and field by field
 *   manifest.c   manifest.xml and SHA256SUMS
 *   made.h       who made the run, when, where, and with what bytes
 *   read_back.c  whether the documents of the run can be read, before it is published
 *   report.h     report.html: report.c and report_tables.c; the roll-ups in it and beside it:
 *                rollup.c, totals.c
 *   publish.c    the lock, the run folder, `current`
 *   job.c        a job in XML
 *   log.c        what is said on standard error, as text or JSON
 *   state.c      whether there is anything to do: what the last run was made of
 *   tables.c     copies of the tables a run used
 *   signature.h  SHA256SUMS.sig, by ssh-keygen
 *   past.h       runs that are done: past.c (--list, --prune), history.c, out_folder.c, verify.c,
 *                repeat.c, shrink.c
 *
 * The driver never reads a record. What it knows of a source it knows from the control lines that
 * cte-write passes on.
 */
#ifndef CTE_RUN_H
#define CTE_RUN_H

#include <signal.h>
#include <sys/stat.h>

#include "codetables/model/tables.h"
#include "codetables/base/output.h"
#include "codetables/base/program.h"
#include "pipeline/cte-run/request.h"
#include "pipeline/run/policy.h"
#include "pipeline/run/stages.h"

/* One control line of the summary: its word and fields. */
struct summary_line {
    char *word;
    char **fields; /* without the word */
    size_t count;
    char *memory;
};

/* The sums of one field at the points of the chain; pipeline/stream/field_sums.h says what they
 * are. */
enum sum_point {
    SUM_READ,
    SUM_RECODED,
    SUM_VALIDATED,
    SUM_WRITTEN,
    SUM_MOVED,
    SUM_MOVED_WRITTEN,
    SUM_POINTS
};

struct field_sum {
    const char *type, *number;
    unsigned long long at[SUM_POINTS];
    bool is_personal;
};

/* A place where a source may be cut, as cte-index found it: what stands before it. */
struct source_cut {
    unsigned long long offset, lines, records, sum;
    char sha256[65]; /* of the whole content, at its end */
};

struct run_source {
    const char *path;
    char *shown;   /* the path as it is told and stored: shown.h */
    char *name;    /* of its output files */
    bool is_named; /* the job gave the name */
    /* of its records, where its name does not tell; NULL: its name does */
    const char *format;
    const char *expected; /* SHA-256 its content must have, under --repeat; else NULL */
    struct stat facts;    /* as the run found it; all zero when it was not there */
    /* exit status by the contract's order; 0, 1, or why it was refused */
    int status;
    struct summary_line *lines; /* what cte-write said */
    size_t line_count;
    struct source_cut *cuts;
    size_t cut_count;
    struct field_sum *field_sums;
    size_t field_sum_count;
    char *tallies; /* what cte-write counted for roll-ups: %tally lines, as they came */
    size_t tally_length;
    unsigned long long read, written, merged, rejected, held;
    char *messages; /* what the stages said on standard error */
    size_t message_length;
    double seconds[STAGES]; /* processor time of each stage */
    double elapsed;
    bool incomplete; /* its output holds fewer records than it */
    /* it holds fewer than the last published run had, for the same LEA, year and type */
    bool shrunk;
};

/* Fewer records of a type, LEA and academic year than the last published run had. */
struct shrunk {
    const char *type, *lea, *year, *run;
    const char *schools; /* in words, with their counts */
    unsigned long long now, before;
    bool is_moved_on; /* there are none, because the source they came from holds another year now */
};

/* Records of a source in the place of which an upload of another source's would be put. */
struct overlap {
    unsigned long number; /* of the place; those of one number overlap */
    const char *type;
    /* of the fields that say what an upload replaces, as far as they are known codes */
    const char *values;
    size_t source;
    unsigned long long records;
    bool may_refuse; /* what an upload replaces is known well enough to refuse for it */
};

/* What was given and had no part in the run: a word for machines, a sentence for people. */
struct unused {
    const char *what;
    char *text;
};

struct loaded;
struct past_runs;
struct repeated;

/* The run that was put in place before this one, and how much of the record of removed runs there
 * was. */
struct before {
    const char *id, *sha256; /* of its manifest; NULL: none */
    size_t pruned;           /* lines of the record */
    char pruned_sha256[65];
    /* the run that this one repeats; NULL: none */
    const char *repeats_id, *repeats_sha256, *repeats_started;
};

struct run {
    struct program *program;
    struct policy policy;              /* what it may do */
    struct request request;            /* what else it was asked for */
    char *decisions_shown, *out_shown; /* as they are told: shown.h */
    bool has_missing;                  /* a pattern of the job fits no file */
    char *kept_tables; /* a copy of the tables of the run that is repeated; NULL: none is needed */
    struct repeated *repeated; /* that run, for repeat.c */
    struct past_runs *past;    /* the runs that were there when this one began */
    struct before *before;     /* what the manifest says of them */
    /* the last published run cannot be read, so that nothing can be compared with it */
    bool is_blind;
    char *index; /* what cte-index wrote, inside the folder; NULL where there is none */
    struct run_source *sources;
    size_t source_count;
    char *id;
    char *folder;     /* where the run is being made */
    char started[32]; /* RFC 3339, UTC */
    bool fixed_clock; /* SOURCE_DATE_EPOCH is set: nothing in the run depends on the time */
    int lock;
    int status;
    struct shrunk *shrunk;
    size_t shrunk_count;
    struct overlap *overlaps; /* by number and source */
    size_t overlap_count;
    struct unused *unused;
    size_t unused_count;
    struct loaded *loaded; /* the crosswalks, for crosswalks.c */
    bool beside;           /* it is kept for inspection and does not become current */
    struct kept_file *kept;
    size_t kept_count;
    struct used_table *used; /* each table that had a part in the run, once */
    size_t used_count;
    struct used_table *index_tables; /* those of cte-index */
    size_t index_table_count;
    bool only_reckons; /* its documents are hashed and not made: a run that is done is looked at */
    bool published, made_current;
    struct cte_error error;
};

/* Fills run->sources from paths; a name (NULL, or NULL in it: none) is for its output files, a
 * format for its records. CTE_USAGE when two would leave files of one name, or one cannot be read
 * twice. */
int take_sources(struct run *run, const char *const *paths, const char *const *names,
                 const char *const *formats, size_t count);

/* The same checks for sources that were taken from elsewhere. */
int check_sources(struct run *run);

/* Whether a text can be the name of a file or folder of the run. */
bool is_plain_name(const char *name);

/* Notes what the file system says of each source, before it is read first (74: it cannot say); and
 * afterwards fails those (75) of which it says something else: they were written to, or replaced,
 * while they were read. */
int stat_sources(struct run *run);
void check_sources_unchanged(struct run *run);

/* Under --repeat, a source must hold what it held: CTE_BAD_INPUT otherwise. */
int check_contents(struct run *run);

/* Adds to what the stages of a source said, put so that it can be shown. */
void add_messages(struct run_source *source, const char *text, size_t length);
void add_message(struct run_source *source, const char *text);

/* What a job says of its sources: as long as one another; a name or format is NULL where the file's
 * own name tells it. */
struct job_sources {
    struct option_list paths, names, formats;
};

/* Takes over what the job says and the command line does not. `sources` gets its sources unless the
 * command line has its own. */
int read_job(struct run *run, bool own_sources, struct job_sources *sources);

/* Tells what had no part in the run, now and in its manifest and report. `what` is for machines. */
void note_unused(struct run *run, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void tell_useless_options(struct run *run);

/* Loads the crosswalks. CTE_BAD_TABLE when one of them could not recode any record of the target
 * layout. */
int check_crosswalks(struct run *run);

/* After the sources are converted: what of the crosswalks and decisions was not used. CTE_BAD_TABLE
 * when nothing was recoded because no crosswalk is made for such records. */
int tell_unused(struct run *run);
int tell_crosswalks(struct run *run);
void tell_decisions(struct run *run);

/* One event. `level` is info, warning or error; `file` may be NULL. */
void log_say(const struct run *run, const char *level, const char *event, const char *file,
             const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Something that went well: an event in JSON; as text only where somebody looks on, so that cron
 * stays silent. */
void log_tell(const struct run *run, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* what the stages said */
void log_messages(const struct run *run, const struct run_source *source);
/* what a program said, of no source alone */
void log_text(const struct run *run, const char *text, size_t length);
/* the sums of a source; JSON only */
void log_source(const struct run *run, const struct run_source *source);
/* the last event; JSON only */
void log_end(const struct run *run, int status);

/* A question that records wait for, over all sources: LEA, year, record type, school, code, local
 * course and choices. */
struct question {
    char *const *fields;
    unsigned long long records;
};

/* Each question once, those with the most records first. To be freed; NULL where there are none. */
struct question *collect_needed(const struct run *run, size_t *count);

/* Writes decisions-needed.csv when records wait for decisions. */
int write_needed(struct run *run);

/* A line of the head of the index, without its word: two sources of one content, which is an error
 * unless the job names both; a source of which an upload would take the place of another's. */
int take_same(struct run *run, char *const *fields);
int take_overlap(struct run *run, char *const *fields);

/* When all sources are done: leaves those of refused sources out, and lets the run end with
 * CTE_SOME_LEFT where any are left. */
void settle_overlaps(struct run *run);

/* The end of the overlaps that are of the same place as this one. */
size_t overlap_end(const struct run *run, size_t first);

/* What is told of them, in words. */
char **overlap_texts(const struct run *run, size_t *count);

/* Finds run->shrunk, and marks the sources. */
void compare_with_last(struct run *run);

/* What is told of one of them, in words. To be freed. */
char *shrunk_text(const struct shrunk *shrunk);

/* True when more is held, or unmapped, than the run allows; says so on standard error. */
bool passes_threshold(struct run *run);

/* CTE_BUG when a source does not add up, in records or in the values of a field. */
int check_balance(struct run_source *source, struct cte_error *error);

/* Takes the summary text apart into source->lines and the sums. CTE_BUG when they are not there. */
int take_summary(struct run_source *source, const char *text, size_t length,
                 struct cte_error *error);

/* The first line with this word, or NULL; and the value of a `name=number` in it. */
const struct summary_line *summary_find(const struct run_source *source, const char *word);

int lock_output(struct run *run);
/* Whether links can be made and replaced in the output folder, and folders renamed: asked before
 * the work, not found out after it. */
int probe_output(struct run *run);
int begin_folder(struct run *run);
int publish_folder(struct run *run, bool switch_current);
void drop_folder(struct run *run);

/* A hash of all that decides what a run makes: program, options, tables, decisions and the sources
 * as the file system describes them. */
void fingerprint(const struct run *run, char hex[65]);
/* Whether the current run was made of just that; and the note of it for the next time. */
bool is_unchanged(const struct run *run, const char *hex);
int note_state(const struct run *run, const char *hex, struct cte_error *error);

/* A table that had a part in the run. */
struct used_table {
    const char *kind, *id, *version, *status, *sha256;
    bool is_own; /* the driver read it; the stages of no source did */
    char *file;  /* below a folder of code tables; NULL for decisions */
};

/* The file of a table below a folder of code tables, to be freed; NULL for decisions. */
char *table_file(const char *kind, const char *id, const char *version);

/* Adds a table to those that had a part in the run, unless it is among them. */
void note_table(struct run *run, const struct used_table *table);

/* Notes the tables of the sources' stages, those that the driver itself took names from, and those
 * of cte-index; copies all into FOLDER/tables. */
int copy_tables(struct run *run, const struct tables *own);

/* Files of the run folder beside those of the sources, with their hashes, for SHA256SUMS. */
struct kept_file {
    char *name; /* below the run folder */
    char sha256[65];
};

/* Adds a file of the run to those, below the run folder. Takes the name. */
void keep_file(struct run *run, char *name, const char sha256[65]);

/* What can be asked of runs that are done. */
/* `signers` is a file that names who may have signed; NULL: nobody asks. */
int verify_run(const struct program *program, const char *folder, const char *signers, bool quiet);
int list_runs(const struct program *program, const char *out);
/* `after` is the run whose job asks for it: it tells in its log. NULL: on standard output. */
int prune_runs(const struct program *program, const char *out, const char *keep,
               const char *keep_days, const struct run *after);

/* The output folder of a run that lies in one, to be freed; else NULL. */
char *folder_of_runs(const char *folder);

/* Takes the options and sources of a done run over, where the command line says nothing else. */
int take_past(struct run *run, const char *folder);
/* Copies the tables that it kept, as far as they still are what it kept, to where this run reads
 * them. The schemas are today's. */
int take_past_tables(struct run *run);
/* CTE_OK when what was made is what that run had made; tells what is not. */
int compare_past(const struct run *run);
/* Whether a newer run than that one is current. */
bool is_overtaken(const struct run *run);

/* The attributes that a word of the summary has in the manifest, in the order of its fields; NULL
 * where it is not there. What `name` is empty of is not written. The list ends after 10, or with
 * NULL. */
const char *const *manifest_attributes(const char *word);

int write_manifest(struct run *run, struct output *output);
int write_sums(struct run *run);

/* Reads the documents of the run back, as somebody will years from now: CTE_BUG where one cannot be
 * read. */
int read_back_run(struct run *run);

/* Begins a document of the run, in a folder `sub` of it ("": the run's own); where the run only
 * reckons, none is made. */
int begin_document(struct run *run, struct output *output, const char *sub, const char *name);

/* Closes a document of the run, puts it in place in a folder `sub` of it ("": the run's own) and
 * keeps it among the run's files. */
int end_document(struct run *run, struct output *output, const char *sub);

#endif
