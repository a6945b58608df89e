/* group_counts.h: groups come out sorted, each once, with all of their records, whether they fit
 * into memory or not; counts_file.h: what was put is read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "pipeline/run/counts_file.h"
#include "pipeline/run/group_counts.h"
#include "tests/unit/unit.h"

static char *folder;

static int make_folder(void)
{
    folder = test_path("group-counts");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

/* All groups as "head/tail=records " in the order in which they come. */
static char *list_groups(struct group_counts *counts)
{
    struct text all = {0};
    struct cte_error error = {0};
    struct group group;
    CHECK(group_counts_sort(counts, &error) == CTE_OK, "%s", error.text);
    while (group_counts_next(counts, &group, &error))
        text_format(&all, "%.*s/%.*s=%" PRIu64 " ", (int)group.head.length, group.head.at,
                    (int)group.tail.length, group.tail.at, group.records);
    CHECK(error.status == CTE_OK, "%s", error.text);
    return text_take(&all);
}

static void add(struct group_counts *counts, const char *head, const char *tail, uint64_t records)
{
    struct cte_error error = {0};
    CHECK(group_counts_add(counts, slice_of(head), slice_of(tail), records, &error) == CTE_OK, "%s",
          error.text);
}

static void groups_are_sorted_and_added_up(void)
{
    struct group_counts counts = {.folder = folder};
    char *none = list_groups(&counts);
    CHECK_TEXT("no group", "", none != NULL ? none : "");
    free(none);
    group_counts_free(&counts);
    add(&counts, "b", "2", 1);
    add(&counts, "a", "10", 5);
    add(&counts, "b", "1", 1);
    add(&counts, "a", "", 2);
    add(&counts, "b", "2", 40);
    add(&counts, "", "9", 1);
    add(&counts, "a", "1", 3);
    char *groups = list_groups(&counts);
    CHECK_TEXT("the groups", "/9=1 a/=2 a/1=3 a/10=5 b/1=1 b/2=41 ", groups);
    free(groups);
    group_counts_free(&counts);
}

/* "x…" counts as "x", wherever it comes first. */
static struct slice settle(void *context, struct slice tail)
{
    (void)context;
    return tail.length > 0 && tail.at[0] == 'x' ? (struct slice){"x", 1} : tail;
}

static void a_tail_counts_as_it_is_settled(void)
{
    struct group_counts counts = {.folder = folder, .settle = settle};
    add(&counts, "a", "x1", 1);
    add(&counts, "a", "x", 10);
    add(&counts, "a", "x2", 100);
    add(&counts, "a", "y", 1000);
    add(&counts, "b", "x1", 10000);
    char *groups = list_groups(&counts);
    CHECK_TEXT("the groups", "a/x=111 a/y=1000 b/x=10000 ", groups);
    free(groups);
    group_counts_free(&counts);
}

/* Heads 0 to 16 and tails 0 to 4999, each pair twice in another order: so many that hardly any fit,
 * and more runs than are merged at once. */
static void what_does_not_fit_is_merged(void)
{
    enum { HEADS = 17, TAILS = 5000, STEP = 7919 };
    struct group_counts counts = {.folder = folder, .memory = 1 << 16};
    struct cte_error error = {0};
    char head[32], tail[32];
    for (unsigned i = 0; i < 2 * HEADS * TAILS; i++) {
        const unsigned n = i * STEP % (HEADS * TAILS);
        const size_t h = (size_t)snprintf(head, sizeof head, "%02u", n % HEADS),
                     t = (size_t)snprintf(tail, sizeof tail, "%04u", n / HEADS);
        if (group_counts_add(&counts, (struct slice){head, h}, (struct slice){tail, t}, n + 1U,
                             &error) != CTE_OK)
            break;
    }
    CHECK(error.status == CTE_OK && counts.runs.count > 1, "%s: %zu runs", error.text,
          counts.runs.count);
    CHECK(group_counts_sort(&counts, &error) == CTE_OK, "%s", error.text);
    struct group group;
    unsigned place = 0, wrong = 0;
    for (; group_counts_next(&counts, &group, &error); place++) {
        const unsigned h = place / TAILS, t = place % TAILS;
        snprintf(head, sizeof head, "%02u", h);
        snprintf(tail, sizeof tail, "%04u", t);
        wrong += !slice_is(group.head, head) || !slice_is(group.tail, tail) ||
                 group.records != 2 * (uint64_t)(t * HEADS + h + 1);
    }
    CHECK(place == HEADS * TAILS && wrong == 0, "%u groups, %u of them wrong", place, wrong);
    group_counts_free(&counts);
    CHECK(rmdir(folder) == 0 && mkdir(folder, 0700) == 0, "a file is left");
}

