#include "pipeline/cte-run/shard.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

#include "codetables/base/digest.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"

static const char digits[] = "0123456789";

/* The first run of digits in a part of a path that is as long as a code; NULL: it has none. */
static const char *find_code(const char *part, size_t length)
{
    for (const char *at = part, *end = part + length; at < end;) {
        const size_t run = strspn(at, digits);
        if (run == LEA_DIGITS || run == CDS_DIGITS)
            return at;
        at += run > 0 ? run : 1;
    }
    return NULL;
}

/* Of an absolute path what is the same on every machine: the file and its folder. */
static const char *skip_prefix(const char *path)
{
    const char *file = strrchr(path, '/'), *start = file;
    if (path[0] != '/')
        return path;
    while (start > path && start[-1] != '/')
        start--;
    return start;
}

bool find_lea_of_source(const char *said, char lea[LEA_DIGITS + 1])
{
    const char *code = NULL;
    for (const char *part = skip_prefix(said); *part != '\0';) {
        const size_t length = strcspn(part, "/");
        const char *found = find_code(part, length);
        code = found != NULL ? found : code;
        part += length + (part[length] == '/');
    }
    if (code == NULL)
        return false;
    memcpy(lea, code, LEA_DIGITS);
    lea[LEA_DIGITS] = '\0';
    return true;
}

const char *lea_of_source(const struct run_source *source, char room[LEA_DIGITS + 1])
{
    if (source->lea != NULL)
        return source->lea;
    return find_lea_of_source(source->said, room) ? room : NULL;
}

/* What assigns a source to its shard. `room` is for an LEA. */
static const char *find_key(const struct run_source *source, char room[LEA_DIGITS + 1])
{
    const char *lea = lea_of_source(source, room);
    return lea != NULL ? lea : source->name;
}

static unsigned find_shard(const struct run_source *source, unsigned count)
{
    char lea[LEA_DIGITS + 1];
    const char *key = find_key(source, lea);
    return (unsigned)(XXH3_64bits(key, strlen(key)) % count) + 1;
}

static int compare_by_name(const void *a, const void *b)
{
    return strcmp((*(const struct run_source *const *)a)->name,
                  (*(const struct run_source *const *)b)->name);
}

/* Names in the order of their bytes, so that the order in which they were given does not count. */
static void note_all_sources(struct run *run)
{
    const struct run_source **sorted = cte_alloc((run->source_count + 1) * sizeof *sorted);
    struct digest digest = {0};
    char hex[DIGEST_HEX], lea[LEA_DIGITS + 1];
    for (size_t i = 0; i < run->source_count; i++)
        sorted[i] = &run->sources[i];
    qsort(sorted, run->source_count, sizeof *sorted, compare_by_name);
    digest_begin(&digest);
    for (size_t i = 0; i < run->source_count; i++) {
        const char *key = find_key(sorted[i], lea);
        digest_add(&digest, sorted[i]->name, strlen(sorted[i]->name) + 1);
        digest_add(&digest, key, strlen(key) + 1);
    }
    digest_end(&digest, hex);
    free(sorted);
    run->all_sources =
        (struct manifest_all_sources){run->source_count, arena_string(&run->memory, hex)};
}

int take_shard(struct run *run)
{
    struct shard_number shard;
    const char *text = run->policy.shard;
    uint64_t told = 0;
    if (text == NULL || run->request.repeat != NULL || !read_shard(text, &shard))
        return CTE_OK;
    if (run->request.shards != NULL && read_number(run->request.shards, &told) &&
        told != shard.count)
        return cte_fail(&run->error, CTE_USAGE,
                        "--shard %s: the job is cut into %s shards; name one of these", text,
                        run->request.shards);
    note_all_sources(run);
    size_t kept = 0;
    for (size_t i = 0; i < run->source_count; i++) {
        if (find_shard(&run->sources[i], shard.count) == shard.number)
            run->sources[kept++] = run->sources[i];
    }
    run->source_count = kept;
    return CTE_OK;
}
