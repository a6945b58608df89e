/* collect.h - reads sources, one after the other, and collects what is to be known of each.
 *
 *     struct collector collector = {.tables = &tables, .rules = rules, .error = &error};
 *     int status = collect_source(&collector, &facts);
 *
 * A collector plans once for each kind of record what is to be done with it. It knows nothing of
 * the sources it has read. It borrows the tables, and what it plans lives until free_collector().
 *
 * Errors: those of source.h and reader.h, of the tables it loads, and CTE_BAD_INPUT for a source of
 * more records than 32 bits count.
 */
#ifndef CTE_INDEX_COLLECT_H
#define CTE_INDEX_COLLECT_H

#include <pthread.h>

#include "codetables/base/text.h"
#include "codetables/model/condition.h"
#include "pipeline/stream/plans.h"
#include "pipeline/stream/reader.h"
#include "stages/cte-index/source_facts.h"
#include "stages/cte-index/uploads.h"

enum { MAX_KEY_FIELDS = 16, MAX_TASKS = 64 };

/* What is to be done with each record of a kind. */
enum task_kind {
    TASK_UNIQUE,
    TASK_GROUP,
    TASK_NEED,
    TASK_PROVIDE,
    TASK_JOIN_RECORD,
    TASK_JOIN_STEP,
    TASK_JOIN_COURSE,
    TASK_AGREE,
    TASK_RECODED,
    TASK_UNIQUE_RECODED /* both at once */
};

/* Positions of fields that are hashed together. */
struct field_list {
    uint16_t positions[MAX_KEY_FIELDS];
    uint32_t count;
    uint32_t number; /* lists of a plan that are alike have one number */
    bool is_wide;    /* of one that is alike, both hashes are asked for */
};

struct task {
    enum task_kind kind;
    uint32_t number;             /* of the rule or join */
    struct field_list fields;    /* the key or group */
    struct field_list values;    /* the second list */
    int code, local, lea, grade; /* positions, or -1 */
    struct condition *test;
    const struct field *recoded;
    const char *type; /* TASK_AGREE: of the records */
};

struct index_plan {
    const char *type;
    struct task tasks[MAX_TASKS];
    uint32_t count, list_count; /* of tasks, and of different lists in them */
    int transaction, lea, year; /* positions, or -1 */
    struct field_list place;    /* what scope, year and upload follow from */
    struct slice delete_code;   /* of a transaction; empty: none */
    struct upload_plan upload;
};

struct collector {
    struct tables *tables;
    const struct rules *rules;
    struct reader_options reading; /* its format and kinds are set for each source */
    uint64_t cut_bytes;            /* how far apart places to cut should be; 0: none are noted */
    unsigned hashes;               /* of the content, those of source.h */
    struct kinds kinds;            /* of the records of all sources */
    struct plans plans;            /* per kind: a struct index_plan */
    struct text values;            /* of the record at hand, where it is escaped */
    /* held while a plan is made and tables may be loaded; NULL where nobody else has them */
    pthread_mutex_t *loading;
    struct cte_error *error;
};

void free_collector(struct collector *collector);

/* Reads a source: its facts are open. A source that is refused leaves nothing in them. */
int collect_source(struct collector *collector, struct source_facts *facts);

/* Opens a source; settles its format where none is given. Whatever is opened, the caller closes. */
int open_collected(struct collector *collector, struct indexed_source *indexed,
                   struct source **source, struct reader **reader);

/* The plan of a kind, made when it is first met; NULL with the error filled where a rule or a code
 * set is not sound. */
const struct index_plan *plan_of(struct collector *collector, const struct kind *kind);

static inline struct slice value_at(const struct slice *fields, int position)
{
    return position >= 0 ? fields[position] : (struct slice){"", 0};
}

/* Whether the record asks to be forgotten, so that it stands for nothing. */
static inline bool is_delete(const struct index_plan *plan, const struct slice *fields)
{
    return plan->delete_code.length > 0 &&
           slice_equals(value_at(fields, plan->transaction), plan->delete_code);
}

#endif
