/* output.h: a file appears whole or not at all, and holds what was put. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codetables/base/output.h"
#include "pipeline/stream/source.h"
#include "codetables/model/table.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

static char *folder;

static int make_folder(void)
{
    folder = test_path("output");
    return mkdir(folder, 0700);
}

static int forget_folder(void)
{
    free(folder);
    return 0;
}

/* How many entries the folder has. */
static unsigned entries(void)
{
    unsigned count = 0;
    DIR *all = opendir(folder);
    for (struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(all);
    return count;
}

static void a_file_appears_whole(void)
{
    struct output output;
    struct cte_error error = {0};
    char *path = cte_format("%s/whole.txt", folder);
    CHECK(output_open(&output, folder, "whole.txt", false, &error) == CTE_OK, "%s", error.text);
    struct stat about;
    CHECK(stat(output.temporary, &about) == 0 && (about.st_mode & 0777) == 0600,
          "the temporary has mode %o", about.st_mode & 0777);
    CHECK(access(path, F_OK) != 0, "the file is there before it is published");
    output_text(&output, "one\n");
    output_put(&output, "two", 3);
    memcpy(output_space(&output, 1), "\n", 1);
    output_take(&output, output.buffer + output.used + 1);
    CHECK(output_close(&output, &error) == CTE_OK && access(path, F_OK) != 0, "closing publishes");
    CHECK(output_publish(&output, &error) == CTE_OK, "%s", error.text);
    size_t length;
    char *bytes = read_file(path, &length), hex[65];
    CHECK_TEXT("the file", "one\ntwo\n", bytes != NULL ? bytes : "(none)");
    digest_bytes("one\ntwo\n", 8, hex);
    CHECK_TEXT("its hash", hex, output.sha256);
    CHECK(output.bytes == 8, "%llu bytes", (unsigned long long)output.bytes);
    CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600, "the file has mode %o",
          about.st_mode & 0777);
    output_discard(&output);
    CHECK(entries() == 1, "discarding a published file removes it or leaves something: %u entries",
          entries());
    unlink(path);
    free(bytes);
    free(path);
}

static void a_file_disappears_whole(void)
{
    for (unsigned closed = 0; closed < 2; closed++) {
        for (unsigned gzip = 0; gzip < 2; gzip++) {
            struct output output;
            struct cte_error error = {0};
            output_open(&output, folder, "gone", gzip, &error);
            output_text(&output, "text");
            if (closed)
                output_close(&output, &error);
            CHECK(entries() == 1, "no temporary");
            output_discard(&output);
            CHECK(entries() == 0, "closed %u, gzip %u: something is left", closed, gzip);
        }
    }
}

/* Sizes around the buffer, in pieces, through a system that takes a little at a time. */
static void sizes_around_the_buffer(void)
{
    static const size_t sizes[] = {
        0, 1, OUTPUT_BUFFER - 1, OUTPUT_BUFFER, OUTPUT_BUFFER + 1, 3 * OUTPUT_BUFFER + 7};
    struct dice dice = {31};
    char *bytes = cte_alloc(4 * OUTPUT_BUFFER);
    for (size_t i = 0; i < 4 * OUTPUT_BUFFER; i++)
        bytes[i] = (char)roll(&dice, 256);
    for (size_t s = 0; s < 2 * sizeof sizes / sizeof *sizes; s++) {
        struct output output;
        struct cte_error error = {0};
        bool gzip = s % 2 != 0;
        size_t size = sizes[s / 2], length = 0;
        cut_writes((struct pieces){1, 70001, 5});
        output_open(&output, folder, "size", gzip, &error);
        for (size_t at = 0, part; at < size; at += part) {
            part = s % 3 == 0 ? size : 1 + roll(&dice, 60000);
            part = part < size - at ? part : size - at;
            output_put(&output, bytes + at, part);
        }
        int status = output_close(&output, &error);
        whole_again();
        CHECK(status == CTE_OK && output_publish(&output, &error) == CTE_OK, "%s", error.text);
        char *path = cte_format("%s/%s", folder, output.name), *got = NULL;
        if (gzip) {
            struct source *source = NULL;
            got = cte_alloc(size + 1);
            size_t part = 1;
            source_open(path, NULL, &source, &error);
            while (error.status == CTE_OK && part > 0) {
                source_read(source, got + length, size + 1 - length, &part, &error);
                length += part;
            }
            source_close(source);
            CHECK(error.status == CTE_OK, "%s", error.text);
        } else {
            got = read_file(path, &length);
        }
        CHECK(length == size && memcmp(got, bytes, size) == 0, "%zu bytes, gzip %d: not the same",
              size, gzip);
        free(got);
        got = read_file(path, &length);
        char hex[65];
        digest_bytes(got, length, hex);
        CHECK(output.bytes == length && strcmp(hex, output.sha256) == 0,
              "%zu bytes, gzip %d: another sum than the file", size, gzip);
        unlink(path);
        output_discard(&output);
        free(got);
        free(path);
    }
    free(bytes);
}

