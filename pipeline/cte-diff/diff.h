/* diff.h - what the parts of cte-diff share.
 *
 *   cte-diff.c   options, the order of things, the sums
 *   expect.c     what the crosswalks make of a record, worked out from the tables alone
 *   possible.c   what a student's courses could decide where a row is open
 *   courses.c    which courses the students completed, and what these decide
 *   unused.c     what was given and had no effect: it is told
 *   collect.c    one pass over a file: of each record its key, its content and what is expected of
 *                it, as hashes
 *   spread.h     where these wait: in memory, or in a file where they are many
 *   match.c      which record before is which after
 *   flow.h       how many records went from which code to which
 *   run.c        what a run folder says besides: its hashes, and which records it held or rejected
 *   changes.c    changes.csv of a run against what the tables say, row by row
 *   what_if.c    two tables on the same source
 *   again.c      a second pass: the records that are to be told
 *   detail.c     those that hashes do not settle: what differs, and whether a table says so
 *   say.c        the sums and the differences in words
 *   write_csv.c, write_xml.c   all differences, for programs
 *   write_html.c               a page for people
 *
 * Nothing here knows how the converter works: what it says was done is neither read nor believed.
 *
 * A record is known by its key: the key fields of its layout, without those that the crosswalks
 * recode. Contents are compared as the target layout would hold them, field by field in its order,
 * so that form and format do not matter.
 *
 * Memory: 40 bytes a record of each file, and 16 for each choice that a table leaves a record, up
 * to what --memory allows; then these are matched part by part from a temporary file, with the same
 * answer. 12 bytes for each record that is told; the texts of one batch of records.
 */
#ifndef CTE_DIFF_H
#define CTE_DIFF_H

#include <stdio.h>

#include "codetables/model/decisions.h"
#include "codetables/model/fits.h"
#include "codetables/base/xml_out.h"
#include "pipeline/report/page.h"
#include "codetables/base/program.h"
#include "pipeline/stream/reader.h"
#include "pipeline/cte-diff/flow.h"
#include "pipeline/cte-diff/spread.h"

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
    size_t plan_count;
    struct spread records; /* of struct entry */
    struct spread allowed; /* of struct allowed; before */
    uint64_t count;        /* of records that can be read */
    char sha256[65];       /* of the content of the file */
    uint64_t *unreadable;  /* lines of records that cannot be read */
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
struct account {
    const char *folder;   /* NULL: none was given */
    char *source;         /* the name of the source that BEFORE is */
    struct contents held; /* contents as they were received */
    /* the same, without the transaction type, which a rejected record has blank */
    struct contents rejected;
    /* lines of the source that findings.csv names in a merge, in order: both what was merged and
     * into what */
    uint64_t *merged;
    size_t merged_count, merged_room;
    uint64_t merged_sum;     /* how many records the manifest says were merged */
    uint64_t unwritten;      /* of these, how many have no rows in changes.csv but should have */
    struct allowed *decided; /* choices that changes.csv says were taken, in the order of numbers */
    size_t decided_count, decided_room;
    uint64_t files, wrong; /* files of the run, and those whose hash differs */
    uint64_t rows;         /* of changes.csv */
    /* how many records the manifest says were held, and rejected */
    uint64_t held_sum, rejected_sum;
    struct released released; /* tables that belong to this program */
    struct kept_table *kept;
    size_t kept_count;
    char **complaints; /* what is wrong with the run, in words */
    size_t complaint_count;
};

