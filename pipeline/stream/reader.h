/* reader.h - the records of a source, whatever format it has: caret, CSV, XML or a workbook.
 *
 * reader_next() gives one record after another, in order, with its kind (which layout, record type
 * and form it has) or with the defect that keeps it from being read. Its text is ready for the
 * stream: fields separated by carets, escaped where a field holds a caret, a line end or (then) a
 * backslash.
 *
 * A defect of one record is told in the record; a defect of the source ends it: reader_next()
 * returns CTE_BAD_INPUT with file, line, record and byte in the message. Nothing is sniffed: the
 * format is given, the layout follows from record type and year. A source of which no record can be
 * read is refused at its end, with what it looks like; a packed one sooner, once a million of its
 * records and nine in ten of them cannot be read, because each of them is written out with a
 * reason. What is no data (blank lines, rows of separators, byte order marks, Ctrl-Z, zeros at the
 * end) is left out and told once, as a note.
 *
 * CALPADS gives a record back once for each of its errors. Lines of the form for rejected records
 * that differ in nothing but what the form adds are one record: the first is given out, the others
 * are counted.
 *
 * Of a workbook (.xlsx), the one sheet in which anything stands is read. Its rows are lines, and
 * what a cell shows is a field; cells that nobody filled behind the last one are empty fields. A
 * first row of field names is left out, once it is known that the columns stand in their order. A
 * cell of which nobody can say what it shows, as a date, refuses the source.
 *
 * Memory is bounded: no record is longer than STREAM_MAX_RECORD. Of rejected records a hash of 16
 * bytes is kept. The text of a record is valid until the next call.
 */
#ifndef CTE_READER_H
#define CTE_READER_H

#include "codetables/base/error.h"
#include "pipeline/stream/record.h"
#include "pipeline/stream/source.h"

enum { READER_DETAIL = 200 };

/* Where a record begins that stands in no bytes of its own, as in a workbook. */
#define READER_NO_BYTE UINT64_MAX

/* What is wrong with a single record; READER_SOUND when nothing is. */
enum reader_defect {
    READER_SOUND,
    READER_FIELD_COUNT,
    READER_STRAY_QUOTE,
    READER_AFTER_QUOTE,
    READER_RECORD_TYPE,
    READER_BYTES,
    READER_ELEMENT,
    READER_ELEMENT_TYPE,
    READER_DEFECTS
};

/* The `check` of the rule table that gives a defect its identifier and words. */
extern const char *const reader_defect_checks[READER_DEFECTS];

struct reader_options {
    const char *format; /* "caret", "csv", "xml", "xlsx"; NULL: what source_format() says */
    const struct layout *layout; /* NULL: by record type and academic year */
    bool windows_1252;           /* bytes that are not UTF-8 are Windows-1252 */
    /* a source of which no record can be read is no error: it is a part, or what was rejected */
    bool takes_any;
    /* to which the kinds that occur are added, so that several readers share them; NULL: the reader
     * keeps its own, until it is closed */
    struct kinds *kinds;
    uint64_t max_unpacked; /* source_bound() */
    /* Of a source that is a part of a file: what stands before it. Lines, records and bytes are
     * then those of the whole file. */
    uint64_t lines_before, records_before, bytes_before;
};

/* A record, and what is known of it that no stream tells. */
struct reader_record {
    struct record record; /* its kind is NULL exactly when there is a defect */
    bool end;             /* no record: the source has ended well */
    enum reader_defect defect;
    uint64_t offset;    /* byte of the content at which it begins, from 0; or READER_NO_BYTE */
    bool recoded_bytes; /* some field was converted from Windows-1252 */
    bool is_printed;    /* known to hold printed ASCII alone; false where nobody has looked */
    char detail[READER_DETAIL]; /* of a defect: what was found; never a value */
};

/* Something about the whole source that was put right, told once. */
struct reader_note {
    uint64_t line;
    char *text;
};

/* The formats, for a message, and whether the text names one. */
#define SOURCE_FORMATS "caret, csv, xml or xlsx"
bool is_source_format(const char *text);

/* Whether a plain source of the format is lines, so that it can be read in parts. */
bool is_format_of_lines(const char *format);

struct reader;

int reader_open(struct source *source, struct tables *tables, const struct reader_options *options,
                struct reader **reader, struct cte_error *error);
int reader_next(struct reader *reader, struct reader_record *item, struct cte_error *error);

/* How many lines repeated a record with another error. Where `*kept` is true, which lines do so
 * depends on those before them, so that the source cannot be read in parts. */
uint64_t reader_repeated(const struct reader *reader, bool *kept);

size_t reader_notes(const struct reader *reader, const struct reader_note **notes);
void reader_close(struct reader *reader);

#endif
