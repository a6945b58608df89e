#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/csv_rows.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "tests/unit/unit.h"

enum { COLUMNS = 3 };

/* Shows a row as its cells in brackets. */
static void show_row(void *context, char *const *cells)
{
    for (size_t i = 0; i < COLUMNS; i++)
        text_format(context, "[%s]", cells[i]);
    text_add(context, "\n");
}

/* What the rows of a file with these bytes are; "not CSV" where it is none. To be freed. */
static char *rows_of(const char *bytes, size_t length)
{
    struct text shown = {0};
    struct cte_error error = {0};
    char *path = test_file("rows.csv", bytes, length);
    struct csv_rows rows = {.shown = "rows.csv",
                            .columns = COLUMNS,
                            .heading = "a,b,c",
                            .take = show_row,
                            .context = &shown,
                            .error = &error};
    if (read_csv_rows(path, &rows) != CTE_OK) {
        text_clear(&shown);
        text_add(&shown, "not CSV");
    }
    text_add_byte(&shown, '\0');
    unlink(path);
    free(path);
    return shown.bytes;
}

static void rows_with_and_without_quotes(void)
{
    static const struct {
        const char *behind_heading, *rows;
    } cases[] = {
        {"", ""},
        {"1,2,3\r\n", "[1][2][3]\n"},
        {"1,2,3\n4,,\n", "[1][2][3]\n[4][][]\n"},
        {"1,2,3", "[1][2][3]\n"},
        {"\r\n\r\n1,2,3\r\n\r\n", "[1][2][3]\n"},
        {",,\n", "[][][]\n"},
        {"1,2,\"3\"\r\n4,5,6\r\n", "[1][2][3]\n[4][5][6]\n"},
        {"\"1,\n2\",2,3\n4,5,6\n", "[1,\n2][2][3]\n[4][5][6]\n"},
        {"\"1\r\n\",\"2\r\n\",3\r\n4,5,6\r\n", "[1\r\n][2\r\n][3]\n[4][5][6]\n"},
        {"\"1\"\"\",2,3\n4,5,6\n", "[1\"][2][3]\n[4][5][6]\n"},
        {"1,2,3\r4,5,6\r\n7,8,9\n", "[1][2][3]\n[4][5][6]\n[7][8][9]\n"},
        {"1,2,3\r\r\n\"4\n\",5,6\n7,8,9\n", "[1][2][3]\n[4\n][5][6]\n[7][8][9]\n"},
        {"1,2,3\r\"4\n,\",5,6\n7,8,9\n", "[1][2][3]\n[4\n,][5][6]\n[7][8][9]\n"},
        {" 1 , 2, \n", "[ 1 ][ 2][ ]\n"},
        {"'=1,'a,\"'=2\"\n", "[=1]['a][=2]\n"},
        {"1,2\n", "not CSV"},
        {"1,2,3,4\n", "not CSV"},
        {"1,\"2\",3,4\n", "not CSV"},
        {"1,2,\"3\n", "not CSV"},
        {"1,2\",3\n", "not CSV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes = cte_format("a,b,c\r\n%s", cases[i].behind_heading),
             *rows = rows_of(bytes, strlen(bytes));
        CHECK_TEXT(cases[i].behind_heading, cases[i].rows, rows);
        free(rows);
        free(bytes);
    }
}

static void a_heading_is_held_to(void)
{
    static const char *const headings[] = {"", "a,b\n", "a,b,d\n1,2,3\n", "a,b,\"d\"\n", "\"a\n"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        char *rows = rows_of(headings[i], strlen(headings[i]));
        CHECK_TEXT(headings[i], "not CSV", rows);
        free(rows);
    }
}

/* Rows lie across the edges of what is read at once, and one is longer than that. */
static void rows_of_any_length(void)
{
    enum { ROWS = 4000, LONGEST = 200000 };
    char *filling = cte_alloc(LONGEST + 1);
    memset(filling, 'x', LONGEST);
    filling[LONGEST] = '\0';
    for (int quoted = 0; quoted < 3; quoted++) {
        struct text bytes = {0}, wanted = {0};
        text_add(&bytes, "a,b,c\r\n");
        for (int i = 0; i < ROWS; i++) {
            const int length = i == ROWS / 2 ? LONGEST : i * 7919 % 131;
            const char *quote = quoted == 2 || (quoted == 1 && i % 5 == 0) ? "\"" : "";
            text_format(&bytes, "%d,%s%.*s%s,z\r\n", i, quote, length, filling, quote);
            text_format(&wanted, "[%d][%.*s][z]\n", i, length, filling);
        }
        char *rows = rows_of(bytes.bytes, bytes.length);
        CHECK(strcmp(rows, text_string(&wanted)) == 0, "quotes %d: other rows than were put",
              quoted);
        free(rows);
        text_free(&bytes);
        text_free(&wanted);
    }
    free(filling);
}

void add_csv_rows_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"rows with and without quotes", rows_with_and_without_quotes},
        {"a heading is held to", a_heading_is_held_to},
        {"rows of any length", rows_of_any_length},
        {NULL, NULL},
    };
    add_suite("CSV rows", NULL, NULL, tests);
}
