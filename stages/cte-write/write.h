/* write.h - what the parts of cte-write share.
 *
 *   cte-write.c       options, the loop
 *   files.c           the files of a source
 *   formats.c         a record in caret, CSV or XML
 *   row_plans.c       what is prepared once for each kind and row
 *   repeats.c         histories that recur, of which that is worked out once
 *   audit_csv.c       changes and findings as rows about lines, rejected records with their errors
 *   open_questions.c  what has to be decided before held records can be converted
 *   places.c          where records belong, and whether that can be believed
 *   tally.c           records by school, and the sums that show that no value was lost
 *   count_groups.c    counts by code before and after, school and the like
 *   read_group.c      what they are counted by
 *   note_people.c     who is counted there
 *   breaches.c        which rules the records of each school break
 *   put_account.c     what was counted of the source, in control lines at the end
 */
#ifndef CTE_WRITE_H
#define CTE_WRITE_H

#include "pipeline/stream/field_sums.h"
#include "codetables/model/fits.h"
#include "pipeline/stream/index.h"
#include "pipeline/stream/lineage.h"
#include "pipeline/stream/plans.h"
#include "codetables/base/output.h"
#include "pipeline/run/group_counts.h"
#include "pipeline/run/line_rows.h"
#include "pipeline/run/lines.h"

enum format { FORMAT_CARET, FORMAT_CSV, FORMAT_XML };

/* The files of one source, in the order in which they are listed. */
enum file {
    FILE_CONVERTED,
    FILE_REJECTED,
    FILE_HELD,
    FILE_CHANGES,
    FILE_FINDINGS,
    FILE_COUNTS,
    FILE_DISTINCT,
    FILES
};

/* The questions that a decision can answer, and how many held records wait for each. */
struct needed_list {
    struct map keys;           /* the texts that tell questions apart, each with a NUL behind it */
    struct fact_needed *items; /* by the numbers of the keys, whose texts they are */
    size_t room;
    struct map texts;      /* codes that are asked for */
    struct text key;       /* of the question at hand */
    struct recent *recent; /* of open_questions.c: questions by the raw bytes of their fields */
    size_t recent_count, recent_room;
    struct map unmapped; /* the codes that no table answers for, as hashes */
    uint64_t unmapped_records;
};

/* Findings by school, rule and field; of breaches.c. */
struct breach_list {
    struct map rules, keys;
    struct breach *items; /* by the numbers of the keys */
    size_t room;
};

/* The values that change lines took from a field and put into it, as sums of field_sums.h. */
struct move {
    const struct kind *kind;
    const char *number;
    uint64_t all, written;
};

/* Records of one type, LEA, academic year and school. */
struct school {
    uint64_t read, written;
    uint64_t again; /* of those written, how many stand in a later source too, and count there */
    /* of breaches.c: the rule that a record of it broke last, and that breach; both its number and
     * one, 0: none */
    uint32_t broken_rule, breach;
    /* some record of it was not rejected, so that its values are what the layout says they are */
    bool trusted;
    const struct kind *kind;
    const char *parts[3]; /* LEA, year and school */
};

/* LEA, academic year and school as records of a kind hold them, and what is known of the three. */
enum { PLACE_PARTS = 3, PLACE_MOST_PART = 31, PLACE_TEXT = 36, PLACE_STATES = 4 };
extern const enum field_role place_roles[PLACE_PARTS];
struct place {
    uint32_t kind;                /* its index */
    uint32_t school;              /* of tally.c: its number and one; 0: none, or not looked for */
    uint32_t heads[PLACE_STATES]; /* of count_groups.c: of its groups; 0: not known */
    bool fits;                    /* each of the three is a value of its field */
    bool is_long;                 /* one has more than PLACE_MOST_PART bytes */
    bool has_school;              /* the school was looked for */
    unsigned char length;         /* of what follows; 0: no place */
    char raw[PLACE_TEXT];         /* the three, each with a NUL behind it */
};
_Static_assert(sizeof(struct place) == 64, "a place is one line of the processor's memory");

/* What tells places apart: a kind, and the three as its records hold them. */
struct place_key {
    const struct kind *kind;
    struct slice parts[PLACE_PARTS];
    size_t length; /* of raw; 0: it is too long to be kept */
    uint64_t hash;
    char raw[PLACE_TEXT + VALUE_SLACK];
};

/* Zeroed, it is empty; of places.c. */
struct place_list {
    struct place *items;
    size_t count, room;
    struct place *last; /* of the record before, which is mostly that of this one */
    struct place other; /* the last one that is not kept */
};

struct tally {
    struct field_sums written; /* records that are written, as they stand */
    /* the others, as they stand in the stream; as they were received, where they were converted */
    struct field_sums kept, received;
    struct move **moves;
    size_t move_count, move_room;
    /* kinds of which some record has no LEA, year or school where it should be */
    const struct kind **astray;
    size_t astray_count, astray_room;
    struct map school_keys; /* type, LEA, year and school, each with a NUL behind it */
    struct school *schools; /* by the numbers of the keys */
    size_t school_room;
    struct text before;                 /* what a change took, where it is escaped */
    uint64_t other_read, other_written; /* records beyond the most schools that are told apart */
};

