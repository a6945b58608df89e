/* group_runs.h - groups that are sorted, in a file: runs of them, one behind another, which are
 * merged as they come out. A part of group_counts.h, for what does not fit into memory.
 *
 *     struct group_runs runs = {.folder = "out"};
 *     for (...)                                          // as often as there is too much
 *         if (group_runs_begin(&runs, &error) != CTE_OK) ...
 *         for (...)                                      // in their order
 *             if (group_runs_put(&runs, &group, &error) != CTE_OK) ...
 *     if (group_runs_open(&runs, &error) != CTE_OK) ...
 *     while (group_runs_next(&runs, &group, &error)) ...
 *     group_runs_free(&runs);
 *
 * The file has no name and lies in `folder`. Memory: 32 KiB for a run, of which there are at most
 * some hundred: more are made one when another begins.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_GROUP_RUNS_H
#define CTE_GROUP_RUNS_H

#include <stdint.h>
#include <stdio.h>

#include "codetables/base/error.h"
#include "codetables/base/slice.h"
#include "codetables/base/text.h"

enum { GROUP_MOST_PART = 1 << 10 }; /* bytes of a part of a key */

/* A group that came out; its parts last until the next one. */
struct group {
    struct slice head, tail;
    uint64_t records;
};

/* Groups in the file, sorted: `left` bytes from `at` on, and what was read of them. */
struct group_run {
    uint64_t at, left;
    char *buffer;
    size_t used, filled;
    struct group group; /* the first that was not given out; in the buffer */
    bool is_done;
};

/* Zeroed but for `folder`, it is empty. `count` may be read; the rest is the module's own. */
struct group_runs {
    const char *folder;
    size_t count;
    struct group_run *runs;
    FILE *file;
    uint64_t bytes;
    struct text head, tail; /* of the group that came out last */
};

/* The order in which groups come out: below 0, 0 or above, as memcmp(). */
int group_compare(const struct group *a, const struct group *b);
int group_compare_parts(struct slice a, struct slice b);

/* A new run, and the next of its groups. */
int group_runs_begin(struct group_runs *runs, struct cte_error *error);
int group_runs_put(struct group_runs *runs, const struct group *group, struct cte_error *error);

/* To be called once all runs are put; then the groups of all of them come out, each once with the
 * records of all. False at the end, and with the error filled. */
int group_runs_open(struct group_runs *runs, struct cte_error *error);
bool group_runs_next(struct group_runs *runs, struct group *group, struct cte_error *error);

/* It is empty then, and can be used again. */
void group_runs_free(struct group_runs *runs);

#endif
