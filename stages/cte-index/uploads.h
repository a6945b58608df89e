/* uploads.h - what an upload of each source would take the place of at the agency.
 *
 * The layout names the fields that say so. Where several sources hold records for the same, only
 * the last that is sent would stand; a record that stands in several of them is then known by its
 * key, so that it is counted once.
 */
#ifndef CTE_INDEX_UPLOADS_H
#define CTE_INDEX_UPLOADS_H

#include "pipeline/stream/kind.h"
#include "stages/cte-index/source_facts.h"

enum {
    UPLOAD_FIELDS =
        sizeof((struct record_layout *)0)->replaces / sizeof *((struct record_layout *)0)->replaces,
    UPLOAD_VALUE = 31, /* no code of such a field is longer */
    UPLOAD_TEXT = 16 + UPLOAD_FIELDS * (1 + UPLOAD_VALUE)
};

/* Of a kind: what an upload of its records takes the place of, and by what a record is known in
 * another source. */
struct upload_plan {
    /* of each field that says what is replaced; as many as the field names */
    const struct codeset **sets[UPLOAD_FIELDS];
    uint16_t key[LAYOUT_MAX_FIELDS];
    uint32_t key_count;
};

int plan_upload(struct tables *tables, const struct kind *kind, struct upload_plan *plan,
                struct cte_error *error);
void free_upload_plan(struct upload_plan *plan);

/* "TYPE^VALUE^VALUE…" in UPLOAD_TEXT bytes; its length, or 0 where nobody has said what an upload
 * of the record replaces, or a value is not there or longer than any code, so that the record
 * cannot be sent. */
size_t upload_text(char *text, const struct kind *kind, const struct slice *fields);

struct upload_record {
    const struct kind *kind;
    const struct slice *fields;
    struct slice text; /* of upload_text() */
    uint32_t number;   /* of the record */
};

/* The upload to which the record belongs, from 1; 0 where a value is no code of its field. */
uint32_t add_source_upload(struct source_uploads *uploads, const struct upload_plan *plan,
                           const struct upload_record *record);

/* The records of one source for an upload. Those of one upload are chained from the last source to
 * the first. */
struct upload_part {
    uint32_t upload, source;
    uint32_t before; /* the part of an earlier source, from 1; 0: none */
    uint64_t records;
};

struct upload {
    uint32_t last; /* its part in the last source, from 1 */
    uint32_t sources;
    uint32_t hidden; /* as in its last source */
    bool may_refuse;
};

/* The uploads of all sources. */
struct uploads {
    struct map texts;
    struct upload *items; /* per text */
    size_t room;
    struct upload_part *parts; /* in the order of sources */
    size_t part_count, part_room;
};

/* Adds the uploads of a source. Gives it findings where an earlier source has one of them. */
void merge_uploads(struct uploads *uploads, struct source_facts *facts);

/* The number of the upload to which the record belongs, where several sources hold records of it;
 * else MAP_NONE. */
size_t shared_upload(const struct uploads *uploads, const struct kind *kind,
                     const struct slice *fields);

/* Which sources hold records of an upload that another holds records of too. To be freed. */
bool *list_overlapping(const struct uploads *uploads, size_t source_count);

void free_uploads(struct uploads *uploads);

#endif
