/* slice.h - a part of a longer text, which owns the bytes. */
#ifndef CTE_SLICE_H
#define CTE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *at;
    size_t length;
};

/* A string as a slice. */
static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equals(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* Whether a slice is this string. */
static inline bool slice_is(struct slice slice, const char *text)
{
    return slice_equals(slice, slice_of(text));
}

#endif
