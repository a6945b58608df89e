/* A large plain source in parts: cut at the ends of records, where cte-index found them, converted
 * side by side up to the streams that cte-validate makes, and put together by one cte-write. The
 * bytes are those of a conversion in one piece: what a stage knows of a record does not depend on
 * the records before it, but for its number and line, which each part is told.
 *
 * A chain of four stages keeps about four cores busy, so parts are made when there are more. */
#include "pipeline/cte-run/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "pipeline/stream/stream.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"

enum { CORES_OF_CHAIN = 4, MOST_PARTS = 64 };

size_t parts_wanted(const struct run *run)
{
    /* Where records are merged, a part would have to know what became of records in another. */
    if (run->policy.duplicates != NULL && strcmp(run->policy.duplicates, "hold") != 0)
        return 1;
    size_t parts = run->request.cores / (CORES_OF_CHAIN * run->source_count);
    return parts < MOST_PARTS ? parts : MOST_PARTS;
}

/* A place where a source may be cut; cuts stand in the order of the sources, and *s is that of the
 * one before. */
static bool take_cut(struct run *run, char *const *f, size_t *s)
{
    uint64_t offset, lines, records, sum;
    while (*s < run->source_count && strcmp(run->sources[*s].shown, f[1]) != 0)
        (*s)++;
    if (*s == run->source_count || !read_number(f[2], &offset) || !read_number(f[3], &lines) ||
        !read_number(f[4], &records) || !read_hex(f[5], &sum))
        return false;
    struct run_source *source = &run->sources[*s];
    source->cuts = cte_realloc(source->cuts, (source->cut_count + 1) * sizeof *source->cuts);
    struct source_cut *cut = &source->cuts[source->cut_count++];
    *cut = (struct source_cut){offset, lines, records, sum, ""};
    snprintf(cut->sha256, sizeof cut->sha256, "%s", f[6]);
    return true;
}

static void add_index_table(struct run *run, char *const *f)
{
    run->index_tables =
        cte_realloc(run->index_tables, (run->index_table_count + 1) * sizeof *run->index_tables);
    run->index_tables[run->index_table_count++] = (struct used_table){cte_strdup(f[0]),
                                                                      cte_strdup(f[1]),
                                                                      cte_strdup(f[2]),
                                                                      cte_strdup(f[3]),
                                                                      cte_strdup(f[4]),
                                                                      true,
                                                                      NULL};
}

int read_index_head(struct run *run)
{
    FILE *file = file_stream(run->index);
    if (file == NULL)
        return file_fail(run->index, "cannot read the index", CTE_IO, &run->error);
    char *line = NULL;
    size_t room = 0, s = 0;
    int status = CTE_OK;
    for (ssize_t length; status == CTE_OK && (length = getline(&line, &room, file)) > 1 &&
                         line[0] == '%' && strncmp(line, "%file^", 6) != 0;) {
        char *f[8], *memory;
        size_t count =
            stream_split_control((struct slice){line, (size_t)length - 1}, f, 8, &memory);
        if (count == 7 && strcmp(f[0], "cut") == 0 && !take_cut(run, f, &s))
            status =
                cte_fail(&run->error, CTE_BUG,
                         "cte-index wrote a place to cut at that is none; nothing is converted");
        else if (count == 6 && strcmp(f[0], "table") == 0)
            add_index_table(run, f + 1);
        else if (count == 3 && strcmp(f[0], "same") == 0)
            status = take_same(run, f + 1);
        else if (count == 7 && strcmp(f[0], "scope") == 0)
            status = take_overlap(run, f + 1);
        free(memory);
    }
    if (status == CTE_OK && ferror(file))
        status = cte_fail(&run->error, CTE_IO, "%s: cannot read the index", run->index);
    free(line);
    fclose(file);
    return status;
}

struct part {
    struct chain chain;
    char *text, *stream; /* what cte-read is told, and where the stream is kept */
    pthread_t thread;
    bool has_thread;
};

static void *convert_part(void *context)
{
    struct part *part = context;
    progress_open(part->chain.in);
    chain_run(&part->chain);
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
static bool prepare(struct run *run, struct run_source *source, struct part *part, size_t number,
                    const struct source_cut *from, const struct source_cut *to)
{
    static const struct source_cut none;
    from = from != NULL ? from : &none;
    part->text = cte_format("%llu,%llu,%llu,%llu", from->lines, from->records, from->offset,
                            to->offset - from->offset);
    part->stream = cte_format("%s/.%s.part-%zu", run->folder, source->name, number);
    part->chain = (struct chain){.run = run,
                                 .source = source,
                                 .first = STAGE_READ,
                                 .last = STAGE_VALIDATE,
                                 .part = part->text};
    part->chain.in = file_open(source->path);
    part->chain.out =
        open(part->stream, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (part->chain.in >= 0 && part->chain.out >= 0 &&
        lseek(part->chain.in, (off_t)from->offset, SEEK_SET) >= 0)
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

bool run_parts(struct run *run, struct run_source *source, char **said, size_t *length)
{
    size_t count = parts_wanted(run), segments = source->cut_count;
    count = count < segments ? count : segments;
    if (count < 2)
        return false;
    struct part parts[MOST_PARTS] = {0};
    char *streams[MOST_PARTS];
    bool ready = true;
    size_t made = 0;
    for (; made < count && ready; made++) {
        size_t first = made * segments / count, last = (made + 1) * segments / count;
        ready = prepare(run, source, &parts[made], made + 1,
                        first > 0 ? &source->cuts[first - 1] : NULL, &source->cuts[last - 1]);
        streams[made] = parts[made].stream;
    }
    if (ready) {
        convert_all(parts, count);
        source->status = CTE_OK;
        /* Of several parts that failed, the first says what is wrong with the source. */
        for (size_t i = 0; i < count && source->status == CTE_OK; i++) {
            source->status = parts[i].chain.status;
            chain_report(source, &parts[i].chain);
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
        chain_run(&writing);
        source->status = writing.status;
        chain_report(source, &writing);
        free(writing.messages);
        *said = writing.said;
        *length = writing.said_length;
    }
    for (size_t i = 0; i < made; i++) {
        if (parts[i].chain.in >= 0)
            close(parts[i].chain.in);
        /* A stream holds students' data, and has no place in the run. */
        if ((parts[i].chain.out >= 0 && close(parts[i].chain.out) != 0) ||
            (unlink(parts[i].stream) != 0 && errno != ENOENT))
            fail_parts(run, source, "remove a part of it");
        free(parts[i].chain.messages);
        free(parts[i].stream);
        free(parts[i].text);
    }
    return true;
}
