/* reader_internal.h - what the parts of the reader share. Included by reader*.c alone. */
#ifndef CTE_READER_INTERNAL_H
#define CTE_READER_INTERNAL_H

#include <csv.h>
#include <iconv.h>
#include <libxml/parser.h>

#include "pipeline/reader.h"

enum { READER_BLOCK = 1 << 18, READER_MAX_NOTES = 16, READER_KIND_CACHE = 16 };

/* A field of an XML record, as slices of the reader's scratch memory. */
struct xml_field {
    size_t name, name_length;
    size_t text, text_length;
};

/* A whole XML record, waiting to be given out. */
struct xml_pending {
    size_t type, type_length;
    size_t first_field, field_count;
    uint64_t line, offset;
    bool stray_text;
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
    bool finished;
    struct cte_error *error;
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
    struct reader_note notes[READER_MAX_NOTES];
    size_t note_count;

    struct reader_xml xml;
};

/* A text lookup by the number of the field in a record layout; an empty slice where the record has no such field. */
typedef struct slice (*field_lookup)(const struct reader *reader, const struct field *field, size_t position, const void *context);

/* Refuses the source: file, line, record and byte are put before the sentence. */
int reader_refuse(struct reader *reader, uint64_t line, uint64_t offset, struct cte_error *error, const char *what);

void reader_add_note(struct reader *reader, uint64_t line, const char *text);

/* Finds the kind of a record whose first field is `type`, which has `fields` fields (0: any number fits). *kind is NULL
 * and *defect is set when there is none. */
int reader_find_kind(struct reader *reader, struct slice type, size_t fields, field_lookup lookup, const void *context,
                     uint64_t line, uint64_t offset, struct kind **kind, struct reader_record *record, struct cte_error *error);

/* True when the bytes are well-formed UTF-8. */
bool is_utf8(const char *text, size_t length);

/* Rewrites a record field by field into the scratch. */
void scratch_begin(struct reader *reader);
void scratch_put(struct reader *reader, const char *value, size_t length);
/* The same for a field that may have to be converted to UTF-8. */
/* False when a byte can be neither UTF-8 nor Windows-1252. Sets *recoded. */
bool scratch_field(struct reader *reader, const char *value, size_t length, bool *recoded);

int reader_next_delimited(struct reader *reader, struct reader_record *record, struct cte_error *error);
int reader_open_delimited(struct reader *reader, struct cte_error *error);

int reader_next_xml(struct reader *reader, struct reader_record *record, struct cte_error *error);
int reader_open_xml(struct reader *reader, struct cte_error *error);
void reader_close_xml(struct reader *reader);

#endif
