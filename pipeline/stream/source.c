#include "pipeline/stream/source.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "codetables/base/file.h"
#include "codetables/model/table.h"
#include "pipeline/stream/look.h"
#include "codetables/base/memory.h"

enum { PACKED_ROOM = 1 << 18 };

/* No honest extract unpacks to more than this, nor, past the first part, to so many times its
 * packed size. */
static const uint64_t max_content = UINT64_C(1) << 36;
static const uint64_t ratio_free = UINT64_C(1) << 24;

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZIP };

struct source {
    char *name;
    int fd;
    enum packing packing;
    unsigned char *packed; /* bytes read from fd and not yet used: [packed_at, packed_end) */
    size_t packed_at, packed_end;
    uint64_t packed_bytes;
    bool at_end;
    uint64_t left;   /* how many bytes of a plain file may still be read */
    bool had_member; /* gzip: one member at least is behind us */
    bool in_member;  /* gzip: between the first byte of a member and its trailer */
    z_stream inflater;
    zip_t *archive;
    zip_file_t *member;
    char *member_name;    /* of a zip */
    uint64_t member_size; /* as the archive states it */
    const char *note;     /* what was passed over */
    EVP_MD_CTX *hash;
    uint64_t bytes;
    /* what a packed source may unpack to, 0: the bounds above; and so many times its packed
     * bytes */
    uint64_t bound, ratio;
    char sha256[65];
};

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcasecmp(path + length - tail, ending) == 0;
}

static size_t without_packing(const char *path)
{
    size_t length = strlen(path);
    if (has_ending(path, ".gz"))
        return length - 3;
    if (has_ending(path, ".zip"))
        return length - 4;
    return length;
}

char *source_stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = cte_strdup(slash != NULL ? slash + 1 : path);
    stem[without_packing(stem)] = '\0';
    if (has_ending(stem, ".txt") || has_ending(stem, ".csv") || has_ending(stem, ".xml"))
        stem[strlen(stem) - 4] = '\0';
    return stem;
}

/* What the ending of a name says; NULL: nothing. */
static const char *format_of_name(const char *name)
{
    char *bare = cte_strdup(name);
    bare[without_packing(bare)] = '\0';
    const char *format = has_ending(bare, ".csv")   ? "csv"
                         : has_ending(bare, ".xml") ? "xml"
                         : has_ending(bare, ".txt") ? "caret"
                                                    : NULL;
    free(bare);
    return format;
}

const char *source_format(const struct source *source)
{
    const char *format = format_of_name(source->name);
    if (format == NULL && source->member_name != NULL)
        format = format_of_name(source->member_name);
    return format != NULL ? format : "caret";
}

/* Fills the packed buffer from the file; at_end when there is no more. */
static int fill(struct source *source, struct cte_error *error)
{
    if (source->packed_at == source->packed_end)
        source->packed_at = source->packed_end = 0;
    while (source->packed_end < PACKED_ROOM && !source->at_end) {
        ssize_t got =
            read(source->fd, source->packed + source->packed_end, PACKED_ROOM - source->packed_end);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cte_fail(error, CTE_IO, "%s: cannot read at byte %llu: %s", source->name,
                            (unsigned long long)source->packed_bytes, strerror(errno));
        source->at_end = got == 0;
        source->packed_end += (size_t)got;
        source->packed_bytes += (uint64_t)got;
        if (source->packed_end >= 4)
            break;
    }
    return CTE_OK;
}

/* One file of an archive, without the folders before it; `/` and `\` both part them. */
static const char *base_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\')
            name = c + 1;
    }
    return name;
}

/* True when some folder of the name is the one above, or the name begins at the root. */
static bool leads_outside(const char *name)
{
    if (name[0] == '/' || name[0] == '\\')
        return true;
    for (size_t length; *name != '\0'; name += length + (name[length] != '\0')) {
        length = strcspn(name, "/\\");
        if (length == 2 && name[0] == '.' && name[1] == '.')
            return true;
    }
    return false;
}

/* A folder, or what a Mac adds for itself: nobody meant it to be read. */
static bool is_passed_over(const char *name)
{
    static const char mac_folder[] = "__MACOSX/";
    size_t length = strlen(name);
    return (length > 0 && (name[length - 1] == '/' || name[length - 1] == '\\')) ||
           strncmp(name, mac_folder, sizeof mac_folder - 1) == 0 ||
           strcmp(base_name(name), ".DS_Store") == 0;
}

/* Adds a name to the list that a message shows; what cannot be shown as it is becomes a question
 * mark. */
static void list_name(char *list, size_t room, const char *name)
{
    enum { SHOWN = 60 };
    size_t used = strlen(list);
    if (used + SHOWN + 8 >= room) {
        if (used > 0 && list[used - 1] != '.')
            snprintf(list + used, room - used, ", ...");
        return;
    }
    used += (size_t)snprintf(list + used, room - used, "%s%.*s", used > 0 ? ", " : "", SHOWN, name);
    for (char *c = list; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c > 126)
            *c = '?';
    }
}

