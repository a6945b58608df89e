/* diff.h - what the parts of cte-diff share.
 *
 *   cte-diff.c        options, the order of things, the sums
 *   expect.c          what the crosswalks make of a record, worked out from the tables alone
 *   possible.c        what a student's courses could decide where a row is open
 *   courses.h         which courses the students completed, and what these decide: read_courses.c,
 *                     ask_courses.c
 *   report_unused.c   what was given and had no effect
 *   read_entries.c    one pass over a file: of each record its key, its content and what is
 *                     expected of it, as hashes
 *   partitions.h      where these wait: in memory, or in a file where they are many
 *   match.c           which record before is which after
 *   flow.h            how many records went from which code to which
 *   run_account.c     what a run folder says besides: hashes, records that it held or rejected
 *   run_facts.c       the same, asked by others
 *   run_options.c     what a run was asked for, and the extracts it read
 *   find_layout.c     the layout of a file for which none was named
 *   compare_outputs.h the converted files of two runs
 *   changes.c         the changes that a run tells against what the tables say, row by row
 *   what_if.c         two tables on the same source
 *   second_pass.h     the records that are to be shown, read once more
 *   detail.c          those that hashes do not settle: what differs, and whether a table says so
 *   write_text.c      the sums and the differences in words
 *   write_csv.c, write_xml.c  all differences, for programs
 *   write_html.c      a page for people
 *
 * Nothing here knows how the converter works: what it says was done is neither read nor believed.
 *
 * A record is known by its key: the key fields of its layout, without those that the crosswalks
 * recode. Contents are compared as the target layout would hold them, field by field in its order,
 * so that form and format do not matter.
 *
 * Memory: 40 bytes a record of each file, and 16 for each choice that a table leaves a record, up
 * to what --memory allows; then these are matched part by part from a temporary file, with the same
 * answer. 12 bytes for each record that is shown; the texts of one batch of records.
 */
#ifndef CTE_DIFF_H
#define CTE_DIFF_H

#include <stdio.h>

#include "codetables/model/decisions.h"
#include "codetables/model/recoded.h"
#include "codetables/model/fits.h"
#include "codetables/base/xml_out.h"
#include "pipeline/run/manifest.h"
#include "pipeline/report/page.h"
#include "codetables/base/program.h"
#include "pipeline/stream/plans.h"
#include "pipeline/stream/reader.h"
#include "pipeline/cte-diff/difference.h"
#include "pipeline/cte-diff/flow.h"
#include "pipeline/cte-diff/partitions.h"

/* RECORD_ROOM holds any record without escapes, and its content: the reader bounds records, and
 * codes are short. */
enum {
    MAX_CROSSWALKS = 8,
    MAX_ALTERNATIVES = 32,
    RECORD_ROOM = 4 * STREAM_MAX_RECORD + LAYOUT_MAX_FIELDS + SCAN_SLACK
};

struct entry {
    uint64_t key;
    uint64_t hash; /* of the content; before: of the content that is expected after */
    uint64_t own;  /* of the content; the same as `hash` where nothing is recoded */
    /* Another hash of what `hash` is of, without the secret of the process: what is left of one key
     * is paired in this order, so that it is the same each time. Contents are the same only where
     * both hashes are. */
    uint64_t order;
    uint32_t number;
    uint32_t move; /* flow.h; of its side */
};

/* A content that a table allows but does not decide: one choice of an undecided row. In the order
 * of numbers. */
struct allowed {
    uint32_t number;
    uint64_t hash;
};

struct diff_plan;
struct courses;

struct entries {
    const struct diff_plan **plans; /* of the kinds of record that were met */
    size_t plan_count, plan_room;
    struct partitions records; /* of struct entry */
    struct partitions allowed; /* of struct allowed; before */
    uint64_t count;            /* of records that can be read */
    char sha256[65];           /* of the content of the file */
    uint64_t *unreadable;      /* lines of records that cannot be read */
    size_t unreadable_count, unreadable_room;
};

/* A value for each recoded field of the target: NULL keeps the one that is there. */
struct outcome {
    const char *to[MAX_RECODED];
    bool decided;    /* false: one of the choices that the tables leave */
    bool held;       /* the tables do not answer: the record is not to be converted */
    bool by_courses; /* a choice that courses may have made, which nobody has shown here */
    const struct crosswalk *crosswalk;
    unsigned row;
    const char *reason;
};

/* What may become of a record. */
struct expectation {
    struct outcome outcomes[MAX_ALTERNATIVES];
    size_t count;
    const struct decision *decision; /* about the record, or NULL */
    /* the table answers for itself, so the decision does not count */
    bool overruled;
};

/* How many records a decision was about, and for how many of these the table answers itself. */
struct decision_use {
    uint64_t records, overruled;
};

/* What an open row can come to, whoever decides. */
struct possible {
    const struct crosswalk_row *row;
    struct targets *targets;
    size_t count;
};

