/* Packed sources, gzip and zip. The first byte chooses what is made of the rest; archives are
 * written here, byte by byte, so that their sums and sizes are right whatever the rest is. What
 * comes out must be what went in.
 *
 *   g  packed as gzip, in two members where the second byte is odd, with zeros behind where its
 *      bit 1 is set
 *   z  packed as zip; the second byte: bit 0 stored, bit 1 a folder before it, bit 2 what a Mac
 *      adds
 *   G  the rest is what deflate made, in a gzip file;  Z  the same in a zip archive
 *   p  as z, but bytes are changed: three of the rest for each, a place of two bytes and a
 *      value; as many as the second byte says */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codetables/model/table.h"
#include "pipeline/stream/source.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"
#include "codetables/base/digest.h"

enum { ROOM = 1 << 20, WINDOW = 15, STORED = 0, DEFLATED = 8, PATCHES = 16 };

static void put_word(struct text *to, unsigned long value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        text_put(to, &(char){(char)(value >> (8 * i))}, 1);
}

static void deflate_whole(const char *bytes, size_t length, struct text *packed)
{
    static char room[ROOM];
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, -WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (unsigned)length;
    int status = Z_OK;
    while (status == Z_OK) {
        z.next_out = (Bytef *)room;
        z.avail_out = ROOM;
        status = deflate(&z, Z_FINISH);
        text_put(packed, room, ROOM - z.avail_out);
    }
    deflateEnd(&z);
}

/* What deflate made of something, undone; `used` of its bytes belong to it. False where it is
 * nothing of the kind, or too large. */
static bool inflate_whole(const char *bytes, size_t length, struct text *content, size_t *used)
{
    static char room[ROOM];
    z_stream z = {0};
    if (inflateInit2(&z, -WINDOW) != Z_OK)
        abort();
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (unsigned)length;
    z.next_out = (Bytef *)room;
    z.avail_out = ROOM;
    bool good = inflate(&z, Z_FINISH) == Z_STREAM_END;
    text_put(content, room, ROOM - z.avail_out);
    *used = length - z.avail_in;
    inflateEnd(&z);
    return good;
}

static unsigned long sum_of(const char *bytes, size_t length)
{
    return crc32_z(0, (const Bytef *)bytes, length);
}

static void put_gzip(struct text *to, const struct text *packed, const char *content, size_t length)
{
    text_put(to, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    text_put(to, packed->bytes, packed->length);
    put_word(to, sum_of(content, length), 4);
    put_word(to, length, 4);
}

struct entry {
    const char *name;
    unsigned method;
    struct text packed;
    unsigned long sum;
    size_t length, at;
};

/* What the head of a file and its line in the directory have in common. */
static void put_about(struct text *to, const struct entry *entry)
{
    put_word(to, 20, 2); /* the version that is needed */
    put_word(to, 0, 2);
    put_word(to, entry->method, 2);
    put_word(to, 0x21 << 16, 4); /* the first day there is */
    put_word(to, entry->sum, 4);
    put_word(to, entry->packed.length, 4);
    put_word(to, entry->length, 4);
    put_word(to, strlen(entry->name), 2);
    put_word(to, 0, 2);
}

static void put_zip(struct text *to, struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entries[i].at = to->length;
        text_put(to, "PK\3\4", 4);
        put_about(to, &entries[i]);
        text_put(to, entries[i].name, strlen(entries[i].name));
        text_put(to, entries[i].packed.bytes != NULL ? entries[i].packed.bytes : "",
                 entries[i].packed.length);
    }
    size_t directory = to->length;
    for (size_t i = 0; i < count; i++) {
        text_put(to, "PK\1\2", 4);
        put_word(to, 20, 2);
        put_about(to, &entries[i]);
        put_word(to, 0, 2); /* no remark, the first disk, no attributes */
        put_word(to, 0, 4);
        put_word(to, 0, 4);
        put_word(to, entries[i].at, 4);
        text_put(to, entries[i].name, strlen(entries[i].name));
    }
    size_t size = to->length - directory;
    text_put(to, "PK\5\6", 4);
    put_word(to, 0, 4);
    put_word(to, count, 2);
    put_word(to, count, 2);
    put_word(to, size, 4);
    put_word(to, directory, 4);
    put_word(to, 0, 2);
}

