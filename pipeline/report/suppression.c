#include "pipeline/report/suppression.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/report/equations.h"

/* ---- what is published ---- */

static size_t add_cell(struct publication *publication, uint64_t value, bool is_listed)
{
    GROW(publication->cells, publication->cell_count, publication->cell_room);
    publication->cells[publication->cell_count] =
        (struct cell){.value = value, .is_listed = is_listed, .is_hidden = !is_listed};
    return publication->cell_count++;
}

size_t publication_add_cell(struct publication *publication, uint64_t value)
{
    return add_cell(publication, value, true);
}

size_t publication_add_unlisted(struct publication *publication, uint64_t value)
{
    return add_cell(publication, value, false);
}

void publication_count_people(struct publication *publication, size_t cell, enum cell_people which,
                              uint64_t people)
{
    publication->cells[cell].people[which] = people;
    publication->cells[cell].has_people = true;
}

void publication_add_sum(struct publication *publication, size_t total, const size_t *parts,
                         size_t part_count)
{
    size_t *members = arena_alloc(&publication->members, (part_count + 1) * sizeof *members);
    members[0] = total;
    if (part_count > 0)
        memcpy(members + 1, parts, part_count * sizeof *members);
    GROW(publication->sums, publication->sum_count, publication->sum_room);
    publication->sums[publication->sum_count++] = (struct cell_sum){members, part_count + 1};
}

void publication_free(struct publication *publication)
{
    arena_free(&publication->members);
    free(publication->sums);
    free(publication->cells);
    *publication = (struct publication){0};
}

/* ---- one suppression ---- */

struct suppression {
    struct publication *publication;
    uint64_t threshold;
    uint64_t *people; /* by cell: how many it is sure to be about; 0: not known, or nobody's */
    size_t *first;    /* by cell: where in `sums` its own begin; and where the last one's end */
    size_t *sums;     /* the sums that a cell stands in, by number */
    bool *is_settled; /* by cell: it is hidden and can be computed all the same */
    bool *is_new;     /* by cell: it was hidden in this round */
};

static struct suppression begin_suppression(struct publication *publication, uint64_t threshold)
{
    const size_t cell_count = publication->cell_count;
    size_t *first = cte_zalloc(cell_count + 1, sizeof *first),
           *next = cte_alloc((cell_count + 1) * sizeof *next);
    for (size_t s = 0; s < publication->sum_count; s++) {
        for (size_t m = 0; m < publication->sums[s].count; m++)
            first[publication->sums[s].members[m] + 1]++;
    }
    for (size_t c = 0; c < cell_count; c++)
        first[c + 1] += first[c];
    memcpy(next, first, (cell_count + 1) * sizeof *next);
    size_t *sums = cte_alloc((first[cell_count] + 1) * sizeof *sums);
    for (size_t s = 0; s < publication->sum_count; s++) {
        for (size_t m = 0; m < publication->sums[s].count; m++)
            sums[next[publication->sums[s].members[m]]++] = s;
    }
    free(next);
    return (struct suppression){.publication = publication,
                                .threshold = threshold,
                                .people = cte_zalloc(cell_count + 1, sizeof(uint64_t)),
                                .first = first,
                                .sums = sums,
                                .is_settled = cte_zalloc(cell_count + 1, sizeof(bool)),
                                .is_new = cte_zalloc(cell_count + 1, sizeof(bool))};
}

static uint64_t lesser_people(uint64_t people, uint64_t others)
{
    return people == 0 || (others > 0 && others < people) ? others : people;
}

/* The least of what a cell tells of people, but for nought; 0 where it tells nothing. Whoever sees
 * all and those who reached something sees by one subtraction how many did not. */
static uint64_t least_people(const struct cell *cell)
{
    const uint64_t all = cell->people[PEOPLE_ALL], reached = cell->people[PEOPLE_REACH];
    if (!cell->has_people)
        return 0;
    return lesser_people(lesser_people(all, reached), all > reached ? all - reached : 0);
}

