/* Unpacks a bundle of files; see bundle.h. */
#include "tests/fuzz/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "codetables/base/digest.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"
#include "tests/unit/unit.h"

enum { SECTIONS = 64, NAME_ROOM = 200 };

struct section {
    char name[NAME_ROOM];
    struct text content;
};

static struct section sections[SECTIONS];
static size_t section_count;
static const struct bundle_place *place;

static bool is_good_name(const char *name)
{
    if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL || strstr(name, "//") != NULL)
        return false;
    size_t depth = 0;
    for (const char *c = name; *c != '\0'; c++) {
        depth += *c == '/';
        if (!isalnum((unsigned char)*c) && strchr("/._-[]", *c) == NULL)
            return false;
    }
    return depth < BUNDLE_DEPTH && name[strlen(name) - 1] != '/';
}

static void take_sections(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    struct section *section = NULL;
    section_count = 0;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *next = line_end != NULL ? line_end + 1 : end;
        if (next - at > 4 && next - at < NAME_ROOM && memcmp(at, "=== ", 4) == 0 &&
            line_end != NULL && section_count < SECTIONS) {
            section = &sections[section_count++];
            memcpy(section->name, at + 4, (size_t)(line_end - at) - 4);
            section->name[(line_end - at) - 4] = '\0';
            text_clear(&section->content);
        } else if (section != NULL) {
            text_put(&section->content, at, (size_t)(next - at));
        }
        at = next;
    }
}

static struct section *find_section(const char *name)
{
    for (size_t i = 0; i < section_count; i++) {
        if (strcmp(sections[i].name, name) == 0)
            return &sections[i];
    }
    return NULL;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), wanted = strlen(ending);
    return length > wanted && strcmp(name + length - wanted, ending) == 0;
}

/* A trailer with the number of records, or of lines, and the sum of all bytes before it; that of
 * an index leaves line feeds out. */
static void seal(struct text *content, const char *head, const char *letters)
{
    struct text sealed = {0};
    unsigned long counted = 0;
    text_format(&sealed, "%s", head);
    text_put(&sealed, content->bytes != NULL ? content->bytes : "", content->length);
    if (sealed.length > 0 && sealed.bytes[sealed.length - 1] != '\n')
        text_put(&sealed, "\n", 1);
    for (size_t i = 0; i < sealed.length; i++) {
        bool begins = i == 0 || sealed.bytes[i - 1] == '\n';
        counted += begins && (letters == NULL || (sealed.bytes[i] != '\0' &&
                                                  strchr(letters, sealed.bytes[i]) != NULL));
    }
    unsigned long sum = crc32_z(0, NULL, 0);
    for (size_t i = 0; i < sealed.length; i++) {
        if (letters != NULL || sealed.bytes[i] != '\n')
            sum = crc32_z(sum, (const Bytef *)sealed.bytes + i, 1);
    }
    text_format(&sealed, "%%end^%lu^%08lx\n", counted, sum);
    text_free(content);
    *content = sealed;
}

static void pack(struct text *content)
{
    struct text packed = {0};
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t room = deflateBound(&z, content->length) + 64;
    char *bytes = cte_alloc(room);
    z.next_in = (Bytef *)content->bytes;
    z.avail_in = (unsigned)content->length;
    z.next_out = (Bytef *)bytes;
    z.avail_out = (unsigned)room;
    deflate(&z, Z_FINISH);
    text_put(&packed, bytes, room - z.avail_out);
    deflateEnd(&z);
    free(bytes);
    text_free(content);
    *content = packed;
}

static bool begins_with(const char *text, size_t length, const char *beginning)
{
    return length > strlen(beginning) && memcmp(text, beginning, strlen(beginning)) == 0;
}

/* What stands between two `@`, added to `filled` as bundled_program.h says; false where it is none
 * of these. */
