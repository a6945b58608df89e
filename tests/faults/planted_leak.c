/* planted_leak.c - a leak, linked into one program, so that `make valgrind` is seen to fail. */
#include <stdlib.h>

static void *volatile block;

static void plant(void) __attribute__((constructor));
static void plant(void)
{
    block = malloc(100);
    block = NULL; /* nobody knows it any more */
}