static void gzip_is_the_same_every_time(void)
{
    char hashes[2][65];
    for (unsigned i = 0; i < 2; i++) {
        struct output output;
        struct cte_error error = {0};
        output_open(&output, folder, i == 0 ? "a" : "b", true, &error);
        for (unsigned line = 0; line < 50000; line++)
            output_put(&output, "some text that packs well\n", 26);
        output_close(&output, &error);
        memcpy(hashes[i], output.sha256, 65);
        output_discard(&output);
    }
    CHECK_TEXT("hash of the packed file", hashes[0], hashes[1]);
}

static void a_full_disk_is_told(void)
{
    static const size_t budgets[] = {0, 5, OUTPUT_BUFFER - 1, OUTPUT_BUFFER, OUTPUT_BUFFER + 1};
    static char bytes[OUTPUT_BUFFER + 100];
    struct dice dice = {32};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)roll(&dice, 256);
    for (size_t b = 0; b < 2 * sizeof budgets / sizeof *budgets; b++) {
        struct output output;
        struct cte_error error = {0};
        output_open(&output, folder, "full", b % 2 != 0, &error);
        fail_writes(ENOSPC, budgets[b / 2]);
        output_put(&output, bytes, sizeof bytes);
        int status = output_close(&output, &error);
        whole_again();
        CHECK(status == CTE_IO && strstr(error.text, "full") != NULL &&
                  strstr(error.text, strerror(ENOSPC)) != NULL,
              "disk full after %zu bytes: status %d, %s", budgets[b / 2], status, error.text);
        output_discard(&output);
        CHECK(entries() == 0, "something is left");
    }
}

static void where_nothing_can_be_made(void)
{
    struct output output;
    struct cte_error error = {0};
    char *missing = cte_format("%s/no/such/folder", folder);
    int status = output_open(&output, missing, "x", false, &error);
    CHECK(status == CTE_CANNOT_CREATE && error.status == status, "status %d", status);
    free(missing);
}

static void csv_cells(void)
{
    static const struct {
        const char *value, *cell;
    } cases[] = {{"", ""},           {"plain", "plain"},   {" a ", " a "},       {"a,b", "\"a,b\""},
                 {"\"", "\"\"\"\""}, {"a\nb", "\"a\nb\""}, {"a\rb", "\"a\rb\""}, {"a^b;c", "a^b;c"},
                 {"=1+1", "=1+1"}};
    struct output output;
    struct cte_error error = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        output_open(&output, folder, "cells", false, &error);
        output_csv(&output, cases[i].value, strlen(cases[i].value));
        output_text(&output, "");
        char *got = cte_format("%.*s", (int)output.used, output.buffer);
        CHECK_TEXT("cell", cases[i].cell, got);
        CHECK(csv_needs_quotes(cases[i].value, strlen(cases[i].value)) == (cases[i].cell[0] == '"'),
              "csv_needs_quotes(%s)", cases[i].value);
        free(got);
        output_discard(&output);
    }
}

static void xml_text(void)
{
    struct output output;
    struct cte_error error = {0};
    output_open(&output, folder, "xml", false, &error);
    CHECK(output_xml(&output, "<a b=\"c\">&'\r\n\t\xc3\xa9", 16), "XML text is refused");
    char *got = cte_format("%.*s", (int)output.used, output.buffer);
    CHECK_TEXT("XML text", "&lt;a b=&quot;c&quot;&gt;&amp;'&#13;&#10;&#9;\xc3\xa9", got);
    free(got);
    for (char c = 0; c < 0x20; c++)
        CHECK(output_xml(&output, &c, 1) == (c == '\t' || c == '\n' || c == '\r'),
              "control character %d", c);
    output_discard(&output);
}

void add_output_suite(void)
{
    static const CU_TestInfo tests[] = {
        {"a file appears whole", a_file_appears_whole},
        {"a file disappears whole", a_file_disappears_whole},
        {"sizes around the buffer", sizes_around_the_buffer},
        {"gzip gives the same bytes every time", gzip_is_the_same_every_time},
        {"a full disk is told", a_full_disk_is_told},
        {"where nothing can be made", where_nothing_can_be_made},
        {"CSV cells", csv_cells},
        {"XML text", xml_text},
        {NULL, NULL},
    };
    add_suite("output", make_folder, forget_folder, tests);
}
