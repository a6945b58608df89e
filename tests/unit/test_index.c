/* index.h: an index is taken whole or not at all. */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codetables/base/memory.h"
#include "pipeline/stream/index.h"
#include "tests/unit/unit.h"

/* An index with two entries, the second as it is given here. */
static char *write_index_of(const char *hash, const char *second)
{
    char *source = cte_format("%%file^the source^9^%s", hash);
    const char *const lines[] = {"%cte-index^1", "%rules^made-up^1^abc", source, "F1^0^", second};
    struct text text = {0};
    uint32_t crc = libdeflate_crc32(0, NULL, 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        crc = libdeflate_crc32(crc, lines[i], strlen(lines[i]));
        text_format(&text, "%s\n", lines[i]);
    }
    text_format(&text, "%%end^%zu^%08x\n", sizeof lines / sizeof *lines, crc);
    char *path = test_file("index", text.bytes, text.length);
    text_free(&text);
    free(source);
    return path;
}

static char *write_index(const char *second)
{
    return write_index_of("def", second);
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
    char *path = write_index("F2^0^");
    CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "opened: %s", error.text);
    CHECK(index_next(&index, 1, &entry) && entry.letter == 'F', "the first entry");
    CHECK(index_next(&index, 2, &entry) && !index_next(&index, 2, &entry),
          "the second entry, and no more");
    CHECK(tell(&index, path, "%content^9^def", &error) == CTE_OK, "the content is the same: %s",
          error.text);
    CHECK(tell(&index, path, "%content^9^dee", &error) == CTE_BAD_INPUT, "another content is told");
    index_close(&index);
    free(path);
}

/* The hash of an index that was made with --quick-hash is that length. */
static void an_index_may_know_its_source_by_a_quick_hash(void)
{
    static const struct {
        const char *told; /* before the SHA-256 of the content; NULL: nothing */
        int status;
        const char *words;
    } cases[] = {
        {"%quick-hash^0123456789abcdef0123456789abcdef", CTE_OK, ""},
        {"%quick-hash^0123456789abcdef0123456789abcdee", CTE_BAD_INPUT, "from another content"},
        {"%quick-hash^", CTE_BAD_INPUT, "from another content"},
        {NULL, CTE_BAD_INPUT, "with --quick-hash"},
    };
    char *path = write_index_of("0123456789abcdef0123456789abcdef", "F2^0^");
    struct index_reader index = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cte_error error;
        CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "%s", error.text);
        if (cases[i].told != NULL)
            CHECK(tell(&index, path, cases[i].told, &error) == CTE_OK, "case %zu", i);
        CHECK(tell(&index, path, "%content^9^def", &error) == cases[i].status, "case %zu", i);
        CHECK(strstr(error.text, cases[i].words) != NULL, "case %zu: %s", i, error.text);
    }
    index_close(&index);
    free(path);
}

/* Its entries would be taken for none, and what they tell of the records would be lost. */
static void an_index_that_cannot_be_read_on_is_told(void)
{
    struct index_reader index = {0};
    struct index_entry entry;
    struct cte_error error;
    char *path = write_index("F2^0^");
    CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "opened: %s", error.text);
    fclose(index.file);
    /* there is nothing at its beginning: reading ends with EIO */
    index.file = fopen("/proc/self/mem", "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(index.file);
    CHECK(index_next(&index, 1, &entry), "the entry that was read before");
    CHECK(!index_next(&index, 2, &entry), "no second entry");
    CHECK(tell(&index, path, "%content^9^def", &error) == CTE_IO, "told with status %d: %s",
          error.status, error.text);
    index_close(&index);
    free(path);
}

/* Its sum is right, so somebody wrote it so. */
static void an_entry_without_its_number_is_refused(void)
{
    static const char *const seconds[] = {
        "F^0^", "Fx^0^", "F2x^0^", "F-2^0^", "F 2^0^", "F18446744073709551617^0^", "F"};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        struct index_reader index = {0};
        struct index_entry entry;
        struct cte_error error;
        char *path = write_index(seconds[i]);
        CHECK(tell(&index, path, "%source^x^the source", &error) == CTE_OK, "opened: %s",
              error.text);
        CHECK(index_next(&index, 1, &entry), "the entry before '%s'", seconds[i]);
        CHECK(!index_next(&index, 2, &entry), "'%s' is taken for record 2", seconds[i]);
        CHECK(tell(&index, path, "%content^9^def", &error) == CTE_BAD_INPUT,
              "'%s' is taken: status %d", seconds[i], error.status);
        index_close(&index);
        free(path);
    }
}

static struct slice as_slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void numbers_of_parts_are_read_strictly(void)
{
    static struct index_course courses[INDEX_MAX_EVIDENCE];
    static struct index_member member;
    struct index_other other;
    CHECK(index_evidence(as_slice("100:L1:9912345:3,101:L2:9912345:0"), courses) == 2 &&
              courses[0].flags == 3,
          "two courses");
    CHECK(index_evidence(as_slice("100:L1:9912345:"), courses) > INDEX_MAX_EVIDENCE &&
              index_evidence(as_slice("100:L1:9912345:x"), courses) > INDEX_MAX_EVIDENCE &&
              index_evidence(as_slice("100:L1:9912345:4294967296"), courses) > INDEX_MAX_EVIDENCE,
          "flags that are none");
    CHECK(index_member(as_slice("7/9/100/2001-2002/"), &member) && member.record == 7 &&
              member.line == 9,
          "a member");
    CHECK(!index_member(as_slice("7x/9/100/2001-2002/"), &member) &&
              !index_member(as_slice("7/ 9/100/2001-2002/"), &member) &&
              !index_member(as_slice("//100/2001-2002/"), &member),
          "numbers of a member that are none");
    CHECK(index_other(as_slice("100/2001-2002/ABCD/12/a/b"), &other) && other.line == 12 &&
              strcmp(other.source, "a/b") == 0,
          "another record");
    CHECK(!index_other(as_slice("100/2001-2002/ABCD/+12/a"), &other), "a line that is none");
}

void add_index_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"an index is read to its end", an_index_is_read_to_its_end},
        {"an index may know its source by a quick hash",
         an_index_may_know_its_source_by_a_quick_hash},
        {"an index that cannot be read on is told", an_index_that_cannot_be_read_on_is_told},
        {"an entry without its number is refused", an_entry_without_its_number_is_refused},
        {"numbers of parts are read strictly", numbers_of_parts_are_read_strictly},
        {NULL, NULL}};
    add_suite("index", NULL, NULL, tests);
}
