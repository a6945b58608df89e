/* line_rows.h: rows about lines, in full and in short form, and that either gives the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codetables/base/memory.h"
#include "pipeline/run/line_rows.h"
#include "tests/unit/unit.h"

#define HEADING "line,what,why"

static char *folder;

static int make_folder(void)
{
    folder = test_path("rows");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

/* Rows with so many different texts, each for two lines, and what they are in full. */
static void put_many(struct row_writer *writer, unsigned texts, struct text *full)
{
    text_add(full, HEADING "\r\n");
    for (unsigned i = 0; i < 2 * texts; i++) {
        char *rest = cte_format(",text %u,\"a\n\"\"b\"\"\"\r\n", i % texts);
        put_row(writer, i / 3 + 1, name_row(writer, rest, strlen(rest)));
        text_format(full, "%u%s", i / 3 + 1, rest);
        free(rest);
    }
}

static char *printed(const char *path)
{
    struct cte_error error = {0};
    struct row_reader *reader;
    struct output output;
    char *bytes;
    output_open(&output, folder, "printed", false, &error);
    if (open_rows(path, "rows", HEADING, &reader, &error) == CTE_OK)
        print_rows(reader, &output, &error);
    close_rows(reader);
    CHECK(output_close(&output, &error) == CTE_OK && error.status == CTE_OK, "%s", error.text);
    FILE *file = fopen(output.temporary, "r");
    const size_t size = (size_t)output.bytes;
    bytes = cte_zalloc(1, size + 1);
    CHECK(file != NULL && fread(bytes, 1, size, file) == size, "it is read back");
    fclose(file);
    output_discard(&output);
    return bytes;
}

static struct row_writer make_writer(struct output *output, struct cte_error *error)
{
    return (struct row_writer){.folder = folder,
                               .source = "S",
                               .holds = "rows",
                               .heading = HEADING,
                               .output = output,
                               .error = error};
}

struct form_case {
    unsigned texts;
    uint64_t most;
    bool gzip;
    const char *ending;
};

static void either_form_gives_all_rows(void)
{
    static const struct form_case cases[] =
        {
            {2, 4, false, ".csv"},           {2, 3, false, ".short"},
            {2, 4, true, ".csv.gz"},         {2, 3, true, ".short.gz"},
            {70000, 1, false, ".short"},   /* more texts than have a number */
            {30000, 60000, false, ".csv"}, /* a short form that was a file first */
            {30000, 60000, true, ".csv.gz"}, {70000, 140000, false, ".csv"},
        };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct form_case *c = &cases[i];
        struct cte_error error = {0};
        struct output output = {.name = NULL};
        struct row_writer writer = make_writer(&output, &error);
        writer.most = c->most;
        writer.gzip = c->gzip;
        struct text full = {0};
        put_many(&writer, c->texts, &full);
        CHECK(end_rows(&writer) == CTE_OK, "case %zu: %s", i, error.text);
        CHECK(output.name != NULL && strcmp(output.name + 6, c->ending) == 0, "case %zu: %s", i,
              output.name);
        CHECK(output.records == 2 * (uint64_t)c->texts, "case %zu: all are counted", i);
        char *again = printed(output.temporary);
        CHECK(strcmp(again, text_string(&full)) == 0, "case %zu: all rows are there", i);
        free(again);
        text_free(&full);
        output_discard(&output);
        free_row_writer(&writer);
    }
}

/* Rows of some lines, as many at once as are given at once; the file of them. The caller frees. */
static char *put_at_once(size_t at_once)
{
    enum { LINES = 9, TEXTS = 3 };
    static const char *const rests[TEXTS] = {",a,b\r\n", ",c,d\r\n", ",e,f\r\n"};
    struct cte_error error = {0};
    struct output output = {.name = NULL};
    struct row_writer writer = make_writer(&output, &error);
    uint32_t numbers[TEXTS], next[ROWS_AT_ONCE];
    for (size_t t = 0; t < TEXTS; t++)
        numbers[t] = name_row(&writer, rests[t], strlen(rests[t]));
    for (size_t line = 1, row = 0; line <= LINES; line++) {
        for (size_t left = 17 * line; left > 0;) {
            const size_t count = left < at_once ? left : at_once;
            for (size_t i = 0; i < count; i++)
                next[i] = numbers[row++ % TEXTS];
            put_rows(&writer, line, next, count);
            left -= count;
        }
    }
    CHECK(end_rows(&writer) == CTE_OK && output.records == 17 * 45, "%s", error.text);
    size_t length;
    char *bytes = read_file(output.temporary, &length);
    output_discard(&output);
    free_row_writer(&writer);
    return bytes;
}

