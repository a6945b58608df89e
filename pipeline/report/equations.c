#include "pipeline/report/equations.h"

#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "codetables/base/wide_product.h"

/* What stands before an unknown; only what is not nought is kept. */
struct term {
    uint32_t unknown;
    uint64_t factor;
};

struct equation {
    struct term *terms;
    size_t count;
};

/* ---- arithmetic modulo a prime ---- */

static const uint64_t prime = ((uint64_t)1 << 61) - 1;

static uint64_t add(uint64_t a, uint64_t b)
{
    return a + b < prime ? a + b : a + b - prime;
}

static uint64_t negate(uint64_t a)
{
    return a == 0 ? 0 : prime - a;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    const struct wide_product product = multiply_wide(a, b);
    return add(product.low & prime, product.high << 3 | product.low >> 61);
}

static uint64_t invert(uint64_t a)
{
    uint64_t result = 1;
    for (uint64_t power = prime - 2; power > 0; power >>= 1) {
        if (power & 1)
            result = multiply(result, a);
        a = multiply(a, a);
    }
    return result;
}

/* ---- equations ---- */

void equations_add_term(struct equations *equations, size_t unknown, int factor)
{
    GROW(equations->terms, equations->term_count, equations->term_room);
    equations->terms[equations->term_count++] =
        (struct term){(uint32_t)unknown, factor < 0 ? prime - 1 : 1};
}

void equations_end(struct equations *equations)
{
    if (equations->term_count == 0)
        return;
    GROW(equations->list, equations->count, equations->room);
    equations->list[equations->count++] =
        (struct equation){equations->terms, equations->term_count};
    equations->terms = NULL;
    equations->term_count = equations->term_room = 0;
}

void equations_free(struct equations *equations)
{
    for (size_t i = 0; i < equations->count; i++)
        free(equations->list[i].terms);
    free(equations->list);
    free(equations->terms);
    *equations = (struct equations){0};
}

/* ---- elimination ---- */

/* Equations are reduced one after the other. Each is then solved for one of its unknowns, which no
 * later one holds. */
struct elimination {
    struct equation *solved;
    size_t solved_count;
    uint32_t *solved_by; /* by unknown: the equation that is solved for it, or NONE */
    uint32_t *solves;    /* by solved equation: its unknown */
    size_t *uses;        /* by unknown: equations that it stands in */
    /* The equation at hand: its factors by unknown, which unknowns it ever had, and, one bit each,
     * the solved equations that it has to be reduced by. */
    uint64_t *factors;
    uint32_t *touched;
    size_t touched_count;
    bool *is_touched;
    uint64_t *waiting;
};

static const uint32_t NONE = UINT32_MAX;

static struct elimination begin_elimination(const struct equations *equations)
{
    const size_t unknowns = equations->unknowns + 1, count = equations->count + 1;
    struct elimination elimination = {.solved = cte_zalloc(count, sizeof(struct equation)),
                                      .solved_by = cte_alloc(unknowns * sizeof(uint32_t)),
                                      .solves = cte_zalloc(count, sizeof(uint32_t)),
                                      .uses = cte_zalloc(unknowns, sizeof(size_t)),
                                      .factors = cte_zalloc(unknowns, sizeof(uint64_t)),
                                      .touched = cte_zalloc(unknowns, sizeof(uint32_t)),
                                      .is_touched = cte_zalloc(unknowns, sizeof(bool)),
                                      .waiting = cte_zalloc(count / 64 + 1, sizeof(uint64_t))};
    memset(elimination.solved_by, 0xff, unknowns * sizeof(uint32_t));
    for (size_t i = 0; i < equations->count; i++) {
        for (size_t t = 0; t < equations->list[i].count; t++)
            elimination.uses[equations->list[i].terms[t].unknown]++;
    }
    return elimination;
}

static void end_elimination(struct elimination *elimination)
{
    for (size_t i = 0; i < elimination->solved_count; i++)
        free(elimination->solved[i].terms);
    free(elimination->solved);
    free(elimination->solved_by);
    free(elimination->solves);
    free(elimination->uses);
    free(elimination->factors);
    free(elimination->touched);
    free(elimination->is_touched);
    free(elimination->waiting);
}

/* Adds an equation to the one at hand. */
static void add_times(struct elimination *elimination, const struct equation *equation,
                      uint64_t times)
{
    for (size_t t = 0; t < equation->count; t++) {
        const uint32_t unknown = equation->terms[t].unknown, by = elimination->solved_by[unknown];
        elimination->factors[unknown] =
            add(elimination->factors[unknown], multiply(equation->terms[t].factor, times));
        if (!elimination->is_touched[unknown])
            elimination->touched[elimination->touched_count++] = unknown;
        elimination->is_touched[unknown] = true;
        if (by != NONE)
            elimination->waiting[by / 64] |= (uint64_t)1 << by % 64;
    }
}