/* Who stands in which group of counts, sorted on the disk where there are many; of note_people.c.
 * Zeroed but for the folder of `counts`, it is nobody. */
struct people {
    struct group_counts counts;
    bool is_anyone;
    struct group next; /* once they are sorted */
    bool has_next;
};

/* What is kept of the source at hand, and of no other. */
struct written_source {
    char *name;              /* for the file names; NULL: not told yet */
    enum format format;      /* of the held records */
    struct plans lineages;   /* per kind that was converted: a struct lineage */
    struct plans row_plans;  /* per row: a struct row_plan */
    struct plans rule_plans; /* per rule: a struct rule_plan */
    struct plans repeats;    /* of repeats.c, per history that recurs, until its stream ends */
    bool is_again;           /* the record at hand counts in another source */
    struct output files[FILES];
    bool made[FILES];
    struct row_writer rows[FILES]; /* of those of rows about lines */
    const char *xml_root[FILES];
    uint64_t read, written, merged, rejected, held;
    struct needed_list needed;
    struct breach_list breaches;
    struct place_list places;
    struct tally tally;
    struct rollup_counts *rollup_counts; /* of count_groups.c */
    const struct stream_row **said;      /* rows of all streams, each once, with their counts */
    size_t said_count;
    struct found_rule {
        const struct stream_rule *rule;
        unsigned program;
    } * found_rules;
    size_t rule_count;
};

struct writing {
    struct tables tables;
    const struct rules *rules;
    const struct rollups *rollups; /* what is counted; NULL: nothing */
    struct stream_in in;
    const struct stream_past *past; /* of the record at hand */
    struct text values;             /* fields of the record at hand, where it is escaped */
    struct text words;              /* of a finding, where they are escaped */
    struct text rest;               /* of a row about a line, what stands behind the line */
    const char *index_path;         /* NULL: none is needed */
    struct index_reader index;
    const char *folder;
    enum format format; /* of the converted records */
    uint64_t most_rows; /* about lines that a file holds in full */
    bool gzip;
    bool syncs; /* files are permanent when they appear; else the caller sees to it */
    struct fits_list fits;
    struct written_source source;
    struct cte_error error;
};

/* Ends a source: what was not put in place is removed, and all that was kept of it is freed. */
void forget_source(struct writing *writing);

/* Counts beside a definition, for the summary. */
struct row_plan {
    struct text head, tail; /* of its CSV row, around the value before */
    char before[32];        /* the value before, where it is always the same */
    size_t before_length;
    bool various;
    /* the last value before that was known to be a code, of a field of that layout, or empty; the
     * number of its row, and what the row adds to the sum of its field */
    struct {
        char bytes[16];
        size_t length;
        const struct record_layout *of; /* NULL: there is none yet */
        uint32_t number;
        uint64_t adds;
    } last;
    uint64_t count;
    uint64_t after;    /* sum_value() of what the row puts in */
    struct move *move; /* where the row is summed, for the kind met last */
    /* whether it changes the field whose value before is counted, for the kind asked for last */
    const struct kind *counted_for;
    bool is_counted;
};

struct rule_plan {
    uint32_t number; /* of its row, where the finding adds no words of its own; 0: not named */
    uint32_t breach; /* of breaches.c: the number of the rule and one; 0: not looked for */
    uint64_t count;
    const struct record_layout *record; /* the one met last, and where it has the rule's field */
    int position;
};

extern const char *const file_words[FILES]; /* what each holds, as the summary calls it */

/* The output of a kind of file, made when it is first needed; NULL when it cannot be, with
 * writing->error set. */
struct output *file_for(struct writing *writing, enum file file);

/* The same for a file of rows about lines. */
struct row_writer *rows_for(struct writing *writing, enum file file);

/* Closes all files, and reads those back that are XML. */
int close_files(struct writing *writing);

/* Puts all files in place. */
int publish_files(struct writing *writing);

/* The fields of a record that is to be written, and the kind whose layout names them. */
struct written_fields {
    const struct kind *kind;
    const struct slice *fields;
    size_t count;
};

/* Writes one record in a format. Returns how many values had to be put in quotes that the format's
 * readers may not know; their positions go to `quoted`, with room for all fields, or nowhere when
 * that is NULL. */
size_t put_fields(struct writing *writing, enum file file, enum format format,
                  const struct written_fields *record, size_t *quoted);

/* The fields as they were received, without what a form adds unless `extras`; returns their number.
 * They last until the next call. */
size_t received_fields(struct writing *writing, const struct record *record, bool extras,
                       struct slice *fields);

/* History of a record as rows of its changes and findings; whether it has any finding. */
void put_changes(struct writing *writing, const struct record *record);
bool put_findings(struct writing *writing, const struct record *record);

/* Whether a value before a change is the one that its row was last met with. */
bool is_last_change(const struct row_plan *plan, const struct record *record, struct slice value);