/* From a kind of record to the target layout. Made once a kind. */
struct diff_plan {
    const struct record_layout *record, *target;
    int *source;        /* per target field: the field of the record it takes, or -1 */
    const char **fixed; /* per target field: a constant, or NULL */
    int *recoded;       /* per target field: its number among the recoded ones, or -1 */
    bool *masked;       /* per target field: not compared */
    size_t recoded_count;
    size_t recoded_field[MAX_RECODED]; /* target fields */
    int recode_from[MAX_RECODED];      /* fields of the record they are recoded from */
    int *key;
    size_t key_count;
    bool plain;                /* the text of a record without escapes is its content */
    struct move_plan moves[2]; /* of a record before and of one after */
};

/* A record that is looked at, with the plan of its kind. `fields` are the caller's. */
struct diff_record {
    const struct kind *kind;
    const struct diff_plan *plan;
    const struct slice *fields;
    size_t count;
};

/* Contents that a run did not convert, by hash, in order. */
struct contents {
    uint64_t *hashes;
    size_t count, room;
};

/* A table that a run kept. */
struct kept_table {
    char *path, *sha256;
    bool is_named; /* in the manifest */
};

/* What a run folder says. Used only with --run, and only for what the two files cannot tell: why a
 * record is not among those after. */
struct run_account {
    const char *folder;   /* NULL: none was given */
    char *source;         /* the name of the source that BEFORE is */
    char *changes;        /* the file of its changes, which is not there where it has none */
    struct contents held; /* contents as they were received */
    /* the same, without the transaction type, which a rejected record has blank */
    struct contents rejected;
    /* lines of the source that its findings name in a merge, in order: both what was merged and
     * into what */
    uint64_t *merged;
    size_t merged_count, merged_room;
    uint64_t merged_sum;     /* how many records the manifest says were merged */
    uint64_t unwritten;      /* of these, how many have no changes but should have */
    struct allowed *decided; /* choices that changes say were taken, by number */
    size_t decided_count, decided_room;
    uint64_t files, wrong; /* files of the run, and those whose hash differs */
    uint64_t rows;         /* of its changes */
    /* how many records the manifest says were held, and rejected */
    uint64_t held_sum, rejected_sum;
    struct released released; /* tables that belong to this program */
    struct kept_table *kept;
    size_t kept_count;
    char **complaints; /* what is wrong with the run, in words */
    size_t complaint_count;
};

/* The kinds of the records of a side, which its readers share, and a plan for each. */
struct planned {
    struct kinds kinds;
    struct plans plans;
};

struct diff {
    struct arena memory; /* of what is taken from a run */
    struct program *program;
    struct tables *tables; /* of both sides of --what-if */
    struct crosswalk *crosswalks[MAX_CROSSWALKS];
    size_t crosswalk_count;
    const struct layout *target;
    struct decisions decisions;
    bool has_decisions;
    struct decision_use *uses; /* of each decision; filled while BEFORE is read */
    struct possible *possible; /* in the order of rows */
    size_t possible_count;
    struct option_list ignore, only, evidence;
    struct courses *courses;
    bool knows_courses; /* the extracts of courses were read, all of them */
    struct reader_options options[2];
    struct planned planned[2];
    const char *paths[2]; /* before, after */
    /* the layout that was found for a file of which none was named; NULL: none had to be */
    const struct layout *found_layouts[2];
    struct entries files[2];
    struct partition_room room;
    struct moves moves[2]; /* before, after */
    struct flows flows;    /* filled by match() and report_details() */
    struct run_account account;
    struct fits_list fits; /* asked by one thread at a time */
    struct cte_error error;
};

/* A pair, or a record alone, that hashes do not settle: numbers of the records in their files, from
 * 1. NOBODY: none on that side. With a partner, the record before is alone, but for a record after
 * that has its key and expected content, and is paired with this partner: perhaps the two were
 * merged. */
struct difference {
    uint32_t before, after, partner;
};

enum { NOBODY = UINT32_MAX };

struct matching {
    uint64_t same, recoded;
    struct difference *differences; /* in the order of the file before, then of that after */
    size_t count, room;
    /* pairs recoded as the tables say; only where they are asked for */
    struct difference *converted;
    size_t converted_count, converted_room;
    bool keep_converted;
};

/* The layout of a file for which none was named and whose first records do not read by their
 * academic year: the one layout by which all of them do. NULL: there is none, or it need not be. */
const struct layout *find_layout(struct diff *diff, size_t side);

/* Loads the code sets of the fields that are recoded, for plans are made by two threads, which load
 * nothing. */
int load_code_sets(struct diff *diff);

struct diff_plan *find_plan(struct diff *diff, struct planned *planned, const struct kind *kind);
void planned_free(struct planned *planned);

/* What the crosswalks, and courses where they are known, make of a record: at least one outcome.
 */
void find_outcomes(struct diff *diff, const struct diff_record *record,
                   struct expectation *expectation);

