#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"
#include "pipeline/stream/look.h"
#include "pipeline/stream/source_internal.h"

/* A name that promises a packing the content has not. */
static int refuse_name(const struct source *source, const char *ending, const char *promised,
                       struct cte_error *error)
{
    const size_t got = source->packed_end < LOOK_BYTES ? source->packed_end : LOOK_BYTES;
    const struct look look = look_at((const char *)source->packed, got, "caret");
    if (source->packing != PACKING_NONE)
        return cte_fail(
            error, CTE_BAD_INPUT, "%s: is named %s but is not %s; it is packed by %s: name it so",
            source->name, ending, promised, source->packing == PACKING_ZIP ? "zip" : "gzip");
    if (look.what == NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: is named %s but is not %s; take %s off its name if it is unpacked, or "
                        "pack it anew",
                        source->name, ending, promised, ending);
    return cte_fail(error, CTE_BAD_INPUT, "%s: is named %s but is not %s; it looks like %s: %s",
                    source->name, ending, promised, look.what, look.advice);
}

static int detect(struct source *source, const char *path, struct cte_error *error)
{
    int status = source_fill(source, error);
    if (status != CTE_OK)
        return status;
    size_t got = source->packed_end;
    const unsigned char *b = source->packed;
    if (got == 0)
        return cte_fail(error, CTE_NO_INPUT,
                        "%s: the file is empty; an extract holds at least one record",
                        source->name);
    if (got >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        source->packing = PACKING_GZIP;
    else if (got >= 4 && b[0] == 'P' && b[1] == 'K' &&
             ((b[2] == 3 && b[3] == 4) || (b[2] == 5 && b[3] == 6)))
        source->packing = PACKING_ZIP;
    if (has_ending(path, ".gz") && source->packing != PACKING_GZIP)
        return refuse_name(source, ".gz", "a gzip file", error);
    if (has_ending(path, ".zip") && source->packing != PACKING_ZIP)
        return refuse_name(source, ".zip", "a zip archive", error);
    if (source->packing == PACKING_ZIP)
        return source_open_zip(source, error);
    /* windowBits 31: a gzip wrapper and nothing else. */
    if (source->packing == PACKING_GZIP && inflateInit2(&source->inflater, 31) != Z_OK)
        cte_die("zlib cannot start");
    return CTE_OK;
}

int source_open(const char *path, const char *name, struct source **result, struct cte_error *error)
{
    bool is_standard_input = path == NULL || strcmp(path, "-") == 0;
    if (name == NULL)
        name = is_standard_input ? "standard input" : path;
    int fd = STDIN_FILENO;
    if (!is_standard_input) {
        fd = file_open(path);
        if (fd < 0 && errno == EISDIR)
            return cte_fail(error, CTE_NO_INPUT, "%s: is a folder; name the files in it", name);
        if (fd < 0 && errno == ESPIPE)
            return cte_fail(
                error, CTE_NO_INPUT,
                "%s: is a pipe, a socket or a device; name a file, or - for standard input", name);
        if (fd < 0)
            return file_fail(name, "cannot open", CTE_NO_INPUT, error);
    }
    struct source *source = cte_zalloc(1, sizeof *source);
    source->name = cte_strdup(name);
    source->fd = fd;
    source->packed = cte_alloc(PACKED_ROOM);
    source->left = UINT64_MAX;
    source->ratio = SOURCE_RATIO;
    source->hashes = SOURCE_SHA256;
    digest_begin(&source->digest);
    quick_hash_begin(&source->quick);
    int status = detect(source, name, error);
    if (status != CTE_OK) {
        source_close(source);
        return status;
    }
    *result = source;
    return CTE_OK;
}

void source_limit(struct source *source, uint64_t bytes)
{
    /* Opening looked at some bytes already. */
    size_t ready = source->packed_end - source->packed_at;
    if (ready > bytes)
        source->packed_end = source->packed_at + (size_t)bytes;
    source->left = bytes > ready ? bytes - ready : 0;
    source->packing = PACKING_NONE;
}

int source_read(struct source *source, char *buffer, size_t room, size_t *got,
                struct cte_error *error)
{
    return source->ahead != NULL ? take_read_ahead(source->ahead, buffer, room, got, error)
                                 : source_read_next(source, buffer, room, got, error);
}

void source_bound(struct source *source, uint64_t bytes, uint64_t ratio)
{
    source->bound = bytes;
    source->ratio = ratio;
}

void source_choose_hashes(struct source *source, unsigned hashes)
{
    source->hashes = hashes;
}

/* What was read so far is all of it. */
static void end_hashes(struct source *source)
{
    if (source->sha256[0] != '\0')
        return;
    digest_end(&source->digest, source->sha256);
    quick_hash_end(&source->quick, source->quick_hash);
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    end_reading_ahead(source);
    if (source->packing == PACKING_GZIP)
        inflateEnd(&source->inflater);
    if (source->member != NULL)
        zip_fclose(source->member);
    if (source->archive != NULL)
        zip_discard(source->archive);
    end_hashes(source);
    if (source->fd != STDIN_FILENO)
        close(source->fd);
    free(source->packed);
    free(source->member_name);
    free(source->name);
    free(source);
}

const char *source_name(const struct source *source)
{
    return source->name;
}

const char *source_packing(const struct source *source)
{
    static const char *const names[] = {"none", "gzip", "zip"};
    return names[source->packing];
}

const char *source_note(const struct source *source)
{
    return source->note;
}

uint64_t source_bytes(const struct source *source)
{
    return source->bytes;
}

void source_sha256(struct source *source, char hex[DIGEST_HEX])
{
    end_hashes(source);
    memcpy(hex, source->sha256, sizeof source->sha256);
    if ((source->hashes & SOURCE_SHA256) == 0)
        hex[0] = '\0';
}

void source_quick_hash(struct source *source, char hex[QUICK_HASH_HEX])
{
    end_hashes(source);
    memcpy(hex, source->quick_hash, sizeof source->quick_hash);
    if ((source->hashes & SOURCE_QUICK_HASH) == 0)
        hex[0] = '\0';
}
