#include "pipeline/cte-run/kept_accounts.h"
#include "pipeline/cte-run/convert_sources.h"
#include "pipeline/cte-run/sources.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/map.h"
#include "codetables/base/output.h"
#include "pipeline/cte-run/lane.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/cte-run/signals.h"
#include "pipeline/run/status.h"

/* Opens a source; -1, with status and message set, when it cannot be read. */
static int open_source(const struct run *run, struct run_source *source)
{
    int fd = file_open(source->path);
    if (fd >= 0)
        return fd;
    const char *why = errno == EISDIR ? "is a folder; name the files in it" : file_why(errno);
    source->status = file_status(errno, CTE_NO_INPUT);
    char *text = cte_format("%s: %s: cannot read it: %s\n", run->program->name, source->shown, why);
    add_message(source, text);
    free(text);
    return -1;
}

/* Converts a source in one piece, and fills its status. */
static void convert_whole(const struct run *run, struct run_source *source, struct text *said)
{
    struct chain chain = {.run = run, .source = source, .last = STAGE_WRITE, .out = -1};
    chain.in = open_source(run, source);
    if (chain.in < 0)
        return;
    progress_open(chain.in);
    run_chain(&chain);
    progress_close(chain.in);
    close(chain.in);
    source->status = chain.status;
    report_chain(source, &chain);
    *said = chain.said;
    chain.said = (struct text){0};
    free_chain(&chain);
}

static void take_account(struct run *run, struct run_source *source, struct slice said)
{
    struct cte_error error = {0};
    struct account account = {.places = NULL};
    source->account = &account;
    if (read_account(source, said, &error) == CTE_OK && check_balance(source, &error) == CTE_OK)
        keep_account(run, source);
    account_free(&account);
    source->account = NULL;
    if (error.status == CTE_OK)
        return;
    char *text = cte_format("cte-run: %s\n", error.text);
    add_message(source, text);
    free(text);
    source->status = error.status;
}

/* What becomes of a source of which the status is known. */
static void finish_source(struct run *run, struct run_source *source, struct slice said)
{
    progress_add_done((double)source->facts.st_size);
    if (source->status <= CTE_SOME_LEFT)
        take_account(run, source, said);
}

/* Converts a source in chains of its own. Always fills source->status. */
static void convert_source(struct run *run, struct run_source *source)
{
    const double start = progress_clock();
    struct text said = {0};
    if (!convert_parts(run, source, &said))
        convert_whole(run, source, &said);
    source->elapsed = progress_clock() - start;
    finish_source(run, source, (struct slice){said.bytes, said.length});
    text_free(&said);
}

/* A source larger than this has a chain of its own: to start one costs nothing beside it, and how
 * far it is can be shown. */
enum { LARGEST_SHARED = 16 << 20 };

static bool is_shared(const struct run_source *source)
{
    return source->facts.st_size <= LARGEST_SHARED;
}

/* The folders in which the sources lie, where links lead to in the end, each once. Where they are
 * very many, all is below the one. */
static void find_folders(const struct run *run, struct map *folders)
{
    enum { MOST = 64 };
    struct arena memory = {0};
    for (size_t i = 0; i < run->source_count && folders->count < MOST; i++) {
        char *path = realpath(run->sources[i].path, NULL);
        if (path != NULL)
            map_add_string(folders, path_folder(&memory, path));
        free(path);
    }
    arena_free(&memory);
    if (folders->count == MOST)
        map_add_string(folders, "/");
}

/* Sources side by side: each thread takes the next one and has a lane for the small ones. */
struct queue {
    struct run *run;
    struct option_list below;
    bool has_lanes;
    atomic_size_t next;
};

/* That a source cannot be read is told by the run itself. */
static void give_source(struct lane *lane, struct run_source *source)
{
    const int fd = open_source(lane->run, source);
    if (fd < 0) {
        progress_add_done(0);
        return;
    }
    close(fd);
    lane_give(lane, source);
}

static void *convert_next(void *context)
{
    struct queue *queue = context;
    struct run *run = queue->run;
    struct lane lane = {
        .run = run, .below = &queue->below, .take = finish_source, .convert = convert_source};
    for (size_t i = atomic_fetch_add(&queue->next, 1); i < run->source_count && stop_signal == 0;
         i = atomic_fetch_add(&queue->next, 1)) {
        struct run_source *source = &run->sources[i];
        if (queue->has_lanes && is_shared(source)) {
            give_source(&lane, source);
        } else {
            lane_finish(&lane);
            convert_source(run, source);
        }
    }
    lane_finish(&lane);
    return NULL;
}

static void run_queue(struct queue *queue)
{
    const struct run *run = queue->run;
    pthread_t threads[REQUEST_MOST_JOBS];
    size_t started = 0;
    for (size_t i = 1; i < run->request.jobs && i < run->source_count; i++) {
        if (pthread_create(&threads[started], NULL, convert_next, queue) == 0)
            started++;
    }
    convert_next(queue);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

void convert_sources(struct run *run)
{
    struct queue queue = {.run = run};
    struct map folders = {0};
    size_t shared = 0;
    for (size_t i = 0; i < run->source_count; i++)
        shared += is_shared(&run->sources[i]);
    queue.has_lanes = shared > 1;
    if (queue.has_lanes)
        find_folders(run, &folders);
    for (size_t i = 0; i < folders.count; i++)
        option_list_add(&queue.below, map_key(&folders, i).at);
    progress_start();
    run_queue(&queue);
    free(queue.below.texts);
    map_free(&folders);
    for (size_t i = 0; i < run->source_count; i++)
        run->status = worse_status(run->status, run->sources[i].status);
    if (run->has_missing)
        run->status = worse_status(run->status, CTE_NO_INPUT);
}
