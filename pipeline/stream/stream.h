/* stream.h - reads and writes the record stream of STREAM.md.
 *
 * Reading: stream_next() gives one item at a time: a control line, or a record with its history,
 * whole in the buffer and sliced, or the end. What control lines define (kinds, rows, rules) is
 * kept by the struct stream_in. Slices are valid until the next call.
 *
 * Writing: lines are put into one buffer; a write error is kept and told by stream_out_finish(), so
 * that callers need not look after every line. Memory is bounded on any input.
 *
 * A program that passes a stream on uses both through stage.h.
 *
 * Errors: CTE_BAD_INPUT for a stream that is cut off, damaged or not a stream; CTE_BAD_TABLE for
 * one that uses a layout unlike those here; CTE_IO for reading and writing.
 */
#ifndef CTE_STREAM_H
#define CTE_STREAM_H

#include "codetables/base/error.h"
#include "codetables/base/map.h"
#include "codetables/base/text.h"
#include "codetables/model/rules.h"
#include "pipeline/stream/record.h"

enum {
    STREAM_BUFFER = 1 << 18,
    STREAM_MAX_GROUP = 1 << 22, /* bytes of a record line and its history in the stream */
    STREAM_MAX_PROGRAMS = 16
};

/* Definition of a change, from a %row line. When it is written, what is NULL is empty. */
struct stream_row {
    const char *field, *name, *after, *crosswalk, *version, *row, *reason;
    size_t index; /* its place among all rows that were read, from 0 */
};

/* Definition of a finding, from a %rule line. When it is written, what is NULL is empty, but for
 * `choices`, `asked` and `courses`: they are left out. */
struct stream_rule {
    const char *id, *field, *name, *message;
    enum severity severity;
    /* what a decision may choose, with names; empty: the tables do not answer for the code;
     * NULL: neither */
    const char *choices;
    /* the code that is to be decided, where a crosswalk made it of the record's; else NULL */
    const char *asked;
    /* of these choices, those that completed courses of the record's student point to, a blank
     * between; empty: they point to none; NULL: none are known */
    const char *courses;
    size_t index; /* its place among all rules that were read, from 0 */
};

/* ---- reading ---- */

/* Definitions by their references: of each program, those it made, the first at 1. */
struct stream_dictionary {
    void **items[STREAM_MAX_PROGRAMS];
    size_t counts[STREAM_MAX_PROGRAMS], rooms[STREAM_MAX_PROGRAMS];
};

enum stream_item { STREAM_CONTROL, STREAM_RECORD, STREAM_END, STREAM_REFUSED };

struct stream_in {
    int fd;
    struct tables *tables;
    char *buffer;
    size_t room, at, end, summed;
    bool ended;
    uint32_t crc;
    uint64_t records; /* of this stream */
    uint64_t before;  /* records of the source before this part of it */
    unsigned program_count;
    struct stream_dictionary kind_lines, rows, rules;
    struct kinds kinds;
    size_t row_count, rule_count;
    struct arena definitions; /* what rows and rules are made of */
    struct stream_pasts *pasts;
    bool has_ended; /* the stream at hand, or was refused */
    bool is_lost;   /* it cannot be read on, and nobody knows where another one begins */
    int refused_status;
    struct text refused_words; /* of a sequence: why, with the name of the program that said it */
    bool is_sequence;          /* the stream at hand is one of several on this descriptor */
    uint64_t number;           /* of a sequence: which stream it is, from 1 */
    struct slice control;      /* of STREAM_CONTROL: the line without its line feed */
    struct record record;      /* of STREAM_RECORD */
};

/* Opens a stream. `in` is zeroed before the first; when another one is opened with it, what the one
 * before defined stays, and kinds, rows and rules are numbered on. */
int stream_in_open(struct stream_in *in, int fd, struct tables *tables, struct cte_error *error);
int stream_next(struct stream_in *in, enum stream_item *item, struct cte_error *error);

/* Begins the next stream of a sequence, behind what is left of the one at hand. What that one
 * defined is gone. *has_next is false where it was the last, or stood alone. */
int stream_in_next(struct stream_in *in, bool *has_next, struct cte_error *error);

/* Frees all that was defined, too. The descriptor is the caller's. */
void stream_in_close(struct stream_in *in);

/* One line of a record's history: a change with its row, or a finding with its rule; NULL where the
 * stream does not define it. */
struct stream_history {
    enum { HISTORY_CHANGE = 'C', HISTORY_FINDING = 'F' } letter;
    bool escaped;
    struct stream_reference reference;
    const struct stream_row *row;
    const struct stream_rule *rule;
    /* what stands after the reference, escaped when `escaped` is set; SCAN_SLACK bytes after it may
     * be read */
    struct slice value;
    struct slice line; /* the whole of it, with its line feed */
};