/* Takes out of the equation at hand all unknowns that others are solved for. A solved equation
 * brings in only unknowns that are solved later, so one pass is enough. */
static void reduce(struct elimination *elimination)
{
    for (size_t word = 0; word <= elimination->solved_count / 64; word++) {
        while (elimination->waiting[word] != 0) {
            const size_t number = 64 * word + (size_t)__builtin_ctzll(elimination->waiting[word]);
            const uint64_t factor = elimination->factors[elimination->solves[number]];
            if (factor != 0)
                add_times(elimination, &elimination->solved[number], negate(factor));
            elimination->waiting[word] &= ~((uint64_t)1 << number % 64);
        }
    }
}

/* Solves the equation at hand for the unknown that stands in the fewest others, and keeps it. One
 * that says nothing new has no unknown left. */
static void keep(struct elimination *elimination)
{
    const uint32_t number = (uint32_t)elimination->solved_count;
    uint32_t chosen = NONE;
    size_t count = 0;
    for (size_t i = 0; i < elimination->touched_count; i++) {
        const uint32_t unknown = elimination->touched[i];
        if (elimination->factors[unknown] == 0)
            continue;
        count++;
        if (chosen == NONE || elimination->uses[unknown] < elimination->uses[chosen])
            chosen = unknown;
    }
    if (chosen != NONE) {
        struct equation *equation = &elimination->solved[elimination->solved_count++];
        const uint64_t factor = invert(elimination->factors[chosen]);
        *equation = (struct equation){cte_alloc(count * sizeof *equation->terms), 0};
        for (size_t i = 0; i < elimination->touched_count; i++) {
            const uint32_t unknown = elimination->touched[i];
            if (elimination->factors[unknown] != 0)
                equation->terms[equation->count++] =
                    (struct term){unknown, multiply(elimination->factors[unknown], factor)};
        }
        elimination->solved_by[chosen] = number;
        elimination->solves[number] = chosen;
    }
    for (size_t i = 0; i < elimination->touched_count; i++) {
        elimination->factors[elimination->touched[i]] = 0;
        elimination->is_touched[elimination->touched[i]] = false;
    }
    elimination->touched_count = 0;
}

/* A value drawn for an unknown that may have any. The sequence is splitmix64's. */
static uint64_t draw(uint64_t *state)
{
    uint64_t drawn = *state += 0x9e3779b97f4a7c15;
    drawn = (drawn ^ drawn >> 30) * 0xbf58476d1ce4e5b9;
    drawn = (drawn ^ drawn >> 27) * 0x94d049bb133111eb;
    return 1 + (drawn ^ drawn >> 31) % (prime - 1);
}

/* One solution of the equations with nought on their right-hand sides. It is nought in what is
 * settled, and any drawn value elsewhere. */
static void find_solution(const struct elimination *elimination, size_t unknowns, uint64_t *values)
{
    uint64_t state = unknowns;
    for (size_t u = 0; u < unknowns; u++)
        values[u] = elimination->solved_by[u] == NONE ? draw(&state) : 0;
    for (size_t i = elimination->solved_count; i > 0; i--) {
        const struct equation *equation = &elimination->solved[i - 1];
        uint64_t sum = 0; /* its own unknown counts for nought as yet */
        for (size_t t = 0; t < equation->count; t++)
            sum = add(sum, multiply(equation->terms[t].factor, values[equation->terms[t].unknown]));
        values[elimination->solves[i - 1]] = negate(sum);
    }
}

static int compare_lengths(const void *x, const void *y)
{
    const struct equation *a = x, *b = y;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return (a->terms[0].unknown > b->terms[0].unknown) -
           (a->terms[0].unknown < b->terms[0].unknown);
}

void equations_find_settled(struct equations *equations, bool *is_settled)
{
    struct elimination elimination = begin_elimination(equations);
    uint64_t *values = cte_alloc((equations->unknowns + 1) * sizeof *values);
    /* Short equations first: then little is added to the long ones. */
    if (equations->count > 1)
        qsort(equations->list, equations->count, sizeof *equations->list, compare_lengths);
    for (size_t i = 0; i < equations->count; i++) {
        add_times(&elimination, &equations->list[i], 1);
        reduce(&elimination);
        keep(&elimination);
    }
    find_solution(&elimination, equations->unknowns, values);
    for (size_t u = 0; u < equations->unknowns; u++)
        is_settled[u] = values[u] == 0;
    free(values);
    end_elimination(&elimination);
}
