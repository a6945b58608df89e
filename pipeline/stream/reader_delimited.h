/* reader_delimited.h - what the parts of the reader for caret and CSV share. Included by them
 * alone, and for its headings by that for workbooks.
 *
 *   reader_buffer.c     the bytes at hand
 *   reader_quoted.c     a record that holds a quote
 *   reader_heading.c    what stands between the records and is none
 *   reader_delimited.c  one record after the other
 */
#ifndef CTE_READER_DELIMITED_H
#define CTE_READER_DELIMITED_H

#include "pipeline/stream/reader_internal.h"

/* A byte order mark, and what is noted of it. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
enum { MARK_LENGTH = sizeof BYTE_ORDER_MARK - 1, CTRL_Z = 0x1a };
extern const char note_of_mark[], note_of_ctrl_z[];

/* A line of the buffer, or the lines of a record where quotes hold line ends. */
struct lines {
    size_t length;   /* of the record, without its line end */
    size_t with_end; /* with it */
    uint64_t count;  /* line feeds */
    uint32_t flags, delimiters;
    bool end; /* of the source: there is no line */
};

/* A record taken apart: its text, and how many of the reader's starts are its own. */
struct sliced {
    const char *text;
    size_t length;
    uint32_t delimiters;
    bool is_rewritten; /* it stands in the scratch */
};

/* Reads more into the buffer, whose first byte is then the one at `at`. */
int reader_refill(struct reader *reader, struct cte_error *error);

/* The byte of the content at which the record at hand begins. */
uint64_t reader_offset(const struct reader *reader);

/* Refuses the source at the record at hand. */
int reader_refuse_here(struct reader *reader, struct cte_error *error, const char *what);

/* A NUL stands at `from`, in the record at hand. Zeros and Ctrl-Z from there to the end of the
 * source only fill it up, and the source ends here; anything else refuses it. */
int reader_end_at_padding(struct reader *reader, const char *from, struct cte_error *error);

/* Field i of a record; empty where it has none. */
static inline struct slice field_at(const struct reader *reader, const struct sliced *sliced,
                                    size_t i)
{
    if (i > sliced->delimiters || i >= STREAM_MAX_FIELDS)
        return (struct slice){sliced->text, 0};
    const size_t from = i == 0 ? 0 : reader->starts[i - 1];
    const size_t to = i == sliced->delimiters ? sliced->length : reader->starts[i] - 1U;
    return (struct slice){sliced->text + from, to - from};
}

/* The same, as a kind_question asks for it: the context is a struct sliced. */
struct slice look_up_field(const struct reader *reader, const struct field *field, size_t position,
                           const void *context);

/* What delimit_quoted() found. */
struct quoted {
    size_t length;   /* of the record, without its line end */
    size_t with_end; /* with it */
    uint64_t lines;  /* line feeds in it and at its end */
    bool has_return; /* the line end is CR LF */
    enum reader_defect defect;
};

/* Finds the end of the record at `at`, in which a quote stands somewhere. A quote opens a field
 * only at its start; elsewhere it is a defect of the record and changes nothing about where the
 * record ends. */
int delimit_quoted(struct reader *reader, struct quoted *quoted, struct cte_error *error);

/* Parses one sound record with libcsv into the scratch. */
enum reader_defect parse_quoted(struct reader *reader, struct slice text, bool *recoded);
void start_csv_parser(struct reader *reader);

/* A record that cannot be read, in the midst of being looked at. */
struct unread {
    struct lines *lines;
    struct sliced *sliced;
    size_t skip; /* of its bytes, those that are no part of a record */
};

/* A first line of which two fields carry the names of fields, or its only field one, is a header
 * row. */
bool is_header(const struct reader *reader, const struct sliced *sliced);

/* Whether a text is the name or the element of a field; letters and digits alone count. */
bool names_field(const struct field *field, struct slice text);

/* Notes that the record at hand reads like a title or a row of names, where it does: words in each
 * field that is filled. Whether it is one is known when a sound record follows. */
void note_heading(struct reader *reader, const struct sliced *sliced, uint64_t offset);

/* Looks closer at a record that cannot be read. */
int look_closer(struct reader *reader, struct unread *unread, struct reader_record *item,
                struct cte_error *error);

#endif