/* Lists what each open row of the crosswalks can come to; from then on find_possible() finds it. */
int list_possible(struct diff *diff);
bool same_targets(const struct targets *a, const struct targets *b, size_t outputs);
/* Whether a course may take the row there: its first code must be one that the row names. */
bool allows_first(const struct crosswalk_row *row, const char *first);
const struct possible *find_possible(const struct diff *diff, const struct crosswalk_row *row);

/* Options that name what there is nothing of. CTE_USAGE where a field is in no layout. */
int check_field_options(struct diff *diff);

/* Once the files are read: tells what was given and had no effect. CTE_USAGE where nothing at all
 * would be compared. */
int report_unused(struct diff *diff);

/* The content of a record as the target layout holds it, with an outcome (NULL: as it stands): one
 * text for each content, to be hashed. Where no value holds a caret, it is the text of the record.
 * Returns its length; `to` has room for RECORD_ROOM bytes. */
size_t put_content(const struct diff_record *record, const struct outcome *outcome, char *to,
                   size_t room);

/* What stands in a field, or under a role: empty where the kind has no such field; and the year
 * that judges the code in a field. */
struct slice field_value(const struct kind *kind, const struct slice *fields, const char *number);
struct slice role_value(const struct kind *kind, const struct slice *fields, enum field_role role);
int judging_year(const struct kind *kind, const struct slice *fields, int from);

/* The fields of a record of the reader, with no escapes in them. They last until the thread asks
 * for those of another. */
size_t split_fields(const struct record *record, struct slice *fields);

/* Frees what the thread kept for the fields of its last record. */
void forget_split_fields(void);

/* Hashes of a record's content as it stands, and of that without its transaction type. */
uint64_t own_hash(const struct diff_record *record);
uint64_t loose_hash(const struct diff_record *record);

/* Takes the crosswalks, layouts and decisions of a run over, where the command line says nothing.
 */
int read_run_options(struct diff *diff, struct option_list *crosswalks, const char **target,
                     const char **layout, const char **decisions);

/* Looks a run folder over: hashes, the source, what was held and rejected, its changes. */
int read_account(struct diff *diff);
/* In the order of numbers, for qsort() and bsearch(). */
int compare_numbers(const void *x, const void *y);
bool has_content(const struct contents *contents, uint64_t hash);

/* A table of the run itself or of one of its sources, the first there is; a version of NULL is any.
 * NULL: there is none. */
const struct fact_table *find_run_table(const struct manifest *manifest, const char *kind,
                                        const char *id, const char *version);
bool is_named_merged(const struct run_account *account, uint64_t line);

/* Compares the changes that the run tells with what the tables make of each record of BEFORE. */
int check_changes(struct diff *diff);
void add_complaint(struct run_account *account, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A target field of a record as it stands, and as an outcome wants it. */
struct slice actual_value(const struct diff_record *record, size_t t);
struct slice expected_value(const struct diff_record *record, const struct outcome *outcome,
                            size_t t);

/* What stands in a target field, as it may be shown; and whether it may. */
struct slice shown_value(struct diff *diff, const struct diff_record *record, size_t t);
bool shows_field(struct diff *diff, const struct diff_record *record, int position);

/* Does a piece of work twice at once, in two threads, as number 0 and as number 1; the first error
 * goes to diff->error. */
typedef int side_work(struct diff *diff, int number, struct cte_error *error, void *context);
int do_both(struct diff *diff, side_work *work, void *context);

/* A file of records that is open. */
struct record_file {
    struct source *source;
    struct reader *reader; /* NULL: it is not open */
};

/* Opens a file of records. A format of NULL is found, and put into the options. What was opened is
 * closed by close_records(), also after an error. */
int open_records(struct diff *diff, const char *path, struct reader_options *options,
                 struct record_file *file, struct cte_error *error);
void close_records(struct record_file *file);

/* Reads all records of a file, and gives each to `take`, whose status ends the reading where it is
 * not 0. A kind of NULL: no layout reads the record. */
struct record_reading {
    const char *path;
    struct reader_options *options;
    int (*take)(void *context, const struct record *record, struct cte_error *error);
    void *context;
    char *sha256; /* gets that of the content, 65 bytes; or NULL */
};
int read_records(struct diff *diff, const struct record_reading *reading, struct cte_error *error);

/* Reads one side into its entries. */
side_work read_entries;

/* Finds which record is which, and gives the entries back. */
int match(struct diff *diff, struct matching *matching);
void matching_free(struct matching *matching);

/* Prints which records of the sources come out differently under two crosswalks, by code and
 * school. The tables and the error are those of the first side. */
int what_if(struct diff *const sides[2], const char *const *sources, size_t count,
            uint64_t *different);

/* All that is not explained: records, and faults of the run folder. */
uint64_t unexplained(const struct diff *diff, const struct tally *tally);

/* Reads the records again that differ, tells every sink of each and fills the tally. */
int report_details(struct diff *diff, const struct matching *matching, struct tally *tally,
                   const struct sink *sinks, size_t sink_count);

#endif