/* Finds the one file of the archive. */
static int find_member(struct source *source, zip_uint64_t *found, struct zip_stat *about,
                       struct cte_error *error)
{
    static const char workbook[] = "[Content_Types].xml", document[] = "mimetype";
    char names[400] = "";
    size_t files = 0;
    bool is_office = false;
    for (zip_int64_t i = 0, count = zip_get_num_entries(source->archive, 0); i < count; i++) {
        struct zip_stat entry;
        zip_stat_init(&entry);
        if (zip_stat_index(source->archive, (zip_uint64_t)i, ZIP_FL_UNCHANGED, &entry) != 0 ||
            entry.name == NULL)
            return cte_fail(error, CTE_BAD_INPUT,
                            "%s: the zip archive does not describe its members; pack the file anew",
                            source->name);
        is_office =
            is_office || strcmp(entry.name, workbook) == 0 || strcmp(entry.name, document) == 0;
        if (is_passed_over(entry.name)) {
            source->note = "folders, and what a Mac adds for itself, were passed over in the zip "
                           "archive";
            continue;
        }
        list_name(names, sizeof names, entry.name);
        *found = (zip_uint64_t)i;
        *about = entry;
        files++;
    }
    if (is_office)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: looks like a workbook or another office document, which is not read; "
                        "save the sheet as CSV",
                        source->name);
    if (files == 0)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip archive holds no file; pack the extract itself", source->name);
    if (files > 1)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip archive holds %zu files, it must hold one; pack each alone: %s",
            source->name, files, names);
    return CTE_OK;
}

static int open_member(struct source *source, struct cte_error *error)
{
    int again = dup(source->fd);
    int code = 0;
    if (again < 0 || lseek(again, 0, SEEK_SET) != 0) {
        if (again >= 0)
            close(again);
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: a zip archive cannot be read from a pipe; name the file instead",
                        source->name);
    }
    /* Not ZIP_CHECKCONS: it refuses sound archives of tools that write sizes after the content.
     * What matters is looked at here: one file, not encrypted; its CRC and its size when it has
     * been read. */
    source->archive = zip_fdopen(again, 0, &code);
    if (source->archive == NULL) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        cte_fail(error, CTE_BAD_INPUT, "%s: not a sound zip archive: %s; pack the file anew",
                 source->name, zip_error_strerror(&why));
        zip_error_fini(&why);
        close(again);
        return error->status;
    }
    zip_uint64_t index = 0;
    struct zip_stat about;
    zip_stat_init(&about);
    int status = find_member(source, &index, &about, error);
    if (status != CTE_OK)
        return status;
    if (leads_outside(about.name))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member's name leads outside its folder; pack the file anew",
                        source->name);
    if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && about.encryption_method != ZIP_EM_NONE)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member is encrypted; pack it without a password",
                        source->name);
    source->member = zip_fopen_index(source->archive, index, 0);
    if (source->member == NULL)
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: the zip member cannot be opened: %s; pack the file anew", source->name,
                        zip_strerror(source->archive));
    source->member_name = cte_strdup(base_name(about.name));
    source->member_size = (about.valid & ZIP_STAT_SIZE) != 0 ? about.size : UINT64_MAX;
    if ((about.valid & ZIP_STAT_COMP_SIZE) != 0)
        source->packed_bytes = about.comp_size;
    return CTE_OK;
}

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
    int status = fill(source, error);
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
        return open_member(source, error);
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
    source->hash = EVP_MD_CTX_new();
    if (source->hash == NULL || EVP_DigestInit_ex(source->hash, EVP_sha256(), NULL) != 1)
        cte_die("libcrypto cannot start SHA-256");
    int status = detect(source, name, error);
    if (status != CTE_OK) {
        source_close(source);
        return status;
    }
    *result = source;
    return CTE_OK;
}

static int read_plain(struct source *source, char *buffer, size_t room, size_t *got,
                      struct cte_error *error)
{
    if (source->packed_at < source->packed_end) {
        size_t ready = source->packed_end - source->packed_at;
        *got = ready < room ? ready : room;
        memcpy(buffer, source->packed + source->packed_at, *got);
        source->packed_at += *got;
        return CTE_OK;
    }
    *got = 0;
    while (*got < room && !source->at_end) {
        size_t wanted = room - *got < source->left ? room - *got : (size_t)source->left;
        ssize_t n = wanted > 0 ? read(source->fd, buffer + *got, wanted) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cte_fail(error, CTE_IO, "%s: cannot read at byte %llu: %s", source->name,
                            (unsigned long long)source->bytes, strerror(errno));
        source->at_end = n == 0;
        source->left -= (uint64_t)n;
        *got += (size_t)n;
    }
    return CTE_OK;
}

