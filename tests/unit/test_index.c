/* index.h: an index is taken whole or not at all. */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/index.h"
#include "tests/unit/unit.h"

static const char *const lines[] = {"%cte-index^1", "%rules^made-up^1^abc",
                                    "%file^the source^9^def", "F1^0^", "F2^0^"};

static char *write_index(void)
{
    struct text text = {0};
    uint32_t crc = libdeflate_crc32(0, NULL, 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        crc = libdeflate_crc32(crc, lines[i], strlen(lines[i]));
        text_format(&text, "%s\n", lines[i]);
    }
    text_format(&text, "%%end^%zu^%08x\n", sizeof lines / sizeof *lines, crc);
    char *path = test_file("index", text.bytes, text.length);
    text_free(&text);
    return path;
}

static int tell(struct index_reader *index, const char *path, const char *control,
                struct cte_error *error)
{
    const struct table_identity rules = {.sha256 = "abc"};
    *error = (struct cte_error){0};
    return index_follow(index, path, &rules, (struct slice){control, strlen(control)}, error);
}

static void an_index_is_read_to_its_end(void)
{
    struct index_reader index = {0};
    struct index_entry entry;
    struct cte_error error;
    char *path = write_index();
    CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "opened: %s", error.text);
    CHECK(index_next(&index, 1, &entry) && entry.letter == 'F', "the first entry");
    CHECK(index_next(&index, 2, &entry) && !index_next(&index, 2, &entry),
          "the second entry, and no more");
    CHECK(tell(&index, path, "%content^9^def", &error) == CTE_OK, "the content is the same: %s",
          error.text);
    CHECK(tell(&index, path, "%content^9^dee", &error) == CTE_BAD_INPUT, "another content is told");
    fclose(index.file);
    free(path);
}

/* Its entries would be taken for none, and what they tell of the records would be lost. */
static void an_index_that_cannot_be_read_on_is_told(void)
{
    struct index_reader index = {0};
    struct index_entry entry;
    struct cte_error error;
    char *path = write_index();
    CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "opened: %s", error.text);
    fclose(index.file);
    /* there is nothing at its beginning: reading ends with EIO */
    index.file = fopen("/proc/self/mem", "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(index.file);
    CHECK(index_next(&index, 1, &entry), "the entry that was read before");
    CHECK(!index_next(&index, 2, &entry), "no second entry");
    CHECK(tell(&index, path, "%content^9^def", &error) == CTE_IO, "told with status %d: %s",
          error.status, error.text);
    fclose(index.file);
    free(path);
}

void add_index_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"an index is read to its end", an_index_is_read_to_its_end},
        {"an index that cannot be read on is told", an_index_that_cannot_be_read_on_is_told},
        {NULL, NULL}};
    add_suite("index", NULL, NULL, tests);
}