/* The same where its history recurs, and is known. False: it is not; what was made of its changes,
 * or of its findings, may be learned. What is counted that way is settled once. */
bool repeat_changes(struct writing *writing, const struct record *record);
void learn_changes(struct writing *writing, const struct record *record);
bool repeat_findings(struct writing *writing, const struct record *record, bool *has_any);
void learn_findings(struct writing *writing);
void settle_repeats(struct writing *writing);
void free_repeats(struct plans *repeats);

/* A finding of a rule that this program looks at itself. */
void put_own_finding(struct writing *writing, const struct record *record, const char *check,
                     const struct field *field);

/* The record and each of its findings, as CALPADS gives rejected records back. */
void put_rejected(struct writing *writing, const struct record *record, const struct slice *fields,
                  size_t count);

/* Which values of a record layout may be shown. */
struct fits *fits_for(struct writing *writing, const struct record_layout *record);

/* Adds values to a CSV row, each after a comma. */
void add_cells(struct text *row, const char *const *values, size_t count);

/* Fills the rest of a key that has its kind and parts. The place is far from the processor where
 * there are many, so it is sought some time before it is looked at. */
void seek_place(const struct writing *writing, struct place_key *key);

/* The place of a key, made when it is new. It stays until the next one is looked for. */
struct place *find_place(struct writing *writing, const struct place_key *key);
void forget_heads(struct place_list *list);
void free_places(struct place_list *list);

struct row_plan *make_row_plan(const struct stream_row *row);

/* The plan of a row, made when it is first met. */
static inline struct row_plan *plan_row(struct writing *writing, const struct stream_row *row)
{
    void **place = plan_place(&writing->source.row_plans, row->index);
    if (*place == NULL)
        *place = make_row_plan(row);
    return *place;
}

/* The same for a rule. */
static inline struct rule_plan *plan_rule(struct writing *writing, const struct stream_rule *rule)
{
    void **place = plan_place(&writing->source.rule_plans, rule->index);
    if (*place == NULL)
        *place = cte_zalloc(1, sizeof(struct rule_plan));
    return *place;
}

/* The school is far from the processor where there are many; it is sought before it is counted. */
void seek_school(const struct writing *writing, const struct place *place);

/* Counts a record to its school and its values to the sums. A record that is not written is given
 * with its fields as they were received. The place is that of the record now; NULL where it could
 * not be read. */
void tally_written(struct writing *writing, const struct record *record, struct place *place);
void tally_other(struct writing *writing, const struct record *record, struct place *place,
                 const struct slice *received, size_t count);

/* Sums what a change took and put, and returns what that adds to the sum of its field; the same for
 * a change that is known to add so much. */
uint64_t tally_change(struct writing *writing, const struct record *record,
                      const struct stream_row *row, const struct stream_history *change);
void tally_move(struct writing *writing, const struct record *record, const struct stream_row *row,
                uint64_t adds);

/* Counts a record to its group of the roll-ups; `place` and `received` as in tally_other(), NULL
 * for a record that is written. An error is left in writing->error. Then all that was counted as
 * the rows of NAME.counts.csv; to be called once. `people`: for NAME.distinct.csv, NULL where there
 * are none. */
void count_rollup(struct writing *writing, const struct record *record, struct place *place,
                  const struct slice *received);
bool has_people(const struct writing *writing);
int put_counts(struct writing *writing, struct output *counts, struct output *people);

/* What the head of a key tells of its group, and what the tail does; the texts are the key's. */
struct counted;
void read_group_head(const char *head, struct counted *counted);
void read_group_tail(const char *tail, struct counted *counted);

/* Notes who stands in a group. Once sorted, those of each group are put as rows of
 * NAME.distinct.csv: of all groups, in their order, each with the number of its row of counts. */
int note_person(struct people *people, const struct group *group, struct slice number,
                struct cte_error *error);
int sort_people(struct people *people, struct cte_error *error);
void put_people(struct people *people, const struct group *group, uint64_t row,
                struct output *output, struct cte_error *error);
void free_counts(struct writing *writing);

/* Takes over what the stream that has ended defined and how often it was used. */
void collect_definitions(struct writing *writing);

/* The account of the source, in control lines on standard output. */
void put_account(struct writing *writing);
void put_tally(struct writing *writing);
void free_tally(struct tally *tally);

/* Counts the findings of a record that was counted to its school; sought some time before. */
void seek_breach(const struct writing *writing, const struct place *place);
void note_breaches(struct writing *writing, const struct record *record, const struct place *place);
void put_breaches(const struct writing *writing);
void free_breaches(struct breach_list *list);

/* Counts a held record to the questions that wait for a decision. Where there are many, its own is
 * far from the processor, so it is sought some time before. Then all of them, as control lines. */
void seek_needed(struct writing *writing, const struct record *record, const struct slice *fields);
void note_needed(struct writing *writing, const struct record *record, const struct slice *fields);
void put_needed(struct writing *writing);

#endif
