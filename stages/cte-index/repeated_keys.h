/* repeated_keys.h - those facts of a list whose key stands in it more than once.
 *
 *     struct fact_set repeated = {.spool = &spool};
 *     take_repeated(&repeated, &list);                    // sorted; most keys stand there once
 *
 * Keys are hashes. Beside the repeated ones a few others may come along: two filters of
 * hash_filter.h tell what is repeated, with two to three bytes of memory for each fact, and at most
 * 40 MiB. The facts themselves are read back from the spool, twice.
 */
#ifndef CTE_INDEX_REPEATED_KEYS_H
#define CTE_INDEX_REPEATED_KEYS_H

#include "stages/cte-index/facts.h"

/* Empties the list. The set is sorted. */
void take_repeated(struct fact_set *set, struct fact_list *list);

#endif
