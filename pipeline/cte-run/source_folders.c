#include "pipeline/cte-run/source_folders.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/map.h"
#include "codetables/base/memory.h"
#include "pipeline/cte-run/shard.h"

static const char other[] = "other-";

/* ---- where they are to be ---- */

/* How many sources there are of each LEA that is told. */
struct lea_counts {
    struct map leas;
    size_t *sources;
};

static struct lea_counts count_leas(const struct run *run)
{
    struct lea_counts counts = {.sources = cte_zalloc(run->source_count + 1, sizeof(size_t))};
    char room[LEA_DIGITS + 1];
    for (size_t i = 0; i < run->source_count; i++) {
        const char *lea = lea_of_source(&run->sources[i], room);
        if (lea != NULL)
            counts.sources[map_add_string(&counts.leas, lea)]++;
    }
    return counts;
}

/* The highest byte: a source without LEA is in its shard by what the hash leaves when divided. */
static unsigned hash_name(const char *name)
{
    return (unsigned)(XXH3_64bits(name, strlen(name)) >> 56);
}

static char *find_stem(struct run *run, const struct lea_counts *counts,
                       const struct run_source *source)
{
    char room[LEA_DIGITS + 1];
    const char *lea = lea_of_source(source, room);
    if (lea == NULL || counts->leas.count > RUN_MOST_LEAS)
        return arena_format(&run->memory, "%s%02x/%s", other, hash_name(source->name),
                            source->name);
    if (counts->sources[map_find_string(&counts->leas, lea)] > RUN_MOST_SOURCES_FLAT)
        return arena_format(&run->memory, "%s/%02x/%s", lea, hash_name(source->name), source->name);
    return arena_format(&run->memory, "%s/%s", lea, source->name);
}

void place_sources(struct run *run)
{
    const bool is_flat = run->source_count <= RUN_MOST_SOURCES_FLAT;
    struct lea_counts counts = is_flat ? (struct lea_counts){.sources = NULL} : count_leas(run);
    for (size_t i = 0; i < run->source_count; i++) {
        struct run_source *source = &run->sources[i];
        if (source->stem == NULL)
            source->stem = is_flat ? source->name : find_stem(run, &counts, source);
    }
    map_free(&counts.leas);
    free(counts.sources);
}

/* ---- where they were ---- */

static bool is_made_of(const char *text, size_t length, const char *characters)
{
    return strspn(text, characters) >= length;
}

/* Whether a run gives a folder this name. */
static bool is_source_folder(const char *folder, size_t length)
{
    static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
    const size_t before = sizeof other - 1;
    if (length == before + 2)
        return strncmp(folder, other, before) == 0 && is_made_of(folder + before, 2, hex);
    return is_made_of(folder, LEA_DIGITS, digits) &&
           (length == LEA_DIGITS || (length == LEA_DIGITS + 3 && folder[LEA_DIGITS] == '/' &&
                                     is_made_of(folder + LEA_DIGITS + 1, 2, hex)));
}

bool place_as_before(struct run *run, struct run_source *source, const char *file)
{
    const char *slash = strrchr(file, '/');
    const size_t length = slash != NULL ? (size_t)(slash - file) : 0;
    source->stem = slash != NULL
                       ? arena_format(&run->memory, "%.*s/%s", (int)length, file, source->name)
                       : source->name;
    return slash == NULL || is_source_folder(file, length);
}

/* ---- the folders ---- */

int make_source_folders(struct run *run)
{
    for (size_t i = 0; i < run->source_count && run->error.status == CTE_OK; i++) {
        char *folder = cte_strdup(run->sources[i].stem);
        for (char *slash = strchr(folder, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            *slash = '\0';
            if (mkdirat(run->place.disk, folder, 0700) != 0 && errno != EEXIST)
                cte_fail(&run->error, output_status(errno), "%s: cannot make the folder %s: %s",
                         run->place.out_shown, folder, strerror(errno));
            *slash = '/';
        }
        free(folder);
    }
    return run->error.status;
}

void remove_empty_folders(const struct run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        char *folder = cte_strdup(source->stem), *slash;
        /* Only one that was refused left nothing. */
        while (source->status > CTE_SOME_LEFT && (slash = strrchr(folder, '/')) != NULL) {
            *slash = '\0';
            unlinkat(run->place.disk, folder, AT_REMOVEDIR); /* one that is not empty stays */
        }
        free(folder);
    }
}
