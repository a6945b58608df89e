/* scan.h against a loop over bytes that a reader can check by eye, in all of its versions. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/stream/scan.h"
#include "tests/unit/unit.h"

/* LITTLE: for one block of the scan in any case, and for a second one hardly. */
enum { ROOM = 256, LITTLE = 66, LONGEST = 200, ALIGNMENTS = 64 };

static struct scan_result by_bytes(const char *at, const char *end, char delimiter, bool closely,
                                   uint32_t *starts, uint32_t room)
{
    struct scan_result result = {NULL, 0, 0};
    const char *stop = at;
    while (stop < end && *stop != '\n')
        stop++;
    if (stop < end)
        result.newline = stop;
    for (const char *c = at; c < stop; c++) {
        if (*c == delimiter) {
            if (result.delimiters < room)
                starts[result.delimiters] = (uint32_t)(c + 1 - at);
            result.delimiters++;
        }
        if (!closely)
            continue;
        if (*c == '"')
            result.flags |= SCAN_QUOTE;
        if (*c == '\r' && !(result.newline != NULL && c + 1 == stop))
            result.flags |= SCAN_RETURN;
        if (*c == '\0')
            result.flags |= SCAN_NUL;
        if ((unsigned char)*c > 127)
            result.flags |= SCAN_HIGH;
        if (*c == 127 || (*c > 0 && *c < 32 && *c != '\r'))
            result.flags |= SCAN_CONTROL;
    }
    return result;
}

/* Each version that was built and can run here, whatever was chosen. */
static bool same(const char *at, const char *end, char delimiter, bool closely, uint32_t room,
                 const char *what)
{
    enum { GUARDS = 64, GUARD = 77 };
    uint32_t expected[ROOM] = {0}, guards[GUARDS];
    struct scan_result want = by_bytes(at, end, delimiter, closely, expected, room);
    const size_t noted = want.delimiters < room ? want.delimiters : room;
    bool good = true;
    for (size_t i = 0; i < GUARDS; i++)
        guards[i] = GUARD;
    for (size_t v = 0; v < scan_version_count; v++) {
        const struct scan_version *version = scan_versions[v];
        uint32_t got[ROOM + GUARDS];
        memcpy(got + room, guards, sizeof guards);
        if (!version->can_run())
            continue;
        scan_function *scan = closely ? version->closely : version->split;
        struct scan_result result = scan(at, end, delimiter, got, room);
        good = good &&
               CHECK(want.newline == result.newline && want.delimiters == result.delimiters &&
                         want.flags == result.flags &&
                         memcmp(expected, got, noted * sizeof *got) == 0 &&
                         memcmp(got + room, guards, sizeof guards) == 0,
                     "%s, %s: %zu bytes, closely %d, room %u: newline %td/%td, delimiters %u/%u, "
                     "flags %x/%x",
                     what, version->name, (size_t)(end - at), closely, room,
                     want.newline != NULL ? want.newline - at : -1,
                     result.newline != NULL ? result.newline - at : -1, want.delimiters,
                     result.delimiters, want.flags, result.flags);
    }
    return good;
}

/* Memory at a chosen alignment to 64 bytes, with room for any length and the slack. */
static char *aligned(size_t alignment)
{
    static _Alignas(64) char memory[ALIGNMENTS + 3 * 64 + LONGEST + SCAN_SLACK];
    return memory + alignment;
}

static void fill(struct dice *dice, char *at, size_t length, bool any_byte)
{
    static const char alphabet[] = "aaaaaaaaaaaaaa^^^\"\r\r\n\0\x80\x1f ~\x7f";
    for (size_t i = 0; i < length; i++)
        at[i] = any_byte ? (char)roll(dice, 256) : alphabet[roll(dice, sizeof alphabet - 1)];
}

static void random_bytes(void)
{
    struct dice dice = {1};
    for (size_t alignment = 0; alignment < ALIGNMENTS; alignment++) {
        for (size_t length = 0; length <= LONGEST; length++) {
            char *at = aligned(alignment);
            fill(&dice, at, length + SCAN_SLACK, length % 3 == 0);
            /* Without line feeds too, so that long records occur. */
            for (size_t i = 0; length % 2 == 0 && i < length; i++) {
                if (at[i] == '\n')
                    at[i] = 'x';
            }
            if (!same(at, at + length, '^', true, ROOM, "random") ||
                !same(at, at + length, '^', false, ROOM, "random") ||
                !same(at, at + length, ',', true, 3, "random") ||
                !same(at, at + length, 'a', false, LITTLE, "random") ||
                !same(at, at + length, '^', true, 0, "random"))
                return;
        }
    }
}

/* The line feed, a CR LF and a bare CR at each place around the edges of the blocks of 64 bytes. */
static void line_ends_at_every_offset(void)
{
    static const char *const ends[] = {"\n",  "\r\n",  "\r\r\n", "\rx\n", "\"\n",
                                       "^\n", "^\r\n", "\n\r",   "\r"};
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        for (size_t offset = 0; offset <= 2 * 64 + 2; offset++) {
            for (size_t alignment = 0; alignment < ALIGNMENTS; alignment += 7) {
                char *at = aligned(alignment);
                size_t length = strlen(ends[e]);
                memset(at, '^', 3 * 64 + SCAN_SLACK);
                memset(at, 'a', offset);
                memcpy(at + offset, ends[e], length);
                if (!same(at, at + offset + length, '^', true, ROOM, "line end") ||
                    !same(at, at + offset + length, 'a', true, LITTLE, "line end") ||
                    !same(at, at + offset + length + 10, '^', true, ROOM, "line end, more follows"))
                    return;
            }
        }
    }
}

/* One special byte at each place before and after the line feed: before it counts, after it does
 * not. */
static void a_byte_counts_only_in_its_record(void)
{
    static const char bytes[] = {'"', '\r', '\0', '\x80', '\xff', '\x7f', '^'};
    for (size_t b = 0; b < sizeof bytes; b++) {
        for (size_t place = 0; place < 140; place++) {
            char *at = aligned(5);
            memset(at, 'a', 140 + SCAN_SLACK);
            at[70] = '\n';
            if (place != 70)
                at[place] = bytes[b];
            if (!same(at, at + 140, '^', true, ROOM, "special byte"))
                return;
        }
    }
}

/* The plain one is always there, so that a record is read the same way on any processor. */
static void the_best_that_can_run_is_chosen(void)
{
    size_t best = 0;
    while (best < scan_version_count && !scan_versions[best]->can_run())
        best++;
    CHECK(best < scan_version_count && scan_chosen == scan_versions[best], "%s was chosen",
          scan_chosen->name);
    CHECK_TEXT("the last", "plain", scan_versions[scan_version_count - 1]->name);
}

void add_scan_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"random bytes at every alignment and length", random_bytes},
        {"line ends at every offset of a block", line_ends_at_every_offset},
        {"a byte counts only in its record", a_byte_counts_only_in_its_record},
        {"the best that can run is chosen", the_best_that_can_run_is_chosen},
        {NULL, NULL},
    };
    add_suite("scan", NULL, NULL, tests);
}
