/* source.h: plain, gzip and zip sources, whole and damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "codetables/model/table.h"
#include "codetables/sheets/package.h"
#include "pipeline/stream/source.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

/* Whether a thread of their own reads the sources, which must not make a difference. */
static bool reads_ahead;

/* Reads all of a source; the status that ended it. Checks count and hash where it was good. */
static int read_all(const char *path, const char *name, size_t room, struct text *content)
{
    struct source *source = NULL;
    struct cte_error error = {0};
    char *buffer = cte_alloc(room);
    text_clear(content);
    int status = source_open(path, name, &source, &error);
    if (status == CTE_OK && reads_ahead)
        source_read_ahead(source);
    for (size_t got = 1; status == CTE_OK && got > 0;) {
        status = source_read(source, buffer, room, &got, &error);
        if (status == CTE_OK)
            text_put(content, buffer, got);
    }
    if (status == CTE_OK) {
        char expected[65], hex[65];
        digest_bytes(content->bytes, content->length, expected);
        source_sha256(source, hex);
        char quick[QUICK_HASH_HEX];
        source_quick_hash(source, quick);
        CHECK(quick[0] == '\0', "a hash that was not chosen");
        CHECK(source_bytes(source) == content->length && strcmp(expected, hex) == 0,
              "another count or hash than the content");
    } else {
        CHECK(status == error.status && error.text[0] != '\0', "status %d without words", status);
    }
    source_close(source);
    free(buffer);
    return status;
}

static void pack(struct text *packed, const char *bytes, size_t length)
{
    z_stream z = {0};
    unsigned char out[1 << 12];
    deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)length;
    int code;
    do {
        z.next_out = out;
        z.avail_out = sizeof out;
        code = deflate(&z, Z_FINISH);
        text_put(packed, (const char *)out, sizeof out - z.avail_out);
    } while (code == Z_OK);
    deflateEnd(&z);
}

static const char sample[] = "ABCD^2001-2002^r^some text\r\nABCD^2001-2002^g^some other text\r\n";

static void plain_in_pieces(void)
{
    struct text content = {0};
    const char *path = in_memory(0, sample, sizeof sample - 1);
    for (size_t size = 1; size < sizeof sample; size++) {
        for (size_t room = 1; room < 70; room += 17) {
            cut_reads((struct pieces){size, size, size % 4 == 0 ? 3 : 0});
            int status = read_all(path, NULL, room, &content);
            whole_again();
            CHECK(status == CTE_OK, "pieces of %zu: status %d", size, status);
            CHECK_TEXT("content", sample, content.bytes);
        }
    }
    text_free(&content);
}

static void gzip_in_pieces(void)
{
    struct text packed = {0}, content = {0};
    pack(&packed, sample, sizeof sample - 1);
    const char *path = in_memory(0, packed.bytes, packed.length);
    for (size_t size = 1; size <= packed.length; size++) {
        cut_reads((struct pieces){size, size, 0});
        int status = read_all(path, "x.gz", 40, &content);
        whole_again();
        CHECK(status == CTE_OK, "pieces of %zu: status %d", size, status);
        CHECK_TEXT("content", sample, content.bytes);
    }
    /* Several members are one content, also when one of them is empty. */
    pack(&packed, "", 0);
    pack(&packed, "more", 4);
    for (size_t size = 1; size <= packed.length; size += 3) {
        path = in_memory(0, packed.bytes, packed.length);
        cut_reads((struct pieces){size, size, 0});
        int status = read_all(path, NULL, 1000, &content);
        whole_again();
        CHECK(status == CTE_OK && content.length == sizeof sample - 1 + 4,
              "members in pieces of %zu: status %d", size, status);
    }
    text_free(&packed);
    text_free(&content);
}