static bool add_filling(const char *about, size_t length, const struct text *in,
                        struct text *filled)
{
    char name[NAME_ROOM], hex[65];
    const char *blank = memchr(about, ' ', length);
    const size_t behind = blank != NULL ? length - (size_t)(blank + 1 - about) : 0;
    if (behind >= NAME_ROOM)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)behind, blank != NULL ? blank + 1 : "");
    if (begins_with(about, length, "sha256 ")) {
        const struct section *section = find_section(name);
        if (section == NULL || &section->content >= in)
            return false;
        digest_bytes(section->content.bytes, section->content.length, hex);
        text_put(filled, hex, 64);
    } else if (begins_with(about, length, "project ")) {
        char *path = cte_format("%s/%s", place->tables, name);
        size_t size = 0;
        char *bytes = is_good_name(name) ? read_file(path, &size) : NULL;
        if (bytes != NULL)
            text_put(filled, bytes, size);
        free(bytes);
        free(path);
    } else if (length == 4 && memcmp(about, "path", 4) == 0) {
        text_put(filled, place->work, strlen(place->work));
    } else if (length == 5 && memcmp(about, "rules", 5) == 0) {
        text_format(filled, "%s^%s^%s", place->rules->id, place->rules->version,
                    place->rules->sha256);
    } else {
        return false;
    }
    return true;
}

static void fill_in(struct text *content)
{
    struct text filled = {0};
    text_put(&filled, "", 0); /* an empty file has bytes, too */
    const char *at = content->bytes, *end = content->bytes + content->length;
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at));
        const char *stop = mark != NULL ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        if (stop == NULL)
            break;
        text_put(&filled, at, (size_t)(mark - at));
        at = stop + 1;
        if (!add_filling(mark + 1, (size_t)(stop - mark) - 1, content, &filled)) {
            text_put(&filled, mark, (size_t)(stop - mark));
            at = stop;
        } else if (at < end && *at == '\n' &&
                   begins_with(mark, (size_t)(stop - mark), "@project ")) {
            at++;
        }
    }
    if (at < end)
        text_put(&filled, at, (size_t)(end - at));
    text_free(content);
    *content = filled;
}

static void write_whole(const char *name, const void *bytes, size_t length)
{
    char path[NAME_ROOM + 1];
    snprintf(path, sizeof path, "%s", name);
    for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return; /* one section is a folder of another */
    fwrite(bytes, 1, length, file);
    fclose(file);
}

/* All sections of one archive, in their order. The sum and sizes are right, as the archive is
 * made anew. */
static void write_archive(const char *name)
{
    int why = 0;
    size_t folder = strlen(name);
    zip_t *archive = zip_open(name, ZIP_CREATE | ZIP_TRUNCATE, &why);
    if (archive == NULL)
        return;
    for (size_t i = 0; i < section_count; i++) {
        struct section *section = &sections[i];
        if (strncmp(section->name, name, folder) != 0 || section->name[folder] != '/')
            continue;
        zip_source_t *source =
            zip_source_buffer(archive, section->content.bytes, section->content.length, 0);
        zip_int64_t at =
            zip_file_add(archive, section->name + folder + 1, source, ZIP_FL_ENC_UTF_8);
        if (at < 0)
            zip_source_free(source);
        else
            zip_set_file_compression(archive, (zip_uint64_t)at, ZIP_CM_STORE, 0);
    }
    if (zip_close(archive) != 0)
        zip_discard(archive);
}

static void write_sections(void)
{
    for (size_t i = 0; i < section_count; i++) {
        struct section *section = &sections[i];
        text_put(&section->content, "", 0);
        if (!is_good_name(section->name))
            continue;
        fill_in(&section->content);
        if (ends_with(section->name, ".stream"))
            seal(&section->content, "%cte-stream^1\n", "RHXMrhxm");
        else if (ends_with(section->name, ".index"))
            seal(&section->content, "", NULL);
        else if (ends_with(section->name, ".gz"))
            pack(&section->content);
        if (ends_with(section->name, "/current")) {
            const char *to = section->content.bytes;
            char name[NAME_ROOM];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(to, "\n"), to);
            if (is_good_name(name) && symlink(name, section->name) != 0 && errno == ENOMEM)
                abort();
            continue;
        }
        const char *archive = strstr(section->name, ".xlsx/");
        if (archive == NULL) {
            write_whole(section->name, section->content.bytes, section->content.length);
            continue;
        }
        char name[NAME_ROOM];
        snprintf(name, sizeof name, "%.*s", (int)(archive + 5 - section->name), section->name);
        if (access(name, F_OK) != 0 && strchr(name, '/') == NULL)
            write_archive(name);
    }
}

void bundle_unpack(const uint8_t *data, size_t size, const struct bundle_place *to)
{
    place = to;
    take_sections(data, size);
    write_sections();
}

const char *bundle_text(const char *name)
{
    const struct section *section = find_section(name);
    return section != NULL ? text_string(&section->content) : NULL;
}
