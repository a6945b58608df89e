/* Runs a whole program on a bundle of files; see bundled_program.h. */
#include "tests/fuzz/bundled_program.h"

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

#include "codetables/model/tables.h"
#include "codetables/base/lock_down.h"
#include "tests/fuzz/bundle.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"
#include "codetables/base/memory.h"

enum { SECONDS = 60, MANY_RUNS = 4, MOST_ARGS = 40 };

static char *work_folder, *tables_folder;
static struct bundle_place place;

/* ---- What the process under test saw of the code ---- */

/* libFuzzer's counters, one section of the program: copied to memory that parent and child
 * share. Absent without libFuzzer. */
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
    unsetenv("FAULT_CALL"); /* what failed is over */
    /* What the process before this one saw of the same input stays. */
    for (size_t i = 0; i < counters_size(); i++) {
        if (shared_counters[i] < counters_begin[i])
            shared_counters[i] = counters_begin[i];
    }
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

/* The program locks itself down as always, but must leave its coverage behind; tests/faults has
 * the tests of the lock. */
__typeof__(lock_down) __wrap_lock_down;
int __wrap_lock_down(const struct lock_down *wanted)
{
    (void)wanted;
    return 0;
}

/* ---- Tables ---- */

/* The project's tables are loaded once, by the parent: the process is told to load one and finds
 * it there. The loaders are put through these by the linker. Tables of a bundle are loaded anew
 * each time, and so are those that point into themselves. */
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
static bool is_cached(const char *path);
LOADER(0, codeset)
LOADER(1, crosswalk)
LOADER(2, layout)
LOADER(3, rules)

/* One that is taken from the cache twice may not be freed twice. */
#define FREER(name)                                                                                \
    __typeof__(name##_free) __real_##name##_free, __wrap_##name##_free;                            \
    void __wrap_##name##_free(struct name *table)                                                  \
    {                                                                                              \
        if (is_cached(table->identity.path))                                                       \
            *table = (struct name){0};                                                             \
        else                                                                                       \
            __real_##name##_free(table);                                                           \
    }

FREER(codeset)
FREER(crosswalk)
FREER(layout)
FREER(rules)

static const struct loader_kind loaders[KINDS] = {{load_codeset, sizeof(struct codeset)},
                                                  {load_crosswalk, sizeof(struct crosswalk)},
                                                  {load_layout, sizeof(struct layout)},
                                                  {load_rules, sizeof(struct rules)}};

/* By the path in its identity, which copies have in common, and which every table begins with. */
static bool is_cached(const char *path)
{
    bool is_found = false;
    for (size_t i = 0; i < cached_count && path != NULL; i++)
        is_found = is_found || ((const struct table_identity *)cache[i].table)->path == path;
    return is_found;
}

static int load_cached(size_t kind, const char *path, const char *schema, void *table,
                       struct cte_error *error)
{
    for (size_t i = 0; i < cached_count; i++) {
        if (cache[i].kind == kind && strcmp(cache[i].path, path) == 0) {
            memcpy(table, cache[i].table, loaders[kind].size);
            cache[i].kind = KINDS; /* the process frees it; another of its kind is loaded */
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
    nftw(work_folder, remove_one, BUNDLE_DEPTH, FTW_DEPTH | FTW_PHYS);
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
    const struct rules *rules;
    struct cte_error error = {0};
    if (tables_open(&tables, tables_folder, &error) != CTE_OK ||
        tables_rules(&tables, &rules, &error) != CTE_OK)
        cte_die("%s", error.text);
    place = (struct bundle_place){work_folder, tables_folder, &rules->identity};
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

/* The arguments: a line that the letter of the section chooses, or the lines of the section, which
 * lead out of no folder. */
static int take_arguments(const struct program_lines *lines, const char *section, char **args,
                          int count)
{
    const char *chosen = bundle_text(section), *at = chosen != NULL ? chosen : "";
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

/* A variable of the environment, from the first line of a section. */
static void set_line(const char *variable, const char *section)
{
    const char *text = bundle_text(section);
    if (text == NULL)
        return;
    char *line = cte_format("%.*s", (int)strcspn(text, "\n"), text);
    if (setenv(variable, line, 1) != 0)
        _exit(CTE_IO);
    free(line);
}

static void run_child(const struct program_lines *lines, const char *section)
{
    char *args[MOST_ARGS + 1] = {(char *)(uintptr_t)lines->name};
    int count = 1;
    /* The tables of the bundle, with the schemas of the project, or those of the project. */
    const char *tables = access("tables", F_OK) == 0 ? "tables" : tables_folder;
    if (tables != tables_folder) {
        char *schemas = cte_format("%s/schema", tables_folder);
        if (symlink(schemas, "tables/schema") != 0 && errno != EEXIST)
            _exit(CTE_IO);
    }
    if (bundle_text("no-tables") == NULL) {
        args[count++] = (char *)(uintptr_t) "--codetables";
        args[count++] = (char *)(uintptr_t)tables;
    }
    count = take_arguments(lines, section, args, count);
    static const char *const inputs[] = {"stdin.stream", "stdin", "/dev/null"};
    size_t input = 0;
    while (access(inputs[input], F_OK) != 0)
        input++;
    redirect(inputs[input], O_RDONLY, STDIN_FILENO);
    redirect("stdout", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect("stderr", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    set_line("SOURCE_DATE_EPOCH", "epoch");
    set_line("FAULT_CALL", "fault");
    set_line("FAULT_ERROR", "fault-error");
    set_line("FAULT_AFTER", "fault-after");
    alarm(SECONDS);
    if (on_exit(leave_at_exit, NULL) != 0)
        _exit(CTE_IO);
    optind = 1;
    exit(lines->main(count, args));
}

static bool is_status(int status, int trouble)
{
    /* A program that cannot be found is told as a bug, and by a fault any of them may be. */
    if (status == CTE_BUG && bundle_text("fault") != NULL)
        return true;
    /* Not CTE_BUG, and not CTE_NOTHING_TO_DO, for each run has something to do. */
    static const int known[] = {
        CTE_OK, CTE_SOME_LEFT, CTE_USAGE,         CTE_BAD_INPUT, CTE_NO_INPUT, CTE_CANNOT_CREATE,
        CTE_IO, CTE_BUSY,      CTE_NO_PERMISSION, CTE_BAD_TABLE};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i] == status || (trouble != 0 && trouble == status))
            return true;
    }
    return false;
}

/* One process; its exit status is one that the contract knows. */
static int run_process(const struct program_lines *lines, const char *section)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_child(lines, section);
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
    return WEXITSTATUS(status);
}

void program_run(const struct program_lines *lines, const uint8_t *data, size_t size)
{
    prepare();
    int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (back < 0 || chdir(work_folder) != 0)
        abort();
    mkdir("out", 0700);
    bundle_unpack(data, size, &place);
    memset(shared_counters, 0, counters_size());
    const int status = run_process(lines, "args");
    if (bundle_text("then") != NULL)
        run_process(lines, "then");
    runs++;
    good_runs += status == CTE_OK || status == CTE_SOME_LEFT;
    if (counters_size() > 0)
        memcpy(counters_begin, shared_counters, counters_size());
    load_wanted();
    nftw(".", remove_one, BUNDLE_DEPTH, FTW_DEPTH | FTW_PHYS);
    if (fchdir(back) != 0)
        abort();
    close(back);
}
