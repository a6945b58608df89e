/* suppression.h, equations.h and linked_tables.h: no small cell follows from what is shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/report/equations.h"
#include "pipeline/report/linked_tables.h"
#include "tests/unit/unit.h"

enum { SMALL = 11, MOST = 320 };

/* ---- whether a cell follows, found another way: by the rank of a matrix of doubles ---- */

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
            for (size_t k = c; k < columns && times != 0; k++)
                matrix[r][k] -= times * matrix[rank][k];
        }
        rank++;
    }
    return rank;
}

/* A cell follows when the equation that names it alone adds nothing to the sums. */
static bool follows(const struct publication *publication, size_t cell)
{
    static double matrix[MOST][MOST];
    size_t ranks[2];
    for (int with = 0; with < 2; with++) {
        memset(matrix, 0, sizeof matrix);
        for (size_t s = 0; s < publication->sum_count; s++) {
            const struct cell_sum *sum = &publication->sums[s];
            for (size_t m = 0; m < sum->count; m++) {
                const bool is_hidden = publication->cells[sum->members[m]].is_hidden;
                matrix[s][sum->members[m]] += is_hidden ? (m == 0 ? -1 : 1) : 0;
            }
        }
        matrix[publication->sum_count][cell] = with;
        ranks[with] = rank_of(matrix, publication->sum_count + 1, publication->cell_count);
    }
    return ranks[0] == ranks[1];
}

static bool is_small(uint64_t value)
{
    return value > 0 && value < SMALL;
}

/* What must hold of any cells after suppression. */
static void check_suppressed(const struct publication *publication, const char *what)
{
    for (size_t i = 0; i < publication->cell_count; i++) {
        const struct cell *cell = &publication->cells[i];
        CHECK(!is_small(cell->value) || cell->is_hidden, "%s: cell %zu is small and shown", what,
              i);
        CHECK(cell->value > 0 || !cell->is_hidden || !cell->is_listed,
              "%s: cell %zu is nought and hidden", what, i);
        CHECK(!is_small(cell->value) || !follows(publication, i), "%s: cell %zu can be computed",
              what, i);
    }
    for (size_t s = 0; s < publication->sum_count; s++) {
        const struct cell_sum *sum = &publication->sums[s];
        uint64_t hidden = 0;
        for (size_t m = 1; m < sum->count; m++) {
            const struct cell *part = &publication->cells[sum->members[m]];
            hidden += part->is_hidden ? part->value : 0;
        }
        CHECK(hidden == 0 || hidden >= SMALL || publication->cells[sum->members[0]].is_hidden,
              "%s: the hidden parts of sum %zu add up to little", what, s);
    }
}

/* A table with sums of its rows and columns: its cells row by row, each row's sum after it, then
 * the sums of the columns. */
static void make_table(struct publication *publication, const uint64_t *cells, size_t rows,
                       size_t columns)
{
    size_t numbers[16][16];
    for (size_t r = 0; r <= rows; r++) {
        uint64_t row = 0;
        for (size_t c = 0; c < columns; c++) {
            uint64_t value = 0;
            for (size_t k = 0; k < rows; k++)
                value += r == rows || k == r ? cells[k * columns + c] : 0;
            row += value;
            numbers[r][c] = publication_add_cell(publication, value);
        }
        numbers[r][columns] = publication_add_cell(publication, row);
        publication_add_sum(publication, numbers[r][columns], numbers[r], columns);
    }
    for (size_t c = 0; c <= columns; c++) {
        size_t column[16];
        for (size_t r = 0; r < rows; r++)
            column[r] = numbers[r][c];
        publication_add_sum(publication, numbers[rows][c], column, rows);
    }
}

static size_t count_hidden(const struct publication *publication)
{
    size_t hidden = 0;
    for (size_t i = 0; i < publication->cell_count; i++)
        hidden += publication->cells[i].is_hidden;
    return hidden;
}