/* The number of a head stays while its age does, and what is added by a number and by a text is one
 * group; with little memory the numbers pass again and again. */
static void a_head_is_known_by_its_number(void)
{
    enum { HEADS = 5, TAILS = 3000 };
    struct group_counts counts = {.folder = folder, .memory = 1 << 16};
    struct cte_error error = {0};
    uint32_t numbers[HEADS] = {0}, age = counts.age;
    unsigned ages = 0;
    for (unsigned i = 0; i < HEADS * TAILS && error.status == CTE_OK; i++) {
        const char head[] = {(char)('a' + i % HEADS), '\0'};
        char tail[16];
        snprintf(tail, sizeof tail, "%04u", i / HEADS);
        if (group_counts_reserve(&counts, &error) != CTE_OK)
            break;
        if (age != counts.age) {
            memset(numbers, 0, sizeof numbers);
            age = counts.age;
            ages++;
        }
        uint32_t *number = &numbers[i % HEADS];
        if (*number == 0)
            *number = group_counts_head(&counts, slice_of(head));
        group_counts_put(&counts, *number, slice_of(tail), 2);
        CHECK(*number != 0 && *number == group_counts_head(&counts, slice_of(head)), "another");
        group_counts_add(&counts, slice_of(head), slice_of(tail), 1, &error);
    }
    CHECK(error.status == CTE_OK && ages > 1, "%s: %u ages", error.text, ages);
    CHECK(group_counts_sort(&counts, &error) == CTE_OK, "%s", error.text);
    struct group group;
    unsigned place = 0, wrong = 0;
    for (; group_counts_next(&counts, &group, &error); place++)
        wrong += group.records != 3 || group.head.length != 1 ||
                 group.head.at[0] != (char)('a' + place / TAILS);
    CHECK(place == HEADS * TAILS && wrong == 0, "%u groups, %u of them wrong", place, wrong);
    group_counts_free(&counts);
}

/* Heads with one group and heads with more than are sorted by moving them, in a table that grows;
 * each group comes twice in a row, and again when it is in the table. */
static void a_table_grows_and_is_sorted(void)
{
    enum { FEW = 2000, MANY = 50000, ALL = FEW + MANY, STEP = 7919 };
    struct group_counts counts = {.folder = folder};
    char head[16], tail[16];
    for (unsigned i = 0; i < 2 * ALL; i++) {
        const unsigned n = i * STEP % ALL;
        snprintf(head, sizeof head, "%04u", n < FEW ? n : FEW);
        snprintf(tail, sizeof tail, "%05u", n);
        add(&counts, head, tail, 1);
        add(&counts, head, tail, 1);
    }
    struct cte_error error = {0};
    CHECK(group_counts_sort(&counts, &error) == CTE_OK && counts.runs.count == 0, "%s", error.text);
    struct group group;
    unsigned place = 0, wrong = 0;
    for (; group_counts_next(&counts, &group, &error); place++) {
        snprintf(head, sizeof head, "%04u", place < FEW ? place : FEW);
        snprintf(tail, sizeof tail, "%05u", place);
        wrong += !slice_is(group.head, head) || !slice_is(group.tail, tail) || group.records != 4;
    }
    CHECK(place == ALL && wrong == 0, "%u groups, %u of them wrong", place, wrong);
    group_counts_free(&counts);
}

static void a_folder_that_is_not_there_is_told(void)
{
    struct group_counts counts = {.folder = "/nowhere/at/all", .memory = 1};
    struct cte_error error = {0};
    char head[16];
    for (int i = 0; i < 1 << 12 && error.status == CTE_OK; i++) {
        snprintf(head, sizeof head, "%d", i);
        group_counts_add(&counts, slice_of(head), slice_of("t"), 1, &error);
    }
    CHECK(error.status == CTE_CANNOT_CREATE, "status %d: %s", error.status, error.text);
    group_counts_free(&counts);
}

/* ---- the file ---- */

static const struct counted row = {.lea = "1234567",
                                   .year = "2024-2025",
                                   .local = "=A,\"1\"",
                                   .rollup = "made-up",
                                   .state = 'M',
                                   .is_again = true,
                                   .school = "0000001",
                                   .before = "105",
                                   .after = {ROLLUP_UNLISTED, ""},
                                   .by = {"F", "", "9"},
                                   .records = 12345678901};

