/* account.h - what the chain counted of one source: the account.
 *
 * A fact is one thing that was counted: a rule that records broke, a file that was written, the
 * records of a school. Each kind of fact is a struct, and one table, fact_shapes[], describes them
 * all: the word of its control line, its element in the manifest, its columns, and how two facts
 * of one thing are joined. From that table come the control lines (lines.h), the manifest
 * (manifest.h), the joining of the parts of a source, and the sums over sources.
 *
 *     struct account account = {0};
 *     if (account_read(&account, path, lines, &error) != CTE_OK) ...      // lines.h
 *     const struct fact_sums *sums = account_first(&account, FACT_SUMS);
 *     for (const struct fact_found *found = account_first(&account, FACT_FOUND); found != NULL;
 *          found = account_next(&account, FACT_FOUND, found))
 *         records += found->records;
 *     account_free(&account);
 *
 * A new column is one member and one row of the table.
 *
 * Ownership: the account owns its lists, and the texts that account_read() and manifest_read() put
 * there. The texts of a fact that a caller adds are the caller's, and must live as long. No text
 * of a fact that was read is NULL.
 */
#ifndef CTE_ACCOUNT_H
#define CTE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codetables/base/map.h"
#include "codetables/base/memory.h"

/* In the order in which a manifest has them. */
enum fact {
    FACT_SOURCE,
    FACT_CONTENT,
    FACT_SUMS,
    FACT_COUNTS,
    FACT_FIELD,
    FACT_PROGRAM,
    FACT_TABLE,
    FACT_KIND,
    FACT_NOTE,
    FACT_CHANGED,
    FACT_FOUND,
    FACT_FILE,
    FACT_SCHOOL,
    FACT_BREACH,
    FACT_FIELD_SUM,
    FACT_UNMAPPED,
    FACT_NEEDED,
    FACT_MAP,
    FACT_UNASKED,
    FACT_DECISION,
    FACT_PLACE,
    FACT_PART,
    FACTS
};

/* The source: `file` as it is shown (shown.h). */
struct fact_source {
    const char *name, *file, *format, *packing, *encoding;
};

/* Its content, after unpacking. */
struct fact_content {
    uint64_t bytes;
    const char *sha256;
};

/* Where its records ended. */
struct fact_sums {
    uint64_t read, written, merged, rejected, held;
};

/* What a program counted, under names of its own. */
struct named_number {
    const char *name;
    uint64_t number;
};

struct named_numbers {
    struct named_number *items;
    size_t count;
};

struct fact_counts {
    const char *program;
    struct named_numbers numbers;
};

/* The sums of a field along the chain, as the manifest tells them: 16 hex digits each, empty for a
 * field that is personal. Made by the balance of the run; in no control line. */
struct fact_field {
    const char *type, *number, *changed, *personal, *read, *recoded, *validated, *written;
};

struct fact_program {
    const char *name, *version;
};

/* A code table; the ID of decisions is their path. */
struct fact_table {
    const char *program, *kind, *id, *version, *status, *sha256;
};

/* A kind of record: the references of its %kind line, of which `from` is "0.0" where the record
 * came so. */
struct fact_kind {
    const char *reference, *layout, *type, *form;
    uint64_t fields;
    const char *from;
};

struct fact_note {
    uint64_t line;
    const char *text;
};

/* Changes by one row of a crosswalk. */
struct fact_changed {
    uint64_t records;
    const char *field, *name, *before, *after, *crosswalk, *version, *row, *reason;
};

/* What the records of a finding wait for. */
enum waiting { WAITS_FOR_NOTHING, WAITS_FOR_DECISION, WAITS_FOR_TABLE };

struct fact_found {
    uint64_t records;
    const char *rule;
    char severity;
    const char *field, *name, *message;
    enum waiting waits;
};

/* A file of the source, and what it holds: "converted", "rejected", "held", "changes",
 * "findings", "counts" or "distinct". */
struct fact_file {
    const char *holds, *name;
    uint64_t bytes, records;
    const char *sha256;
};

/* Records of a school; all empty: of those whose place is not told. `again`: how many of the
 * written ones stand in a later source too, and count there. */
struct fact_school {
    const char *type, *lea, *year, *school;
    uint64_t read, written, again;
};

/* Findings by one rule about one field in the records of a school; all empty: of those whose place
 * is not told. `lines`: the first in the source, ", " between. */
struct fact_breach {
    uint64_t records;
    const char *type, *lea, *school, *rule;
    char severity;
    const char *field, *lines;
};

/* The sum of a field at one point of the chain (field_sums.h), or of what changes moved. */
struct fact_field_sum {
    const char *point, *type, *number;
    uint64_t sum;
    bool is_personal;
};

/* Codes that no table answers for, and the records that have one. */
struct fact_unmapped {
    uint64_t codes, records;
};

/* A question that records wait for. */
#define COURSES_SILENT "none"
struct fact_needed {
    uint64_t records;
    const char *lea, *year, *type, *school, *code, *local, *choices;
    const char *asked, *name; /* the code that is open, of a local course too; what it is called */
    /* by choice: records whose student completed courses that point to it; and under COURSES_SILENT
     * those whose courses point to none. None at all: no courses of theirs are known. */
    struct named_numbers courses;
};