/* Of a total whose people nobody counted there are at least as many as in any of its parts. */
static void reckon_people(struct suppression *suppression)
{
    const struct publication *publication = suppression->publication;
    for (size_t c = 0; c < publication->cell_count; c++)
        suppression->people[c] = least_people(&publication->cells[c]);
    for (bool has_more = true; has_more;) {
        has_more = false;
        for (size_t s = 0; s < publication->sum_count; s++) {
            const struct cell_sum *sum = &publication->sums[s];
            uint64_t *total = &suppression->people[sum->members[0]];
            for (size_t m = 1; m < sum->count; m++) {
                const uint64_t part = suppression->people[sum->members[m]];
                if (publication->cells[sum->members[0]].has_people || part <= *total)
                    continue;
                *total = part;
                has_more = true;
            }
        }
    }
}

static void end_suppression(struct suppression *suppression)
{
    free(suppression->people);
    free(suppression->first);
    free(suppression->sums);
    free(suppression->is_settled);
    free(suppression->is_new);
}

static bool is_small(const struct suppression *suppression, size_t cell)
{
    const uint64_t value = suppression->publication->cells[cell].value,
                   people = suppression->people[cell];
    return value > 0 && (people > 0 ? people : value) < suppression->threshold;
}

static bool is_known(const struct suppression *suppression, size_t cell)
{
    return !suppression->publication->cells[cell].is_hidden || suppression->is_settled[cell];
}

static void suppress_primary(struct suppression *suppression)
{
    struct publication *publication = suppression->publication;
    for (size_t c = 0; c < publication->cell_count; c++)
        publication->cells[c].is_hidden =
            !publication->cells[c].is_listed || is_small(suppression, c);
}

/* Finds the hidden cells that the sums settle. */
static void find_settled(struct suppression *suppression)
{
    const struct publication *publication = suppression->publication;
    struct equations equations = {0};
    size_t *unknowns = cte_alloc((publication->cell_count + 1) * sizeof *unknowns);
    for (size_t c = 0; c < publication->cell_count; c++) {
        unknowns[c] = equations.unknowns;
        equations.unknowns += publication->cells[c].is_hidden;
    }
    for (size_t s = 0; s < publication->sum_count; s++) {
        const struct cell_sum *sum = &publication->sums[s];
        for (size_t m = 0; m < sum->count; m++) {
            if (publication->cells[sum->members[m]].is_hidden)
                equations_add_term(&equations, unknowns[sum->members[m]], m == 0 ? -1 : 1);
        }
        equations_end(&equations);
    }
    bool *is_settled = cte_zalloc(equations.unknowns + 1, sizeof *is_settled);
    equations_find_settled(&equations, is_settled);
    for (size_t c = 0; c < publication->cell_count; c++)
        suppression->is_settled[c] = publication->cells[c].is_hidden && is_settled[unknowns[c]];
    free(is_settled);
    free(unknowns);
    equations_free(&equations);
}

/* ---- complementary suppression ---- */

static void hide_cell(struct suppression *suppression, size_t cell)
{
    suppression->publication->cells[cell].is_hidden = true;
    suppression->is_new[cell] = true;
}

static const size_t NO_CELL = SIZE_MAX;

/* Of two cells, the one to hide: a smaller one that is shown. */
static void take_smaller(const struct publication *publication, size_t candidate, size_t *best)
{
    const struct cell *cell = &publication->cells[candidate];
    if (!cell->is_hidden && cell->value > 0 &&
        (*best == NO_CELL || cell->value < publication->cells[*best].value))
        *best = candidate;
}

/* Where the unknown parts of a known sum add up to less than the threshold, hides the smallest
 * shown part. Says whether it hid any. */
