/* The base: memory.h, text.h, map.h, slice.h, number.h, digest.h, quick_hash.h, year.h,
 * day.h, characters.h, wide_product.h. */
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_SCALAR
#include <xxhash.h>

#include "codetables/base/characters.h"
#include "codetables/base/day.h"
#include "codetables/base/digest.h"
#include "codetables/base/hash.h"
#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "codetables/base/quick_hash.h"
#include "codetables/base/text.h"
#include "codetables/base/wide_product.h"
#include "codetables/base/year.h"
#include "tests/unit/unit.h"

static void arenas_keep_what_they_gave(void)
{
    struct arena arena = {0};
    char *texts[3000];
    for (size_t i = 0; i < 3000; i++) {
        if (i % 500 == 7) { /* a large piece between small ones */
            char *large = arena_alloc(&arena, 100000);
            CHECK(large[0] == 0 && large[99999] == 0, "a large piece begins as zeros");
            memset(large, 'x', 100000);
        }
        texts[i] = arena_format(&arena, "text %zu", i);
        CHECK((uintptr_t)texts[i] % alignof(max_align_t) == 0, "piece %zu is aligned", i);
    }
    char expected[32];
    for (size_t i = 0; i < 3000; i++) {
        snprintf(expected, sizeof expected, "text %zu", i);
        CHECK_TEXT("a piece stays as it was", expected, texts[i]);
    }
    CHECK_TEXT("nothing", "", arena_copy(&arena, NULL, 0));
    CHECK_TEXT("a text is moved", "moved", arena_take(&arena, cte_strdup("moved")));
    CHECK(arena_take(&arena, NULL) == NULL, "no text stays none");
    arena_free(&arena);
    CHECK_TEXT("an arena is used again", "again", arena_string(&arena, "again"));
    arena_free(&arena);
}

static void arrays_grow(void)
{
    size_t *numbers = NULL, count = 0, room = 0;
    for (size_t i = 0; i < 1000; i++) {
        GROW(numbers, count, room);
        numbers[count++] = i * i;
    }
    for (size_t i = 0; i < 1000; i++)
        CHECK(numbers[i] == i * i, "element %zu", i);
    free(numbers);
}

/* On both sides of where large pages begin. */
static void tables_begin_as_zeros(void)
{
    static const size_t counts[] = {0, 1, 1000, (2 << 20) / 24, (2 << 20) / 24 + 1, 1 << 18};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const size_t bytes = counts[i] * 24;
        unsigned char *table = cte_zalloc_table(counts[i], 24);
        bool is_zero = true;
        for (size_t b = 0; b < bytes; b++)
            is_zero = is_zero && table[b] == 0;
        CHECK(is_zero, "%zu places of 24 bytes", counts[i]);
        memset(table, 0xff, bytes);
        free(table);
    }
}

static void texts_grow(void)
{
    struct text text = {0};
    CHECK_TEXT("of nothing", "", text_string(&text));
    size_t length = 0;
    for (int i = 0; i < 300; i++) {
        text_add(&text, "ab");
        text_add_byte(&text, 'c');
        text_format(&text, "%03d", i);
        length += 6;
        CHECK(text.length == length && strlen(text_string(&text)) == length, "length %zu", length);
    }
    CHECK(strncmp(text_string(&text) + 6 * 299, "abc299", 7) == 0, "the last of them");
    text_clear(&text);
    CHECK_TEXT("cleared", "", text_string(&text));
    text_put(&text, "a\0b", 3);
    CHECK(text.length == 3 && memcmp(text.bytes, "a\0b", 4) == 0, "any bytes");
    text_clear(&text);
    text_join(&text, ", ", "a");
    text_join(&text, ", ", "b");
    CHECK_TEXT("a list", "a, b", text_string(&text));
    char *taken = text_take(&text);
    CHECK(text.length == 0 && text.bytes == NULL, "empty once it was taken");
    free(taken);
    taken = text_take(&text);
    CHECK_TEXT("taken of nothing", "", taken);
    free(taken);
    text_free(&text);
}