static void nothing_small(void)
{
    struct publication publication = {0};
    make_table(&publication, (const uint64_t[]){20, 30, 0, 40, 50, 60}, 2, 3);
    suppress(&publication, SMALL);
    CHECK(count_hidden(&publication) == 0, "%zu are hidden", count_hidden(&publication));
    publication_free(&publication);
}

/* One small cell of a row takes the smallest of the others with it, and no more. */
static void one_in_a_row(void)
{
    struct publication publication = {0};
    const uint64_t values[] = {3, 50, 20, 70};
    size_t parts[4];
    for (size_t i = 0; i < 4; i++)
        parts[i] = publication_add_cell(&publication, values[i]);
    size_t total = publication_add_cell(&publication, 143);
    publication_add_sum(&publication, total, parts, 4);
    suppress(&publication, SMALL);
    CHECK(publication.cells[0].is_hidden && publication.cells[2].is_hidden &&
              count_hidden(&publication) == 2,
          "%zu are hidden", count_hidden(&publication));
    publication_free(&publication);
}

/* Many records of few people are small, and so are few who reached something. Of hidden parts that
 * may share their people only the most of one are sure to be there. */
static void few_people(void)
{
    struct publication publication = {0};
    const uint64_t values[] = {60, 50, 20, 70}, people[] = {6, 40, 12, 60},
                   reach[] = {0, 20, 12, 9};
    size_t parts[4];
    for (size_t i = 0; i < 4; i++) {
        parts[i] = publication_add_cell(&publication, values[i]);
        publication_count_people(&publication, parts[i], PEOPLE_ALL, people[i]);
        publication_count_people(&publication, parts[i], PEOPLE_REACH, reach[i]);
    }
    size_t total = publication_add_cell(&publication, 200);
    publication_add_sum(&publication, total, parts, 4);
    suppress(&publication, SMALL);
    CHECK(publication.cells[0].is_hidden && publication.cells[3].is_hidden,
          "6 people with 60 records, and 9 of 60 who reached it");
    CHECK(publication.cells[2].is_hidden && count_hidden(&publication) == 3,
          "6 and 9 may be 9 together: a third is hidden, %zu are", count_hidden(&publication));
    publication_free(&publication);
}

/* 40 people of whom 35 reached it: 5 did not, which is as small as 5. All or none is no such
 * number. */
static void few_who_did_not(void)
{
    struct publication publication = {0};
    const uint64_t reach[] = {35, 29, 40, 0};
    for (size_t i = 0; i < 4; i++) {
        const size_t cell = publication_add_cell(&publication, 50);
        publication_count_people(&publication, cell, PEOPLE_ALL, 40);
        publication_count_people(&publication, cell, PEOPLE_REACH, reach[i]);
    }
    suppress(&publication, SMALL);
    CHECK(publication.cells[0].is_hidden, "5 of 40 who did not reach it can be computed");
    CHECK(count_hidden(&publication) == 1, "11 of 40, none of them and all of them are shown");
    publication_free(&publication);
}

/* Two small ones hide each other only when they are not too few together: 1 and 1 out of 2 would be
 * known. */
static void two_in_a_row(void)
{
    struct publication few = {0}, enough = {0};
    struct publication *both[] = {&few, &enough};
    const uint64_t values[][3] = {{1, 1, 40}, {6, 7, 40}};
    for (size_t k = 0; k < 2; k++) {
        size_t parts[3];
        uint64_t sum = 0;
        for (size_t i = 0; i < 3; i++) {
            parts[i] = publication_add_cell(both[k], values[k][i]);
            sum += values[k][i];
        }
        publication_add_sum(both[k], publication_add_cell(both[k], sum), parts, 3);
        suppress(both[k], SMALL);
        check_suppressed(both[k], "two in a row");
    }
    CHECK(few.cells[2].is_hidden, "1 and 1 are all that is hidden");
    CHECK(!enough.cells[2].is_hidden, "6 and 7 are enough");
    publication_free(&few);
    publication_free(&enough);
}

