#include "codetables/base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "codetables/base/error.h"

void *cte_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%zu bytes)", size);
    return p;
}

void *cte_zalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%zu times %zu bytes)", count, size);
    return p;
}

void *cte_realloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (p == NULL)
        cte_die("out of memory (%zu bytes)", size);
    return p;
}

void *cte_zalloc_table(size_t count, size_t size)
{
    enum { LARGE_PAGE = 2 << 20 };
    if (count < LARGE_PAGE / size || count > SIZE_MAX / 2 / size)
        return cte_zalloc(count, size);
    const size_t bytes = (count * size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *p = aligned_alloc(LARGE_PAGE, bytes);
    if (p == NULL)
        cte_die("out of memory (%zu bytes)", bytes);
    madvise(p, bytes, MADV_HUGEPAGE); /* a hint, and only that */
    return memset(p, 0, bytes);
}

char *cte_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(cte_alloc(size), text, size);
}

/* The length of a formatted text, without its NUL. */
static size_t measure_format(const char *format, va_list args)
    __attribute__((format(printf, 1, 0)));

static size_t measure_format(const char *format, va_list args)
{
    const int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        cte_die("a message cannot be formatted");
    return (size_t)length;
}

char *cte_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const size_t size = measure_format(format, args) + 1;
    va_end(args);
    char *text = cte_alloc(size);
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

void *grow_array(void *array, size_t *room, size_t size)
{
    const size_t more = *room < 8 ? 8 : *room * 2;
    if (more > SIZE_MAX / size)
        cte_die("an array of %zu elements is too large", more);
    *room = more;
    return cte_realloc(array, more * size);
}

/* ARENA_BLOCK is small enough that an arena of a few names costs little. A piece that is larger
 * than a quarter of it gets a block of its own, so that the rest of a block is not wasted. */
enum { ARENA_BLOCK = 16 << 10 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

static struct arena_block *new_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block))
        cte_die("out of memory (%zu bytes)", size);
    struct arena_block *block = cte_zalloc(1, sizeof *block + size);
    block->size = size;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX - unit)
        cte_die("out of memory (%zu bytes)", size);
    size = size == 0 ? unit : (size + unit - 1) / unit * unit;
    struct arena_block *first = arena->blocks;
    if (first == NULL || size > first->size - first->used) {
        const bool is_large = size > ARENA_BLOCK / 4;
        struct arena_block *block = new_block(is_large ? size : ARENA_BLOCK);
        if (is_large && first != NULL) { /* the block in use stays the first */
            block->next = first->next;
            first->next = block;
        } else {
            block->next = first;
            arena->blocks = block;
        }
        first = block;
    }
    void *piece = first->bytes + first->used;
    first->used += size;
    return piece;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

char *arena_take(struct arena *arena, char *text)
{
    char *kept = text != NULL ? arena_string(arena, text) : NULL;
    free(text);
    return kept;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const size_t size = measure_format(format, args) + 1;
    va_end(args);
    char *text = arena_alloc(arena, size);
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

void arena_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}
