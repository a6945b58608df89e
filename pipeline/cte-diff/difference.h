/* difference.h - what cte-diff finds: kinds of differences, how many there are, and who receives
 * them.
 */
#ifndef CTE_DIFFERENCE_H
#define CTE_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "codetables/base/slice.h"
#include "codetables/model/layout.h"

struct outcome;

enum difference_kind {
    DIFF_SAME,      /* never reported */
    DIFF_CONVERTED, /* as the tables say; reported to sinks that want all */
    DIFF_DECIDED,   /* to a choice of the tables that its changes name */
    DIFF_HELD,      /* missing, and held by the run */
    DIFF_REJECTED,
    DIFF_MERGED,    /* missing, and merged by the run into one that stands after */
    DIFF_EXPLAINED, /* those above are explained, those below are not */
    DIFF_CHOICE = DIFF_EXPLAINED,
    DIFF_OTHERWISE,
    DIFF_FIELDS,
    DIFF_MISSING,
    DIFF_NEW,
    DIFF_UNREADABLE,
    DIFF_KINDS
};
extern const char *const difference_names[DIFF_KINDS];

struct tally {
    uint64_t counts[DIFF_KINDS]; /* records */
};

/* A field in which a record differs. The values of a personal field are not here, and
 * NOT_A_VALUE stands for what is no value of its field: no sink can show them. */
struct field_difference {
    const struct field *field;
    struct slice was, is, expected;
    const struct outcome *outcome; /* what the tables say of this field, or NULL */
};

/* A difference as it is reported, with nothing that outlives the call. */
struct reported {
    enum difference_kind kind;
    const char *type;                      /* of the record; empty where no layout reads it */
    uint64_t lines[2];                     /* before, after; 0: there is none */
    const struct field_difference *fields; /* none: the whole record */
    size_t field_count;
    const struct outcome *outcome; /* of a record alone: why it may be so, or NULL */
};

/* Receives each difference: those that the tables explain in the order of the file before,
 * then all others in that order, then new ones in the order of the file after, then what cannot be
 * read. */
struct sink {
    void (*add)(void *context, const struct reported *reported);
    void *context;
};

#endif