/* Whether the source gives just this content; `must` is false where nobody knows. */
static void read_back(const struct text *file, const char *content, size_t length, bool must)
{
    static char buffer[1 << 16];
    struct text found = {0};
    struct source *source = NULL;
    struct cte_error error = {0};
    int status = source_open(in_memory(0, file->bytes, file->length), NULL, &source, &error);
    for (size_t got = 1; status == CTE_OK && got > 0;) {
        status = source_read(source, buffer, sizeof buffer, &got, &error);
        if (status == CTE_OK)
            text_put(&found, buffer, got);
    }
    must_hold(status == error.status, "the status is that of the error");
    must_hold(status == CTE_OK || status == CTE_BAD_INPUT || status == CTE_NO_INPUT,
              "a source is good, bad or empty");
    if (status == CTE_OK) {
        char hex[65], expected[65];
        source_sha256(source, hex);
        digest_bytes(found.length > 0 ? found.bytes : "", found.length, expected);
        must_hold(strcmp(hex, expected) == 0 && source_bytes(source) == found.length,
                  "the content is hashed and counted");
    }
    if (must && length > 0) {
        must_hold(status == CTE_OK, "a sound archive is read");
        must_hold(found.length == length && memcmp(found.bytes, content, length) == 0,
                  "what comes out is what went in");
    }
    source_close(source);
    text_free(&found);
}

static void try_gzip(const char *rest, size_t length, unsigned options)
{
    struct text file = {0}, packed = {0};
    size_t cut = options & 1 ? length / 2 : length;
    for (size_t at = 0; at < length; at = cut, cut = length) {
        text_clear(&packed);
        deflate_whole(rest + at, cut - at, &packed);
        put_gzip(&file, &packed, rest + at, cut - at);
    }
    if (options & 2)
        text_put(&file, "\0\0\0\0\0\0\0", 7);
    if (length > 1)
        read_back(&file, rest, length, true);
    text_free(&packed);
    text_free(&file);
}

static void try_zip(const char *rest, size_t length, unsigned options, size_t patches)
{
    struct text file = {0};
    const char *content = rest + 3 * patches;
    size_t content_length = length - 3 * patches, count = 0;
    struct entry entries[3] = {0};
    if (options & 2)
        entries[count++] = (struct entry){.name = "folder/"};
    struct entry *entry = &entries[count++];
    *entry = (struct entry){.name = options & 2 ? "folder/made.txt" : "made.txt",
                            .length = content_length};
    entry->sum = sum_of(content, content_length);
    if (options & 1)
        text_put(&entry->packed, content, content_length);
    else
        deflate_whole(content, content_length, &entry->packed);
    entry->method = options & 1 ? STORED : DEFLATED;
    if (options & 4)
        entries[count++] = (struct entry){.name = "__MACOSX/._made.txt"};
    put_zip(&file, entries, count);
    for (size_t i = 0; i < patches; i++) {
        const unsigned char *patch = (const unsigned char *)rest + 3 * i;
        file.bytes[(size_t)(patch[0] | patch[1] << 8) % file.length] = (char)patch[2];
    }
    read_back(&file, content, content_length, patches == 0);
    text_free(&entry->packed);
    text_free(&file);
}

static void try_deflated(const char *rest, size_t length, bool as_zip)
{
    struct text file = {0}, content = {0};
    struct entry entry = {.name = "made.txt", .method = DEFLATED};
    size_t used = 0;
    /* Where it is not whole, the sum is that of what there is, and nobody can say whether it is
     * read. */
    bool whole = inflate_whole(rest, length, &content, &used);
    text_put(&entry.packed, rest, whole ? used : length);
    entry.length = content.length;
    entry.sum = sum_of(content.length > 0 ? content.bytes : "", content.length);
    if (as_zip)
        put_zip(&file, &entry, 1);
    else
        put_gzip(&file, &entry.packed, content.length > 0 ? content.bytes : "", content.length);
    read_back(&file, content.bytes, content.length, whole && content.length < 1 << 16);
    text_free(&entry.packed);
    text_free(&content);
    text_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const char *rest = (const char *)data + 2;
    size_t length = size - 2, patches = data[1] % PATCHES;
    switch (data[0]) {
    case 'g': try_gzip(rest, length, data[1]); break;
    case 'z': try_zip(rest, length, data[1], 0); break;
    case 'G': try_deflated(rest, length, false); break;
    case 'Z': try_deflated(rest, length, true); break;
    case 'p': try_zip(rest, length, data[1] >> 4, 3 * patches < length ? patches : 0); break;
    default: break;
    }
    return 0;
}
