#include "pipeline/counts.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/error.h"

size_t counts_add(struct counts *counts, uint64_t value)
{
    if (counts->count == counts->room) {
        counts->room = counts->room == 0 ? 256 : 2 * counts->room;
        counts->items = cte_realloc(counts->items, counts->room * sizeof *counts->items);
    }
    counts->items[counts->count] = (struct counts_item){value, false, false};
    return counts->count++;
}

void counts_sum(struct counts *counts, size_t total, const size_t *parts, size_t part_count)
{
    if (counts->sum_count == counts->sum_room) {
        counts->sum_room = counts->sum_room == 0 ? 64 : 2 * counts->sum_room;
        counts->sums = cte_realloc(counts->sums, counts->sum_room * sizeof *counts->sums);
    }
    size_t *copy = cte_alloc((part_count + 1) * sizeof *copy);
    if (part_count > 0)
        memcpy(copy, parts, part_count * sizeof *copy);
    counts->sums[counts->sum_count++] = (struct counts_sum){total, copy, part_count};
}

void counts_guard(struct counts *counts, size_t number)
{
    counts->items[number].is_guarded = true;
}

void counts_free(struct counts *counts)
{
    for (size_t i = 0; i < counts->sum_count; i++)
        free(counts->sums[i].parts);
    free(counts->sums);
    free(counts->items);
    *counts = (struct counts){NULL, 0, 0, NULL, 0, 0};
}

/* ---- what follows from the sums ---- */

enum { NOT_HERE = -1 };

/* The sums as equations in the hidden counts: a matrix modulo a prime. */
struct equations {
    uint64_t *cells; /* row by row */
    size_t rows, columns;
    size_t *counts; /* which count a column is */
    int *column;    /* which column a count is, or NOT_HERE */
};

static const uint64_t prime = 2147483647;

static uint64_t inverse(uint64_t number)
{
    uint64_t result = 1;
    for (uint64_t power = prime - 2; power > 0; power >>= 1) {
        if (power & 1)
            result = result * number % prime;
        number = number * number % prime;
    }
    return result;
}

static void add_to_row(struct equations *equations, size_t row, size_t count, uint64_t what)
{
    int column = equations->column[count];
    if (column != NOT_HERE) {
        uint64_t *cell = &equations->cells[row * equations->columns + (size_t)column];
        *cell = (*cell + what) % prime;
    }
}

static struct equations make_equations(const struct counts *counts)
{
    struct equations equations = {NULL, 0, 0, cte_alloc((counts->count + 1) * sizeof(size_t)),
                                  cte_alloc((counts->count + 1) * sizeof(int))};
    for (size_t i = 0; i < counts->count; i++) {
        equations.column[i] = counts->items[i].is_hidden ? (int)equations.columns : NOT_HERE;
        if (counts->items[i].is_hidden)
            equations.counts[equations.columns++] = i;
    }
    equations.cells = cte_zalloc(counts->sum_count * equations.columns + 1, sizeof *equations.cells);
    for (size_t s = 0; s < counts->sum_count; s++) {
        const struct counts_sum *sum = &counts->sums[s];
        bool has_hidden = counts->items[sum->total].is_hidden;
        for (size_t p = 0; p < sum->part_count; p++)
            has_hidden = has_hidden || counts->items[sum->parts[p]].is_hidden;
        if (!has_hidden)
            continue;
        add_to_row(&equations, equations.rows, sum->total, prime - 1);
        for (size_t p = 0; p < sum->part_count; p++)
            add_to_row(&equations, equations.rows, sum->parts[p], 1);
        equations.rows++;
    }
    return equations;
}

/* Gauss and Jordan: each row is left with a pivot that stands in no other row. */
static void reduce(struct equations *equations)
{
    const size_t columns = equations->columns;
    size_t done = 0;
    for (size_t column = 0; column < columns && done < equations->rows; column++) {
        size_t row = done;
        while (row < equations->rows && equations->cells[row * columns + column] == 0)
            row++;
        if (row == equations->rows)
            continue;
        uint64_t *pivot = &equations->cells[done * columns];
        for (size_t c = 0; c < columns && row != done; c++) {
            uint64_t swapped = pivot[c];
            pivot[c] = equations->cells[row * columns + c];
            equations->cells[row * columns + c] = swapped;
        }
        const uint64_t factor = inverse(pivot[column]);
        for (size_t c = column; c < columns; c++)
            pivot[c] = pivot[c] * factor % prime;
        for (size_t other = 0; other < equations->rows; other++) {
            uint64_t *cells = &equations->cells[other * columns];
            const uint64_t times = cells[column];
            if (other == done || times == 0)
                continue;
            for (size_t c = column; c < columns; c++)
                cells[c] = (cells[c] + (prime - times) * pivot[c]) % prime;
        }
        done++;
    }
    equations->rows = done;
}

/* Whether nobody may know a count. Nought says that there is nobody. */
static bool is_secret(const struct counts_item *item, uint64_t least)
{
    return item->value > 0 && (item->value < least || item->is_guarded);
}

