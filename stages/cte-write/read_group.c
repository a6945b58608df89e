/* What the key of a group tells, which count_groups.c made. */
#include <string.h>

#include "pipeline/run/counts_file.h"
#include "stages/cte-write/write.h"

/* A key read part by part. */
static const char *next_part(const char **at)
{
    const char *part = *at;
    *at += strlen(part) + 1;
    return part;
}

void read_group_head(const char *head, struct counted *counted)
{
    counted->lea = next_part(&head);
    counted->year = next_part(&head);
    counted->local = next_part(&head);
    counted->rollup = next_part(&head);
    counted->state = *head++;
    counted->is_again = *head++ == '+';
    counted->school = next_part(&head);
}

void read_group_tail(const char *tail, struct counted *counted)
{
    counted->before = next_part(&tail);
    for (size_t a = 0; a < ROLLUP_MAX_AFTER; a++)
        counted->after[a] = next_part(&tail);
    for (size_t b = 0; b < ROLLUP_MAX_BY; b++)
        counted->by[b] = next_part(&tail);
    counted->rollup = tail;
}
