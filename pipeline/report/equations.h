/* equations.h - which unknowns a system of linear equations settles.
 *
 *     struct equations equations = {.unknowns = 3};
 *     equations_add_term(&equations, 0, 1);          // x + y = what is known
 *     equations_add_term(&equations, 1, 1);
 *     equations_end(&equations);
 *     bool is_settled[3];
 *     equations_find_settled(&equations, is_settled);     // none: x and y can trade
 *     equations_free(&equations);
 *
 * An unknown is settled when every solution gives it the same value. Then the equations alone tell
 * it, whatever stands on their right-hand sides; so these are not asked for.
 *
 * The answer is found modulo the prime 2^61 - 1, from one solution drawn by a fixed sequence: the
 * same equations give the same answer each time. An unknown that is not settled is taken for one
 * with a chance of one in 2^61.
 *
 * Memory grows with the terms, and with those that elimination adds. Zeroed but for `unknowns`, a
 * struct equations has none; it lives until equations_free().
 */
#ifndef CTE_EQUATIONS_H
#define CTE_EQUATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct equations {
    size_t unknowns;
    struct equation *list;
    size_t count, room;
    struct term *terms; /* of the equation that is being added */
    size_t term_count, term_room;
};

/* Adds a term to the equation at hand: factor 1 or -1, and each unknown once. */
void equations_add_term(struct equations *equations, size_t unknown, int factor);

/* Ends the equation at hand; one without terms is left out. */
void equations_end(struct equations *equations);

/* Says of each unknown whether it is settled. The equations are used up by it. */
void equations_find_settled(struct equations *equations, bool *is_settled);

void equations_free(struct equations *equations);

#endif