/* Marks the small counts that follow from what is shown: the row of such a one is left with itself alone. Says whether there is one. */
static bool find_computable(const struct counts *counts, uint64_t least, bool *is_computable)
{
    struct equations equations = make_equations(counts);
    bool found = false;
    memset(is_computable, 0, counts->count * sizeof *is_computable);
    reduce(&equations);
    for (size_t row = 0; row < equations.rows; row++) {
        size_t filled = 0, last = 0;
        for (size_t c = 0; c < equations.columns && filled < 2; c++) {
            if (equations.cells[row * equations.columns + c] != 0) {
                filled++;
                last = c;
            }
        }
        if (filled == 1 && is_secret(&counts->items[equations.counts[last]], least))
            found = is_computable[equations.counts[last]] = true;
    }
    free(equations.cells);
    free(equations.counts);
    free(equations.column);
    return found;
}

/* ---- what else to hide ---- */

static void take_smaller(const struct counts *counts, size_t candidate, size_t *best)
{
    const struct counts_item *item = &counts->items[candidate];
    if (!item->is_hidden && item->value > 0 && (*best == counts->count || item->value < counts->items[*best].value))
        *best = candidate;
}

/* The smallest count that is shown and stands in a sum with a hidden one; or, where there is none, in a sum with one that is hidden in such
 * a sum, and so on. A part is taken rather than a total. Returns counts->count when all that hang together are hidden. */
static size_t find_company(const struct counts *counts, size_t hidden)
{
    bool *is_reached = cte_zalloc(counts->count, sizeof *is_reached), *is_used = cte_zalloc(counts->sum_count + 1, sizeof *is_used);
    size_t part = counts->count, total = counts->count;
    is_reached[hidden] = true;
    for (bool grows = true; grows && part == counts->count && total == counts->count;) {
        bool *is_next = cte_zalloc(counts->count, sizeof *is_next);
        grows = false;
        for (size_t s = 0; s < counts->sum_count; s++) {
            const struct counts_sum *sum = &counts->sums[s];
            bool meets = is_reached[sum->total];
            for (size_t p = 0; p < sum->part_count && !meets; p++)
                meets = is_reached[sum->parts[p]];
            if (is_used[s] || !meets)
                continue;
            is_used[s] = grows = true;
            take_smaller(counts, sum->total, &total);
            is_next[sum->total] = counts->items[sum->total].is_hidden;
            for (size_t p = 0; p < sum->part_count; p++) {
                take_smaller(counts, sum->parts[p], &part);
                is_next[sum->parts[p]] = counts->items[sum->parts[p]].is_hidden;
            }
        }
        for (size_t i = 0; i < counts->count; i++)
            is_reached[i] = is_reached[i] || is_next[i];
        free(is_next);
    }
    free(is_reached);
    free(is_used);
    return part != counts->count ? part : total;
}

/* Hides a part more wherever the hidden parts of a sum that is shown add up to too little. */
static bool hide_in_sums(struct counts *counts, uint64_t least)
{
    bool has_hidden = false;
    for (size_t s = 0; s < counts->sum_count; s++) {
        const struct counts_sum *sum = &counts->sums[s];
        uint64_t hidden = 0;
        size_t part = counts->count;
        for (size_t p = 0; p < sum->part_count; p++) {
            if (counts->items[sum->parts[p]].is_hidden)
                hidden += counts->items[sum->parts[p]].value;
            take_smaller(counts, sum->parts[p], &part);
        }
        if (counts->items[sum->total].is_hidden || hidden == 0 || hidden >= least || part == counts->count)
            continue;
        counts->items[part].is_hidden = has_hidden = true;
    }
    return has_hidden;
}

/* Whether a sum that holds the count also holds one that was hidden just now. */
static bool has_new_company(const struct counts *counts, size_t number, const bool *is_new)
{
    for (size_t s = 0; s < counts->sum_count; s++) {
        const struct counts_sum *sum = &counts->sums[s];
        bool holds = sum->total == number, holds_new = is_new[sum->total];
        for (size_t p = 0; p < sum->part_count; p++) {
            holds = holds || sum->parts[p] == number;
            holds_new = holds_new || is_new[sum->parts[p]];
        }
        if (holds && holds_new)
            return true;
    }
    return false;
}

void counts_hide(struct counts *counts, uint64_t least)
{
    bool *is_computable = cte_zalloc(counts->count + 1, sizeof *is_computable),
         *is_new = cte_zalloc(counts->count + 1, sizeof *is_new);
    for (size_t i = 0; i < counts->count; i++)
        counts->items[i].is_hidden = is_secret(&counts->items[i], least);
    for (bool grows = true; grows;) {
        while (hide_in_sums(counts, least))
            continue;
        grows = false;
        if (!find_computable(counts, least, is_computable))
            break;
        memset(is_new, 0, counts->count * sizeof *is_new);
        for (size_t i = 0; i < counts->count; i++) {
            size_t company = is_computable[i] && !has_new_company(counts, i, is_new) ? find_company(counts, i) : counts->count;
            if (company < counts->count)
                counts->items[company].is_hidden = is_new[company] = grows = true;
        }
    }
    free(is_computable);
    free(is_new);
}
