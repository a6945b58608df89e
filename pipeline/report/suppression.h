/* suppression.h - the counts a page or file shows, and which of them must be hidden.
 *
 * A count of few people may say something of one of them, so counts below some number can be
 * hidden. That alone is not enough: a hidden count can be computed when the rest of a sum is shown.
 * So whoever shows counts also says which are sums of which, and counts_hide() hides more of them,
 * the smallest first, until
 *
 *   - no small count follows by addition and subtraction from the counts that are shown, over all
 *     sums at once, and
 *   - in no sum that is shown do the hidden parts add up to less than that number.
 *
 * Noughts stay: they say that there is nobody. The first holds exactly: the sums are equations in
 * the hidden counts, and their solution is not unique in a small one. (They are reckoned modulo a
 * prime of 31 bits; what is unique modulo it and not otherwise would hide a count more than is
 * needed.)
 *
 * Ownership: a struct counts begins as all zero and lives until counts_free(). Memory: some tens of
 * bytes a count; hiding solves the sums as equations again and again, so it is for tables that
 * people read.
 */
#ifndef CTE_SUPPRESSION_H
#define CTE_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counts_item {
    uint64_t value;
    bool is_hidden;
    bool is_guarded; /* hidden, and not to be computed, though it is not small */
};

struct counts_sum {
    size_t total, *parts, part_count;
};

struct counts {
    struct counts_item *items;
    size_t count, room;
    struct counts_sum *sums;
    size_t sum_count, sum_room;
};

/* Counts below this are small, where nobody says otherwise: the least size of a group that CDE
 * shows in its public files. */
enum { COUNTS_SMALL = 11 };

/* Adds a count and returns its number. */
size_t counts_add(struct counts *counts, uint64_t value);

/* Says that a count is the sum of others, or nought where there are none. The list is copied. */
void counts_sum(struct counts *counts, size_t total, const size_t *parts, size_t part_count);

/* Hides a count as if it were small: for one that tells a small count to whoever subtracts it from
 * another. */
void counts_guard(struct counts *counts, size_t number);

/* Hides counts from 1 to least - 1, those that are guarded, and what else must be. */
void counts_hide(struct counts *counts, uint64_t least);

void counts_free(struct counts *counts);

#endif
