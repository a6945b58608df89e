/* verify.h - whether a run folder still is what the run made, by all that can be reckoned from the
 * folder itself.
 *
 *   verify.c            the files: each listed, each with its hash, none besides, no links; tables
 *                       as they were released; the manifest's
 *                       own sums
 *   verify_report.c     what is told of the run, and the files that it lists
 *   verify_files.c      records, schools and sums of fields in each source's files, against the
 *                       manifest
 *   verify_rows.c       the rows of changes.csv and findings.csv, against the manifest
 *   verify_moves.c      what the changes moved, against the sums of the manifest
 *   verify_counts.c     the counts for roll-ups against the converted files
 *   verify_documents.c  report, roll-ups and questions drawn anew from the manifest, the counts and
 *                       the tables
 *
 * Whoever alters a folder can alter its hashes too. So nothing is taken from a file that another
 * one can tell, and each of these steps holds two kinds of files against each other. What agrees
 * with everything else in the folder is found by the sources (cte-diff --run), by a signature, and
 * by the hash of the manifest in the system's log.
 *
 * Memory does not grow with the records nor with the sources: the manifest is read source by
 * source, a file record by record, and what is counted is counted by the lines of the manifest. But
 * for people (verify_counts.c), some 32 bytes for each in a count of one source.
 */
#ifndef CTE_RUN_VERIFY_H
#define CTE_RUN_VERIFY_H

#include "pipeline/cte-run/past.h"
#include "codetables/model/tables.h"
#include "pipeline/stream/kind.h"

struct listed_file {
    char *name, hash[65];
    bool is_there, is_known; /* it lies in the folder as a file; something says what it is for */
};

/* The roll-ups of the run, for verify_counts.c. */
struct counting_tables;

struct verifying {
    const struct program *program;
    const char *folder, *shown; /* the same, as it is told */
    const char *tables;         /* where its tables are */
    struct listed_file *listed; /* by name */
    size_t listed_count;
    struct manifest manifest; /* its head */
    struct tables kept;       /* those that it kept, and by them: */
    const struct rules *rules;
    const char *quoted_rule; /* of findings that no source counts, or NULL */
    struct counting_tables *counting;
    /* of what it read, and of what it wrote; NULL: by record type and year */
    const struct layout *layout, *output_layout;
    bool is_converted;      /* to another layout */
    bool has_other_schemas; /* than those of this program */
    const char *format;     /* of what it wrote */
    unsigned wrong;
    unsigned left_open;         /* what could not be held against anything, and was told */
    unsigned long long records; /* of all files of sources, counted */
    unsigned long long sums;    /* of fields, reckoned anew */
};

/* Tells what is wrong with a file of the folder and counts it; `name` NULL: with the folder. */
void verify_wrong(struct verifying *verifying, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what cannot be told from this folder. */
void verify_open(struct verifying *verifying, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads SHA256SUMS. The errors are those of read_sums(). */
int verify_list(struct verifying *verifying, struct cte_error *error);

/* The entry of SHA256SUMS for a file; NULL where there is none. The second marks it as known. */
struct listed_file *verify_listed(const struct verifying *verifying, const char *name);
struct listed_file *verify_find(struct verifying *verifying, const char *name);

/* What changes.csv says was moved into a field, less what was moved out of it. */
struct moved {
    char *number;
    uint64_t sum;
    bool is_untold; /* some values before are not shown, so that nothing can be reckoned of them */
};

/* A count that is said and the same count as it is found. */
struct expected {
    uint64_t key;
    unsigned long long says, has;
    const char *field, *what; /* of its message: a field, and its rule or row; NULL: none */
};

struct expectations {
    struct expected *items;
    size_t count, room;
    uint32_t *slots; /* open addressing on the key, number + 1 */
    size_t slot_count;
};

/* A key of texts; the entry of a key, or NULL; the same, made where there is none. */
uint64_t expected_key(const char *const *texts, size_t count);
struct expected *find_expected(const struct expectations *all, uint64_t key);
struct expected *add_expected(struct expectations *all, uint64_t key);
void free_expectations(struct expectations *all);

/* One source whose files are looked at. */
struct checking {
    struct verifying *verifying;
    const struct manifest_source *source;
    const char *quoted_rule; /* the rule of findings that the manifest does not count, or NULL */
    bool is_crowded;         /* several of its records may begin on one line */

    struct expectations *expected;
    unsigned long long unknown_rows;
    struct moved *moved;
    size_t moved_count;
    unsigned long long line, others, refused_lines, held_lines, refusals;
    bool refuses, holds; /* the line at hand */
};

/* `file` NULL: the source has no such file. */
void verify_changes(struct checking *checking, const struct fact_file *file);
void verify_findings(struct checking *checking, const struct fact_file *file);

/* Holds what the rows moved against the sums of the manifest; `name` as above. */
void verify_moves(const struct checking *checking, const char *name);

/* A sum of the manifest; false where it tells none, as of personal fields. */
bool verify_read_sum(const char *text, uint64_t *sum);

enum holds { HOLDS_CONVERTED, HOLDS_REJECTED, HOLDS_HELD, HOLDS_KINDS };

/* A file of a source, and who gets its records: each with its fields and those that its form adds;
 * kind NULL: it cannot be read as any. */
struct file_reading {
    const struct manifest_source *source;
    enum holds holds;
    const char *name;
    void (*take)(void *context, const struct kind *kind, const struct slice *fields);
    void *context;
    uint64_t records;  /* set by verify_each() */
    uint64_t repeated; /* lines that only tell another error of a record; set as well */
};

/* Gives each record to `take`. False, and told, when the file cannot be read. */
bool verify_each(struct verifying *verifying, struct file_reading *reading);

/* False, and told, when the tables of the run are no tables that its records can be read by. */
bool open_kept_tables(struct verifying *verifying);
void close_kept_tables(struct verifying *verifying);

/* The files of a source that was read; and its counts for roll-ups, by tables loaded before. */
void verify_files(struct verifying *verifying, const struct manifest_source *source);
void load_counting_tables(struct verifying *verifying);
void verify_counts(struct verifying *verifying, const struct manifest_source *source);
void verify_documents(struct verifying *verifying);

#endif
