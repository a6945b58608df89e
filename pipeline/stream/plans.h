/* plans.h - what a program prepares once for each kind, row or rule, found by its index.
 *
 *     struct plans plans = {0};
 *     void **place = plan_place(&plans, record->kind->index);
 *     if (*place == NULL)
 *         *place = make_plan(record->kind);
 *     const struct plan *plan = *place;
 *
 * The list holds pointers and owns nothing but itself. A place stays valid until the next call with
 * a larger index.
 */
#ifndef CTE_PLANS_H
#define CTE_PLANS_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"

/* Zeroed, it is empty. */
struct plans {
    void **items;
    size_t count; /* of places; those that nobody filled are NULL */
};

static inline void **plan_place(struct plans *plans, size_t index)
{
    if (index >= plans->count) {
        const size_t count = 2 * index + 8;
        plans->items = cte_realloc(plans->items, count * sizeof *plans->items);
        memset(plans->items + plans->count, 0, (count - plans->count) * sizeof *plans->items);
        plans->count = count;
    }
    return &plans->items[index];
}

/* What was put there; NULL: nothing. */
static inline void *plan_at(const struct plans *plans, size_t index)
{
    return index < plans->count ? plans->items[index] : NULL;
}

static inline void plans_free(struct plans *plans)
{
    free(plans->items);
    *plans = (struct plans){NULL, 0};
}

#endif