/* Records whose code was looked up in a map, and those for which it has a row. */
struct fact_map {
    const char *crosswalk, *version, *map;
    uint64_t asked, answered;
};

/* Records with a code that no crosswalk of the run speaks of. */
struct fact_unasked {
    const char *type;
    uint64_t records;
};

/* What became of a row of the decisions file. */
struct fact_decision {
    uint64_t line, taken, by_condition, by_evidence;
    const char *read_as; /* the code it was read as, where another stands there */
};

/* What of the source stands before a part of it, and the sum of the part's records in their
 * places. */
struct fact_place {
    uint64_t lines, records, bytes;
};

struct fact_part {
    uint64_t sum;
};

/* Room for a fact of any kind. */
union any_fact {
    struct fact_source source;
    struct fact_content content;
    struct fact_sums sums;
    struct fact_counts counts;
    struct fact_field field;
    struct fact_program program;
    struct fact_table table;
    struct fact_kind kind;
    struct fact_note note;
    struct fact_changed changed;
    struct fact_found found;
    struct fact_file file;
    struct fact_school school;
    struct fact_breach breach;
    struct fact_field_sum field_sum;
    struct fact_unmapped unmapped;
    struct fact_needed needed;
    struct fact_map map;
    struct fact_unasked unasked;
    struct fact_decision decision;
    struct fact_place place;
    struct fact_part part;
};

enum column_type {
    COLUMN_TEXT,   /* const char * */
    COLUMN_PATH,   /* const char *, in a manifest as it is shown */
    COLUMN_NUMBER, /* uint64_t */
    COLUMN_SUM,    /* uint64_t, as 16 hex digits */
    COLUMN_YES,    /* bool: "yes" or empty */
    COLUMN_LETTER, /* char */
    COLUMN_WORD,   /* int: the number of a word in `words` */
    COLUMN_NAMED   /* the rest of the line: name=number, as struct named_numbers */
};

/* What becomes of a column when two facts are joined. */
enum column_join {
    JOIN_KEY,     /* facts that differ here are two */
    JOIN_ADD,     /* the numbers are added */
    JOIN_EITHER,  /* yes where one of them is */
    JOIN_FIRST,   /* that of the first fact stays */
    JOIN_LAST,    /* that of the last one which has any */
    JOIN_VARIOUS, /* "(various)" where they differ */
};

struct column {
    const char *name; /* of its attribute too */
    enum column_type type;
    enum column_join join;
    size_t offset;
    const char *const *words; /* ends with NULL */
    /* left out where the member is NULL, nought or false; in a line, with all columns behind it */
    bool is_optional;
    bool is_wire_only; /* in no manifest */
};

struct fact_shape {
    const char *word;    /* of its control line; NULL: in none */
    const char *element; /* in the manifest; NULL: in none */
    size_t size;         /* of its struct */
    const struct column *columns;
    size_t column_count;
    bool is_of_stream; /* cte-write passes the line on as it came, the others it makes */
};
extern const struct fact_shape fact_shapes[FACTS];

/* Whether the column of a fact is left out. */
bool is_left_out(const struct column *column, const void *item);

struct fact_list {
    void *items;
    size_t count, room;
};

/* Zeroed, it is empty. */
struct account {
    struct arena memory;
    struct fact_list lists[FACTS];
    struct map keys; /* of the facts that were added, and their places in the lists */
    size_t *places, place_room;
};

/* The first fact of a kind, and the one after another; NULL where there is none. */
const void *account_first(const struct account *account, enum fact fact);
const void *account_next(const struct account *account, enum fact fact, const void *last);
/* The file of the source that holds this; NULL: there is none. */
const struct fact_file *account_file(const struct account *account, const char *holds);

size_t account_count(const struct account *account, enum fact fact);

/* Adds a fact, or joins it with one that has the same keys. */
void account_add(struct account *account, enum fact fact, const void *item);

/* Adds a fact as it is, even where there is one with the same keys. */
void account_append(struct account *account, enum fact fact, const void *item);

/* Adds numbers of one name; a name that only the second ones have comes behind. */
void join_named(struct arena *memory, struct named_numbers *numbers,
                const struct named_numbers *more);

/* To be called when all is added: brings tables into the order of the programs that used them, and
 * notes into that of their lines, whatever the parts of a source told first; forgets the keys. */
void account_settle(struct account *account);

/* What accounts that were packed share. Zeroed, it is empty. */
struct account_texts {
    struct map texts;
    struct arena numbers;
};

/* Makes a settled account small, to be kept beside thousands of others. It drops the sums of fields
 * and the places of parts, which were for its balance alone, and keeps each text once for all
 * accounts. `texts` must outlive it. */
void account_pack(struct account *account, struct account_texts *texts);

/* Adds all facts of a kind, of another source, which need not live as long. */
void account_join(struct account *into, const struct account *from, enum fact fact,
                  struct account_texts *texts);

void account_texts_free(struct account_texts *texts);
void account_free(struct account *account);

#endif
