/* counts.h: no small count that is hidden follows from what is shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/report/suppression.h"
#include "tests/unit/unit.h"

enum { SMALL = 11, MOST = 200 };

/* ---- whether a count follows, reckoned another way: by the rank of a matrix of doubles ---- */

static size_t rank_of(double matrix[MOST][MOST], size_t rows, size_t columns)
{
    size_t rank = 0;
    for (size_t c = 0; c < columns && rank < rows; c++) {
        size_t best = rank;
        for (size_t r = rank; r < rows; r++)
            best = fabs(matrix[r][c]) > fabs(matrix[best][c]) ? r : best;
        if (fabs(matrix[best][c]) < 1e-9)
            continue;
        for (size_t k = 0; k < columns; k++) {
            double swapped = matrix[rank][k];
            matrix[rank][k] = matrix[best][k];
            matrix[best][k] = swapped;
        }
        for (size_t r = rank + 1; r < rows; r++) {
            double times = matrix[r][c] / matrix[rank][c];
            for (size_t k = c; k < columns; k++)
                matrix[r][k] -= times * matrix[rank][k];
        }
        rank++;
    }
    return rank;
}

/* A count follows when the equation that names it alone adds nothing to the sums. */
static bool follows(const struct counts *counts, size_t number)
{
    static double matrix[MOST][MOST];
    size_t ranks[2];
    for (int with = 0; with < 2; with++) {
        memset(matrix, 0, sizeof matrix);
        for (size_t s = 0; s < counts->sum_count; s++) {
            const struct counts_sum *sum = &counts->sums[s];
            matrix[s][sum->total] -= counts->items[sum->total].is_hidden;
            for (size_t p = 0; p < sum->part_count; p++)
                matrix[s][sum->parts[p]] += counts->items[sum->parts[p]].is_hidden;
        }
        matrix[counts->sum_count][number] = with;
        ranks[with] = rank_of(matrix, counts->sum_count + 1, counts->count);
    }
    return ranks[0] == ranks[1];
}

static bool is_small(uint64_t value)
{
    return value > 0 && value < SMALL;
}

/* What must hold of any counts after hiding. */
static void check_hidden(const struct counts *counts, const char *what)
{
    for (size_t i = 0; i < counts->count; i++) {
        const struct counts_item *item = &counts->items[i];
        CHECK(!is_small(item->value) || item->is_hidden, "%s: count %zu is small and shown", what,
              i);
        CHECK(item->value > 0 || !item->is_hidden, "%s: count %zu is nought and hidden", what, i);
        CHECK(!is_small(item->value) || !follows(counts, i), "%s: count %zu can be computed", what,
              i);
    }
    for (size_t s = 0; s < counts->sum_count; s++) {
        uint64_t hidden = 0;
        for (size_t p = 0; p < counts->sums[s].part_count; p++) {
            const struct counts_item *part = &counts->items[counts->sums[s].parts[p]];
            hidden += part->is_hidden ? part->value : 0;
        }
        CHECK(hidden == 0 || hidden >= SMALL || counts->items[counts->sums[s].total].is_hidden,
              "%s: the hidden parts of sum %zu add up to little", what, s);
    }
}

/* A table with sums of its rows and columns: its cells row by row, each row's sum after it, then
 * the sums of the columns. */
static void make_table(struct counts *counts, const uint64_t *cells, size_t rows, size_t columns)
{
    size_t numbers[16][16];
    for (size_t r = 0; r <= rows; r++) {
        uint64_t row = 0;
        for (size_t c = 0; c < columns; c++) {
            uint64_t value = 0;
            for (size_t k = 0; k < rows; k++)
                value += r == rows || k == r ? cells[k * columns + c] : 0;
            row += value;
            numbers[r][c] = counts_add(counts, value);
        }
        numbers[r][columns] = counts_add(counts, row);
        counts_sum(counts, numbers[r][columns], numbers[r], columns);
    }
    for (size_t c = 0; c <= columns; c++) {
        size_t column[16];
        for (size_t r = 0; r < rows; r++)
            column[r] = numbers[r][c];
        counts_sum(counts, numbers[rows][c], column, rows);
    }
}

static size_t count_hidden(const struct counts *counts)
{
    size_t hidden = 0;
    for (size_t i = 0; i < counts->count; i++)
        hidden += counts->items[i].is_hidden;
    return hidden;
}

static void nothing_small(void)
{
    struct counts counts = {0};
    make_table(&counts, (const uint64_t[]){20, 30, 0, 40, 50, 60}, 2, 3);
    counts_hide(&counts, SMALL);
    CHECK(count_hidden(&counts) == 0, "%zu are hidden", count_hidden(&counts));
    counts_free(&counts);
}