static void damaged_gzip(void)
{
    struct text packed = {0}, content = {0};
    pack(&packed, sample, sizeof sample - 1);
    for (size_t kept = 3; kept < packed.length; kept++)
        CHECK(read_all(in_memory(0, packed.bytes, kept), NULL, 1000, &content) == CTE_BAD_INPUT,
              "%zu bytes of %zu are accepted", kept, packed.length);
    /* Time, flags and system in the header say nothing about the content and stand under no sum. */
    for (size_t at = 10; at < packed.length; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            packed.bytes[at] = (char)((unsigned char)packed.bytes[at] ^ (1U << bit));
            int status = read_all(in_memory(0, packed.bytes, packed.length), NULL, 1000, &content);
            CHECK(status == CTE_BAD_INPUT ||
                      (status == CTE_OK && strcmp(content.bytes, sample) == 0),
                  "byte %zu, bit %u: status %d", at, bit, status);
            packed.bytes[at] = (char)((unsigned char)packed.bytes[at] ^ (1U << bit));
        }
    }
    static const char *const tails[] = {"x", "\x1f", "\x1f\x8b", "more text", "\x1fxx"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        struct text longer = {0};
        text_put(&longer, packed.bytes, packed.length);
        text_format(&longer, "%s", tails[i]);
        CHECK(read_all(in_memory(0, longer.bytes, longer.length), NULL, 1000, &content) ==
                  CTE_BAD_INPUT,
              "tail %zu is accepted", i);
        text_free(&longer);
    }
    /* Zeros are padding, however many and in whatever pieces they come; nothing may follow them. */
    for (size_t zeros = 1; zeros < 600000; zeros = zeros * 3 + 1) {
        struct text padded = {0};
        char *room = cte_zalloc(zeros, 1);
        text_put(&padded, packed.bytes, packed.length);
        text_put(&padded, room, zeros);
        cut_reads((struct pieces){packed.length, zeros < 100 ? 1 : 0, 0});
        CHECK(read_all(in_memory(0, padded.bytes, padded.length), NULL, 1000, &content) == CTE_OK,
              "%zu zeros are refused", zeros);
        whole_again();
        CHECK_TEXT("padded", sample, content.bytes);
        text_put(&padded, "x", 1);
        CHECK(read_all(in_memory(0, padded.bytes, padded.length), NULL, 1000, &content) ==
                  CTE_BAD_INPUT,
              "a byte after %zu zeros is accepted", zeros);
        text_free(&padded);
        free(room);
    }
    text_free(&packed);
    text_free(&content);
}

/* ---- zip ---- */

struct member {
    const char *name, *content;
};

/* An archive of these members in the test folder. To be freed. */
static char *make_zip(const struct member *members, size_t count, const char *password)
{
    char *path = test_path("archive.zip");
    int code;
    unlink(path);
    zip_t *archive = zip_open(path, ZIP_CREATE, &code);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(members[i].name);
        zip_int64_t at = length > 0 && members[i].name[length - 1] == '/'
                             ? zip_dir_add(archive, members[i].name, 0)
                             : zip_file_add(archive, members[i].name,
                                            zip_source_buffer(archive, members[i].content,
                                                              strlen(members[i].content), 0),
                                            0);
        if (password != NULL &&
            zip_file_set_encryption(archive, (zip_uint64_t)at, ZIP_EM_AES_256, password) != 0)
            cte_die("this libzip cannot encrypt");
    }
    if (zip_close(archive) != 0)
        cte_die("cannot make a zip archive: %s", zip_strerror(archive));
    return path;
}

