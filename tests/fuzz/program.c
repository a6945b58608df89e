/* Runs a whole program on a bundle of files; see program.h. */
#include "tests/fuzz/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include "codetables/model/tables.h"
#include "codetables/base/lock_down.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"
#include "codetables/base/digest.h"

enum { SECTIONS = 64, NAME_ROOM = 200, SECONDS = 60, DEPTH = 16, MANY_RUNS = 4, MOST_ARGS = 40 };

struct section {
    char name[NAME_ROOM];
    struct text content;
};

static struct section sections[SECTIONS];
static size_t section_count;
static char *work_folder, *tables_folder;
static const struct rules *rules_of_project;

/* ---- What the process under test saw of the code ---- */

/* libFuzzer's counters, one section of the program: copied to memory that parent and child share. Absent without libFuzzer. */
extern uint8_t counters_begin[] __asm__("__start___sancov_cntrs") __attribute__((weak));
extern uint8_t counters_end[] __asm__("__stop___sancov_cntrs") __attribute__((weak));
extern int __llvm_profile_write_file(void) __attribute__((weak));
static uint8_t *shared_counters;

static size_t counters_size(void)
{
    return counters_begin != NULL ? (size_t)(counters_end - counters_begin) : 0;
}

/* Before anything else that waits for exit(): libFuzzer takes exit() for a fault. */
static void leave_child(void)
{
    if (counters_size() > 0)
        memcpy(shared_counters, counters_begin, counters_size());
    if (__llvm_profile_write_file != NULL)
        __llvm_profile_write_file();
}

static void leave_at_exit(int status, void *unused)
{
    (void)unused;
    fflush(NULL);
    leave_child();
    _exit(status);
}

/* The program locks itself down as always, but must leave its coverage behind; tests/faults has the tests of the lock. */
__typeof__(lock_down) __wrap_lock_down;
int __wrap_lock_down(const struct lock_down *wanted)
{
    (void)wanted;
    return 0;
}

/* ---- Tables ---- */

/* The project's tables are loaded once, by the parent: the process is told to load one and finds it there. The loaders are put
 * through these by the linker. Tables of a bundle are loaded anew each time, and so are those that point into themselves. */
enum { CACHED = 256, WANTED = 16, KINDS = 4 };
typedef int loader(const char *path, const char *schema, void *table, struct cte_error *error);

struct loader_kind {
    loader *load;
    size_t size;
};

static struct cached {
    size_t kind;
    char *path;
    void *table;
} cache[CACHED];
static size_t cached_count;

/* What a process asked for and did not find; in shared memory. */
static struct wanted {
    size_t count, kinds[WANTED];
    char paths[WANTED][1024];
} * wanted_tables;

#define LOADER(number, name)                                                                       \
    __typeof__(name##_load) __real_##name##_load, __wrap_##name##_load;                            \
    static int load_##name(const char *path, const char *schema, void *table,                      \
                           struct cte_error *error)                                                \
    {                                                                                              \
        return __real_##name##_load(path, schema, table, error);                                   \
    }                                                                                              \
    int __wrap_##name##_load(const char *path, const char *schema, struct name *table,             \
                             struct cte_error *error)                                              \
    {                                                                                              \
        return load_cached(number, path, schema, table, error);                                    \
    }

static int load_cached(size_t kind, const char *path, const char *schema, void *table,
                       struct cte_error *error);
LOADER(0, codeset)
LOADER(1, crosswalk)
LOADER(2, layout)
LOADER(3, rules)
static const struct loader_kind loaders[KINDS] = {{load_codeset, sizeof(struct codeset)},
                                                  {load_crosswalk, sizeof(struct crosswalk)},
                                                  {load_layout, sizeof(struct layout)},
                                                  {load_rules, sizeof(struct rules)}};

