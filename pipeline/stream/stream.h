/* stream.h - reads and writes the record stream of STREAM.md.
 *
 * Reading: stream_next() gives one item at a time: a control line, or a record with its history,
 * whole in the buffer and sliced, or the end. What control lines define (kinds, rows, rules) is
 * kept in the dictionary of the struct stream_in. Slices are valid until the next call.
 *
 * Writing: lines are put into one buffer; a write error is kept and told by stream_out_finish(), so
 * that callers need not look after every line. Memory is bounded on any input.
 *
 * Errors: CTE_BAD_INPUT for a stream that is cut off, damaged or not a stream; CTE_IO for reading
 * and writing.
 */
#ifndef CTE_STREAM_H
#define CTE_STREAM_H

#include "pipeline/stream/kind.h"
#include "pipeline/stream/scan.h"

enum {
    STREAM_BUFFER = 1 << 18,
    /* bytes of a record in a source; more is refused when it is read */
    STREAM_MAX_RECORD = 1 << 16,
    STREAM_MAX_GROUP = 1 << 22, /* bytes of a record line and its history in the stream */
    STREAM_MAX_FIELDS = LAYOUT_MAX_FIELDS + 16,
    STREAM_MAX_PROGRAMS = 16
};

struct stream_reference {
    unsigned program, number;
};

/* Definition of a change, from a %row line. */
struct stream_row {
    char *field, *name, *after, *crosswalk, *version, *row, *reason;
    void *plan;
    /* where lineage.c last looked the field up, and the position it found */
    const struct record_layout *found_in;
    int position;
};

/* Definition of a finding, from a %rule line. */
struct stream_rule {
    char *id, *field, *name, *message;
    char severity;
    void *plan;
    /* what a decision may choose, with names; empty: the tables do not answer for the code;
     * NULL: neither */
    char *choices;
    /* the code that is to be decided, where a crosswalk made it of the record's; else NULL */
    char *asked;
};

struct stream_dictionary {
    void **items[STREAM_MAX_PROGRAMS];
    size_t counts[STREAM_MAX_PROGRAMS];
};

enum stream_item { STREAM_CONTROL, STREAM_RECORD, STREAM_END, STREAM_REFUSED };

struct stream_record {
    const char *text;    /* the record line */
    size_t length;       /* without its line feed */
    size_t group_length; /* with its line feed and its history */
    char state;          /* 'R', 'H', 'X' or 'M' */
    bool escaped;
    const struct kind *kind; /* NULL: could not be read as any kind */
    struct stream_reference kind_reference;
    const char *line_digits; /* the physical line, as digits */
    size_t line_length;
    uint32_t field_count;
    const char *history;
    size_t history_length;
    /* Field i is the slice between start[i] and start[i + 1] - 1. */
    uint32_t start[STREAM_MAX_FIELDS + 2];
};

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
    struct stream_dictionary kinds, rows, rules;
    int refused_status;
    struct slice control;        /* of STREAM_CONTROL: the line without its line feed */
    struct stream_record record; /* of STREAM_RECORD */
};

int stream_in_open(struct stream_in *in, int fd, struct tables *tables, struct cte_error *error);
int stream_next(struct stream_in *in, enum stream_item *item, struct cte_error *error);

static inline struct slice stream_field(const struct stream_record *record, size_t i)
{
    return (struct slice){record->text + record->start[i],
                          record->start[i + 1] - record->start[i] - 1};
}

/* Which record of its source the record is that was read last, from 1. */
static inline uint64_t stream_record_number(const struct stream_in *in)
{
    return in->before + in->records;
}

/* The physical line of the record in its source. */
uint64_t stream_record_line(const struct stream_record *record);

/* Takes escapes out of fields, into `room` (as long as the record is, and SCAN_SLACK). */
void stream_unescape_fields(struct slice *fields, size_t count, char *room);

/* Walks the history of a record. *at starts as NULL. False at the end. The letter is 'C' or 'F';
 * value is what stands after the reference, escaped when `escaped` is set. */
struct stream_history {
    char letter;
    bool escaped;
    struct stream_reference reference;
    struct slice value;
};
bool stream_history_next(const struct stream_record *record, const char **at,
                         struct stream_history *entry);

void *stream_defined(const struct stream_dictionary *dictionary, struct stream_reference reference);

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

struct stream_definition;

struct stream_out {
    int fd;
    char *buffer;
    size_t used;
    uint32_t crc;
    uint64_t records;
    unsigned program; /* this program's number in references */
    unsigned next_kind, next_row, next_rule;
    size_t tables_introduced;
    struct stream_definition *defined; /* what was defined so far, by content */
    size_t defined_count, defined_room;
    int failed; /* errno of the first write that failed */
};

/* A new stream: writes the first line. A stage that passes a stream on does not call
 * stream_out_begin(). */
void stream_out_open(struct stream_out *out, int fd);
void stream_out_begin(struct stream_out *out);

/* Space for `size` bytes in the buffer; stream_take() says how many were filled. */
char *stream_space(struct stream_out *out, size_t size);
static inline void stream_take(struct stream_out *out, const char *end)
{
    out->used = (size_t)(end - out->buffer);
}
void stream_put(struct stream_out *out, const char *bytes, size_t length);

/* Passes a record on with its history, in another state or its own. */
void stream_pass_record(struct stream_out *out, const struct stream_record *record, char state);

/* A control line of these fields, escaped; the list ends with NULL. */
void stream_control(struct stream_out *out, const char *word, ...) __attribute__((sentinel));

/* %program and %table lines of this program; sets the number of its references. */
void stream_introduce(struct stream_out *out, unsigned programs_before, const char *program,
                      const struct tables *tables, const struct layout *const *layouts,
                      size_t layout_count);

/* %table lines of the tables that were loaded after the introduction: when a record first needed
 * them. To be called before %counts. */
void stream_introduce_rest(struct stream_out *out, const char *program,
                           const struct tables *tables);

/* The same row or rule twice is defined once, so that a stage may define whenever it needs to. */
void stream_define_kind(struct stream_out *out, struct kind *kind);
struct stream_reference stream_define_change(struct stream_out *out, const char *field,
                                             const char *name, const char *after,
                                             const char *crosswalk, const char *version,
                                             const char *row, const char *reason);
struct stream_reference stream_define_finding(struct stream_out *out, const char *id, char severity,
                                              const char *field, const char *name,
                                              const char *message, const char *choices,
                                              const char *asked);

/* A finding line: reference, and words to add (may be empty). */
void stream_finding(struct stream_out *out, struct stream_reference reference, const char *more);

void stream_refuse(struct stream_out *out, int status);
int stream_out_finish(struct stream_out *out, struct cte_error *error);

/* Appends value to text, escaped; returns the new end. Room needed: twice the length. */
char *stream_escape(char *to, const char *value, size_t length);
/* Takes escapes back; returns the new end. `to` may be `value`. */
char *stream_unescape(char *to, const char *value, size_t length);
bool stream_needs_escape(const char *value, size_t length);

/* Decimal digits of n at `to`; returns the new end. Room needed: 20. */
char *put_number(char *to, uint64_t n);

#endif
