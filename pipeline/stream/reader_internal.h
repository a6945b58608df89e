/* reader_internal.h - what the parts of the reader share. Included by reader*.c alone. */
#ifndef CTE_READER_INTERNAL_H
#define CTE_READER_INTERNAL_H

#include <csv.h>
#include <iconv.h>
#include <libxml/parser.h>

#include "codetables/base/markup.h"
#include "codetables/base/short_value.h"
#include "pipeline/stream/look.h"
#include "pipeline/stream/reader.h"

enum { READER_BLOCK = 1 << 18, READER_MAX_NOTES = 16, READER_KIND_CACHE = 16 };

/* A field of an XML record, as slices of what the reader keeps. */
struct xml_field {
    size_t name, name_length;
    size_t text, text_length;
    bool is_nil; /* it says of itself that it holds nothing */
};

/* A whole XML record, waiting to be given out. */
struct xml_pending {
    size_t type, type_length;
    size_t first_field, field_count;
    uint64_t line, offset;
    bool stray_text;
    /* where the first attribute stands: 1 the record, then its fields; 0: none */
    size_t attribute_at;
};

struct reader_xml {
    xmlParserCtxtPtr parser;
    struct text kept; /* names and values of the records that are open or pending */
    struct xml_field *fields;
    size_t field_count, field_room;
    struct xml_pending *pending;
    size_t pending_count, pending_room, pending_at;
    unsigned depth;
    struct markup markup;
    bool finished, is_padding; /* all is read; from here on nothing but zeros and Ctrl-Z */
    struct cte_error *error;
};

/* A rejected record, known by its fields without those the form adds. */
struct seen_record {
    uint64_t low, high; /* both nought: free */
};

struct reader {
    struct source *source;
    struct tables *tables;
    struct reader_options options;
    const char *name;
    char delimiter;

    char *buffer; /* bytes of the content not used yet: [at, end) */
    size_t at, end;
    bool ended;
    uint64_t base;          /* offset in the content of buffer[0] */
    uint64_t line, records; /* of the record at `at` */

    char *scratch; /* a record that had to be rewritten */
    size_t scratch_used;
    bool scratch_escaped;
    uint32_t scratch_fields;
    /* of the fields of the record at hand but the first, counted from that */
    uint32_t starts[STREAM_MAX_FIELDS];
    struct csv_parser csv;
    iconv_t iconv;

    struct kinds own_kinds; /* where the options name no others */
    struct kind_cache {
        const struct kind *kind;
        size_t fields;
        struct short_value type, year;
    } cache[READER_KIND_CACHE];

    bool saw_lf_only, saw_blank, saw_no_final;
    uint64_t blank_line;
    char sample[LOOK_BYTES]; /* the first bytes of the content, for what it looks like */
    size_t sample_length;
    uint64_t readable;                /* records without a defect */
    uint64_t defects[READER_DEFECTS]; /* how many records had each */
    char first_detail[READER_DETAIL]; /* of the first record, when it had one */
    enum reader_defect first_defect;
    bool has_heading; /* the first record reads like a title or a row of names */
    uint64_t heading_line, heading_offset;
    struct seen_record *seen;
    size_t seen_count, seen_room;
    struct text seen_text; /* of the one at hand, where it is escaped */
    uint64_t repeated, repeated_line;
    struct reader_note notes[READER_MAX_NOTES];
    size_t note_count;

    struct reader_xml xml;
    struct reader_sheet *sheet; /* of a workbook; else NULL */
};

/* What a record asks for its kind. */
struct kind_question {
    struct slice type; /* as it is written, with the suffix of a form */
    size_t fields;     /* how many it has; 0: any number fits */
    /* What stands in a field of a record layout, or, with field NULL, at a position beyond it; an
     * empty slice where the record has no such field. */
    struct slice (*look_up)(const struct reader *reader, const struct field *field, size_t position,
                            const void *context);
    const void *context;
    uint64_t line, offset; /* where it begins, for a message */
};

/* What the source looks like, where none of its records could be read so far; else nothing. */
struct look reader_look(const struct reader *reader);

/* Refuses the source: file, line, record and byte are put before the sentence. */
int reader_refuse(struct reader *reader, uint64_t line, uint64_t offset, struct cte_error *error,
                  const char *what);

/* Notes are told once: the second of the same words is left out. */
void reader_add_note(struct reader *reader, uint64_t line, const char *text);

/* Keeps the first bytes of the content. */
void reader_keep_sample(struct reader *reader, const char *bytes, size_t length);

/* Refuses a source in UTF-16, UTF-32 or EBCDIC by its first bytes. */
int reader_check_encoding(struct reader *reader, const char *bytes, size_t length,
                          struct cte_error *error);

/* Zeros and Ctrl-Z, which fill a file up, and line ends between them. */
bool is_padding(const char *bytes, size_t length);

/* Finds the kind of a record. Where there is none, it is NULL, and the record's defect is set. */
int reader_find_kind(struct reader *reader, const struct kind_question *question,
                     struct reader_record *item, struct cte_error *error);

/* What each record of a source has that cannot be read at all. */
int reader_refuse_unreadable(struct reader *reader, struct cte_error *error);

/* Counts what the record was. A title or row of names above sound records is no record. */
int reader_judge(struct reader *reader, const struct reader_record *item, struct cte_error *error);

/* Notes a rejected record by its fields without those the form adds. True when it was there before.
 */
bool reader_was_seen(struct reader *reader, const struct reader_record *item);

/* True when the bytes are well-formed UTF-8. */
bool is_utf8(const char *text, size_t length);

/* A record is at most STREAM_MAX_RECORD bytes; Windows-1252 takes at most three bytes a character
 * in UTF-8, an escape doubles it, and each field adds a caret. The scratch has room for all of
 * that. */
enum { SCRATCH_ROOM = STREAM_MAX_RECORD * 8 + 2 * SCAN_SLACK };

/* Rewrites a record field by field into the scratch. */
void scratch_begin(struct reader *reader);
void scratch_put(struct reader *reader, const char *value, size_t length);
/* The same for a field that may have to be converted to UTF-8. False when a byte can be neither
 * UTF-8 nor Windows-1252. Sets *recoded. */
bool scratch_field(struct reader *reader, const char *value, size_t length, bool *recoded);

/* Notes where the fields of the rewritten record begin. */
struct scan_result scratch_scan(struct reader *reader);

/* Gives the record as its text, length and carets are, with the fields parted by carets. */
void reader_give(const struct reader *reader, struct slice text, uint32_t caret_count,
                 struct reader_record *item);

int reader_next_delimited(struct reader *reader, struct reader_record *item,
                          struct cte_error *error);
int reader_open_delimited(struct reader *reader, struct cte_error *error);

int reader_next_sheet(struct reader *reader, struct reader_record *item, struct cte_error *error);
int reader_open_sheet(struct reader *reader, struct cte_error *error);
void reader_close_sheet(struct reader *reader);

int reader_next_xml(struct reader *reader, struct reader_record *item, struct cte_error *error);
int reader_open_xml(struct reader *reader, struct cte_error *error);
void reader_close_xml(struct reader *reader);

#endif
