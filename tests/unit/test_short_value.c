/* short_value.h: two values are the same as numbers exactly where their bytes are. */
#include <stdio.h>
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

/* Codes that follow one another, as those of the schools of a district do: evenly spread, each of
 * 64 places has 15 or 16 of 1,000. */
static void codes_that_follow_have_places_of_their_own(void)
{
    enum { PLACES = 64, CODES = 1000, MOST = 40 };
    for (size_t length = 4; length <= SHORT_VALUE_BYTES; length++) {
        size_t most = 0, count[PLACES] = {0};
        for (int code = 0; code < CODES; code++) {
            char value[SHORT_VALUE_BYTES + 1];
            snprintf(value, sizeof value, "%0*d", (int)length, code);
            const struct short_value packed = pack(value, length);
            const size_t place = short_value_place(&packed, 2025) % PLACES;
            most = ++count[place] > most ? count[place] : most;
        }
        CHECK(most <= MOST, "%zu digits: %zu in one place", length, most);
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

/* Each byte in each place of a value of digits. */
static void digits_alone_are_a_number(void)
{
    for (size_t length = 1; length <= SHORT_VALUE_BYTES; length++) {
        char value[SHORT_VALUE_BYTES];
        memset(value, '9', sizeof value);
        for (size_t i = 0; i < length; i++) {
            for (int byte = 0; byte < 256; byte++) {
                value[i] = (char)byte;
                const struct short_value packed = pack(value, length);
                CHECK(is_short_number(&packed) == (byte >= '0' && byte <= '9'),
                      "%zu bytes, byte %zu is 0x%02x", length, i, (unsigned)byte);
            }
            value[i] = '0';
        }
    }
}

void add_short_value_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"one byte makes another value", one_byte_makes_another_value},
        {"codes that follow have places of their own", codes_that_follow_have_places_of_their_own},
        {"another length makes another value", another_length_makes_another_value},
        {"a long value is none", a_long_value_is_none},
        {"digits alone are a number", digits_alone_are_a_number},
        {NULL, NULL},
    };
    add_suite("short values", NULL, NULL, tests);
}