static void rows_at_once_are_rows_one_by_one(void)
{
    char *one_by_one = put_at_once(1);
    for (size_t at_once = 2; at_once <= ROWS_AT_ONCE; at_once++) {
        char *bytes = put_at_once(at_once);
        CHECK_TEXT("rows at once", one_by_one, bytes);
        free(bytes);
    }
    free(one_by_one);
}

static void no_row_is_no_file(void)
{
    struct cte_error error = {0};
    struct output output = {.name = NULL};
    struct row_writer writer = make_writer(&output, &error);
    CHECK(end_rows(&writer) == CTE_OK && output.name == NULL, "nothing was made");
    free_row_writer(&writer);
}

static void cells_are_what_was_meant(void)
{
    static const char bytes[] = HEADING "\r\n"
                                        "7,\"a, \"\"b\"\"\",'=c\r\n"
                                        "8,,\r\n"
                                        "8,\"a, \"\"b\"\"\",'=c\r\n";
    struct cte_error error = {0};
    struct row_reader *reader;
    CHECK(open_rows_of((struct slice){bytes, sizeof bytes - 1}, "rows", NULL, &reader, &error) ==
              CTE_OK,
          "%s", error.text);
    CHECK_TEXT("heading", HEADING, rows_heading(reader));
    const struct line_row *row = next_row(reader, &error);
    CHECK(row != NULL && row->line == 7 && row->rest->stays, "a row");
    const struct row_rest *first = row->rest;
    CHECK_TEXT("quotes are off", "a, \"b\"", first->cells[0]);
    CHECK_TEXT("and what guards", "=c", first->cells[1]);
    row = next_row(reader, &error);
    CHECK(row != NULL && row->line == 8 && row->rest->cells[0][0] == '\0', "empty cells");
    row = next_row(reader, &error);
    CHECK(row != NULL && row->rest == first && first->count == 2, "what is said again is one");
    CHECK(next_row(reader, &error) == NULL && error.status == CTE_OK, "the end");
    CHECK(row_rest_at(reader, 0) == first && row_rest_at(reader, 2) == NULL, "all that was said");
    close_rows(reader);
}

static void what_is_neither_form_is_refused(void)
{
    static const struct {
        const char *bytes, *why;
    } cases[] = {
        {"", "heading"},
        {"line\r\n1\r\n", "heading"},
        {"line,a,b,c,d,e,f,g,h,i\r\n", "heading"},
        {"kind,a\r\n1,b\r\n", "heading"},
        {"line,a\r\n1,b\r\n2\r\n", "rows:3"},
        {"line,a\r\n,b\r\n", "rows:2"},
        {"line,a\r\n-1,b\r\n", "rows:2"},
        {"line,a\r\n99999999999999999999999,b\r\n", "rows:2"},
        {"line,a\r\n1,b\r\n2,b", "breaks off"},
        {"line,a\r\n1,\"b\r\n2,b\r\n", "breaks off"},
        {"cte-rows 1\nline,a\n=1,b\r\n1,2\n", "rows:4"},
        {"cte-rows 1\nline,a\n1,0\n", "rows:3"},
        {"cte-rows 1\nline,a\n=2,b\r\n1,2\n", "rows:3"},
        {"cte-rows 1\nline,a\n=1,b,c\r\n1,1\n", "rows:3"},
        {"cte-rows 1\nline,a\n=1,b\r\n1,1,\n", "rows:4"},
        {"cte-rows 1\nline,a\n=1,b\r\n1,,1\n", "rows:4"},
        {"cte-rows 1\nline,a\n=1,b\r\n1\n", "rows:4"},
        {"cte-rows 1\nline,a\n\n", "rows:3"},
        {"cte-rows 2\nline,a\n", "heading"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cte_error error = {0};
        struct row_reader *reader;
        open_rows_of((struct slice){cases[i].bytes, strlen(cases[i].bytes)}, "rows", NULL, &reader,
                     &error);
        while (next_row(reader, &error) != NULL)
            continue;
        CHECK(error.status == CTE_BAD_INPUT && strstr(error.text, cases[i].why) != NULL,
              "case %zu: %s", i, error.text);
        close_rows(reader);
    }
}

void add_line_rows_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"either form gives all rows", either_form_gives_all_rows},
        {"rows at once are rows one by one", rows_at_once_are_rows_one_by_one},
        {"no row is no file", no_row_is_no_file},
        {"cells are what was meant", cells_are_what_was_meant},
        {"what is neither form is refused", what_is_neither_form_is_refused},
        CU_TEST_INFO_NULL,
    };
    add_suite("line_rows", make_folder, forget_folder, tests);
}