static void zip_archives(void)
{
    static const struct {
        const char *name;
        struct member members[2];
        size_t count;
        const char *password;
        int status;
    } cases[] = {
        {"one member", {{"a.txt", sample}}, 1, NULL, CTE_OK},
        {"one member in a folder", {{"folder/a.txt", sample}}, 1, NULL, CTE_OK},
        {"two members", {{"a.txt", sample}, {"b.txt", sample}}, 2, NULL, CTE_BAD_INPUT},
        {"a folder", {{"a/", ""}}, 1, NULL, CTE_BAD_INPUT},
        {"a path up", {{"../a.txt", sample}}, 1, NULL, CTE_BAD_INPUT},
        {"a path up in the middle", {{"a/../../b.txt", sample}}, 1, NULL, CTE_BAD_INPUT},
        {"an absolute path", {{"/etc/a.txt", sample}}, 1, NULL, CTE_BAD_INPUT},
        {"a path up, the other slash", {{"a\\..\\..\\b.txt", sample}}, 1, NULL, CTE_BAD_INPUT},
        {"a colon", {{"10:30 SCTE.txt", sample}}, 1, NULL, CTE_OK},
        {"two dots within a name", {{"SCTE..final.txt", sample}}, 1, NULL, CTE_OK},
        {"three dots as a folder", {{".../SCTE.txt", sample}}, 1, NULL, CTE_OK},
        {"a folder and its file", {{"out/", ""}, {"out/SCTE.txt", sample}}, 2, NULL, CTE_OK},
        {"what a Mac adds", {{"__MACOSX/._SCTE.txt", "x"}, {"SCTE.txt", sample}}, 2, NULL, CTE_OK},
        {"what a Mac adds after it",
         {{"a/SCTE.txt", sample}, {"a/.DS_Store", "x"}},
         2,
         NULL,
         CTE_OK},
        {"nothing but what a Mac adds", {{"__MACOSX/._SCTE.txt", "x"}}, 1, NULL, CTE_BAD_INPUT},
        {"a document of another office program",
         {{"mimetype", "x"}, {"content.xml", "<a/>"}},
         2,
         NULL,
         CTE_BAD_INPUT},
        {"encrypted", {{"a.txt", sample}}, 1, "secret", CTE_BAD_INPUT},
    };
    struct text content = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_zip(cases[i].members, cases[i].count, cases[i].password);
        int status = read_all(path, NULL, 50, &content);
        CHECK(status == cases[i].status, "%s: status %d", cases[i].name, status);
        if (status == CTE_OK)
            CHECK_TEXT(cases[i].name, sample, content.bytes);
        free(path);
    }
    /* Cut off and changed: an error, or the same content. */
    char *path = make_zip(&(struct member){"a.txt", sample}, 1, NULL);
    size_t length;
    char *bytes = read_file(path, &length);
    free(path);
    for (size_t kept = 4; kept < length; kept++)
        CHECK(read_all(in_memory(0, bytes, kept), NULL, 50, &content) == CTE_BAD_INPUT,
              "%zu bytes of %zu are accepted", kept, length);
    for (size_t at = 4; at < length; at++) {
        bytes[at] = (char)~(unsigned char)bytes[at];
        int status = read_all(in_memory(0, bytes, length), NULL, 50, &content);
        CHECK(status == CTE_BAD_INPUT || (status == CTE_OK && strcmp(content.bytes, sample) == 0),
              "byte %zu changed: status %d", at, status);
        bytes[at] = (char)~(unsigned char)bytes[at];
    }
    free(bytes);
    text_free(&content);
}

