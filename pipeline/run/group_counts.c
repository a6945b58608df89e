#include "pipeline/run/group_counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/output.h"

/* Runs are merged into one when there are so many: each takes a buffer. */
enum { FIRST_ROOM = 1 << 10, MOST_RUNS = 96, RUN_BUFFER = 1 << 15 };

/* Before each group in the file: its records, and the lengths of both parts. */
enum { RUN_HEAD = sizeof(uint64_t) + 2 * sizeof(uint16_t) };

/* ---- adding ---- */

static size_t slot_of(const struct group_counts *counts, uint32_t head, uint32_t tail)
{
    const size_t mask = 2 * counts->room - 1;
    uint64_t mixed = ((uint64_t)head << 32 | tail) * 0x9E3779B97F4A7C15U;
    size_t slot = (size_t)(mixed ^ mixed >> 32) & mask;
    for (; counts->slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct group_entry *entry = &counts->entries[counts->slots[slot] - 1];
        if (entry->head == head && entry->tail == tail)
            break;
    }
    return slot;
}

static void make_room(struct group_counts *counts)
{
    counts->room = counts->room == 0 ? FIRST_ROOM : 2 * counts->room;
    counts->entries = cte_realloc(counts->entries, counts->room * sizeof *counts->entries);
    free(counts->slots);
    counts->slots = cte_zalloc(2 * counts->room, sizeof *counts->slots);
    for (size_t i = 0; i < counts->count; i++)
        counts->slots[slot_of(counts, counts->entries[i].head, counts->entries[i].tail)] =
            (uint32_t)i + 1;
}

/* What a key in a map takes beside its bytes: its entry, and its slots. */
enum { KEY_COST = 40 };

static uint32_t take_part(struct group_counts *counts, struct map *parts, struct slice part)
{
    const size_t known = parts->count, number = map_add(parts, part.at, part.length);
    if (number == known)
        counts->text_bytes += part.length + KEY_COST;
    return (uint32_t)number;
}

static void note_settled(struct group_counts *counts, size_t tail, uint32_t settled)
{
    GROW(counts->settled, tail, counts->settled_room);
    counts->settled[tail] = settled;
}

/* The number of what a tail counts as. */
static uint32_t take_tail(struct group_counts *counts, struct slice tail)
{
    const size_t known = counts->tails.count;
    const uint32_t number = take_part(counts, &counts->tails, tail);
    if (counts->settle == NULL)
        return number;
    if (number == known) {
        note_settled(counts, number, number);
        const size_t more = counts->tails.count;
        const uint32_t settled =
            take_part(counts, &counts->tails, counts->settle(counts->context, tail));
        if (settled == more)
            note_settled(counts, settled, settled);
        counts->settled[number] = settled;
    }
    return counts->settled[number];
}

static size_t memory_of(const struct group_counts *counts)
{
    return counts->text_bytes +
           counts->room * (sizeof *counts->entries + 2 * sizeof *counts->slots);
}

/* Forgets the groups in memory. */
static void clear_groups(struct group_counts *counts)
{
    map_free(&counts->heads);
    map_free(&counts->tails);
    free(counts->entries);
    free(counts->slots);
    free(counts->settled);
    free(counts->head_order);
    free(counts->tail_order);
    counts->entries = NULL;
    counts->slots = counts->settled = counts->head_order = counts->tail_order = NULL;
    counts->count = counts->room = counts->settled_room = counts->text_bytes = counts->next = 0;
}

/* ---- sorting ---- */