static int load_cached(size_t kind, const char *path, const char *schema, void *table,
                       struct cte_error *error)
{
    for (size_t i = 0; i < cached_count; i++) {
        if (cache[i].kind == kind && strcmp(cache[i].path, path) == 0) {
            memcpy(table, cache[i].table, loaders[kind].size);
            return CTE_OK;
        }
    }
    struct wanted *wanted = wanted_tables;
    if (wanted != NULL && tables_folder != NULL &&
        strncmp(path, tables_folder, strlen(tables_folder)) == 0 &&
        strlen(path) < sizeof *wanted->paths && wanted->count < WANTED) {
        wanted->kinds[wanted->count] = kind;
        strcpy(wanted->paths[wanted->count++], path);
    }
    return loaders[kind].load(path, schema, table, error);
}

static void load_wanted(void)
{
    static const char *const names[KINDS] = {"codeset", "crosswalk", "layout", "rules"};
    struct wanted *wanted = wanted_tables;
    for (size_t i = 0; i < wanted->count && cached_count < CACHED; i++) {
        struct cte_error error = {0};
        struct cached *made = &cache[cached_count];
        char *schema = cte_format("%s/schema/%s.xsd", tables_folder, names[wanted->kinds[i]]);
        *made = (struct cached){wanted->kinds[i], cte_strdup(wanted->paths[i]),
                                cte_zalloc(1, loaders[wanted->kinds[i]].size)};
        if (loaders[made->kind].load(made->path, schema, made->table, &error) == CTE_OK)
            cached_count++;
        free(schema);
    }
    wanted->count = 0;
}

/* ---- The bundle ---- */

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
    return depth < DEPTH && name[strlen(name) - 1] != '/';
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

/* A trailer with the number of records, or of lines, and the sum of all bytes before it; that of an index leaves line feeds out. */
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

/* What stands between two `@`, added to `filled` as program.h says; false where it is none of these. */
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
        char *path = cte_format("%s/%s", tables_folder, name);
        size_t size = 0;
        char *bytes = is_good_name(name) ? read_file(path, &size) : NULL;
        if (bytes != NULL)
            text_put(filled, bytes, size);
        free(bytes);
        free(path);
    } else if (length == 4 && memcmp(about, "path", 4) == 0) {
        text_put(filled, work_folder, strlen(work_folder));
    } else if (length == 5 && memcmp(about, "rules", 5) == 0) {
        text_format(filled, "%s^%s^%s", rules_of_project->identity.id,
                    rules_of_project->identity.version, rules_of_project->identity.sha256);
    } else {
        return false;
    }
    return true;
}

static void fill_in(struct text *content)
{
    struct text filled = {0};
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

/* All sections of one archive, in their order. The sum and sizes are right, as the archive is made anew. */
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

static void write_bundle(void)
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

char *program_file(const char *path, size_t *length)
{
    return read_file(path, length);
}

/* ---- The process ---- */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    return walk->level == 0 ? 0 : remove(path);
}