/* Against the plainest thing there is: a list that is searched from its begin. */
static void maps_number_their_keys(void)
{
    struct map map = {0};
    CHECK(map_find(&map, "", 0) == MAP_NONE, "nothing in an empty map");
    char list[600][4];
    size_t lengths[600], count = 0;
    uint32_t dice = 1;
    for (int turn = 0; turn < 5000; turn++) {
        dice = dice * 1664525 + 1013904223;
        char key[4] = {(char)(dice >> 24 & 7), (char)(dice >> 20 & 7), (char)(dice >> 16 & 7), 0};
        const size_t length = dice >> 28 & 3;
        size_t expected = 0;
        while (expected < count &&
               (lengths[expected] != length || memcmp(list[expected], key, length) != 0))
            expected++;
        CHECK(map_find(&map, key, length) == (expected < count ? expected : MAP_NONE),
              "found, turn %d", turn);
        CHECK(map_add(&map, key, length) == expected, "added, turn %d", turn);
        if (expected == count) {
            memcpy(list[count], key, sizeof key);
            lengths[count++] = length;
        }
        CHECK(map.count == count, "count, turn %d", turn);
    }
    CHECK(count > 300, "many keys were tried: %zu", count);
    for (size_t i = 0; i < count; i++)
        CHECK(slice_equals(map_key(&map, i), (struct slice){list[i], lengths[i]}), "key %zu", i);
    map_free(&map);
    CHECK(map.count == 0 && map_add_string(&map, "again") == 0, "a map is used again");
    CHECK(map_find_string(&map, "again") == 0 && map_find_string(&map, "agai") == MAP_NONE,
          "strings");
    map_free(&map);
}

