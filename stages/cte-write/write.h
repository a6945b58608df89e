/* write.h - what the parts of cte-write share.
 *
 *   cte-write.c   options, the loop, the summary
 *   formats.c     a record in caret, CSV or XML
 *   evidence.c    changes and findings as CSV rows, rejected records with their errors
 *   needed.c      what has to be decided before held records can be converted
 */
#ifndef CTE_WRITE_H
#define CTE_WRITE_H

#include "pipeline/lineage.h"
#include "pipeline/output.h"

enum format { FORMAT_CARET, FORMAT_CSV, FORMAT_XML };

/* The files of one source, in the order in which they are listed. */
enum file { FILE_CONVERTED, FILE_REJECTED, FILE_HELD, FILE_CHANGES, FILE_FINDINGS, FILES };

/* A question that a decision can answer, and how many held records wait for it. */
struct needed {
    char *key; /* LEA, year, record type, school, code, local course, joined by carets */
    const char *choices;
    uint64_t records;
};

struct needed_list {
    struct needed *items;
    size_t count, room;
    uint32_t *slots; /* open addressing on the key, number + 1 */
    size_t slot_count;
    uint64_t *unmapped; /* hashes of the codes that no table answers for, open addressing; nought is free */
    size_t unmapped_count, unmapped_room;
    uint64_t unmapped_records;
};

struct writing {
    struct tables tables;
    const struct rules *rules;
    struct stream_in in;
    const char *folder;
    enum format format;        /* of the converted records */
    enum format source_format; /* of the held ones */
    bool gzip;
    char *name; /* of the source, for the file names */
    struct output files[FILES];
    bool made[FILES];
    const char *xml_root[FILES];
    uint64_t read, written, merged, rejected, held;
    struct needed_list needed;
    struct cte_error error;
};

/* Counts beside a definition, for the summary. */
struct row_plan {
    char *head, *tail; /* of its CSV row, around the value before */
    size_t head_length, tail_length;
    char before[32]; /* the value before, where it is always the same */
    size_t before_length;
    bool various;
    uint64_t count;
};

struct rule_plan {
    char *tail; /* of its CSV row, after the line, where the finding adds no words of its own */
    size_t tail_length;
    uint64_t count;
};

/* The output of a kind of file, made when it is first needed; NULL when it cannot be, with writing->error set. */
struct output *file_for(struct writing *writing, enum file file);

/* Writes one record: its fields, in a format. `elements` gives the kind whose layout names the XML elements, `extras` how many fields
 * of the form follow. Returns how many values had to be put in quotes that the format's readers may not know; their positions go to
 * `quoted`, with room for all fields, or nowhere when that is NULL. */
size_t put_fields(struct writing *writing, enum file file, enum format format, const struct kind *kind, const struct slice *fields,
                  size_t count, size_t *quoted);

/* History of a record as rows of changes.csv and findings.csv. */
void put_changes(struct writing *writing, const struct stream_record *record);
void put_findings(struct writing *writing, const struct stream_record *record);

/* A row of findings.csv for a rule this program looks at itself. */
void put_own_finding(struct writing *writing, const struct stream_record *record, const char *check, const struct field *field);

/* The record and each of its findings, as CALPADS gives rejected records back. */
void put_rejected(struct writing *writing, const struct stream_record *record, const struct slice *fields, size_t count);

/* Counts a held record to the questions that wait for a decision. */
void note_needed(struct writing *writing, const struct stream_record *record, const struct slice *fields);

#endif
