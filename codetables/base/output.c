#include "codetables/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/cell.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

int output_status(int why)
{
    switch (why) {
    case EACCES:
    case EPERM: return CTE_NO_PERMISSION;
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return CTE_IO;
    default: return CTE_CANNOT_CREATE;
    }
}

static void begin(struct output *output)
{
    output->is_open = true;
    output->buffer = cte_alloc(OUTPUT_BUFFER);
    digest_begin(&output->digest);
}

int output_measure(struct output *output, const char *name, struct cte_error *error)
{
    memset(output, 0, sizeof *output);
    output->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (output->fd < 0)
        return cte_fail(error, CTE_IO, "/dev/null: cannot open: %s", strerror(errno));
    output->folder = cte_strdup("");
    output->name = cte_strdup(name);
    output->temporary = cte_strdup("");
    begin(output);
    return CTE_OK;
}

void output_to_standard(struct output *output)
{
    memset(output, 0, sizeof *output);
    output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    output->failed = output->fd < 0 ? errno : 0;
    output->folder = cte_strdup("standard");
    output->name = cte_strdup("output");
    output->temporary = cte_strdup("");
    begin(output);
}

int output_open(struct output *output, const char *folder, const char *name, bool gzip,
                struct cte_error *error)
{
    memset(output, 0, sizeof *output);
    output->folder = cte_strdup(folder);
    output->name = cte_format("%s%s", name, gzip ? ".gz" : "");
    const char *slash = strrchr(output->name, '/');
    const int below = slash != NULL ? (int)(slash + 1 - output->name) : 0;
    output->temporary = cte_format("%s/%.*s.%s.%ld.tmp", folder, below, output->name,
                                   output->name + below, (long)getpid());
    output->fd =
        open(output->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (output->fd < 0) {
        const int why = errno;
        cte_fail(error, output_status(why), "%s/%s: cannot create: %s", folder, output->name,
                 strerror(why));
        output->temporary[0] = '\0'; /* what is of that name, if anything, is not ours */
        output_discard(output);
        return error->status;
    }
    begin(output);
    output->gzip = gzip;
    if (gzip) {
        /* No time, no name, no system: the same content gives the same bytes. */
        static gz_header header = {.os = 255};
        if (deflateInit2(&output->packer, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
            deflateSetHeader(&output->packer, &header) != Z_OK)
            cte_die("zlib cannot start");
    }
    return CTE_OK;
}

/* Every so many bytes the kernel is told to begin writing, so that the disk works while we do and
 * the last fsync finds little left. That is a hint and nothing more; what it says is not looked at.
 */
enum { WRITE_BEHIND = 8 << 20 };

static void write_all(struct output *output, const char *bytes, size_t length)
{
    digest_add(&output->digest, bytes, length);
    output->bytes += length;
    if (output->bytes - output->handed_over >= WRITE_BEHIND) {
        sync_file_range(output->fd, (off_t)output->handed_over,
                        (off_t)(output->bytes - length - output->handed_over),
                        SYNC_FILE_RANGE_WRITE);
        output->handed_over = output->bytes - length;
    }
    while (length > 0 && output->failed == 0) {
        ssize_t n = write(output->fd, bytes, length);
        if (n >= 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (errno != EINTR) {
            output->failed = errno;
        }
    }
}

static void pack(struct output *output, int mode)
{
    unsigned char packed[1 << 15];
    output->packer.next_in = (Bytef *)output->buffer;
    output->packer.avail_in = (uInt)output->used;
    do {
        output->packer.next_out = packed;
        output->packer.avail_out = sizeof packed;
        if (deflate(&output->packer, mode) == Z_STREAM_ERROR)
            cte_die("zlib cannot pack");
        write_all(output, (const char *)packed, sizeof packed - output->packer.avail_out);
    } while (output->packer.avail_out == 0);
}

void output_flush(struct output *output)
{
    if (output->gzip)
        pack(output, Z_NO_FLUSH);
    else
        write_all(output, output->buffer, output->used);
    output->used = 0;
}

void output_put_large(struct output *output, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t part = length < OUTPUT_BUFFER ? length : OUTPUT_BUFFER;
        char *to = output_space(output, part);
        memcpy(to, bytes, part);
        output->used += part;
        bytes += part;
        length -= part;
    }
}

void output_text(struct output *output, const char *text)
{
    output_put(output, text, strlen(text));
}

bool csv_needs_quotes(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] == ',' || value[i] == '"' || value[i] == '\n' || value[i] == '\r')
            return true;
    }
    return false;
}

