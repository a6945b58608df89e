#include "pipeline/cte-run/convert_sources.h"
#include "pipeline/cte-run/sources.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "pipeline/cte-run/chain.h"
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

static void take_account(struct run_source *source, const struct text *said)
{
    struct cte_error error = {0};
    if (read_account(source, (struct slice){said->bytes, said->length}, &error) == CTE_OK &&
        check_balance(source, &error) == CTE_OK)
        return;
    char *text = cte_format("cte-run: %s\n", error.text);
    add_message(source, text);
    free(text);
    source->status = error.status;
}

/* Always fills source->status. */
static void convert_source(struct run *run, struct run_source *source)
{
    const double start = progress_clock();
    struct text said = {0};
    if (!convert_parts(run, source, &said))
        convert_whole(run, source, &said);
    progress_add_done((double)source->facts.st_size);
    source->elapsed = progress_clock() - start;
    if (source->status <= CTE_SOME_LEFT)
        take_account(source, &said);
    text_free(&said);
}

/* Sources side by side: each thread takes the next one and waits for its stages. */
struct queue {
    struct run *run;
    atomic_size_t next;
};

static void *convert_next(void *context)
{
    struct queue *queue = context;
    struct run *run = queue->run;
    for (size_t i = atomic_fetch_add(&queue->next, 1); i < run->source_count && stop_signal == 0;
         i = atomic_fetch_add(&queue->next, 1))
        convert_source(run, &run->sources[i]);
    return NULL;
}

void convert_sources(struct run *run)
{
    struct queue queue = {.run = run};
    pthread_t threads[REQUEST_MOST_JOBS];
    size_t started = 0;
    for (size_t i = 1; i < run->request.jobs && i < run->source_count; i++) {
        if (pthread_create(&threads[started], NULL, convert_next, &queue) == 0)
            started++;
    }
    convert_next(&queue);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < run->source_count; i++)
        run->status = worse_status(run->status, run->sources[i].status);
    if (run->has_missing)
        run->status = worse_status(run->status, CTE_NO_INPUT);
}
