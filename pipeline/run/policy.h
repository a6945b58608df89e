/* policy.h - what a run may do: every option that decides what it makes, in one type and one table.
 *
 * The command line, a job, a manifest and the run that is repeated all fill a struct policy; the
 * manifest, the fingerprint and the arguments of the stages are made of it. All of them go through
 * policy_options[], so that an option that stands there is forgotten by none of them.
 *
 * Ownership: the texts belong to whoever set them, and live as long as the run.
 */
#ifndef CTE_POLICY_H
#define CTE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/program.h"

struct policy {
    struct option_list crosswalks;
    const char *target, *layout, *decisions, *format, *encoding, *shrink, *duplicates, *as_of;
    const char *input_format; /* of all sources, whatever their names say */
    /* "stop": one refused source stops the others, and nothing is published */
    const char *refused;
    /* thresholds: a number of records, or a share with a percent sign */
    const char *max_held, *max_unmapped;
    /* how many bytes a packed source may unpack to; NULL: the usual bounds */
    const char *max_unpacked;
    /* how many records, or what share, fewer than the last run are no matter */
    const char *max_shrink;
    bool no_crosswalk; /* it was said that nothing is to be recoded */
    const char *sign;  /* the key that signs the run; NULL: it is not signed */
    bool hide_small;   /* counts of few are hidden in the report and the roll-ups */
    bool make_public;  /* a report and totals for the public are made too */
    bool show_small;   /* and nothing is hidden there */
};

struct policy_option {
    const char *name;
    size_t offset; /* of its target in struct policy */
    bool is_flag;
    /* of the files a run makes, and not only whether it is published or how it is reported */
    bool changes_bytes;
};
extern const struct policy_option policy_options[];
extern const size_t policy_option_count;

/* The value of an option: NULL where it is not set; "yes" for a flag that is. */
const char *policy_value(const struct policy *policy, const struct policy_option *option);

/* Sets an option of that name which is not set. Names that are none are passed over. */
void policy_set(struct policy *policy, const char *name, char *value);

/* Whether anything that is set changes the bytes of the files a run makes. */
bool policy_changes_bytes(const struct policy *policy);

#endif
