#include "stages/cte-index/read_sources.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "codetables/base/memory.h"
#include "stages/cte-index/superseded.h"

enum { MOST_READERS = 64 };

/* What became of a source that was read and is not merged yet. */
struct outcome {
    bool is_read;
    struct cte_error error;
    struct source_facts facts;
};

/* What the readers share. They take sources in order; one of them goes ahead of the last merged one
 * only so far that memory stays bounded. */
struct crew {
    struct all_facts *all;
    const struct collector *like;
    pthread_mutex_t lock, loading;
    pthread_cond_t moved; /* a source was read or merged, or all is to stop */
    uint32_t taken, merged;
    bool stops;
    uint32_t room; /* of the outcomes, which are used in turn */
    struct outcome *outcomes;
};

static struct collector collector_like(const struct collector *like, struct cte_error *error)
{
    return (struct collector){.tables = like->tables,
                              .rules = like->rules,
                              .reading = like->reading,
                              .cut_bytes = like->cut_bytes,
                              .hashes = like->hashes,
                              .error = error};
}

static void read_source(struct collector *collector, const struct all_facts *all, uint32_t source,
                        struct source_facts *facts)
{
    open_source_facts(facts, &all->sources[source], collector->rules, all->spool);
    if (collect_source(collector, facts) == CTE_OK)
        judge_source(facts);
}

/* Merges a source that was read; what is wrong with one that is left out, the chain reports. */
static int take_outcome(struct all_facts *all, struct outcome *outcome, bool keeps_going)
{
    const struct cte_error *error = &outcome->error;
    if (error->status != CTE_OK && (!keeps_going || !may_leave_out(error->status)))
        *all->error = *error;
    else
        merge_source(all, &outcome->facts);
    drop_source_facts(&outcome->facts);
    return spool_check(all->spool, all->error);
}

/* The next source that nobody has taken. False where there is none. */
static bool take_source(struct crew *crew, uint32_t *source)
{
    pthread_mutex_lock(&crew->lock);
    while (!crew->stops && crew->taken < crew->all->source_count &&
           crew->taken - crew->merged >= crew->room)
        pthread_cond_wait(&crew->moved, &crew->lock);
    const bool has_one = !crew->stops && crew->taken < crew->all->source_count;
    if (has_one)
        *source = crew->taken++;
    pthread_mutex_unlock(&crew->lock);
    return has_one;
}

static void *read_next(void *context)
{
    struct crew *crew = context;
    struct cte_error error = {0};
    struct collector collector = collector_like(crew->like, &error);
    collector.loading = &crew->loading;
    for (uint32_t i; take_source(crew, &i);) {
        struct outcome *outcome = &crew->outcomes[i % crew->room];
        error = (struct cte_error){0};
        read_source(&collector, crew->all, i, &outcome->facts);
        pthread_mutex_lock(&crew->lock);
        outcome->error = error;
        outcome->is_read = true;
        pthread_cond_broadcast(&crew->moved);
        pthread_mutex_unlock(&crew->lock);
    }
    free_collector(&collector);
    return NULL;
}

/* Waits until a source is read. */
static struct outcome *wait_for(struct crew *crew, uint32_t source)
{
    struct outcome *outcome = &crew->outcomes[source % crew->room];
    pthread_mutex_lock(&crew->lock);
    while (!outcome->is_read)
        pthread_cond_wait(&crew->moved, &crew->lock);
    outcome->is_read = false;
    pthread_mutex_unlock(&crew->lock);
    return outcome;
}

/* Says how many sources are merged, or that no more are wanted. */
static void tell_merged(struct crew *crew, uint32_t merged, bool stops)
{
    pthread_mutex_lock(&crew->lock);
    crew->merged = merged;
    crew->stops = stops;
    pthread_cond_broadcast(&crew->moved);
    pthread_mutex_unlock(&crew->lock);
}

static int merge_in_order(struct crew *crew, bool keeps_going)
{
    int status = CTE_OK;
    for (uint32_t i = 0; i < crew->all->source_count && status == CTE_OK; i++) {
        status = take_outcome(crew->all, wait_for(crew, i), keeps_going);
        tell_merged(crew, i + 1, status != CTE_OK);
    }
    return status;
}

static int read_alone(struct all_facts *all, const struct collector *like, bool keeps_going)
{
    struct cte_error error = {0};
    struct collector collector = collector_like(like, &error);
    int status = CTE_OK;
    for (uint32_t i = 0; i < all->source_count && status == CTE_OK; i++) {
        struct outcome outcome = {.is_read = true};
        error = (struct cte_error){0};
        read_source(&collector, all, i, &outcome.facts);
        outcome.error = error;
        status = take_outcome(all, &outcome, keeps_going);
    }
    free_collector(&collector);
    return status;
}

/* One for each core that this process may use, and no more than there are sources. */
static uint32_t count_readers(uint32_t sources)
{
    cpu_set_t cores;
    const int usable = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    const uint32_t most = usable < MOST_READERS ? (uint32_t)usable : MOST_READERS;
    return sources < most ? sources : most;
}

int read_sources(struct all_facts *all, const struct collector *like, bool keeps_going)
{
    const uint32_t readers = count_readers(all->source_count);
    pthread_t threads[MOST_READERS];
    uint32_t started = 0;
    struct crew crew = {.all = all,
                        .like = like,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .loading = PTHREAD_MUTEX_INITIALIZER,
                        .moved = PTHREAD_COND_INITIALIZER,
                        .room = 2 * readers};
    if (readers < 2)
        return read_alone(all, like, keeps_going);
    crew.outcomes = cte_zalloc(crew.room, sizeof *crew.outcomes);
    while (started < readers && pthread_create(&threads[started], NULL, read_next, &crew) == 0)
        started++;
    const int status =
        started > 0 ? merge_in_order(&crew, keeps_going) : read_alone(all, like, keeps_going);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < crew.room; i++)
        drop_source_facts(&crew.outcomes[i].facts); /* of those that were not waited for */
    free(crew.outcomes);
    return status;
}
