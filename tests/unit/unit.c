/* The helpers of unit.h that every suite needs. */
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void add_suite(const char *name, CU_InitializeFunc begin, CU_CleanupFunc end,
               const CU_TestInfo *tests)
{
    CU_pSuite suite = CU_add_suite(name, begin, end);
    for (; suite != NULL && tests->pName != NULL; tests++) {
        if (CU_add_test(suite, tests->pName, tests->pTestFunc) == NULL)
            suite = NULL;
    }
    if (suite == NULL) {
        fprintf(stderr, "unit: cannot register suite %s: %s\n", name, CU_get_error_msg());
        exit(1);
    }
}

bool check_passed(int line, const char *file)
{
    return CU_assertImplementation(CU_TRUE, (unsigned)line, "", file, "", CU_FALSE) != CU_FALSE;
}

bool check_failed(int line, const char *file, const char *format, ...)
{
    char words[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return CU_assertImplementation(CU_FALSE, (unsigned)line, words, file, "", CU_FALSE) != CU_FALSE;
}

static void add_visible(struct text *text, const char *bytes)
{
    text_put(text, "", 0);
    for (const char *c = bytes; *c != '\0' && text->length < 1500; c++) {
        if (*c == '\n')
            text_format(text, "\n      ");
        else if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
            text_format(text, "\\x%02x", (unsigned char)*c);
        else
            text_put(text, c, 1);
    }
}

bool check_text(int line, const char *file, const char *what, const char *expected, const char *got)
{
    if (strcmp(expected, got) == 0)
        return check_passed(line, file);
    struct text left = {0}, right = {0};
    add_visible(&left, expected);
    add_visible(&right, got);
    check_failed(line, file, "%s\n    expected\n      %s\n    got\n      %s", what, left.bytes,
                 right.bytes);
    text_free(&left);
    text_free(&right);
    return false;
}

const char *in_memory(unsigned slot, const void *bytes, size_t length)
{
    static int files[MEMORY_SLOTS] = {-1, -1, -1, -1};
    static char paths[MEMORY_SLOTS][40];
    if (files[slot] < 0)
        files[slot] = memfd_create("unit", MFD_CLOEXEC);
    if (files[slot] < 0 || ftruncate(files[slot], 0) != 0)
        cte_die("no file in memory: %s", strerror(errno));
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(files[slot], (const char *)bytes + done, length - done, (off_t)done);
        if (n <= 0)
            cte_die("cannot write a file in memory: %s", strerror(errno));
        done += (size_t)n;
    }
    snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", files[slot]);
    return paths[slot];
}

static char folder[64];

static void remove_tree(const char *path)
{
    DIR *entries = opendir(path);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner = cte_format("%s/%s", path, entry->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
        free(inner);
    }
    if (entries != NULL)
        closedir(entries);
    rmdir(path);
}

static void remove_test_folder(void)
{
    remove_tree(folder);
}

const char *test_folder(void)
{
    if (folder[0] == '\0') {
        const char *temporary = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/unit.XXXXXX",
                 temporary != NULL && strlen(temporary) < 40 ? temporary : "/tmp");
        if (mkdtemp(folder) == NULL)
            cte_die("cannot make a folder for the tests: %s", strerror(errno));
        atexit(remove_test_folder);
    }
    return folder;
}

char *test_path(const char *name)
{
    return cte_format("%s/%s", test_folder(), name);
}

char *test_file(const char *name, const void *bytes, size_t length)
{
    char *path = test_path(name);
    FILE *file = fopen(path, "we");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        cte_die("cannot write %s: %s", path, strerror(errno));
    return path;
}

char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    struct text text = {0};
    char buffer[1 << 14];
    text_clear(&text);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_put(&text, buffer, got);
    fclose(file);
    *length = text.length;
    return text_take(&text);
}

/* A linear congruential generator (Knuth's MMIX), of which the upper bits are taken. */
uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(((dice->state >> 32) * sides) >> 32);
}