static void remove_work_folder(void)
{
    nftw(work_folder, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
    rmdir(work_folder);
}

/* Seeds of which the program refuses each one show that it does not get to its work any more. */
static size_t runs, good_runs;

static void look_at_runs(void)
{
    if (counters_size() > 0 || runs < MANY_RUNS || good_runs > 0)
        return;
    fprintf(stderr, "of %zu inputs none brought the program to a good end\n", runs);
    _exit(EXIT_FAILURE);
}

static void prepare(void)
{
    if (work_folder != NULL)
        return;
    /* In memory, where there is such a place: a run is some files that are gone at once. */
    char folder[] = "/dev/shm/cte-fuzz-XXXXXX";
    work_folder = cte_strdup(mkdtemp(folder) != NULL ? folder : test_folder());
    tables_folder = realpath("codetables", NULL);
    shared_counters =
        mmap(NULL, counters_size() + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    wanted_tables = mmap(NULL, sizeof *wanted_tables, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared_counters == MAP_FAILED || wanted_tables == MAP_FAILED || tables_folder == NULL)
        abort();
    static struct tables tables;
    struct cte_error error = {0};
    if (tables_open(&tables, tables_folder, &error) != CTE_OK ||
        tables_rules(&tables, &rules_of_project, &error) != CTE_OK)
        cte_die("%s", error.text);
    atexit(look_at_runs);
    atexit(remove_work_folder);
}

static void redirect(const char *path, int flags, int to)
{
    int fd = open(path, flags, 0600);
    if (fd < 0 || dup2(fd, to) != to)
        _exit(CTE_IO);
    if (fd != to)
        close(fd);
}

/* The arguments: a line that the letter of the section `args` chooses, or the lines of the section, which lead out of no folder. */
static int take_arguments(const struct program_lines *lines, char **args, int count)
{
    const struct section *chosen = find_section("args");
    const char *at = chosen != NULL ? chosen->content.bytes : "";
    if (strcspn(at, "\n") > 1) {
        while (*at != '\0' && count < MOST_ARGS) {
            size_t length = strcspn(at, "\n");
            char *arg = cte_format("%.*s", (int)length, at);
            const bool leads_out =
                *arg == '/' || strstr(arg, "..") != NULL || strstr(arg, "=/") != NULL;
            args[count++] = leads_out ? cte_strdup("leads-out") : arg;
            at += length + (at[length] == '\n');
        }
        return count;
    }
    const size_t letter = (unsigned char)*at - 'a', line = letter < lines->count ? letter : 0;
    for (size_t i = 0; lines->args[line][i] != NULL; i++)
        args[count++] = (char *)(uintptr_t)lines->args[line][i];
    return count;
}

static void run_child(const struct program_lines *lines)
{
    char *args[MOST_ARGS + 1] = {(char *)(uintptr_t)lines->name};
    int count = 1;
    /* The tables of the bundle, with the schemas of the project, or those of the project. */
    args[count++] = (char *)(uintptr_t) "--codetables";
    if (access("tables", F_OK) == 0) {
        char *schemas = cte_format("%s/schema", tables_folder);
        if (symlink(schemas, "tables/schema") != 0 && errno != EEXIST)
            _exit(CTE_IO);
        args[count++] = (char *)(uintptr_t) "tables";
    } else {
        args[count++] = tables_folder;
    }
    count = take_arguments(lines, args, count);
    static const char *const inputs[] = {"stdin.stream", "stdin", "/dev/null"};
    size_t input = 0;
    while (access(inputs[input], F_OK) != 0)
        input++;
    redirect(inputs[input], O_RDONLY, STDIN_FILENO);
    redirect("stdout", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect("stderr", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    alarm(SECONDS);
    if (on_exit(leave_at_exit, NULL) != 0)
        _exit(CTE_IO);
    optind = 1;
    exit(lines->main(count, args));
}

static bool is_status(int status, int trouble)
{
    /* Not CTE_BUG; and not CTE_NOTHING_TO_DO, with which a sanitizer ends a program. */
    static const int known[] = {
        CTE_OK, CTE_SOME_LEFT, CTE_USAGE,         CTE_BAD_INPUT, CTE_NO_INPUT, CTE_CANNOT_CREATE,
        CTE_IO, CTE_BUSY,      CTE_NO_PERMISSION, CTE_BAD_TABLE};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i] == status || (trouble != 0 && trouble == status))
            return true;
    }
    return false;
}

void program_run(const struct program_lines *lines, const uint8_t *data, size_t size)
{
    prepare();
    int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (back < 0 || chdir(work_folder) != 0)
        abort();
    take_sections(data, size);
    mkdir("out", 0700);
    write_bundle();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_child(lines);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || !is_status(WEXITSTATUS(status), lines->trouble)) {
        size_t length;
        char *said = read_file("stderr", &length);
        fprintf(stderr, "%s: ended with %s %d:\n%s\n", lines->name,
                WIFEXITED(status) ? "status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
                said != NULL ? said : "");
        abort();
    }
    runs++;
    good_runs += WEXITSTATUS(status) == CTE_OK || WEXITSTATUS(status) == CTE_SOME_LEFT;
    if (counters_size() > 0)
        memcpy(counters_begin, shared_counters, counters_size());
    load_wanted();
    nftw(".", remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
    if (fchdir(back) != 0)
        abort();
    close(back);
}