struct diff {
    struct program *program;
    struct tables tables;
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
    const char *paths[2]; /* before, after */
    struct entries files[2];
    struct spread_room room;
    struct moves moves[2]; /* before, after */
    struct flows flows;    /* filled by match() and tell_details() */
    struct account account;
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

/* Loads the code sets of the fields that are recoded, for plans are made by two threads, which load
 * nothing. */
int load_code_sets(struct diff *diff);

struct diff_plan *plan_of(struct diff *diff, struct kind *kind);

/* What the crosswalks, and courses where they are known, make of a record: at least one outcome.
 * `fields` are those of the record's kind. */
void expect(struct diff *diff, const struct kind *kind, const struct diff_plan *plan,
            const struct slice *fields, struct expectation *expectation);

/* Lists what each open row of the crosswalks can come to; from then on possible_of() finds it. */
int list_possible(struct diff *diff);
bool same_targets(const struct targets *a, const struct targets *b, size_t outputs);
/* Whether a course may take the row there: its first code must be one that the row names. */
bool allows_first(const struct crosswalk_row *row, const char *first);
const struct possible *possible_of(const struct diff *diff, const struct crosswalk_row *row);

/* Options that name what there is nothing of. CTE_USAGE where a field is in no layout. */
int check_fields(struct diff *diff);

/* Once the files are read: tells what was given and had no effect. CTE_USAGE where nothing at all
 * would be compared. */
int tell_unused(struct diff *diff);

/* The content of a record as the target layout holds it, with an outcome (NULL: as it stands): one
 * text for each content, to be hashed. Where no value holds a caret, it is the text of the record.
 * Returns its length; `to` has room for RECORD_ROOM bytes. */
size_t content_of(const struct diff_plan *plan, const struct slice *fields, size_t count,
                  const struct outcome *outcome, char *to, size_t room);

/* The fields of a record of the reader, with no escapes in them. They last until the thread asks
 * for those of another. */
size_t fields_of(const struct reader_record *record, struct slice *fields);

/* Hashes of a record's content as it stands, and of that without its transaction type. */
uint64_t own_hash(const struct diff_plan *plan, const struct slice *fields, size_t count);
uint64_t loose_hash(const struct kind *kind, const struct diff_plan *plan,
                    const struct slice *fields, size_t count);

/* Takes the crosswalks, layouts and decisions of a run over, where the command line says nothing.
 */
int take_run_options(struct diff *diff, struct option_list *crosswalks, const char **target,
                     const char **layout, const char **decisions);

/* Looks a run folder over: hashes, the source, what was held and rejected, changes.csv. */
int take_account(struct diff *diff);
bool has_content(const struct contents *contents, uint64_t hash);
bool is_named_merged(const struct account *account, uint64_t line);

/* Compares changes.csv with what the tables make of each record of BEFORE. */
int check_changes(struct diff *diff, const char *path);
void complain(struct account *account, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A target field of a record as it stands, and as an outcome wants it. */
struct slice stands(const struct diff_plan *plan, const struct slice *fields, size_t count,
                    size_t t);
struct slice wanted(const struct diff_plan *plan, const struct slice *fields, size_t count,
                    const struct outcome *outcome, size_t t);

/* What stands in a target field, as it may be shown; and whether it may. */
struct slice shown_standing(struct diff *diff, const struct diff_plan *plan,
                            const struct slice *fields, size_t count, size_t t);
bool shows_field(struct diff *diff, const struct diff_plan *plan, const struct slice *fields,
                 size_t count, int position);

/* Does a piece of work twice at once, in two threads, as number 0 and as number 1; the first error
 * goes to diff->error. */
typedef int side_work(struct diff *diff, int number, struct cte_error *error, void *context);
int do_both(struct diff *diff, side_work *work, void *context);

/* Opens a file of records. A format of NULL is found, and put into the options. What was opened is
 * closed by close_records(), also after an error. */
int open_records(struct diff *diff, const char *path, struct reader_options *options,
                 struct source **source, struct reader **reader, struct cte_error *error);
void close_records(struct source *source, struct reader *reader);

/* Reads one side into its entries. */
side_work collect;

/* Finds which record is which, and gives the entries back. */
int match(struct diff *diff, struct matching *matching);

/* Prints which records of the sources come out differently under two crosswalks, by code and
 * school. The tables and the error are those of the first side. */
int what_if(struct diff *const sides[2], const char *const *sources, size_t count,
            uint64_t *different);

enum difference_kind {
    DIFF_SAME,      /* never told */
    DIFF_CONVERTED, /* as the tables say; told to tellers that want all */
    DIFF_DECIDED,   /* to a choice of the tables that changes.csv names */
    DIFF_HELD,      /* missing, and held by the run */
    DIFF_REJECTED,
    DIFF_MERGED,    /* missing, and merged by the run into one that stands after */
    DIFF_EXPLAINED, /* those above are explained, those below are not */
    DIFF_CHOICE = DIFF_EXPLAINED,
    DIFF_OTHERWISE,
    DIFF_FIELDS,
    DIFF_MISSING,
    DIFF_NEW,
    DIFF_UNREADABLE,
    DIFF_KINDS
};
extern const char *const difference_names[DIFF_KINDS];

struct tally {
    uint64_t counts[DIFF_KINDS]; /* records */
};

/* All that is not explained: records, and faults of the run folder. */
uint64_t unexplained(const struct diff *diff, const struct tally *tally);

/* A field in which a record is told to differ. The values of a personal field are not here, and
 * NOT_A_VALUE stands for what is no value of its field: no teller can show them. */
struct told_field {
    const struct field *field;
    struct slice was, is, expected;
    const struct outcome *outcome; /* what the tables say of this field, or NULL */
};

/* A difference as it is told, with nothing that outlives the call. */
struct told {
    enum difference_kind kind;
    const char *type;                /* of the record; empty where no layout reads it */
    uint64_t lines[2];               /* before, after; 0: there is none */
    const struct told_field *fields; /* none: the whole record */
    size_t field_count;
    const struct outcome *outcome; /* of a record alone: why it may be so, or NULL */
};

/* Whoever hears of each difference: those that the tables explain in the order of the file before,
 * then all others in that order, then new ones in the order of the file after, then what cannot be
 * read. */
struct teller {
    void (*tell)(void *context, const struct told *told);
    void *context;
};

/* A record that was read again. */
struct kept {
    uint32_t number;
    uint64_t line;
    struct kind *kind; /* of the reader, which lives until it must begin again */
    size_t at;         /* where its fields begin in the texts */
};

/* One side of the second pass. A batch: want() the records, read_again(), find and look,
 * forget_batch(). */
struct again {
    struct source *source;
    struct reader *reader;
    uint64_t at; /* the last record that was read */
    struct kept *kept;
    size_t count, room;
    char *texts;
    size_t used, text_room;
};

void want(struct again *again, uint32_t number);
/* its context: struct again[2] */
side_work read_again;
/* of one that was wanted; NULL for NOBODY */
const struct kept *find_kept(const struct again *again, uint32_t number);
size_t kept_fields(const struct again *again, const struct kept *kept, struct slice *fields);
void forget_batch(struct again *again);
void end_again(struct again *again);

/* Reads the records again that differ, tells every teller of each and fills the tally. */
int tell_details(struct diff *diff, const struct matching *matching, struct tally *tally,
                 const struct teller *tellers, size_t teller_count);

/* In words: the first `most` differences of each kind are kept until the sums are known and said.
 */
struct saying {
    size_t most;
    char **lines[DIFF_KINDS];
    size_t counts[DIFF_KINDS];
};
void say_difference(void *saying, const struct told *told);
void say_sums(const struct diff *diff, const struct tally *tally);
void say_differences(const struct saying *saying, const struct tally *tally);

/* Every difference, a row for each field. */
void begin_csv(struct output *csv);
void write_csv(void *csv, const struct told *told);

/* The same, an element for each record, with files, tables and sums; by
 * codetables/schema/differences.xsd. */
void begin_xml(struct xml_out *xml, struct output *output, const struct diff *diff);
void write_xml(void *xml, const struct told *told);
int end_xml(struct xml_out *xml, const struct diff *diff, const struct tally *tally,
            struct cte_error *error);

/* A page for people: the first `most` records of each kind are kept until the sums are known.
 * end_html() writes it; its errors are those of loading tables. */
struct html {
    struct output *output;
    size_t most;
    bool hides, is_public;        /* small counts are hidden; no line or file is named */
    uint64_t records[DIFF_KINDS]; /* that were told of */
    struct page_table tables[DIFF_KINDS];
};
void write_html(void *html, const struct told *told);
int end_html(struct html *html, struct diff *diff, const struct tally *tally);

#endif