/* All lines of a record's history, up to one that is none. */
struct stream_past {
    const struct stream_history *lines;
    size_t count;
    /* Most records were changed as others were before, and have the same history, byte by byte.
     * Those that are short are kept and numbered: from 1, until the stream ends. 0: it is none. */
    uint32_t number;
};

/* The past of the record at hand, the same however often it is asked for. Valid until the next call
 * of stream_next(). */
const struct stream_past *stream_past(struct stream_in *in, const struct record *record);

/* Splits a control line at its carets and takes escapes back, in place in a new string. Returns the
 * number of fields, at most `room`; fields[0] is the word after the percent sign. *memory is to be
 * freed. */
size_t stream_split_control(struct slice line, char **fields, size_t room, char **memory);

/* The number that follows the first `=` of "name=number", read strictly (number.h). */
bool stream_counted(const char *text, uint64_t *number);

/* Whether the fields of a control line, its word left out, are what they should be, a letter for
 * each: n a number, x one in hex, t any text, and c name=number as often as it stands there. A
 * field more than these is no fault. */
bool stream_has_shape(char *const *fields, size_t count, const char *shape);

/* ---- writing ---- */

struct stream_out {
    int fd;
    char *buffer;
    size_t used, summed; /* bytes in it, and how many of them are in the CRC */
    uint32_t crc;
    uint64_t records;
    unsigned program; /* this program's number in references */
    unsigned next_kind, next_row, next_rule;
    size_t tables_introduced;
    struct map defined; /* what was defined so far, by content */
    struct stream_reference *references;
    size_t reference_room;
    int failed; /* errno of the first write that failed */
};

/* Writes out what is in the buffer, for a line of so many bytes. */
void stream_make_space(struct stream_out *out, size_t size);

/* A new stream: writes the first line. */
void stream_out_open(struct stream_out *out, int fd);
void stream_out_begin(struct stream_out *out);

/* Space for `size` bytes in the buffer; stream_take() says how many were filled. */
static inline char *stream_space(struct stream_out *out, size_t size)
{
    if (size > STREAM_BUFFER - out->used)
        stream_make_space(out, size);
    return out->buffer + out->used;
}
static inline void stream_take(struct stream_out *out, const char *end)
{
    out->used = (size_t)(end - out->buffer);
}
void stream_put(struct stream_out *out, const char *bytes, size_t length);

/* The first letter of a record's line. */
static inline char stream_letter(enum record_state state, bool escaped)
{
    return (char)(escaped ? state - 'A' + 'a' : state);
}

/* Passes a record of a stream on with its history, in another state or its own. */
void stream_pass_record(struct stream_out *out, const struct record *record,
                        enum record_state state);

/* A control line of these fields, escaped; the list ends with NULL. */
void stream_control(struct stream_out *out, const char *word, ...) __attribute__((sentinel));

/* The %program line of this program; sets the number of its references. */
void stream_introduce(struct stream_out *out, unsigned programs_before, const char *program);

/* The %table line of one table, and those of all tables that were loaded and have none yet. After
 * the records, what they first needed is introduced by another call, before %counts. */
void stream_introduce_table(struct stream_out *out, const char *program,
                            const struct table_identity *identity);
void stream_introduce_rest(struct stream_out *out, const char *program,
                           const struct tables *tables);

/* A new kind. Its records are written with the reference that is returned. */
struct stream_reference stream_define_kind(struct stream_out *out, const struct kind *kind);

/* The same row or rule twice is defined once, so that a stage may define whenever it needs to. */
struct stream_reference stream_define_row(struct stream_out *out, const struct stream_row *row);
struct stream_reference stream_define_rule(struct stream_out *out, const struct stream_rule *rule);

/* A finding line: reference, and words to add (may be empty). */
void stream_finding(struct stream_out *out, struct stream_reference reference, const char *more);

/* Ends the stream with the status of a failure. `words` say why, with the name of the program;
 * NULL: it has told it on standard error. */
void stream_refuse(struct stream_out *out, int status, const char *words);

/* A stream of a sequence, by its number from 1: after stream_out_begin(), and the line behind the
 * last one. */
void stream_put_sequence(struct stream_out *out, uint64_t number);
int stream_end_sequence(struct stream_out *out, uint64_t streams, struct cte_error *error);

/* The next stream on the same descriptor; what was defined is forgotten. */
void stream_out_restart(struct stream_out *out);
int stream_out_finish(struct stream_out *out, struct cte_error *error);
void stream_out_close(struct stream_out *out);

#endif
