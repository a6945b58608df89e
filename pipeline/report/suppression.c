#include "pipeline/report/suppression.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/error.h"
#include "codetables/base/memory.h"

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

/* An equation: what stands before each hidden count, modulo a prime; only what is not nought. */
struct term {
    uint32_t column;
    uint32_t factor;
};

struct equation {
    struct term *terms;
    size_t count;
};

/* Numbers of equations in which a column may stand. */
struct places {
    uint32_t *numbers;
    size_t count, room;
};

/* The sums as equations in the hidden counts, solved one after the other: each has a column that
 * stands in no other one. Sums have few hidden parts, so equations stay short. */
struct equations {
    struct equation *list;
    size_t count;
    size_t columns;
    size_t *counts;       /* which count a column is */
    uint32_t *column;     /* which column a count is, or NOT_HERE */
    uint32_t *solved_by;  /* the equation that is solved for a column, or NOT_HERE */
    struct places *where; /* by column */
    uint64_t *sum;        /* the equation at hand, by column: all nought between two */
    uint32_t *touched;    /* its columns */
    size_t touched_count;
    bool *is_touched;
};

static const uint32_t NOT_HERE = UINT32_MAX;
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

static struct equations begin_equations(const struct counts *counts)
{
    const size_t room = counts->count + 1;
    struct equations equations = {.list =
                                      cte_alloc((counts->sum_count + 1) * sizeof(struct equation)),
                                  .counts = cte_alloc(room * sizeof(size_t)),
                                  .column = cte_alloc(room * sizeof(uint32_t))};
    for (size_t i = 0; i < counts->count; i++) {
        equations.column[i] = counts->items[i].is_hidden ? (uint32_t)equations.columns : NOT_HERE;
        if (counts->items[i].is_hidden)
            equations.counts[equations.columns++] = i;
    }
    const size_t columns = equations.columns + 1;
    equations.solved_by = cte_alloc(columns * sizeof(uint32_t));
    memset(equations.solved_by, 0xff, columns * sizeof(uint32_t));
    equations.where = cte_zalloc(columns, sizeof(struct places));
    equations.sum = cte_zalloc(columns, sizeof(uint64_t));
    equations.touched = cte_alloc(columns * sizeof(uint32_t));
    equations.is_touched = cte_zalloc(columns, sizeof(bool));
    return equations;
}

static void end_equations(struct equations *equations)
{
    for (size_t i = 0; i < equations->count; i++)
        free(equations->list[i].terms);
    for (size_t c = 0; c < equations->columns; c++)
        free(equations->where[c].numbers);
    free(equations->list);
    free(equations->counts);
    free(equations->column);
    free(equations->solved_by);
    free(equations->where);
    free(equations->sum);
    free(equations->touched);
    free(equations->is_touched);
}

/* Adds to the equation at hand. */
static void add_term(struct equations *equations, uint32_t column, uint64_t factor)
{
    equations->sum[column] = (equations->sum[column] + factor) % prime;
    if (!equations->is_touched[column])
        equations->touched[equations->touched_count++] = column;
    equations->is_touched[column] = true;
}

static void add_times(struct equations *equations, const struct equation *equation, uint64_t times)
{
    for (size_t t = 0; t < equation->count; t++)
        add_term(equations, equation->terms[t].column, equation->terms[t].factor * times % prime);
}

/* Puts the equation at hand away as one of the list, and notes where its columns stand. */
static void put_away(struct equations *equations, uint32_t number)
{
    struct equation *equation = &equations->list[number];
    equation->terms =
        cte_realloc(equation->terms, (equations->touched_count + 1) * sizeof *equation->terms);
    equation->count = 0;
    for (size_t i = 0; i < equations->touched_count; i++) {
        const uint32_t column = equations->touched[i];
        struct places *places = &equations->where[column];
        if (equations->sum[column] != 0) {
            equation->terms[equation->count++] =
                (struct term){column, (uint32_t)equations->sum[column]};
            if (places->count == places->room) {
                places->room = places->room == 0 ? 4 : 2 * places->room;
                places->numbers =
                    cte_realloc(places->numbers, places->room * sizeof *places->numbers);
            }
            places->numbers[places->count++] = number;
        }
        equations->sum[column] = 0;
        equations->is_touched[column] = false;
    }
    equations->touched_count = 0;
}

static uint64_t factor_of(const struct equation *equation, uint32_t column)
{
    for (size_t t = 0; t < equation->count; t++) {
        if (equation->terms[t].column == column)
            return equation->terms[t].factor;
    }
    return 0;
}