/* What the name of an archive leaves open, the name of the file in it says. */
static void names_in_archives(void)
{
    static const struct {
        const char *outer, *inner, *format;
    } cases[] = {
        {"SCTE.zip", "SCTE.csv", "csv"},       {"SCTE.zip", "out/SCTE.XML", "xml"},
        {"SCTE.zip", "SCTE.txt", "caret"},     {"SCTE.zip", "SCTE", "caret"},
        {"SCTE.txt.zip", "SCTE.csv", "caret"}, {"SCTE.csv.zip", "SCTE.txt", "csv"},
        {"SCTE.2024.zip", "SCTE.csv", "csv"},  {"SCTE.zip", "a.csv/SCTE", "caret"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_zip(&(struct member){cases[i].inner, sample}, 1, NULL);
        struct source *source = NULL;
        struct cte_error error = {0};
        CHECK(source_open(path, cases[i].outer, &source, &error) == CTE_OK, "%s: %s",
              cases[i].inner, error.text);
        CHECK_TEXT(cases[i].inner, cases[i].format, source_format(source));
        source_close(source);
        free(path);
    }
}

/* A workbook is no packed source: its bytes are those of the file, which hold its parts. */
static void workbooks(void)
{
    static const struct {
        const char *name;
        struct member parts[2];
        bool is_workbook;
    } cases[] = {{"types", {{"[Content_Types].xml", "<a/>"}, {"xl/workbook.xml", "<a/>"}}, true},
                 {"relations", {{"_rels/.rels", "<a/>"}, {"xl/workbook.xml", "<a/>"}}, true},
                 {"none", {{"a.txt", sample}, {"__MACOSX/._a.txt", "x"}}, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_zip(cases[i].parts, 2, NULL);
        struct source *source = NULL;
        struct package *package = NULL;
        struct cte_error error = {0};
        CHECK(source_open(path, "SCTE.xlsx", &source, &error) == CTE_OK, "%s: %s", cases[i].name,
              error.text);
        CHECK(source_is_workbook(source) == cases[i].is_workbook, "%s", cases[i].name);
        CHECK_TEXT(cases[i].name, "xlsx", source_format(source));
        CHECK_TEXT(cases[i].name, cases[i].is_workbook ? "none" : "zip", source_packing(source));
        const int status = source_open_package(source, &package, &error);
        CHECK(status == (cases[i].is_workbook ? CTE_OK : CTE_BAD_INPUT), "%s: %s", cases[i].name,
              error.text);
        size_t length;
        char *bytes = read_file(path, &length), hex[DIGEST_HEX], expected[DIGEST_HEX];
        source_sha256(source, hex);
        digest_bytes(bytes, length, expected);
        if (cases[i].is_workbook) {
            CHECK_TEXT(cases[i].name, expected, hex);
            CHECK(source_bytes(source) == length, "%s: the bytes of the file", cases[i].name);
        }
        free(bytes);
        package_close(package);
        source_close(source);
        free(path);
    }
}

/* The message for several files names them, and shows nothing that a terminal could take for more
 * than a name. */
static void archives_of_several(void)
{
    struct source *source = NULL;
    struct cte_error error = {0};
    char *path =
        make_zip((struct member[]){{"one.txt", sample}, {"two\x1b[31m.txt", sample}}, 2, NULL);
    CHECK(source_open(path, NULL, &source, &error) == CTE_BAD_INPUT, "two files are accepted");
    CHECK(strstr(error.text, "one.txt, two") != NULL && strchr(error.text, 0x1b) == NULL,
          "the files are not named: %s", error.text);
    free(path);
}

static void what_cannot_be_opened(void)
{
    struct text content = {0};
    char *missing = test_path("no-such-file"), *empty = test_file("empty", "", 0);
    CHECK(read_all(missing, NULL, 50, &content) == CTE_NO_INPUT, "a file that is not there");
    CHECK(read_all(empty, NULL, 50, &content) == CTE_NO_INPUT, "an empty file");
    CHECK(read_all(test_folder(), NULL, 50, &content) == CTE_NO_INPUT, "a folder");
    const char *path = in_memory(0, sample, sizeof sample - 1);
    CHECK(read_all(path, "a.txt.gz", 50, &content) == CTE_BAD_INPUT, "plain text named .gz");
    CHECK(read_all(path, "a.ZIP", 50, &content) == CTE_BAD_INPUT, "plain text named .ZIP");
    for (size_t after = 0; after < sizeof sample - 1; after += 5) {
        fail_reads(EIO, after);
        int status = read_all(path, NULL, 50, &content);
        whole_again();
        CHECK(status == CTE_IO, "a read error after %zu bytes: status %d", after, status);
    }
    free(missing);
    free(empty);
    text_free(&content);
}

static void names(void)
{
    static const struct {
        const char *path, *stem, *format;
    } cases[] = {
        {"SCTE.txt", "SCTE", "caret"},    {"a/b/SCTE.csv", "SCTE", "csv"},
        {"SCTE.XLSX", "SCTE", "xlsx"},    {"a.b.xlsx", "a.b", "xlsx"},
        {"SCTE.xml", "SCTE", "xml"},      {"SCTE.csv.gz", "SCTE", "csv"},
        {"SCTE.gz", "SCTE", "caret"},     {"SCTE", "SCTE", "caret"},
        {"SCTE.TXT.GZ", "SCTE", "caret"}, {"SCTE.dat", "SCTE.dat", "caret"},
        {"a.b.txt", "a.b", "caret"},      {"x.txt.txt", "x.txt", "caret"},
        {".txt", ".txt", "caret"},        {"folder.csv/x", "x", "caret"},
    };
    struct text packed = {0};
    pack(&packed, sample, sizeof sample - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_packed = strcasestr(cases[i].path, ".gz") != NULL;
        const char *path = is_packed ? in_memory(0, packed.bytes, packed.length)
                                     : in_memory(0, sample, sizeof sample - 1);
        struct source *source = NULL;
        struct cte_error error = {0};
        char *stem = source_stem(cases[i].path);
        CHECK_TEXT(cases[i].path, cases[i].stem, stem);
        CHECK(source_open(path, cases[i].path, &source, &error) == CTE_OK, "%s: %s", cases[i].path,
              error.text);
        CHECK_TEXT(cases[i].path, cases[i].format, source_format(source));
        source_close(source);
        free(stem);
    }
    text_free(&packed);
}

/* What is not chosen is not told; the content is read all the same. */
static void hashes_are_chosen(void)
{
    const char *const path = in_memory(0, sample, sizeof sample - 1);
    char sha256[DIGEST_HEX], quick[QUICK_HASH_HEX], expected[QUICK_HASH_HEX], buffer[16];
    struct quick_hash hash;
    quick_hash_begin(&hash);
    quick_hash_add(&hash, sample, sizeof sample - 1);
    quick_hash_end(&hash, expected);
    for (unsigned hashes = 0; hashes <= (SOURCE_SHA256 | SOURCE_QUICK_HASH); hashes++) {
        struct source *source = NULL;
        struct cte_error error = {0};
        CHECK(source_open(path, NULL, &source, &error) == CTE_OK, "%s", error.text);
        source_choose_hashes(source, hashes);
        for (size_t got = 1; got > 0 && error.status == CTE_OK;)
            source_read(source, buffer, sizeof buffer, &got, &error);
        source_quick_hash(source, quick);
        source_sha256(source, sha256);
        CHECK_TEXT("quick hash", hashes & SOURCE_QUICK_HASH ? expected : "", quick);
        CHECK(strlen(sha256) == (hashes & SOURCE_SHA256 ? DIGEST_HEX - 1 : 0), "choice %u", hashes);
        CHECK(source_bytes(source) == sizeof sample - 1, "choice %u", hashes);
        source_close(source);
    }
}

/* More than is held of it; all of it, and some of it. Then what is packed, cut and damaged. */
static void read_ahead(void)
{
    reads_ahead = true;
    const size_t size = 3 << 20;
    char *bytes = cte_alloc(size), buffer[1000];
    struct text content = {0};
    struct source *source = NULL;
    struct cte_error error = {0};
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i % 251);
    const char *const path = in_memory(0, bytes, size);
    CHECK(read_all(path, NULL, 7777, &content) == CTE_OK, "a long source");
    CHECK(content.length == size && memcmp(content.bytes, bytes, size) == 0, "its bytes");
    for (size_t reads = 0; reads < 3; reads++) { /* none of it, or a little, and no more */
        size_t got = 0;
        CHECK(source_open(path, NULL, &source, &error) == CTE_OK, "%s", error.text);
        CHECK(!source_is_long(source), "3 MiB are not worth it");
        source_read_ahead(source);
        for (size_t i = 0; i < reads; i++) {
            CHECK(source_read(source, buffer, sizeof buffer, &got, &error) == CTE_OK, "%zu", i);
            CHECK(got == sizeof buffer && memcmp(buffer, bytes + i * got, got) == 0, "%zu", i);
        }
        source_close(source);
    }
    plain_in_pieces();
    gzip_in_pieces();
    damaged_gzip();
    zip_archives();
    what_cannot_be_opened();
    reads_ahead = false;
    text_free(&content);
    free(bytes);
}

void add_source_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"plain, in pieces", plain_in_pieces},
        {"gzip, in pieces", gzip_in_pieces},
        {"gzip, damaged", damaged_gzip},
        {"zip", zip_archives},
        {"zip, the name inside", names_in_archives},
        {"workbooks", workbooks},
        {"zip, several files", archives_of_several},
        {"what cannot be opened", what_cannot_be_opened},
        {"names", names},
        {"hashes are chosen", hashes_are_chosen},
        {"read ahead", read_ahead},
        {NULL, NULL},
    };
    add_suite("source", NULL, NULL, tests);
}