static int compare_parts(struct slice a, struct slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_numbers(const void *a, const void *b, void *map)
{
    return compare_parts(map_key(map, *(const uint32_t *)a), map_key(map, *(const uint32_t *)b));
}

/* The numbers of a map in the order of their keys, and in `ranks` where each stands in it. */
static uint32_t *order_keys(struct map *map, uint32_t *ranks)
{
    uint32_t *order = cte_alloc((map->count + 1) * sizeof *order);
    for (size_t i = 0; i < map->count; i++)
        order[i] = (uint32_t)i;
    if (map->count > 1)
        qsort_r(order, map->count, sizeof *order, compare_numbers, map);
    for (size_t i = 0; i < map->count; i++)
        ranks[order[i]] = (uint32_t)i;
    return order;
}

static int compare_entries(const void *a, const void *b)
{
    const struct group_entry *x = a, *y = b;
    return x->head != y->head ? (x->head < y->head ? -1 : 1)
                              : (x->tail > y->tail) - (x->tail < y->tail);
}

/* Sorts the groups in memory; then their numbers are ranks. */
static void sort_groups(struct group_counts *counts)
{
    uint32_t *heads = cte_alloc((counts->heads.count + 1) * sizeof *heads),
             *tails = cte_alloc((counts->tails.count + 1) * sizeof *tails);
    counts->head_order = order_keys(&counts->heads, heads);
    counts->tail_order = order_keys(&counts->tails, tails);
    for (size_t i = 0; i < counts->count; i++) {
        counts->entries[i].head = heads[counts->entries[i].head];
        counts->entries[i].tail = tails[counts->entries[i].tail];
    }
    if (counts->count > 1)
        qsort(counts->entries, counts->count, sizeof *counts->entries, compare_entries);
    free(heads);
    free(tails);
}

static struct group sorted_group(const struct group_counts *counts, size_t i)
{
    const struct group_entry *entry = &counts->entries[i];
    return (struct group){map_key(&counts->heads, counts->head_order[entry->head]),
                          map_key(&counts->tails, counts->tail_order[entry->tail]), entry->records};
}

/* ---- the file ---- */

static int fail_file(const struct group_counts *counts, const char *what, struct cte_error *error)
{
    return cte_fail(error, CTE_IO, "%s: cannot %s a file without a name: %s", counts->folder, what,
                    strerror(errno));
}

static int open_file(struct group_counts *counts, struct cte_error *error)
{
    const int fd = file_without_name(counts->folder);
    counts->file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (counts->file == NULL) {
        const int why = errno;
        if (fd >= 0)
            close(fd);
        return cte_fail(error, output_status(why), "%s: cannot make a file without a name: %s",
                        counts->folder, strerror(why));
    }
    return CTE_OK;
}

static bool put_group(FILE *file, const struct group *group, uint64_t *bytes)
{
    char head[RUN_HEAD];
    const uint16_t lengths[2] = {(uint16_t)group->head.length, (uint16_t)group->tail.length};
    memcpy(mempcpy(head, &group->records, sizeof group->records), lengths, sizeof lengths);
    *bytes += RUN_HEAD + group->head.length + group->tail.length;
    return fwrite(head, 1, RUN_HEAD, file) == RUN_HEAD &&
           fwrite(group->head.at, 1, group->head.length, file) == group->head.length &&
           fwrite(group->tail.at, 1, group->tail.length, file) == group->tail.length;
}

static void add_run(struct group_counts *counts, uint64_t at, uint64_t bytes)
{
    if (counts->runs == NULL)
        counts->runs = cte_zalloc(MOST_RUNS + 1, sizeof *counts->runs);
    counts->runs[counts->run_count++] = (struct group_run){.at = at, .left = bytes};
}

/* Makes sure that a group, or all that is left, is in the buffer of a run. */
static int fill_run(struct group_counts *counts, struct group_run *run, struct cte_error *error)
{
    if (run->buffer == NULL)
        run->buffer = cte_alloc(RUN_BUFFER);
    if (run->filled - run->used >= RUN_HEAD + 2 * (size_t)GROUP_MOST_PART || run->left == 0)
        return CTE_OK;
    memmove(run->buffer, run->buffer + run->used, run->filled - run->used);
    run->filled -= run->used;
    run->used = 0;
    while (run->filled < RUN_BUFFER && run->left > 0) {
        const size_t room = RUN_BUFFER - run->filled,
                     wanted = run->left < room ? (size_t)run->left : room;
        const ssize_t got =
            pread(fileno(counts->file), run->buffer + run->filled, wanted, (off_t)run->at);
        if (got <= 0) {
            errno = got == 0 ? EIO : errno;
            return fail_file(counts, "read", error);
        }
        run->filled += (size_t)got;
        run->at += (uint64_t)got;
        run->left -= (uint64_t)got;
    }
    return CTE_OK;
}

/* Takes the next group of a run. */
static int advance_run(struct group_counts *counts, struct group_run *run, struct cte_error *error)
{
    if (fill_run(counts, run, error) != CTE_OK)
        return error->status;
    run->is_done = run->used == run->filled;
    if (run->is_done)
        return CTE_OK;
    const char *at = run->buffer + run->used;
    uint16_t lengths[2];
    memcpy(&run->group.records, at, sizeof run->group.records);
    memcpy(lengths, at + sizeof run->group.records, sizeof lengths);
    run->group.head = (struct slice){at + RUN_HEAD, lengths[0]};
    run->group.tail = (struct slice){at + RUN_HEAD + lengths[0], lengths[1]};
    run->used += RUN_HEAD + (size_t)lengths[0] + lengths[1];
    return CTE_OK;
}

int group_compare(const struct group *a, const struct group *b)
{
    const int order = compare_parts(a->head, b->head);
    return order != 0 ? order : compare_parts(a->tail, b->tail);
}

/* The next group of all runs, of which the parts are copied. False at the end, and for an error. */
static bool merge_next(struct group_counts *counts, struct group *group, struct cte_error *error)
{
    const struct group_run *first = NULL;
    for (size_t i = 0; i < counts->run_count; i++) {
        const struct group_run *run = &counts->runs[i];
        if (!run->is_done && (first == NULL || group_compare(&run->group, &first->group) < 0))
            first = run;
    }
    if (first == NULL)
        return false;
    text_clear(&counts->last_head);
    text_clear(&counts->last_tail);
    text_put(&counts->last_head, first->group.head.at, first->group.head.length);
    text_put(&counts->last_tail, first->group.tail.at, first->group.tail.length);
    *group = (struct group){{counts->last_head.bytes, counts->last_head.length},
                            {counts->last_tail.bytes, counts->last_tail.length},
                            0};
    for (size_t i = 0; i < counts->run_count; i++) {
        struct group_run *run = &counts->runs[i];
        if (run->is_done || group_compare(&run->group, group) != 0)
            continue;
        group->records += run->group.records;
        if (advance_run(counts, run, error) != CTE_OK)
            return false;
    }
    return true;
}

static void free_runs(struct group_counts *counts)
{
    for (size_t i = 0; i < counts->run_count; i++)
        free(counts->runs[i].buffer);
    free(counts->runs);
    counts->runs = NULL;
    counts->run_count = 0;
}

static int begin_runs(struct group_counts *counts, struct cte_error *error)
{
    if (fflush(counts->file) != 0)
        return fail_file(counts, "write", error);
    for (size_t i = 0; i < counts->run_count && error->status == CTE_OK; i++)
        advance_run(counts, &counts->runs[i], error);
    return error->status;
}

/* Makes one run of all. */
static int join_runs(struct group_counts *counts, struct cte_error *error)
{
    FILE *old = counts->file;
    struct group group;
    uint64_t bytes = 0;
    bool is_written = true;
    if (begin_runs(counts, error) != CTE_OK)
        return error->status;
    if (open_file(counts, error) != CTE_OK) {
        counts->file = old;
        return error->status;
    }
    FILE *joined = counts->file;
    counts->file = old;
    while (is_written && merge_next(counts, &group, error))
        is_written = put_group(joined, &group, &bytes);
    counts->file = joined;
    fclose(old); /* it was only read, and has no name */
    free_runs(counts);
    if (!is_written)
        return fail_file(counts, "write", error);
    add_run(counts, 0, bytes);
    counts->file_bytes = bytes;
    return error->status;
}

/* Puts the groups in memory away, sorted. */
static int spill(struct group_counts *counts, struct cte_error *error)
{
    uint64_t bytes = 0;
    if (counts->file == NULL && open_file(counts, error) != CTE_OK)
        return error->status;
    if (counts->run_count == MOST_RUNS && join_runs(counts, error) != CTE_OK)
        return error->status;
    sort_groups(counts);
    for (size_t i = 0; i < counts->count; i++) {
        const struct group group = sorted_group(counts, i);
        if (!put_group(counts->file, &group, &bytes))
            return fail_file(counts, "write", error);
    }
    add_run(counts, counts->file_bytes, bytes);
    counts->file_bytes += bytes;
    clear_groups(counts);
    return CTE_OK;
}

/* ---- for others ---- */

int group_counts_add(struct group_counts *counts, struct slice head, struct slice tail,
                     uint64_t records, struct cte_error *error)
{
    const size_t most = counts->memory > 0 ? counts->memory : GROUP_MEMORY;
    const bool is_full = counts->count == counts->room;
    if (counts->count > 0 &&
        (counts->text_bytes > most || (is_full && 2 * memory_of(counts) > most)) &&
        spill(counts, error) != CTE_OK)
        return error->status;
    if (counts->count == counts->room)
        make_room(counts);
    const uint32_t head_number = take_part(counts, &counts->heads, head),
                   tail_number = take_tail(counts, tail);
    const size_t slot = slot_of(counts, head_number, tail_number);
    if (counts->slots[slot] == 0) {
        counts->entries[counts->count] = (struct group_entry){head_number, tail_number, 0};
        counts->slots[slot] = (uint32_t)++counts->count;
    }
    counts->entries[counts->slots[slot] - 1].records += records;
    return CTE_OK;
}

int group_counts_sort(struct group_counts *counts, struct cte_error *error)
{
    if (counts->run_count == 0)
        sort_groups(counts);
    else if (counts->count == 0 || spill(counts, error) == CTE_OK)
        begin_runs(counts, error);
    return error->status;
}

bool group_counts_next(struct group_counts *counts, struct group *group, struct cte_error *error)
{
    if (counts->run_count > 0)
        return error->status == CTE_OK && merge_next(counts, group, error) &&
               error->status == CTE_OK;
    if (counts->next == counts->count)
        return false;
    *group = sorted_group(counts, counts->next++);
    return true;
}

void group_counts_free(struct group_counts *counts)
{
    clear_groups(counts);
    free_runs(counts);
    text_free(&counts->last_head);
    text_free(&counts->last_tail);
    if (counts->file != NULL)
        fclose(counts->file); /* what it held was told as it was written and read */
    *counts = (struct group_counts){.folder = counts->folder,
                                    .settle = counts->settle,
                                    .context = counts->context,
                                    .memory = counts->memory};
}