/* Some tools and tapes fill up a gzip file with zeros. Nothing else may follow them. */
static int skip_zeros(struct source *source, struct cte_error *error)
{
    for (;;) {
        while (source->packed_at < source->packed_end && source->packed[source->packed_at] == 0)
            source->packed_at++;
        if (source->packed_at < source->packed_end)
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: bytes follow the zeros after the end of the gzip file; send it again",
                source->name);
        int status = fill(source, error);
        if (status != CTE_OK)
            return status;
        if (source->packed_at == source->packed_end)
            break;
    }
    source->note = "zeros after the end of the gzip file were left out";
    return CTE_OK;
}

static int read_gzip(struct source *source, char *buffer, size_t room, size_t *got,
                     struct cte_error *error)
{
    z_stream *z = &source->inflater;
    *got = 0;
    while (*got == 0) {
        if (source->packed_at == source->packed_end) {
            int status = fill(source, error);
            if (status != CTE_OK)
                return status;
            if (source->packed_at == source->packed_end) {
                if (source->in_member)
                    return cte_fail(error, CTE_BAD_INPUT,
                                    "%s: the gzip file is cut off after byte %llu of its content; "
                                    "send it again",
                                    source->name, (unsigned long long)source->bytes);
                return CTE_OK;
            }
        }
        if (!source->in_member && source->had_member && source->packed[source->packed_at] == 0)
            return skip_zeros(source, error);
        if (!source->in_member && source->had_member && source->packed[source->packed_at] != 0x1f)
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: bytes follow the end of the gzip file that are no gzip; send it again",
                source->name);
        source->in_member = true;
        size_t chunk = room < (1U << 30) ? room : (1U << 30);
        z->next_in = source->packed + source->packed_at;
        z->avail_in = (uInt)(source->packed_end - source->packed_at);
        z->next_out = (Bytef *)buffer;
        z->avail_out = (uInt)chunk;
        int code = inflate(z, Z_NO_FLUSH);
        source->packed_at = source->packed_end - z->avail_in;
        *got = chunk - z->avail_out;
        if (code == Z_STREAM_END) {
            source->in_member = false;
            source->had_member = true;
            inflateReset(z);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return cte_fail(
                error, CTE_BAD_INPUT,
                "%s: the gzip file is damaged after byte %llu of its content: %s; send it again",
                source->name, (unsigned long long)source->bytes,
                z->msg != NULL ? z->msg : "bad data");
        }
    }
    return CTE_OK;
}

static int read_zip(struct source *source, char *buffer, size_t room, size_t *got,
                    struct cte_error *error)
{
    zip_int64_t n = zip_fread(source->member, buffer, room);
    if (n < 0)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip member is damaged after byte %llu of its content: %s; send it again",
            source->name, (unsigned long long)source->bytes, zip_file_strerror(source->member));
    *got = (size_t)n;
    if (n == 0 && source->member_size != UINT64_MAX && source->bytes != source->member_size)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: the zip member has %llu bytes where the archive states %llu; send it again",
            source->name, (unsigned long long)source->bytes,
            (unsigned long long)source->member_size);
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
    int status = source->packing == PACKING_GZIP  ? read_gzip(source, buffer, room, got, error)
                 : source->packing == PACKING_ZIP ? read_zip(source, buffer, room, got, error)
                                                  : read_plain(source, buffer, room, got, error);
    if (status != CTE_OK)
        return status;
    if (EVP_DigestUpdate(source->hash, buffer, *got) != 1)
        cte_die("libcrypto cannot hash");
    source->bytes += *got;
    if (source->packing == PACKING_NONE)
        return CTE_OK;
    const unsigned long long bytes = source->bytes, packed = source->packed_bytes;
    if (source->bound > 0 && bytes > source->bound)
        return cte_fail(
            error, CTE_BAD_INPUT,
            "%s: unpacks to more than %llu bytes, the bound that was set with --max-unpacked; "
            "not read further",
            source->name, (unsigned long long)source->bound);
    if (source->bound == 0 &&
        (bytes > max_content || (bytes > ratio_free && bytes / source->ratio > packed)))
        return cte_fail(error, CTE_BAD_INPUT,
                        "%s: unpacks to more than %llu bytes, so far out of %llu packed ones, "
                        "which no extract does; not read "
                        "further; look at what is in it, and if it is meant so, set a bound with "
                        "--max-unpacked",
                        source->name, bytes - 1, packed);
    return CTE_OK;
}

void source_bound(struct source *source, uint64_t bytes, uint64_t ratio)
{
    source->bound = bytes;
    source->ratio = ratio;
}

bool take_byte_bound(const char *text, uint64_t *bytes)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number == 0)
        return false;
    *bytes = number;
    return true;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->packing == PACKING_GZIP)
        inflateEnd(&source->inflater);
    if (source->member != NULL)
        zip_fclose(source->member);
    if (source->archive != NULL)
        zip_discard(source->archive);
    EVP_MD_CTX_free(source->hash);
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

void source_sha256(struct source *source, char hex[65])
{
    if (source->sha256[0] == '\0') {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        if (EVP_DigestFinal_ex(source->hash, digest, &size) != 1 || size != 32)
            cte_die("libcrypto cannot finish SHA-256");
        sha256_text(digest, source->sha256);
    }
    memcpy(hex, source->sha256, 65);
}
