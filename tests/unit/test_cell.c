#include <stdlib.h>
#include <string.h>

#include "codetables/base/cell.h"
#include "codetables/base/hash.h"
#include "codetables/model/table.h"
#include "tests/unit/unit.h"

static void guarded_cells(void)
{
    static const struct {
        const char *value, *cell;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"a-b", "a-b"},
        {"it's", "it's"},
        {"'tis", "'tis"},
        {"=1", "'=1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@a", "'@a"},
        {"\ta", "'\ta"},
        {"\ra", "\"'\ra\""},
        {"\na", "\"'\na\""},
        {" =1", "' =1"},
        {"'=1", "''=1"},
        {"''=1", "'''=1"},
        {"' -1", "'' -1"},
        {"\xef\xbc\x9d"
         "1",
         "'\xef\xbc\x9d"
         "1"},
        {"\xef\xbc\x8b", "'\xef\xbc\x8b"},
        {"\xef\xbc\x9e", "\xef\xbc\x9e"},
        {"=1,\"a\"", "\"'=1,\"\"a\"\"\""},
        {"a; b", "a; b"},
        {"a;=1", "\"a;=1\""},
        {"a; '=1", "\"a; '=1\""},
        {"a\t@b", "\"a\t@b\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *value = cases[i].value;
        size_t length;
        char *cell = cell_guarded(value, strlen(value), &length);
        CHECK_TEXT("cell", cases[i].cell, cell);
        CHECK(length == strlen(cell), "%s: its length is %zu", value, length);
        CHECK(cell_is_plain(value, strlen(value)) == (strcmp(value, cell) == 0), "%s: plain or not",
              value);
        /* What a reader of CSV makes of it. */
        char *read = cell, *to = cell;
        const bool quoted = *read == '"';
        for (read += quoted; *read != '\0'; read++) {
            if (quoted && *read == '"' && *++read == '\0')
                break;
            *to++ = *read;
        }
        *to = '\0';
        CHECK_TEXT("value", value, cell_value(cell));
        free(cell);
    }
}

static void secret_hashes(void)
{
    unsigned char kept[sizeof hash_secret];
    memcpy(kept, hash_secret, sizeof kept);
    const uint64_t one = keyed_hash("key", 3), same = keyed_hash("key", 3);
    const struct wide_hash wide = keyed_hash_wide("key", 3);
    hash_draw_secret();
    const uint64_t other = keyed_hash("key", 3);
    const struct wide_hash other_wide = keyed_hash_wide("key", 3);
    CHECK(one == same, "a key has two hashes");
    CHECK(one != other, "another secret gives the same hash");
    CHECK(wide.low != other_wide.low && wide.high != other_wide.high,
          "another secret gives the same wide hash");
    memcpy(hash_secret, kept, sizeof kept);
    CHECK(keyed_hash("key", 3) == one, "the hash depends on more than secret and key");
}

void add_cell_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"guarded cells", guarded_cells},
        {"secret hashes", secret_hashes},
        {NULL, NULL},
    };
    add_suite("cell", NULL, NULL, tests);
}
