/* policy.h - what a run may do: every option that decides what it makes, in one type and one table.
 *
 * The command line, a job, and the manifest of a run that is repeated all fill a struct policy. The
 * help, the manifest, the fingerprint and the arguments of the stages are made of it. All of them
 * go through policy_options[]. A new option is a member of the struct and a row of the table; only
 * the schema of jobs has to be told of it besides.
 *
 *     struct policy policy = {0};
 *     policy_set(&policy, policy_find("duplicates"), "merge");
 *     if (policy_check(&policy, &error) != CTE_OK)
 *         return error.status;
 *     for (size_t i = 0; i < policy_option_count; i++)
 *         puts(policy_value(&policy, &policy_options[i], 0));
 *
 * Ownership: the texts belong to whoever set them, and live as long as the policy.
 */
#ifndef CTE_POLICY_H
#define CTE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "codetables/base/program.h"
#include "pipeline/run/stages.h"

enum { POLICY_MOST_CROSSWALKS = 8 };

struct policy {
    struct option_list crosswalks;
    bool no_crosswalk; /* it was said that nothing is to be recoded */
    const char *target, *layout, *decisions, *format, *encoding, *shrink, *duplicates, *as_of;
    const char *input_format; /* of all sources, whatever their names say */
    /* "stop": one refused source stops the others, and nothing is published */
    const char *refused;
    /* thresholds: a number of records, or a share with a percent sign */
    const char *max_held, *max_unmapped;
    /* how many bytes a packed source may unpack to; NULL: the usual bounds */
    const char *max_unpacked;
    /* how many rows about lines a file holds in full; NULL: ROWS_IN_FULL of line_rows.h */
    const char *full_rows;
    const char *rollups; /* what is counted for reports: a table; NULL: the one that is default */
    /* how many records, or what share, fewer than the last run are no matter */
    const char *max_shrink;
    bool hide_small;                   /* counts of few are hidden in the report and the roll-ups */
    bool make_public;                  /* a report and totals for the public are made too */
    bool show_small;                   /* and nothing is hidden there */
    const char *public_title, *agency; /* what it is called, and who publishes it; NULL: not said */
    const char *shard; /* "K/N": the part of the sources that is converted; NULL: all */
    const char *sign;  /* the key that signs the run; NULL: it is not signed */
};

enum policy_kind {
    POLICY_FLAG, /* bool; its value is "yes" or none */
    POLICY_TEXT, /* const char * */
    POLICY_LIST, /* struct option_list */
    POLICY_PATH, /* const char *; in a job it begins at the job's folder */
    POLICY_FILE  /* the same of a file whose content decides: a copy is kept by the run */
};

enum policy_values {
    VALUES_ANY,
    VALUES_ONE_OF,   /* the words of the row */
    VALUES_ENCODING, /* the same, refused in other words */
    VALUES_LIMIT,    /* a number of records, or a share with a percent sign */
    VALUES_COUNT,    /* a whole number from 1, of what the words of the row say */
    VALUES_LINE,     /* a line of text that a page and a manifest can hold */
    VALUES_TABLE,    /* ID or ID@VERSION of a table */
    VALUES_DAY,      /* CCYY-MM-DD, one that the calendar has */
    VALUES_SHARD     /* K/N: read_shard() */
};

struct policy_option {
    const char *name;
    size_t offset; /* in struct policy */
    enum policy_kind kind;
    enum policy_values values;
    const char *words; /* "hold|merge": what VALUES_ONE_OF allows; of VALUES_COUNT: "bytes" */
    /* Of the command line: short name or 0, what the value is called, help. No help: the option is
     * not given there, and follows from another. */
    char letter;
    const char *value, *help;
    const char *element, *attribute; /* of a job; NULL: a job does not say it */
    unsigned stages;                 /* TOLD() of those that take the option, by the same name */
    /* Its place among the options of the manifest, from 1, where --repeat finds it. 0: it does not
     * stand there. */
    unsigned place;
    /* of the files a run makes, and not only whether it is published or how it is reported */
    bool changes_bytes;
};

#define TOLD(stage) (1u << (stage))

/* In the order of the help. */
extern const struct policy_option policy_options[];
extern const size_t policy_option_count;

/* The option of that name, or at that place in the manifest; NULL: none. */
const struct policy_option *policy_find(const char *name);
const struct policy_option *policy_at_place(unsigned place);

/* Makes the rows of a command line, which set the policy: one in `rows` for each option from
 * `*next` to the one named `last` (NULL: to the end). Returns how many; `*next` is then the option
 * behind. */
size_t policy_list_rows(struct policy *policy, size_t *next, const char *last,
                        struct program_option *rows);

/* The n-th value of an option, from 0; NULL where there is none. Of all but a list there is one;
 * of a flag that is set it is "yes". */
const char *policy_value(const struct policy *policy, const struct policy_option *option, size_t n);

/* Sets an option, or adds to it where it is a list; of a flag, all but "yes" leaves it as it is. */
void policy_set(struct policy *policy, const struct policy_option *option, const char *value);

/* Takes each option that is not set from another policy. The crosswalks of the two, and that there
 * are none, do not mix. */
void policy_complete(struct policy *policy, const struct policy *from);

/* Takes "none" from the crosswalks: nothing is to be recoded. CTE_USAGE where others stand
 * beside it. */
int policy_take_none(struct policy *policy, struct cte_error *error);

/* Frees the lists; the texts are their givers'. */
void policy_free(struct policy *policy);

/* A part of the sources of a job, and of how many parts: 1 <= number <= count. */
enum { POLICY_MOST_SHARDS = 9999 };
struct shard_number {
    unsigned number, count;
};

/* Of "K/N", without a sign, a blank or a leading zero, N at most POLICY_MOST_SHARDS. False: it is
 * none. */
bool read_shard(const char *text, struct shard_number *shard);

/* Whether an option has such a value. */
bool policy_allows(const struct policy_option *option, const char *value);

/* CTE_USAGE, in words that name the option, where a value is none that the option has. */
int policy_check(const struct policy *policy, struct cte_error *error);

/* Whether anything that is set changes the bytes of the files a run makes. */
bool policy_changes_bytes(const struct policy *policy);

#endif