/* 90 were read and 87 written; that 3 were not is shown nowhere and must not be known. */
static void unlisted_rest(void)
{
    struct publication publication = {0};
    const size_t read = publication_add_cell(&publication, 90),
                 written = publication_add_cell(&publication, 87),
                 rest = publication_add_unlisted(&publication, 3);
    publication_add_sum(&publication, read, (const size_t[]){written, rest}, 2);
    suppress(&publication, SMALL);
    CHECK(!publication.cells[read].is_hidden, "what was read can be shown");
    CHECK(publication.cells[written].is_hidden, "what was written is not shown beside it");
    publication_free(&publication);
}

/* One small cell of a table needs a rectangle: two rows and two columns with two hidden cells each.
 */
static void one_in_a_table(void)
{
    struct publication publication = {0};
    make_table(&publication, (const uint64_t[]){30, 40, 50, 40, 5, 60, 70, 80, 90}, 3, 3);
    suppress(&publication, SMALL);
    check_suppressed(&publication, "one in a table");
    CHECK(count_hidden(&publication) >= 4, "%zu are hidden", count_hidden(&publication));
    publication_free(&publication);
}

/* The same count stands in two tables, and the other one must not tell it. */
static void linked_tables(void)
{
    struct publication publication = {0};
    const uint64_t schools[] = {8, 90, 100}, genders[] = {99, 99};
    size_t parts[2][3], total = publication_add_cell(&publication, 198);
    for (size_t i = 0; i < 3; i++)
        parts[0][i] = publication_add_cell(&publication, schools[i]);
    for (size_t i = 0; i < 2; i++)
        parts[1][i] = publication_add_cell(&publication, genders[i]);
    publication_add_sum(&publication, total, parts[0], 3);
    publication_add_sum(&publication, total, parts[1], 2);
    suppress(&publication, SMALL);
    check_suppressed(&publication, "linked tables");
    CHECK(!publication.cells[total].is_hidden, "the total need not be hidden");
    publication_free(&publication);
}

static void random_tables(void)
{
    unsigned seed = 20261125;
    for (int round = 0; round < 400; round++) {
        struct publication publication = {0};
        uint64_t cells[36];
        size_t rows = 1 + (size_t)rand_r(&seed) % 6, columns = 1 + (size_t)rand_r(&seed) % 6;
        for (size_t i = 0; i < rows * columns; i++) {
            int kind = rand_r(&seed) % 4;
            cells[i] = kind == 0 ? 0 : (uint64_t)rand_r(&seed) % (kind == 1 ? 12 : 60);
        }
        make_table(&publication, cells, rows, columns);
        suppress(&publication, SMALL);
        char what[64];
        snprintf(what, sizeof what, "table %d, %zu by %zu", round, rows, columns);
        check_suppressed(&publication, what);
        publication_free(&publication);
    }
}

/* ---- equations ---- */

/* x + y, y + z and x + z settle all three; x + y, y + z and x - z settle none, for the third
 * follows from the others. */
static void settled_or_not(void)
{
    static const struct {
        int last;
        bool is_settled;
    } systems[] = {{1, true}, {-1, false}};
    for (size_t i = 0; i < 2; i++) {
        struct equations equations = {.unknowns = 4};
        static const size_t pairs[][2] = {{0, 1}, {1, 2}, {0, 2}};
        bool is_settled[4];
        for (size_t p = 0; p < 3; p++) {
            equations_add_term(&equations, pairs[p][0], 1);
            equations_add_term(&equations, pairs[p][1], p == 2 ? systems[i].last : 1);
            equations_end(&equations);
        }
        equations_find_settled(&equations, is_settled);
        for (size_t u = 0; u < 3; u++)
            CHECK(is_settled[u] == systems[i].is_settled, "system %zu, unknown %zu", i, u);
        CHECK(!is_settled[3], "what stands in no equation is not settled");
        equations_free(&equations);
    }
}

/* ---- linked tables ---- */

enum { YEAR, SCHOOL, GENDER, CODE };

static size_t find_cell(const struct linked_table *table, size_t dimension, const char *value)
{
    size_t r = 0;
    while (r + 1 < table->count && strcmp(table->rows[r].values[dimension], value) != 0)
        r++;
    return table->rows[r].cell;
}

