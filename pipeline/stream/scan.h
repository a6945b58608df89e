/* scan.h - finds the ends of fields and records, many bytes at a time.
 *
 *     struct scan_result scan = scan_closely(at, end, '^', starts, room);
 *     if (scan.newline != NULL && !(scan.flags & SCAN_QUOTE)) ...
 *
 * This is the one loop that touches every byte of the data. It looks at 64 bytes at once, notes
 * where each field begins and stops at the line feed. On the way scan_closely() notes whether
 * the record holds anything that needs a closer look: a quote, a carriage return, a NUL, another
 * control character, a byte above 127. Records without such bytes never see slower code: one
 * comparison finds all that is no printed ASCII, and only where there is some, the record is looked
 * at byte by byte. scan_split() notes none of that.
 *
 * Four versions stand side by side, with the same result for every input: plain C, SSE2, AVX2 and
 * AVX-512. The best that the processor can run is chosen once, when the program begins. A test
 * compares all of them at every alignment.
 *
 * The bytes after the record must be readable: SCAN_SLACK of them, with any content.
 */
#ifndef CTE_SCAN_H
#define CTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_SLACK = 64 };

enum {
    SCAN_QUOTE = 1,  /* holds a double quote */
    SCAN_RETURN = 2, /* holds a carriage return that is not the last byte before the line feed */
    SCAN_NUL = 4,
    SCAN_HIGH = 8,    /* holds a byte above 127 */
    SCAN_CONTROL = 16 /* holds a control character of ASCII that is none of the above */
};

struct scan_result {
    const char *newline; /* the line feed, or NULL when there is none before the end */
    /* how many stand before it; those beyond the room given are counted, not noted */
    uint32_t delimiters;
    uint32_t flags;
};

/* Scans from `at`, the first byte of a record, to its line feed, at most to `end`. Where the fields
 * behind the delimiters begin, counted from `at`, goes to starts[0 …]: a delimiter stands one byte
 * before each. Behind those, up to the room given, anything may stand. */
typedef struct scan_result scan_function(const char *at, const char *end, char delimiter,
                                         uint32_t *starts, uint32_t room);

struct scan_version {
    const char *name;
    bool (*can_run)(void); /* on this processor */
    scan_function *closely, *split;
};

/* All that were built, the best first; the last one can always run. */
extern const struct scan_version *const scan_versions[];
extern const size_t scan_version_count;

/* The one that was chosen. */
extern const struct scan_version *scan_chosen;

static inline struct scan_result scan_closely(const char *at, const char *end, char delimiter,
                                              uint32_t *starts, uint32_t room)
{
    return scan_chosen->closely(at, end, delimiter, starts, room);
}

/* No flags are computed. */
static inline struct scan_result scan_split(const char *at, const char *end, char delimiter,
                                            uint32_t *starts, uint32_t room)
{
    return scan_chosen->split(at, end, delimiter, starts, room);
}

#endif