/* Takes a column out of all equations but the one that is solved for it. */
static void take_out(struct equations *equations, uint32_t column, uint32_t number)
{
    struct places old = equations->where[column];
    equations->where[column] = (struct places){NULL, 0, 0};
    for (size_t i = 0; i < old.count; i++) {
        const uint64_t times =
            old.numbers[i] != number ? factor_of(&equations->list[old.numbers[i]], column) : 0;
        if (times == 0) /* it stood there once, or was taken out just now */
            continue;
        add_times(equations, &equations->list[old.numbers[i]], 1);
        add_times(equations, &equations->list[number], prime - times);
        put_away(equations, old.numbers[i]);
    }
    free(old.numbers);
}

/* Solves the equation at hand for one of its columns that no other is solved for: the one that
 * stands in the fewest. */
static void solve(struct equations *equations)
{
    for (size_t i = 0; i < equations->touched_count; i++) {
        const uint32_t column = equations->touched[i];
        if (equations->sum[column] != 0 && equations->solved_by[column] != NOT_HERE)
            add_times(equations, &equations->list[equations->solved_by[column]],
                      prime - equations->sum[column]);
    }
    uint32_t chosen = NOT_HERE;
    for (size_t i = 0; i < equations->touched_count; i++) {
        const uint32_t column = equations->touched[i];
        if (equations->sum[column] != 0 &&
            (chosen == NOT_HERE || equations->where[column].count < equations->where[chosen].count))
            chosen = column;
    }
    const uint32_t number = (uint32_t)equations->count;
    const uint64_t factor = chosen != NOT_HERE ? inverse(equations->sum[chosen]) : 0;
    for (size_t i = 0; i < equations->touched_count; i++)
        equations->sum[equations->touched[i]] =
            equations->sum[equations->touched[i]] * factor % prime;
    equations->list[number] = (struct equation){NULL, 0};
    put_away(equations, number);
    if (chosen == NOT_HERE) { /* it says nothing new */
        free(equations->list[number].terms);
        return;
    }
    equations->count++;
    equations->solved_by[chosen] = number;
    take_out(equations, chosen, number);
}

static void add_count(struct equations *equations, size_t count, uint64_t factor)
{
    if (equations->column[count] != NOT_HERE)
        add_term(equations, equations->column[count], factor);
}

/* Whether nobody may know a count. Nought says that there is nobody. */
static bool is_secret(const struct counts_item *item, uint64_t least)
{
    return item->value > 0 && (item->value < least || item->is_guarded);
}

/* Marks the small counts that follow from what is shown: the equation of such a one is left with
 * itself alone. Says whether there is one. */
static bool find_computable(const struct counts *counts, uint64_t least, bool *is_computable)
{
    struct equations equations = begin_equations(counts);
    bool found = false;
    memset(is_computable, 0, counts->count * sizeof *is_computable);
    for (size_t s = 0; s < counts->sum_count; s++) {
        const struct counts_sum *sum = &counts->sums[s];
        add_count(&equations, sum->total, prime - 1);
        for (size_t p = 0; p < sum->part_count; p++)
            add_count(&equations, sum->parts[p], 1);
        solve(&equations);
    }
    for (size_t i = 0; i < equations.count; i++) {
        const struct equation *equation = &equations.list[i];
        if (equation->count == 1 &&
            is_secret(&counts->items[equations.counts[equation->terms[0].column]], least))
            found = is_computable[equations.counts[equation->terms[0].column]] = true;
    }
    end_equations(&equations);
    return found;
}

/* ---- what else to hide ---- */

static void take_smaller(const struct counts *counts, size_t candidate, size_t *best)
{
    const struct counts_item *item = &counts->items[candidate];
    if (!item->is_hidden && item->value > 0 &&
        (*best == counts->count || item->value < counts->items[*best].value))
        *best = candidate;
}

/* The smallest count that is shown and stands in a sum with a hidden one; or, where there is none,
 * in a sum with one that is hidden in such a sum, and so on. A part is taken rather than a total.
 * Returns counts->count when all that hang together are hidden. */
static size_t find_company(const struct counts *counts, size_t hidden)
{
    bool *is_reached = cte_zalloc(counts->count, sizeof *is_reached),
         *is_used = cte_zalloc(counts->sum_count + 1, sizeof *is_used);
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
        if (counts->items[sum->total].is_hidden || hidden == 0 || hidden >= least ||
            part == counts->count)
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
            size_t company = is_computable[i] && !has_new_company(counts, i, is_new)
                                 ? find_company(counts, i)
                                 : counts->count;
            if (company < counts->count)
                counts->items[company].is_hidden = is_new[company] = grows = true;
        }
    }
    free(is_computable);
    free(is_new);
}
