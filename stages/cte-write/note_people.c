/* Who is counted where a roll-up counts people: for each group of records the hashes of those whose
 * records they are, each once. They become NAME.distinct.csv. */
#include <string.h>

#include "pipeline/run/distinct_file.h"
#include "stages/cte-write/write.h"

enum { HASH_BYTES = sizeof(uint64_t) };

/* The highest byte first, so that the file is sorted by what stands in it. */
static void put_hash(char bytes[HASH_BYTES], uint64_t hash)
{
    for (size_t i = 0; i < HASH_BYTES; i++)
        bytes[i] = (char)(hash >> 8 * (HASH_BYTES - 1 - i));
}

static uint64_t take_hash(const char *bytes)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < HASH_BYTES; i++)
        hash = hash << 8 | (unsigned char)bytes[i];
    return hash;
}

/* The people of a group have one key, in the order of the groups: its head, which begins with the
 * LEA, and its tail. */
int note_person(struct people *people, const struct group *group, struct slice number,
                struct cte_error *error)
{
    char key[GROUP_MOST_PART], bytes[HASH_BYTES];
    const struct slice head = group->head, tail = group->tail;
    const uint64_t hash = distinct_hash(head.at, number);
    if (head.length + tail.length > sizeof key)
        cte_die("a group of counts has a key that is too long");
    memcpy(mempcpy(key, head.at, head.length), tail.at, tail.length);
    put_hash(bytes, hash);
    people->is_anyone = true;
    return group_counts_add(&people->counts, (struct slice){key, head.length + tail.length},
                            (struct slice){bytes, HASH_BYTES}, 1, error);
}

static void advance(struct people *people, struct cte_error *error)
{
    people->has_next = group_counts_next(&people->counts, &people->next, error);
}

int sort_people(struct people *people, struct cte_error *error)
{
    if (group_counts_sort(&people->counts, error) == CTE_OK)
        advance(people, error);
    return error->status;
}

static bool is_next_of(const struct people *people, const struct group *group)
{
    const struct slice key = people->next.head, head = group->head, tail = group->tail;
    return people->has_next && key.length == head.length + tail.length &&
           memcmp(key.at, head.at, head.length) == 0 &&
           memcmp(key.at + head.length, tail.at, tail.length) == 0;
}

void put_people(struct people *people, const struct group *group, uint64_t row,
                struct output *output, struct cte_error *error)
{
    for (; is_next_of(people, group); advance(people, error))
        put_distinct(output, row, take_hash(people->next.tail.at));
}
