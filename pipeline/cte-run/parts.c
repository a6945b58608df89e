/* A large plain source in parts: cut at the ends of records, where cte-index found them, converted
 * side by side up to the streams that cte-validate makes, and put together by one cte-write. The
 * bytes are those of a conversion in one piece: what a stage knows of a record does not depend on
 * the records before it, but for its number and line, which each part is told.
 *
 * A chain of four stages keeps about four cores busy, so parts are made when there are more. */
#include "pipeline/cte-run/convert_sources.h"
#include "pipeline/cte-run/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "pipeline/cte-run/chain.h"
#include "pipeline/cte-run/progress.h"

enum { CORES_OF_CHAIN = 4, MOST_PARTS = 64 };

size_t count_parts(const struct run *run)
{
    /* Where records are merged, a part would have to know what became of records in another. */
    if (run->policy.duplicates != NULL && strcmp(run->policy.duplicates, "hold") != 0)
        return 1;
    size_t parts = run->request.cores / (CORES_OF_CHAIN * run->source_count);
    return parts < MOST_PARTS ? parts : MOST_PARTS;
}

struct part {
    struct chain chain;
    size_t number;                /* from 1 */
    struct source_cut first, end; /* where it begins, and where the next one does */
    char *text, *stream;          /* what cte-read is told, and where the stream is kept */
    pthread_t thread;
    bool has_thread;
};

static void *convert_part(void *context)
{
    struct part *part = context;
    progress_open(part->chain.in);
    run_chain(&part->chain);
    progress_close(part->chain.in);
    return NULL;
}

/* Fills status and message from errno. */
static void fail_parts(const struct run *run, struct run_source *source, const char *what)
{
    const int why = errno;
    char *text = cte_format("%s: %s: cannot %s: %s\n", run->program->name, source->shown, what,
                            file_why(why));
    source->status = CTE_IO;
    add_message(source, text);
    free(text);
}

/* Opens the source at the part's first byte, and the file for its stream. */
static bool open_part(struct run *run, struct run_source *source, struct part *part)
{
    const struct source_cut *first = &part->first;
    part->text = cte_format("%llu,%llu,%llu,%llu", first->lines, first->records, first->offset,
                            part->end.offset - first->offset);
    part->stream = cte_format("%s/.%s.part-%zu", run->place.folder, source->name, part->number);
    part->chain = (struct chain){.run = run,
                                 .source = source,
                                 .first = STAGE_READ,
                                 .last = STAGE_VALIDATE,
                                 .part = part->text};
    part->chain.in = file_open(source->path);
    part->chain.out =
        open(part->stream, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (part->chain.in >= 0 && part->chain.out >= 0 &&
        lseek(part->chain.in, (off_t)first->offset, SEEK_SET) >= 0)
        return true;
    fail_parts(run, source, "convert it in parts");
    return false;
}

static void convert_all(struct part *parts, size_t count)
{
    for (size_t i = 1; i < count; i++)
        parts[i].has_thread = pthread_create(&parts[i].thread, NULL, convert_part, &parts[i]) == 0;
    convert_part(&parts[0]);
    for (size_t i = 1; i < count; i++) {
        if (parts[i].has_thread)
            pthread_join(parts[i].thread, NULL);
        else
            convert_part(&parts[i]);
    }
}

bool convert_parts(struct run *run, struct run_source *source, struct text *said)
{
    size_t count = count_parts(run), segments = source->cut_count;
    count = count < segments ? count : segments;
    if (count < 2)
        return false;
    struct part parts[MOST_PARTS] = {0};
    char *streams[MOST_PARTS];
    bool ready = true;
    size_t made = 0;
    for (; made < count && ready; made++) {
        size_t first = made * segments / count, last = (made + 1) * segments / count;
        parts[made].number = made + 1;
        if (first > 0)
            parts[made].first = source->cuts[first - 1];
        parts[made].end = source->cuts[last - 1];
        ready = open_part(run, source, &parts[made]);
        streams[made] = parts[made].stream;
    }
    if (ready) {
        convert_all(parts, count);
        source->status = CTE_OK;
        /* Of several parts that failed, the first says what is wrong with the source. */
        for (size_t i = 0; i < count && source->status == CTE_OK; i++) {
            source->status = parts[i].chain.status;
            report_chain(source, &parts[i].chain);
        }
    }
    if (ready && source->status == CTE_OK) {
        struct chain writing = {.run = run,
                                .source = source,
                                .first = STAGE_WRITE,
                                .last = STAGE_WRITE,
                                .in = parts[0].chain.in,
                                .out = -1,
                                .streams = streams,
                                .stream_count = count};
        run_chain(&writing);
        source->status = writing.status;
        report_chain(source, &writing);
        *said = writing.said;
        writing.said = (struct text){0};
        free_chain(&writing);
    }
    for (size_t i = 0; i < made; i++) {
        if (parts[i].chain.in >= 0)
            close(parts[i].chain.in);
        /* A stream holds students' data, and has no place in the run. */
        if ((parts[i].chain.out >= 0 && close(parts[i].chain.out) != 0) ||
            (unlink(parts[i].stream) != 0 && errno != ENOENT))
            fail_parts(run, source, "remove a part of it");
        free_chain(&parts[i].chain);
        free(parts[i].stream);
        free(parts[i].text);
    }
    return true;
}
