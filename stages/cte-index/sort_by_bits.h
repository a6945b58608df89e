/* sort_by_bits.h - sorts items by a number in them, some bits at a time from the top.
 *
 *     #define SORTED_ITEM struct fact
 *     #define SORTED_NUMBER key                      // a uint64_t in it, by which it is sorted
 *     #include "stages/cte-index/sort_by_bits.h"     // needs compare_items(), a total order
 *     ...
 *     sort_by_bits(items, count, 64);
 *
 * For numbers that are spread evenly, as hashes are, this takes a fraction of the time of qsort().
 * Included once in a file that sorts one type of items; compare_items() agrees with the number
 * first.
 */
#ifndef CTE_INDEX_SORT_BY_BITS_H
#define CTE_INDEX_SORT_BY_BITS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void sort_few(SORTED_ITEM *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const SORTED_ITEM item = items[i];
        size_t j = i;
        for (; j > 0 && compare_items(&item, &items[j - 1]) < 0; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

/* Sorts in place; `shift` bits are left. Three passes leave heaps of a few items. Each pass makes
 * as many heaps as stay in the cache, and no more than there are items for. */
static void sort_by_bits(SORTED_ITEM *items, size_t count, unsigned shift)
{
    enum { FEW = 24, MOST_BITS = 8, MOST_HEAPS = 1 << MOST_BITS, IN_HEAP = 8 };
    if (count <= FEW) {
        sort_few(items, count);
        return;
    }
    unsigned bits = MOST_BITS;
    while (bits > 1 && count >> bits < IN_HEAP)
        bits--;
    if (shift < bits) {
        /* equal in all the bits looked at */
        qsort(items, count, sizeof *items, compare_items);
        return;
    }
    shift -= bits;
    const size_t heaps = (size_t)1 << bits;
    size_t ends[MOST_HEAPS], at[MOST_HEAPS], total = 0;
    memset(ends, 0, heaps * sizeof *ends);
    for (size_t i = 0; i < count; i++)
        ends[items[i].SORTED_NUMBER >> shift & (heaps - 1)]++;
    for (size_t h = 0; h < heaps; h++) {
        at[h] = total;
        total += ends[h];
        ends[h] = total;
    }
    for (size_t h = 0; h < heaps; h++) {
        while (at[h] < ends[h]) {
            SORTED_ITEM item = items[at[h]];
            for (size_t to = (size_t)(item.SORTED_NUMBER >> shift) & (heaps - 1); to != h;
                 to = (size_t)(item.SORTED_NUMBER >> shift) & (heaps - 1)) {
                SORTED_ITEM other = items[at[to]];
                items[at[to]++] = item;
                item = other;
            }
            items[at[h]++] = item;
        }
    }
    for (size_t h = 0, start = 0; h < heaps; start = ends[h++])
        sort_by_bits(items + start, ends[h] - start, shift);
}

#endif
