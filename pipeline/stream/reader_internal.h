/* reader_internal.h - what the parts of the reader share. Included by reader*.c alone. */
#ifndef CTE_READER_INTERNAL_H
#define CTE_READER_INTERNAL_H

#include <csv.h>
#include <iconv.h>
#include <libxml/parser.h>

#include "pipeline/stream/look.h"
#include "pipeline/stream/markup.h"
#include "pipeline/stream/reader.h"

enum { READER_BLOCK = 1 << 18, READER_MAX_NOTES = 16, READER_KIND_CACHE = 16 };

/* A field of an XML record, as slices of the reader's scratch memory. */
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
    char *scratch;
    size_t used, room;
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
    uint32_t positions[STREAM_MAX_FIELDS];
    struct csv_parser csv;
    iconv_t iconv;

    struct kind **kinds;
    size_t kind_count;
    struct kind_cache {
        struct kind *kind;
        size_t fields, type_length, year_length;
        char type[16], year[16];
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
    uint64_t repeated, repeated_line;
    struct reader_note notes[READER_MAX_NOTES];
    size_t note_count;

    struct reader_xml xml;
};

/* A text lookup by the number of the field in a record layout; an empty slice where the record has
 * no such field. */
typedef struct slice (*field_lookup)(const struct reader *reader, const struct field *field,
                                     size_t position, const void *context);

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

/* Finds the kind of a record whose first field is `type`, which has `fields` fields (0: any number
 * fits). *kind is NULL and *defect is set when there is none. A lookup with field NULL asks for
 * what stands at a position beyond the layout. */
int reader_find_kind(struct reader *reader, struct slice type, size_t fields, field_lookup lookup,
                     const void *context, uint64_t line, uint64_t offset, struct kind **kind,
                     struct reader_record *record, struct cte_error *error);

/* True when the bytes are well-formed UTF-8. */
bool is_utf8(const char *text, size_t length);

/* Rewrites a record field by field into the scratch. */
void scratch_begin(struct reader *reader);
void scratch_put(struct reader *reader, const char *value, size_t length);
/* The same for a field that may have to be converted to UTF-8. */
/* False when a byte can be neither UTF-8 nor Windows-1252. Sets *recoded. */
bool scratch_field(struct reader *reader, const char *value, size_t length, bool *recoded);

int reader_next_delimited(struct reader *reader, struct reader_record *record,
                          struct cte_error *error);
int reader_open_delimited(struct reader *reader, struct cte_error *error);

int reader_next_xml(struct reader *reader, struct reader_record *record, struct cte_error *error);
int reader_open_xml(struct reader *reader, struct cte_error *error);
void reader_close_xml(struct reader *reader);

#endif
