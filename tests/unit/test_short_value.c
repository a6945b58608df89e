/* short_value.h: two values are the same as numbers exactly where their bytes are. */
#include <stdlib.h>
#include <string.h>

#include "codetables/base/short_value.h"
#include "tests/unit/unit.h"

/* A value in memory of its own length, so that a tool that watches memory sees a byte too many that
 * is read. To be freed. */
static char *own_memory(const char *value, size_t length)
{
    char *own = malloc(length > 0 ? length : 1);
    if (own == NULL)
        abort();
    memcpy(own, value, length);
    return own;
}

static struct short_value pack(const char *value, size_t length)
{
    char *own = own_memory(value, length);
    struct short_value packed;
    CHECK(pack_short_value((struct slice){own, length}, &packed), "%zu bytes", length);
    free(own);
    return packed;
}

static void one_byte_makes_another_value(void)
{
    for (size_t length = 0; length <= SHORT_VALUE_BYTES; length++) {
        char value[SHORT_VALUE_BYTES];
        memset(value, 'a', sizeof value);
        const struct short_value packed = pack(value, length), again = pack(value, length);
        CHECK(same_short_value(&packed, &again), "%zu bytes: the same value", length);
        CHECK(short_value_place(&packed, 2025) == short_value_place(&again, 2025),
              "%zu bytes: the same place", length);
        for (size_t i = 0; i < length; i++) {
            value[i] = 'b';
            const struct short_value other = pack(value, length);
            CHECK(!same_short_value(&packed, &other), "%zu bytes: byte %zu is another", length, i);
            value[i] = 'a';
        }
    }
}

/* Values of one byte again and again, zeros among them: nothing but the length tells them apart. */
static void another_length_makes_another_value(void)
{
    static const char bytes[] = {'\0', 'a', '\xff'};
    for (size_t b = 0; b < sizeof bytes; b++) {
        char value[SHORT_VALUE_BYTES];
        memset(value, bytes[b], sizeof value);
        for (size_t i = 0; i <= SHORT_VALUE_BYTES; i++) {
            for (size_t j = 0; j < i; j++) {
                const struct short_value one = pack(value, i), other = pack(value, j);
                CHECK(!same_short_value(&one, &other), "%zu and %zu bytes", i, j);
            }
        }
    }
}

static void a_long_value_is_none(void)
{
    struct short_value packed;
    CHECK(!pack_short_value(slice_of("12345678901234567"), &packed), "17 bytes");
    CHECK(pack_short_value(slice_of("1234567890123456"), &packed), "16 bytes");
}

void add_short_value_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"one byte makes another value", one_byte_makes_another_value},
        {"another length makes another value", another_length_makes_another_value},
        {"a long value is none", a_long_value_is_none},
        {NULL, NULL},
    };
    add_suite("short values", NULL, NULL, tests);
}