static void take_row(void *context, const struct counted *got)
{
    unsigned *rows = context;
    (*rows)++;
    CHECK_TEXT("LEA", row.lea, got->lea);
    CHECK_TEXT("year", row.year, got->year);
    CHECK_TEXT("local course", row.local, got->local);
    CHECK_TEXT("roll-up", row.rollup, got->rollup);
    CHECK(got->state == row.state && got->is_again, "state %c", got->state);
    CHECK_TEXT("school", row.school, got->school);
    CHECK_TEXT("before", row.before, got->before);
    CHECK_TEXT("after", row.after[0], got->after[0]);
    CHECK_TEXT("finer", row.after[1], got->after[1]);
    CHECK_TEXT("by", row.by[0], got->by[0]);
    CHECK_TEXT("third", row.by[2], got->by[2]);
    CHECK(got->records == row.records, "%" PRIu64 " records", got->records);
}

static void what_was_put_is_read(void)
{
    struct output output;
    struct text place = {0};
    struct cte_error error = {0};
    unsigned rows = 0;
    char *path = cte_format("%s/a.counts.csv", folder);
    CHECK(output_open(&output, folder, "a.counts.csv", false, &error) == CTE_OK, "%s", error.text);
    put_counts_heading(&output);
    add_counts_place(&place, &row);
    for (size_t i = 0; i < 2; i++) {
        output_put(&output, place.bytes, place.length);
        put_counts_codes(&output, &row);
    }
    text_free(&place);
    CHECK(output_close(&output, &error) == CTE_OK && output_publish(&output, &error) == CTE_OK,
          "%s", error.text);
    output_discard(&output);
    char hex[DIGEST_HEX];
    CHECK(digest_file(path, hex), "cannot be hashed");
    struct counts_file file = {path, "a", hex, take_row, &rows};
    CHECK(read_counts(&file, &error) == CTE_OK && rows == 2, "%u rows: %s", rows, error.text);
    hex[0] = hex[0] == '0' ? '1' : '0';
    CHECK(read_counts(&file, &error) == CTE_BAD_INPUT, "another hash: status %d", error.status);
    unlink(path);
    free(path);
}

static void count_row(void *context, const struct counted *counted)
{
    (void)counted;
    ++*(unsigned *)context;
}

static void what_is_no_counts_file_is_told(void)
{
#define HEADING                                                                                    \
    "lea,year,local_course,rollup,outcome,again,school,before,"                                    \
    "after_1,after_2,by_1,by_2,by_3,records\r\n"
    static const char *const contents[] = {
        "",
        "lea,year\r\n",
        "1,2,3,4,written,,7,8,9,10,11,12,13,14\r\n",
        HEADING "1,2,3,4,written,,7,8,9,10,11,12,13\r\n",
        HEADING "1,2,3,4,lost,,7,8,9,10,11,12,13,14\r\n",
        HEADING "1,2,3,4,written,,7,8,9,10,11,12,13,-1\r\n",
        HEADING "1,2,3,4,written,,7,8,9,10,11,12,13,\r\n",
        HEADING "1,2,3,4,written,,7,8,9,10,11,12,13,99999999999999999999\r\n",
        HEADING "1,2,3,4,written,,7,8,9,10,11,12,13,14,15\r\n",
        HEADING "1,2,3,4,written,,\"7,8,9,10,11,12,13,14\r\n"};
    char *path = cte_format("%s/b.counts.csv", folder);
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        struct cte_error error = {0};
        unsigned rows = 0;
        FILE *file = fopen(path, "we");
        fputs(contents[i], file);
        fclose(file);
        const struct counts_file counts = {path, "b", NULL, count_row, &rows};
        CHECK(read_counts(&counts, &error) == CTE_BAD_INPUT && rows == 0, "%zu: status %d, %u rows",
              i, error.status, rows);
    }
    unlink(path);
    struct cte_error error = {0};
    unsigned rows = 0;
    const struct counts_file counts = {path, "b", NULL, count_row, &rows};
    CHECK(read_counts(&counts, &error) == CTE_IO, "status %d", error.status);
    free(path);
}

void add_group_counts_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"groups are sorted and added up", groups_are_sorted_and_added_up},
        {"a tail counts as it is settled", a_tail_counts_as_it_is_settled},
        {"what does not fit is merged", what_does_not_fit_is_merged},
        {"a head is known by its number", a_head_is_known_by_its_number},
        {"a table grows and is sorted", a_table_grows_and_is_sorted},
        {"a folder that is not there is told", a_folder_that_is_not_there_is_told},
        {"what was put is read", what_was_put_is_read},
        {"what is no counts file is told", what_is_no_counts_file_is_told},
        {NULL, NULL},
    };
    add_suite("group counts", make_folder, forget_folder, tests);
}