/* By school and by gender: they share the records of all, which neither shows. 8 of 98 are hidden
 * by school; all girls and boys are shown, so 98 is known and another school is hidden too. */
static void margin_of_two(void)
{
    struct linked_table schools = {.dimensions = 1 << SCHOOL},
                        genders = {.dimensions = 1 << GENDER};
    struct publication publication = {0};
    static const struct {
        const char *school, *gender;
        uint64_t records;
    } groups[] = {{"A", "F", 4}, {"A", "M", 4}, {"B", "F", 20}, {"B", "M", 30}, {"C", "F", 40}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const char *values[LINKED_DIMENSIONS] = {
            [SCHOOL] = groups[i].school, [GENDER] = groups[i].gender};
        linked_table_add(&schools, values, groups[i].records, true);
        linked_table_add(&genders, values, groups[i].records, true);
    }
    linked_table_publish(&schools, &publication);
    linked_table_publish(&genders, &publication);
    CHECK(schools.count == 3 && publication.cells[find_cell(&schools, SCHOOL, "B")].value == 50,
          "records of one school are one row");
    link_tables(&publication, (struct linked_table *[]){&schools, &genders}, 2);
    suppress(&publication, SMALL);
    CHECK(publication.cells[find_cell(&schools, SCHOOL, "A")].is_hidden &&
              publication.cells[find_cell(&schools, SCHOOL, "C")].is_hidden &&
              !publication.cells[find_cell(&schools, SCHOOL, "B")].is_hidden,
          "the small school and the smallest of the others");
    CHECK(!publication.cells[find_cell(&genders, GENDER, "F")].is_hidden, "no gender is hidden");
    check_suppressed(&publication, "margin of two");
    linked_table_free(&schools);
    linked_table_free(&genders);
    publication_free(&publication);
}

/* Rows that are not listed come last and are protected: 5 of a school that stand in no table. */
static void rows_not_listed(void)
{
    struct linked_table read = {.dimensions = 1 << SCHOOL},
                        written = {.dimensions = 1 << SCHOOL | 1 << CODE};
    struct publication publication = {0};
    static const struct {
        const char *school, *code;
        uint64_t records;
    } groups[] = {{"A", "", 5}, {"A", "w", 40}, {"B", "w", 50}, {"B", "", 60}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const char *values[LINKED_DIMENSIONS] = {
            [SCHOOL] = groups[i].school, [CODE] = groups[i].code};
        linked_table_add(&read, values, groups[i].records, true);
        linked_table_add(&written, values, groups[i].records, groups[i].code[0] != '\0');
    }
    linked_table_publish(&read, &publication);
    linked_table_publish(&written, &publication);
    CHECK(written.listed_count == 2 && written.count == 4 && written.rows[1].is_listed &&
              !written.rows[2].is_listed,
          "listed rows come first");
    link_tables(&publication, (struct linked_table *[]){&read, &written}, 2);
    suppress(&publication, SMALL);
    CHECK(publication.cells[written.rows[0].cell].is_hidden !=
              publication.cells[find_cell(&read, SCHOOL, "A")].is_hidden,
          "of a school with 5 that were not written, read or written is hidden");
    CHECK(!publication.cells[written.rows[1].cell].is_hidden &&
              !publication.cells[find_cell(&read, SCHOOL, "B")].is_hidden,
          "of the other school nothing is");
    check_suppressed(&publication, "rows not listed");
    linked_table_free(&read);
    linked_table_free(&written);
    publication_free(&publication);
}

/* Whether two rows agree in some dimensions. */
static bool rows_agree(const struct linked_row *a, const struct linked_row *b, unsigned dimensions)
{
    for (size_t d = 0; d < LINKED_DIMENSIONS; d++) {
        if (dimensions >> d & 1 && strcmp(a->values[d], b->values[d]) != 0)
            return false;
    }
    return true;
}