void output_csv(struct output *output, const char *value, size_t length)
{
    if (!csv_needs_quotes(value, length)) {
        output_put(output, value, length);
        return;
    }
    output_put(output, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if (value[i] == '"')
            output_put(output, "\"", 1);
        output_put(output, value + i, 1);
    }
    output_put(output, "\"", 1);
}

void output_cell(struct output *output, const char *value, size_t length)
{
    if (cell_is_plain(value, length)) {
        output_put(output, value, length);
        return;
    }
    size_t written;
    char *cell = cell_guarded(value, length, &written);
    output_put(output, cell, written);
    free(cell);
}

/* What stands for a byte in XML: NULL for most, which are themselves. */
static const char *const xml_escapes[256] = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;", ['"'] = "&quot;",
    ['\r'] = "&#13;", ['\n'] = "&#10;", ['\t'] = "&#9;"};

bool output_xml(struct output *output, const char *value, size_t length)
{
    size_t from = 0;
    for (size_t i = 0; i < length;) {
        const unsigned char byte = (unsigned char)value[i];
        if (byte >= 0x80) {
            size_t end = i; /* a run of what is no ASCII is looked at as a whole */
            while (end < length && (unsigned char)value[end] >= 0x80)
                end++;
            if (!is_xml_text(value + i, end - i))
                return false;
            i = end;
        } else if (xml_escapes[byte] != NULL) {
            output_put(output, value + from, i - from);
            output_text(output, xml_escapes[byte]);
            from = ++i;
        } else if (byte < 0x20) {
            return false;
        } else {
            i++;
        }
    }
    output_put(output, value + from, length - from);
    return true;
}

char *path_folder(struct arena *memory, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL   ? arena_string(memory, ".")
           : slash == path ? arena_string(memory, "/")
                           : arena_copy(memory, path, (size_t)(slash - path));
}

int output_open_path(struct output *output, const char *path, struct cte_error *error)
{
    struct stat facts;
    memset(output, 0, sizeof *output); /* so that it may be discarded, whatever becomes of it */
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return cte_fail(
            error, CTE_CANNOT_CREATE,
            "%s: is there, and no regular file; it would be replaced by one: name another", path);
    const char *slash = strrchr(path, '/');
    struct arena memory = {0};
    const char *folder = path_folder(&memory, path);
    int status = output_open(output, folder, slash != NULL ? slash + 1 : path, false, error);
    arena_free(&memory);
    return status;
}

int output_close(struct output *output, struct cte_error *error)
{
    if (output->gzip) {
        pack(output, Z_FINISH);
        output->used = 0;
        deflateEnd(&output->packer);
    } else {
        output_flush(output);
    }
    digest_end(&output->digest, output->sha256);
    free(output->buffer);
    output->buffer = NULL;
    if (output->failed == 0 && !output->is_synced_later && fsync(output->fd) != 0 &&
        errno != EINVAL && errno != EROFS)
        output->failed = errno;
    if (close(output->fd) != 0 && output->failed == 0)
        output->failed = errno;
    output->is_open = false;
    if (output->failed != 0 && output->temporary[0] == '\0')
        return cte_fail(error, CTE_IO, "cannot write standard output: %s",
                        strerror(output->failed));
    if (output->failed != 0)
        return cte_fail(error, CTE_IO, "%s/%s: cannot write: %s; nothing of this source is kept",
                        output->folder, output->name, strerror(output->failed));
    return CTE_OK;
}

int output_publish(struct output *output, struct cte_error *error)
{
    char *final = cte_format("%s/%s", output->folder, output->name);
    int status = CTE_OK;
    if (rename(output->temporary, final) != 0)
        status = cte_fail(error, output_status(errno), "%s: cannot put in place: %s", final,
                          strerror(errno));
    else
        output->temporary[0] = '\0';
    free(final);
    return status;
}

void output_discard(struct output *output)
{
    if (output->is_open) {
        close(output->fd);
        output->is_open = false;
        if (output->gzip)
            deflateEnd(&output->packer);
        digest_drop(&output->digest);
        free(output->buffer);
    }
    if (output->temporary != NULL && output->temporary[0] != '\0')
        unlink(output->temporary);
    free(output->temporary);
    free(output->folder);
    free(output->name);
    memset(output, 0, sizeof *output);
}

int sync_folder(const char *path, struct cte_error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cte_fail(error, CTE_IO, "%s: cannot make the folder permanent: %s", path,
                        strerror(errno));
    int failed = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
    close(fd);
    return failed == 0 ? CTE_OK
                       : cte_fail(error, CTE_IO, "%s: cannot make the folder permanent: %s", path,
                                  strerror(failed));
}
