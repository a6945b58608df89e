/* memory.h - memory that is never refused, arrays that grow, and arenas that are freed as a whole.
 *
 *     struct arena arena = {0};
 *     char *name = arena_string(&arena, "SCTE");
 *     GROW(row.codes, row.count, row.room);           // room for one more
 *     row.codes[row.count++] = name;
 *     ...
 *     free(row.codes);
 *     arena_free(&arena);                             // name, and all else that was taken from it
 *
 * What lives as long as a table, a source or a run is taken from the arena of its owner; nobody
 * frees it piece by piece. What lives shorter is malloc's. A program whose memory is exhausted ends
 * with CTE_BUG: none of these functions returns NULL.
 */
#ifndef CTE_MEMORY_H
#define CTE_MEMORY_H

#include <stddef.h>

/* malloc, calloc and realloc that never return NULL. */
void *cte_alloc(size_t size);
void *cte_zalloc(size_t count, size_t size);
void *cte_realloc(void *old, size_t size);
char *cte_strdup(const char *text);

/* As cte_zalloc, for a table whose places are looked at in no order. A large one lies in large
 * pages, where the system has any: else the processor seeks most pages before it sees the place. */
void *cte_zalloc_table(size_t count, size_t size);

/* printf into a new string, to be freed by the caller. */
char *cte_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more element in an array of malloc's: doubles it when it is full. `room` is
 * how many elements the array can hold, a size_t that begins as 0 with an array of NULL. */
#define GROW(array, count, room)                                                                   \
    ((array) = (count) < (room) ? (array) : grow_array((array), &(room), sizeof *(array)))

void *grow_array(void *array, size_t *room, size_t size);

/* Many small pieces that are freed together. Zeroed, it is empty. Pieces are aligned for any type,
 * stay where they are, and begin as zeros. */
struct arena {
    struct arena_block *blocks;
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t length); /* and a NUL behind */
char *arena_string(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy of a text of malloc's, which is freed. NULL stays NULL. */
char *arena_take(struct arena *arena, char *text);

/* Frees all pieces; the arena is empty then and can be used again. */
void arena_free(struct arena *arena);

#endif
