#include "pipeline/cte-run/made.h"

#include <libdeflate.h>
#include <libxml/parser.h>
#include <limits.h>
#include <link.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xlsxwriter.h>
#include <zip.h>

#include "pipeline/cte-run/process.h"
#include "pipeline/run/run_folder.h"
#include "codetables/base/digest.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

/* A file that was at work, and its hash when the run began; empty where it could not be read. */
struct at_work {
    const char *name; /* of a program; NULL: a library */
    char *path, sha256[65];
};

static struct {
    char **arguments;
    size_t argument_count;
    struct at_work *files;
    size_t file_count;
    pthread_t hasher;
    bool is_hashing;
} made;

void record_command(int argc, char *const *argv)
{
    made.arguments = cte_zalloc((size_t)argc + 1, sizeof *made.arguments);
    for (int i = 0; i < argc; i++)
        made.arguments[made.argument_count++] = path_shown(argv[i]);
}

static void note_file(const char *name, const char *path)
{
    /* the system cannot say where it is; then its hash is lacking */
    path = path != NULL ? path : "";
    made.files = cte_realloc(made.files, (made.file_count + 1) * sizeof *made.files);
    struct at_work *file = &made.files[made.file_count++];
    *file = (struct at_work){.name = name, .path = cte_strdup(path)};
}

/* The program itself has no name here, and what the kernel maps is in no file. */
static int note_library(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (info->dlpi_name != NULL && info->dlpi_name[0] == '/')
        note_file(NULL, info->dlpi_name);
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct at_work *x = a, *y = b;
    if ((x->name == NULL) != (y->name == NULL))
        return x->name == NULL ? 1 : -1;
    return strcmp(x->name != NULL ? x->name : x->path, y->name != NULL ? y->name : y->path);
}

static void *hash_files(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < made.file_count; i++) {
        if (!digest_file(made.files[i].path, made.files[i].sha256))
            made.files[i].sha256[0] = '\0';
    }
    return NULL;
}

/* Also when the program ends: the library that hashes must not end before. */
static void wait_for_hashes(void)
{
    if (made.is_hashing && !pthread_equal(pthread_self(), made.hasher))
        pthread_join(made.hasher, NULL);
    made.is_hashing = false;
}

/* Sixty megabytes, while the stages start. Signals are for those that wait for one. */
static void begin_hashing(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    made.is_hashing = pthread_create(&made.hasher, NULL, hash_files, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!made.is_hashing)
        hash_files(NULL);
    else if (atexit(wait_for_hashes) != 0)
        wait_for_hashes();
}

void hash_programs(struct run *run)
{
    char own[PATH_MAX + 1];
    if (run->clock.is_fixed)
        return;
    const ssize_t length = readlink("/proc/self/exe", own, PATH_MAX);
    own[length > 0 ? length : 0] = '\0';
    note_file(run->program->name, own);
    for (int stage = 0; stage < PROGRAMS; stage++)
        note_file(stage_names[stage], program_path(stage_names[stage]));
    note_file("cte-report", program_path("cte-report"));
    /* The Makefile links this program with all that any stage is linked with. */
    dl_iterate_phdr(note_library, NULL);
    qsort(made.files, made.file_count, sizeof *made.files, compare_files);
    begin_hashing();
}

/* The libraries that were at work, by what they say of themselves. */
static void put_versions(struct xml_out *xml)
{
    char parser[32];
    snprintf(parser, sizeof parser, "%.5s", xmlParserVersion);
    const char *const libraries[][2] = {{"libxml2", parser},
                                        {"zlib", zlibVersion()},
                                        {"libzip", zip_libzip_version()},
                                        {"libdeflate", LIBDEFLATE_VERSION_STRING},
                                        {"libxlsxwriter", lxw_version()},
                                        {"libcrypto", OpenSSL_version(OPENSSL_VERSION_STRING)}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        xml_open(xml, "library");
        xml_attribute(xml, "name", libraries[i][0]);
        xml_attribute(xml, "version", libraries[i][1]);
        xml_close(xml);
    }
}

static void put_files(struct xml_out *xml)
{
    for (size_t i = 0; i < made.file_count; i++) {
        const struct at_work *file = &made.files[i];
        char *shown = path_shown(file->path);
        xml_open(xml, "binary");
        if (file->name != NULL)
            xml_attribute(xml, "name", file->name);
        xml_attribute(xml, "file", shown);
        if (file->sha256[0] != '\0')
            xml_attribute(xml, "sha256", file->sha256);
        else
            xml_attribute(xml, "unreadable", "yes"); /* it may be run and not read */
        xml_close(xml);
        free(shown);
    }
}

static void put_user(struct xml_out *xml)
{
    const struct passwd *user = getpwuid(getuid());
    char host[HOST_NAME_MAX + 1] = "";
    char *name = path_shown(user != NULL ? user->pw_name : "");
    gethostname(host, sizeof host - 1);
    char *shown = path_shown(host);
    xml_attribute(xml, "user", name);
    xml_count(xml, "uid", getuid());
    xml_attribute(xml, "host", shown);
    free(shown);
    free(name);
}

void put_made(const struct run *run, struct xml_out *xml)
{
    char ended[32];
    const time_t now = time(NULL);
    struct tm utc;
    if (run->clock.is_fixed)
        return;
    wait_for_hashes();
    gmtime_r(&now, &utc);
    strftime(ended, sizeof ended, "%Y-%m-%dT%H:%M:%SZ", &utc);
    xml_open(xml, "made");
    put_user(xml);
    xml_attribute(xml, "started", run->clock.started);
    xml_attribute(xml, "ended", ended);
    xml_open(xml, "command");
    for (size_t i = 0; i < made.argument_count; i++) {
        xml_open(xml, "argument");
        xml_text(xml, made.arguments[i]);
        xml_close(xml);
    }
    xml_close(xml);
    xml_open(xml, "build");
    xml_attribute(xml, "version", CTE_VERSION);
    if (CTE_COMMIT[0] != '\0')
        xml_attribute(xml, "commit", CTE_COMMIT);
    xml_close(xml);
    put_versions(xml);
    put_files(xml);
    xml_close(xml);
}