/* One small cell of a row takes the smallest of the others with it, and no more. */
static void one_in_a_row(void)
{
    struct counts counts = {0};
    const uint64_t values[] = {3, 50, 20, 70};
    size_t parts[4];
    for (size_t i = 0; i < 4; i++)
        parts[i] = counts_add(&counts, values[i]);
    size_t total = counts_add(&counts, 143);
    counts_sum(&counts, total, parts, 4);
    counts_hide(&counts, SMALL);
    CHECK(counts.items[0].is_hidden && counts.items[2].is_hidden && count_hidden(&counts) == 2,
          "%zu are hidden", count_hidden(&counts));
    counts_free(&counts);
}

/* Two small ones hide each other only when they are not too few together: 1 and 1 out of 2 would be
 * known. */
static void two_in_a_row(void)
{
    struct counts few = {0}, enough = {0};
    struct counts *both[] = {&few, &enough};
    const uint64_t values[][3] = {{1, 1, 40}, {6, 7, 40}};
    for (size_t k = 0; k < 2; k++) {
        size_t parts[3];
        uint64_t sum = 0;
        for (size_t i = 0; i < 3; i++) {
            parts[i] = counts_add(both[k], values[k][i]);
            sum += values[k][i];
        }
        counts_sum(both[k], counts_add(both[k], sum), parts, 3);
        counts_hide(both[k], SMALL);
        check_hidden(both[k], "two in a row");
    }
    CHECK(few.items[2].is_hidden, "1 and 1 are all that is hidden");
    CHECK(!enough.items[2].is_hidden, "6 and 7 are enough");
    counts_free(&few);
    counts_free(&enough);
}

/* One small cell of a table needs a rectangle: two rows and two columns with two hidden cells each.
 */
/* 40 + 30 + 50 = 120, where it must not be known that the second is 30: the smallest other one goes
 * with it. */
static void guarded_in_a_row(void)
{
    static const uint64_t values[] = {40, 30, 50};
    struct counts counts = {0};
    size_t parts[3];
    for (size_t i = 0; i < 3; i++)
        parts[i] = counts_add(&counts, values[i]);
    counts_sum(&counts, counts_add(&counts, 120), parts, 3);
    counts_guard(&counts, parts[1]);
    counts_hide(&counts, SMALL);
    static const bool hidden[] = {true, true, false, false};
    for (size_t i = 0; i < 4; i++)
        CHECK(counts.items[i].is_hidden == hidden[i], "count %zu: hidden or not", i);
    counts_free(&counts);
}

static void one_in_a_table(void)
{
    struct counts counts = {0};
    make_table(&counts, (const uint64_t[]){30, 40, 50, 40, 5, 60, 70, 80, 90}, 3, 3);
    counts_hide(&counts, SMALL);
    check_hidden(&counts, "one in a table");
    CHECK(count_hidden(&counts) >= 4, "%zu are hidden", count_hidden(&counts));
    counts_free(&counts);
}

/* The same count stands in two tables, and the other one must not tell it. */
static void linked_tables(void)
{
    struct counts counts = {0};
    const uint64_t schools[] = {8, 90, 100}, genders[] = {99, 99};
    size_t parts[2][3], total = counts_add(&counts, 198);
    for (size_t i = 0; i < 3; i++)
        parts[0][i] = counts_add(&counts, schools[i]);
    for (size_t i = 0; i < 2; i++)
        parts[1][i] = counts_add(&counts, genders[i]);
    counts_sum(&counts, total, parts[0], 3);
    counts_sum(&counts, total, parts[1], 2);
    counts_hide(&counts, SMALL);
    check_hidden(&counts, "linked tables");
    CHECK(!counts.items[total].is_hidden, "the total need not be hidden");
    counts_free(&counts);
}

static void random_tables(void)
{
    unsigned seed = 20261125;
    for (int round = 0; round < 400; round++) {
        struct counts counts = {0};
        uint64_t cells[36];
        size_t rows = 1 + (size_t)rand_r(&seed) % 6, columns = 1 + (size_t)rand_r(&seed) % 6;
        for (size_t i = 0; i < rows * columns; i++) {
            int kind = rand_r(&seed) % 4;
            cells[i] = kind == 0 ? 0 : (uint64_t)rand_r(&seed) % (kind == 1 ? 12 : 60);
        }
        make_table(&counts, cells, rows, columns);
        counts_hide(&counts, SMALL);
        char what[64];
        snprintf(what, sizeof what, "table %d, %zu by %zu", round, rows, columns);
        check_hidden(&counts, what);
        counts_free(&counts);
    }
}

void add_counts_suite(void)
{
    static const CU_TestInfo tests[] = {{"nothing is hidden without a reason", nothing_small},
                                        {"one small count in a row", one_in_a_row},
                                        {"two small counts in a row", two_in_a_row},
                                        {"a guarded count in a row", guarded_in_a_row},
                                        {"one small count in a table", one_in_a_table},
                                        {"two tables with one total", linked_tables},
                                        {"random tables", random_tables},
                                        {NULL, NULL}};
    add_suite("counts", NULL, NULL, tests);
}