static bool suppress_small_remainders(struct suppression *suppression)
{
    const struct publication *publication = suppression->publication;
    bool has_hidden = false;
    for (size_t s = 0; s < publication->sum_count; s++) {
        const struct cell_sum *sum = &publication->sums[s];
        uint64_t unknown = 0, people = 0;
        size_t part = NO_CELL;
        if (!is_known(suppression, sum->members[0]))
            continue;
        for (size_t m = 1; m < sum->count; m++) {
            const uint64_t of_part = suppression->people[sum->members[m]];
            if (is_known(suppression, sum->members[m]))
                ;
            else if (of_part == 0)
                unknown += publication->cells[sum->members[m]].value;
            else if (of_part > people)
                people = of_part;
            take_smaller(publication, sum->members[m], &part);
        }
        unknown += people;
        if (unknown == 0 || unknown >= suppression->threshold || part == NO_CELL)
            continue;
        hide_cell(suppression, part);
        has_hidden = true;
    }
    return has_hidden;
}

/* The search for the cell that is hidden with another: ring by ring, the sums that hold the cell,
 * then those that hold a hidden cell of these, and so on. */
struct search {
    size_t *queue, head, tail;
    bool *is_reached, *is_used; /* cells and sums */
    size_t part, total;         /* the smallest shown of the ring so far */
    bool has_new;               /* the ring has a cell that was hidden in this round */
};

/* Goes through the sums of a hidden cell. */
static void search_sums(const struct suppression *suppression, struct search *search, size_t cell)
{
    const struct publication *publication = suppression->publication;
    for (size_t i = suppression->first[cell]; i < suppression->first[cell + 1]; i++) {
        const struct cell_sum *sum = &publication->sums[suppression->sums[i]];
        if (search->is_used[suppression->sums[i]])
            continue;
        search->is_used[suppression->sums[i]] = true;
        for (size_t m = 0; m < sum->count; m++) {
            const size_t member = sum->members[m];
            take_smaller(publication, member, m == 0 ? &search->total : &search->part);
            search->has_new = search->has_new || suppression->is_new[member];
            if (publication->cells[member].is_hidden && !search->is_reached[member]) {
                search->is_reached[member] = true;
                search->queue[search->tail++] = member;
            }
        }
    }
}

/* The smallest shown cell of the nearest ring that has one, a part rather than a total. NO_CELL
 * where all that hang together are hidden, and where one as near was hidden in this round: that may
 * be enough. */
static size_t find_complement(const struct suppression *suppression, size_t cell)
{
    const struct publication *publication = suppression->publication;
    const size_t cells = publication->cell_count, sums = publication->sum_count + 1;
    struct search search = {.queue = cte_alloc(cells * sizeof(size_t)),
                            .is_reached = cte_zalloc(cells, sizeof(bool)),
                            .is_used = cte_zalloc(sums, sizeof(bool)),
                            .part = NO_CELL,
                            .total = NO_CELL};
    search.queue[search.tail++] = cell;
    search.is_reached[cell] = true;
    while (search.head < search.tail && search.part == NO_CELL && search.total == NO_CELL &&
           !search.has_new) {
        const size_t ring = search.tail;
        while (search.head < ring)
            search_sums(suppression, &search, search.queue[search.head++]);
    }
    free(search.queue);
    free(search.is_reached);
    free(search.is_used);
    if (search.has_new)
        return NO_CELL;
    return search.part != NO_CELL ? search.part : search.total;
}

/* Hides a complement for each small cell that can be computed. Says whether it hid any. */
static bool suppress_complements(struct suppression *suppression)
{
    const size_t cell_count = suppression->publication->cell_count;
    bool has_hidden = false;
    for (size_t c = 0; c < cell_count; c++) {
        if (!suppression->is_settled[c] || !is_small(suppression, c))
            continue;
        const size_t complement = find_complement(suppression, c);
        if (complement == NO_CELL)
            continue;
        hide_cell(suppression, complement);
        has_hidden = true;
    }
    return has_hidden;
}

void suppress(struct publication *publication, uint64_t threshold)
{
    struct suppression suppression = begin_suppression(publication, threshold);
    reckon_people(&suppression);
    suppress_primary(&suppression);
    bool has_hidden = true;
    while (has_hidden) {
        find_settled(&suppression);
        memset(suppression.is_new, 0, publication->cell_count * sizeof(bool));
        has_hidden = suppress_small_remainders(&suppression);
        has_hidden = suppress_complements(&suppression) || has_hidden;
    }
    end_suppression(&suppression);
}