static void numbers_are_strict(void)
{
    static const struct {
        const char *text;
        bool is_number;
        uint64_t number;
    } cases[] = {{"0", true, 0},
                 {"007", true, 7},
                 {"18446744073709551615", true, UINT64_MAX},
                 {"18446744073709551616", false, 0},
                 {"99999999999999999999999", false, 0},
                 {"", false, 0},
                 {" 1", false, 0},
                 {"1 ", false, 0},
                 {"-1", false, 0},
                 {"+1", false, 0},
                 {"0x1", false, 0},
                 {"a", false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t number = 0;
        const bool is_number = read_number(cases[i].text, &number);
        CHECK(is_number == cases[i].is_number, "\"%s\"", cases[i].text);
        CHECK(!is_number || number == cases[i].number, "\"%s\" is the number", cases[i].text);
    }
    uint64_t number = 0;
    CHECK(read_hex("ff", &number) && number == 255, "hex");
    CHECK(!read_hex("FF", &number) && !read_hex("g", &number), "no hex");
}

/* From FIPS 180-4's examples. */
static void digests_are_sha_256(void)
{
    char hex[DIGEST_HEX];
    digest_bytes("abc", 3, hex);
    CHECK_TEXT("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex);
    struct digest digest = {0};
    digest_begin(&digest);
    digest_add(&digest, "a", 1);
    digest_add(&digest, NULL, 0);
    digest_add(&digest, "bc", 2);
    digest_end(&digest, hex);
    CHECK_TEXT("in pieces", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
               hex);
}

/* Of nothing it is what the specification of XXH3 gives. The reference implementation, which knows
 * no processor, must agree at every length that takes another road through it. */
static void quick_hashes_are_xxh3(void)
{
    char hex[QUICK_HASH_HEX], expected[QUICK_HASH_HEX];
    struct quick_hash hash;
    quick_hash_begin(&hash);
    quick_hash_end(&hash, hex);
    CHECK_TEXT("nothing", "99aa06d3014798d86001c324468d497f", hex);
    const size_t lengths[] = {1, 4, 9, 17, 129, 241, 1025, 70000};
    char *bytes = cte_alloc(70000);
    for (size_t i = 0; i < 70000; i++)
        bytes[i] = (char)(i * i / 7);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t length = lengths[i];
        const XXH128_hash_t value = XXH3_128bits(bytes, length);
        snprintf(expected, sizeof expected, "%016llx%016llx", (unsigned long long)value.high64,
                 (unsigned long long)value.low64);
        for (size_t first = 0; first <= length; first += 1 + length / 3) {
            quick_hash_begin(&hash);
            quick_hash_add(&hash, bytes, first);
            quick_hash_add(&hash, NULL, 0);
            quick_hash_add(&hash, bytes + first, length - first);
            quick_hash_end(&hash, hex);
            CHECK_TEXT("in pieces", expected, hex);
        }
    }
    free(bytes);
}

/* (2^64 - 1)^2 = 2^128 - 2^65 + 1; a product with a power of two is a shift. */
static void products_are_whole(void)
{
    const struct wide_product most = multiply_halves(UINT64_MAX, UINT64_MAX);
    CHECK(most.low == 1 && most.high == UINT64_MAX - 1, "the largest product");
    uint64_t a = UINT64_C(0x9e3779b97f4a7c15), b = UINT64_C(0xc4ceb9fe1a85ec53);
    for (unsigned i = 1; i < 64; i++) {
        const struct wide_product shifted = multiply_halves(a, UINT64_C(1) << i),
                                  halves = multiply_halves(a, b), whole = multiply_wide(a, b);
        CHECK(shifted.low == a << i && shifted.high == a >> (64 - i), "times 2^%u", i);
        CHECK(halves.low == whole.low && halves.high == whole.high && halves.low == a * b,
              "product %u", i);
        a = halves.low ^ i;
        b = halves.high | 1;
    }
}

static void slices_are_equal_by_their_bytes(void)
{
    CHECK(slice_equals((struct slice){NULL, 0}, slice_of("")), "nothing is nothing");
    CHECK(slice_is((struct slice){"105x", 3}, "105"), "a part");
    CHECK(!slice_is((struct slice){"105x", 4}, "105"), "longer");
    CHECK(!slice_is((struct slice){"106", 3}, "105"), "another");
}

static void days(void)
{
    static const struct {
        const char *text;
        int day;
    } cases[] = {{"2026-08-17", 20260817},  {"20260817", 20260817},   {"2026-8-17", DAY_NONE},
                 {"2026-13-01", DAY_NONE},  {"2026-00-10", DAY_NONE}, {"2026-01-32", DAY_NONE},
                 {"2026-01", DAY_NONE},     {"none", DAY_NONE},       {"", DAY_NONE},
                 {"2026-08-171", DAY_NONE}, {"2026-1102", DAY_NONE},  {"2026110-2", DAY_NONE},
                 {"2026-02-29", DAY_NONE},  {"2024-02-29", 20240229}, {"2000-02-29", 20000229},
                 {"1900-02-29", DAY_NONE},  {"2026-06-31", DAY_NONE}, {"0000-01-01", DAY_NONE},
                 {"2026-0a-01", DAY_NONE},  {"2026/08/17", DAY_NONE}, {"0999-12-31", 9991231},
                 {"2026-02-30", DAY_NONE},  {"20260230", DAY_NONE},   {"00000101", DAY_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(read_day(cases[i].text) == cases[i].day, "\"%s\"", cases[i].text);
    CHECK(read_digits_of_day("20240229^", 8) == 20240229, "a field ends where it ends");
    CHECK(read_digits_of_day("20230229^", 8) == DAY_NONE, "the 29th of a February without it");
    CHECK(read_digits_of_day("2024-02-29", 10) == DAY_NONE, "a record has no hyphens");
    CHECK(read_digits_of_day("\xb2\xb0"
                             "240229",
                             8) == DAY_NONE,
          "bytes that are no digits");
    CHECK(read_day_or_month("2026-02", false) == 20260201, "a month begins");
    CHECK(read_day_or_month("2026-02", true) == 20260228, "a month ends");
    CHECK(read_day_or_month("2024-02", true) == 20240229, "a leap year's February ends");
    CHECK(read_day_or_month("2026-12", true) == 20261231, "a year's last month ends");
    CHECK(read_day_or_month("2026-13", true) == DAY_NONE, "no month");
    CHECK(read_day_or_month("2026-02-10", true) == 20260210, "a day is a day");
    CHECK(day_year(20260630) == 2025 && day_year(20260701) == 2026, "a year begins with July");
    CHECK(last_day_of_year(2025) == 20260630, "and ends with June");
    CHECK(first_day_of_year(2026) == 20260701, "the next one begins a day later");
    char text[DAY_TEXT];
    CHECK(strcmp(day_text(9991231, text), "0999-12-31") == 0, "%s", text);
    CHECK(days_between(20260803, 20260817) == 14 && days_between(20260817, 20260803) == -14,
          "within a month");
    CHECK(days_between(20240228, 20240301) == 2 && days_between(20230228, 20230301) == 1,
          "a leap year");
    CHECK(days_between(20251231, 20260101) == 1 && days_between(19000101, 20000101) == 36524,
          "years");
}

/* The days of the calendar counted one by one. A century has a leap year in every fourth only. */
static void days_follow_days(void)
{
    static const int days[] = {31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int begins = make_day(1, 1, 1);
    long count = 0;
    bool is_same = true;
    for (int year = 1; year <= 9999; year++) {
        const int february = year % 400 == 0 ? 29 : year % 100 == 0 ? 28 : year % 4 == 0 ? 29 : 28;
        for (int month = 1; month <= 12; month++) {
            const int last = month == 2 ? february : days[month - 1];
            const int day = make_day(year, month, last);
            count += last;
            is_same = is_same && day == year * 10000 + month * 100 + last &&
                      make_day(year, month, last + 1) == DAY_NONE &&
                      day_after(begins, count - 1) == day && days_between(begins, day) == count - 1;
        }
    }
    CHECK(is_same, "of all years");
    CHECK(count == 3652059, "%ld", count);
    CHECK(day_after(begins, -1) == DAY_NONE && day_after(begins, count) == DAY_NONE &&
              day_after(99991231, LONG_MAX) == DAY_NONE && day_after(begins, LONG_MIN) == DAY_NONE,
          "and none beyond");
    CHECK(make_day(10000, 1, 1) == DAY_NONE && make_day(2026, 7, 0) == DAY_NONE, "no days");
    CHECK(day_after(20240228, 1) == 20240229 && day_after(20240301, -1) == 20240229, "February");
}

static void words_are_whole(void)
{
    CHECK(has_word("CRSC SCSC", "CRSC") && has_word("CRSC SCSC", "SCSC"), "first and last");
    CHECK(!has_word("XCRSC CRSCX", "CRSC") && !has_word("CRSC SCSC", "CRSC SCSC"), "a part");
    CHECK(has_word("  a   b ", "b") && !has_word("", "a") && !has_word("a", ""), "blanks");
}

static void characters_are_no_bytes(void)
{
    const char *e = "\xc3\xa9", *mixed = "abc\xc3\xa9\xe2\x80\xa6z";
    CHECK(count_characters(mixed, strlen(mixed)) == 6, "of one, two and three bytes");
    CHECK(count_characters("0123456789\xc3\xa9", 12) == 11, "behind eight of ASCII");
    CHECK(count_characters("", 0) == 0, "none");
    CHECK(character_length(e) == 2 && character_length("z") == 1 && character_length("") == 0,
          "one by one");
    CHECK(whole_characters(mixed, 3) == 3 && whole_characters(mixed, 4) == 3 &&
              whole_characters(mixed, 5) == 5 && whole_characters(mixed, 7) == 5 &&
              whole_characters(mixed, 8) == 8 && whole_characters(mixed, 99) == 9,
          "none is cut");
}

static const CU_TestInfo base_tests[] = {
    {"days", days},
    {"days follow days", days_follow_days},
    {"words are whole", words_are_whole},
    {"characters are no bytes", characters_are_no_bytes},
    {"arenas keep what they gave", arenas_keep_what_they_gave},
    {"arrays grow", arrays_grow},
    {"tables begin as zeros", tables_begin_as_zeros},
    {"texts grow", texts_grow},
    {"maps number their keys", maps_number_their_keys},
    {"numbers are strict", numbers_are_strict},
    {"digests are SHA-256", digests_are_sha_256},
    {"quick hashes are XXH3", quick_hashes_are_xxh3},
    {"products are whole", products_are_whole},
    {"slices are equal by their bytes", slices_are_equal_by_their_bytes},
    {NULL, NULL}};

void add_base_suite(void)
{
    add_suite("base", NULL, NULL, base_tests);
}
