/* stream_past(): the history of a record, whether it was met before or not. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline/stream/stream.h"
#include "tests/unit/unit.h"

#define KIND "%program^p^1\n%kind^1.1^alpha^ABCD^upload^4^0.0\n"
#define ROW(after) "%row^1.1^1.03^Hue^" after "^paint^1^1^r\n"
#define RULE "%rule^1.1^RULE^W^1.03^Hue^m\n"

/* A stream of these histories, a record each, in a sequence where `number` is not 0. */
static void add_stream(struct text *text, unsigned number, const char *definitions,
                       const char *const *histories, size_t count)
{
    const size_t start = text->length;
    text_add(text, "%cte-stream^1\n");
    if (number > 0)
        text_format(text, "%%sequence^%u\n", number);
    text_format(text, "%s%s", KIND, definitions);
    for (size_t i = 0; i < count; i++)
        text_format(text, "R1.1 1^ABCD^2001-2002^r^x\n%s", histories[i]);
    text_format(text, "%%end^%zu^%08lx\n", count,
                crc32(0, (const Bytef *)text->bytes + start, (uInt)(text->length - start)));
}

static int open_text(const struct text *text)
{
    return open(in_memory(1, text->bytes, text->length), O_RDONLY | O_CLOEXEC);
}

/* The past of the next record; NULL where there is none. */
static const struct stream_past *next_past(struct stream_in *in)
{
    struct cte_error error = {0};
    enum stream_item item = STREAM_CONTROL;
    while (item == STREAM_CONTROL && stream_next(in, &item, &error) == CTE_OK)
        continue;
    CHECK(error.status == CTE_OK, "%s", error.text);
    return item == STREAM_RECORD && error.status == CTE_OK ? stream_past(in, &in->record) : NULL;
}

static void those_that_recur_are_numbered(void)
{
    static const char *const histories[] = {
        "C1.1^a\nF1.1^\n",
        "C1.1^b\nF1.1^\n",
        "C1.1^a\nF1.1^\n",
        "",
        "F1.1^\n",
        "F1.1^\nF1.1^\n",
        "F1.1^\n",
        "c1.1^\\c\n", /* escaped */
        "C1.2^a\n",   /* refers to nothing */
        "C1.1^1\nC1.1^2\nC1.1^3\nC1.1^4\nC1.1^5\nC1.1^6\nC1.1^7\nC1.1^8\nC1.1^9\n",
        "C1.1^a value that is longer than any of which it is worth while to keep it\n",
    };
    static const struct {
        size_t lines;
        uint32_t number;
    } expected[] = {{2, 1}, {2, 2}, {2, 1}, {0, 0}, {1, 3}, {2, 4},
                    {1, 3}, {1, 0}, {1, 0}, {9, 0}, {1, 0}};
    enum { COUNT = sizeof histories / sizeof *histories };
    struct text text = {0};
    struct cte_error error = {0};
    struct stream_in in = {0};
    add_stream(&text, 0, ROW("100") RULE, histories, COUNT);
    const int fd = open_text(&text);
    stream_in_open(&in, fd, made_up_tables(), &error);
    for (size_t i = 0; i < COUNT; i++) {
        const struct stream_past *past = next_past(&in);
        CHECK(past != NULL && past->count == expected[i].lines &&
                  past->number == expected[i].number,
              "history %zu: %zu lines, number %u", i, past != NULL ? past->count : 0,
              past != NULL ? past->number : 0);
        CHECK(past != NULL && past == stream_past(&in, &in.record), "asked again, %zu", i);
    }
    close(fd);
    stream_in_close(&in);
    text_free(&text);
}

/* The lines say what the history says, and a number stands for one history. */
static bool tells_history(const struct stream_in *in, const struct stream_past *past)
{
    const char *at = in->record.history;
    bool same = true;
    for (size_t i = 0; i < past->count && same; i++) {
        const struct slice line = past->lines[i].line, value = past->lines[i].value;
        same = memcmp(line.at, at, line.length) == 0 && value.at > line.at &&
               value.at + value.length + 1 == line.at + line.length && value.at[-1] == '^' &&
               (past->lines[i].row != NULL) == (line.at[0] == 'C') &&
               (past->lines[i].rule != NULL) == (line.at[0] == 'F');
        at += line.length;
    }
    return same && at == in->record.history + in->record.history_length;
}

/* More than are kept, of any length around those that are, each twice. */
static void there_may_be_any_number(void)
{
    enum { DIFFERENT = 5000, LENGTHS = 70 };
    static char *histories[2 * DIFFERENT];
    struct text text = {0}, numbers = {0};
    struct cte_error error = {0};
    struct stream_in in = {0};
    size_t known = 0;
    for (unsigned i = 0; i < DIFFERENT; i++)
        histories[i] = histories[i + DIFFERENT] =
            cte_format("C1.1^%0*u\nF1.1^\n", (int)(i % LENGTHS) + 1, i);
    add_stream(&text, 0, ROW("100") RULE, (const char *const *)histories, 2 * DIFFERENT);
    const int fd = open_text(&text);
    stream_in_open(&in, fd, made_up_tables(), &error);
    for (size_t i = 0; i < 2 * DIFFERENT; i++) {
        const struct stream_past *past = next_past(&in);
        if (!CHECK(past != NULL && tells_history(&in, past), "history %zu", i))
            break;
        const uint32_t number = past->number;
        if (i < DIFFERENT)
            text_put(&numbers, (const char *)&number, sizeof number);
        else if (!CHECK(memcmp(numbers.bytes + (i - DIFFERENT) * sizeof number, &number,
                               sizeof number) == 0,
                        "history %zu has number %u the second time", i, number))
            break;
        known += number != 0;
    }
    CHECK(known > 1000, "%zu were known", known);
    for (size_t i = 0; i < DIFFERENT; i++)
        free(histories[i]);
    close(fd);
    stream_in_close(&in);
    text_free(&text);
    text_free(&numbers);
}

/* The same bytes mean what their own stream defines. */
static void another_stream_means_something_else(void)
{
    static const char *const history = "C1.1^a\n";
    static const char *const after[] = {"100", "200"};
    struct text text = {0};
    struct cte_error error = {0};
    struct stream_in in = {0};
    add_stream(&text, 1, ROW("100"), &history, 1);
    add_stream(&text, 2, ROW("200"), &history, 1);
    text_add(&text, "%streams^2\n");
    const int fd = open_text(&text);
    stream_in_open(&in, fd, made_up_tables(), &error);
    for (size_t i = 0; i < 2; i++) {
        bool has_next;
        const struct stream_past *past = next_past(&in);
        if (CHECK(past != NULL && past->count == 1 && past->lines[0].row != NULL, "stream %zu", i))
            CHECK_TEXT("what is put", after[i], past->lines[0].row->after);
        CHECK(next_past(&in) == NULL, "one record");
        CHECK(stream_in_next(&in, &has_next, &error) == CTE_OK && has_next == (i == 0), "%s",
              error.text);
    }
    close(fd);
    stream_in_close(&in);
    text_free(&text);
}

void add_past_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"histories that recur are numbered", those_that_recur_are_numbered},
        {"there may be any number of histories", there_may_be_any_number},
        {"another stream means something else", another_stream_means_something_else},
        {NULL, NULL},
    };
    add_suite("past", NULL, NULL, tests);
}