/* What the rows of both tables add up to that agree with a row of the first: the same records. */
static void add_margin_of(struct publication *publication, const struct linked_table *a,
                          const struct linked_table *b, const struct linked_row *row)
{
    const struct linked_table *const sides[] = {a, b};
    size_t parts[2][MOST], used[2] = {0, 0};
    uint64_t sums[2] = {0, 0};
    for (size_t side = 0; side < 2; side++) {
        for (size_t r = 0; r < sides[side]->count; r++) {
            if (!rows_agree(&sides[side]->rows[r], row, a->dimensions & b->dimensions))
                continue;
            parts[side][used[side]++] = sides[side]->rows[r].cell;
            sums[side] += sides[side]->rows[r].records;
        }
    }
    CHECK(sums[0] == sums[1], "both tables count the same records");
    const size_t margin = publication_add_unlisted(publication, sums[0]);
    publication_add_sum(publication, margin, parts[0], used[0]);
    publication_add_sum(publication, margin, parts[1], used[1]);
}

/* Protects tables from one another, and then attacks them with sums that are found here, from the
 * rows of every two of them. */
static void check_tables(struct linked_table *tables, size_t count, const char *what)
{
    struct publication publication = {0};
    struct linked_table *list[4];
    for (size_t t = 0; t < count; t++) {
        linked_table_publish(&tables[t], &publication);
        list[t] = &tables[t];
    }
    const size_t cell_count = publication.cell_count;
    link_tables(&publication, list, count);
    suppress(&publication, SMALL);
    check_suppressed(&publication, what);
    publication.sum_count = 0;
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < a; b++) {
            for (size_t r = 0; r < tables[a].count; r++)
                add_margin_of(&publication, &tables[a], &tables[b], &tables[a].rows[r]);
        }
    }
    CHECK(publication.cell_count < MOST && publication.sum_count < MOST, "%s: too large", what);
    for (size_t c = 0; c < cell_count && publication.sum_count < MOST; c++)
        CHECK(!is_small(publication.cells[c].value) || !follows(&publication, c),
              "%s: cell %zu follows from the records", what, c);
    publication_free(&publication);
}

static void random_linked_tables(void)
{
    static const char *const values[] = {"", "1", "2", "3"};
    static const unsigned kinds[] = {1 << YEAR | 1 << SCHOOL, 1 << YEAR | 1 << GENDER,
                                     1 << YEAR | 1 << CODE | 1 << GENDER, 1 << CODE};
    unsigned seed = 20261126;
    for (int round = 0; round < 40; round++) {
        struct linked_table tables[4] = {0};
        char what[64];
        for (size_t t = 0; t < 4; t++)
            tables[t].dimensions = kinds[t];
        for (int group = 0; group < 12; group++) {
            const char *record[LINKED_DIMENSIONS] = {0};
            for (size_t d = 0; d <= CODE; d++)
                record[d] = values[rand_r(&seed) % (d == YEAR ? 2 : 4)];
            const uint64_t records = 1 + (uint64_t)rand_r(&seed) % 30;
            for (size_t t = 0; t < 4; t++)
                linked_table_add(&tables[t], record, records, t != 1 || record[GENDER][0] != '\0');
        }
        snprintf(what, sizeof what, "linked tables %d", round);
        check_tables(tables, 4, what);
        for (size_t t = 0; t < 4; t++)
            linked_table_free(&tables[t]);
    }
}

void add_suppression_suite(void)
{
    static const CU_TestInfo tests[] = {{"nothing is hidden without a reason", nothing_small},
                                        {"one small cell in a row", one_in_a_row},
                                        {"two small cells in a row", two_in_a_row},
                                        {"a cell that no table shows", unlisted_rest},
                                        {"one small cell in a table", one_in_a_table},
                                        {"two tables with one total", linked_tables},
                                        {"random tables", random_tables},
                                        {"few people", few_people},
                                        {"few who did not reach it", few_who_did_not},
                                        {"what equations settle", settled_or_not},
                                        {"the margin of two tables", margin_of_two},
                                        {"rows that are not listed", rows_not_listed},
                                        {"random linked tables", random_linked_tables},
                                        {NULL, NULL}};
    add_suite("suppression", NULL, NULL, tests);
}
