/* What the key of a group tells, which count_groups.c made. */
#include "codetables/base/text.h"
#include "pipeline/run/counts_file.h"
#include "stages/cte-write/write.h"

void read_group_head(const char *head, struct counted *counted)
{
    counted->lea = next_part(&head);
    counted->year = next_part(&head);
    counted->local = next_part(&head);
    counted->rollup = next_part(&head);
    counted->state = *head++;
    counted->is_again = *head++ == '+';
    counted->is_delete = *head++ == 'D';
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
