#include "codetables/base/program.h"

#include "codetables/base/lock_down.h"
#include "codetables/base/memory.h"
#include "codetables/base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of the running program, in a static buffer; NULL where the system cannot say. */
static const char *own_folder(void)
{
    static char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    return path;
}

/* In the build tree, programs stand in build/bin and the tables two folders up; else where `make
 * install` put them. */
const char *default_codetables(void)
{
    static const char bin[] = "/build/bin";
    static char path[PATH_MAX + 32];
    const char *folder = own_folder();
    const size_t length = folder != NULL ? strlen(folder) : 0, tail = sizeof bin - 1;
    if (length > tail && strcmp(folder + length - tail, bin) == 0) {
        snprintf(path, sizeof path, "%.*s/codetables", (int)(length - tail), folder);
        if (access(path, R_OK) == 0)
            return path;
    }
    return CTE_TABLES_DIR;
}

char *program_beside(const char *name)
{
    const char *folder = own_folder();
    return folder != NULL ? cte_format("%s/%s", folder, name) : cte_strdup(name);
}

/* Where the help of an option begins, and how long its lines are: for a terminal of 80 columns. */
enum { HELP_COLUMN = 31, HELP_WIDTH = 79 };

/* Prints the words of a text from this column on; further lines begin at `indent`. */
static void print_words(const char *text, size_t length, int column, int indent)
{
    const char *const end = text + length;
    for (bool first = true; text < end; first = false) {
        int word = 0;
        while (text + word < end && text[word] != ' ' && text[word] != '\n')
            word++;
        if (!first && column + 1 + word > HELP_WIDTH)
            column = printf("\n%*s", indent, "") - 1;
        else if (!first)
            column += printf(" ");
        column += printf("%.*s", word, text);
        for (text += word; text < end && (*text == ' ' || *text == '\n');)
            text++;
    }
    putchar('\n');
}

/* Prints a name in its column, and beside it, or below a long one, what it is. */
static void print_entry(const char *left, size_t length, const char *right, size_t right_length)
{
    const int column = printf("  %-*.*s", HELP_COLUMN - 3, (int)length, left);
    if (column < HELP_COLUMN)
        putchar(' ');
    else
        printf("\n%*s", HELP_COLUMN, "");
    print_words(right, right_length, HELP_COLUMN, HELP_COLUMN);
}

/* Paragraphs, and lines that begin with two blanks: an entry, two blanks or more, what it is. */
static void print_description(const char *text)
{
    while (*text != '\0') {
        const char *end = text;
        const bool is_entry = *text == ' ', is_empty = *text == '\n';
        while (*end != '\0' && !is_empty &&
               (*end != '\n' || (!is_entry && end[1] != '\n' && end[1] != ' ')))
            end++;
        const char *gap = is_entry ? strstr(text + 2, "  ") : NULL;
        if (gap != NULL && gap < end) {
            const char *right = gap + strspn(gap, " ");
            print_entry(text + 2, (size_t)(gap - text) - 2, right, (size_t)(end - right));
        } else {
            print_words(text, (size_t)(end - text), 0, 0);
        }
        text = *end != '\0' ? end + 1 : end;
    }
}

static void print_option(const char *left, const char *help)
{
    print_entry(left, strlen(left), help, strlen(help));
}

static void print_help(const struct program *program)
{
    printf("Usage: %s %s\n\n", program->name, program->synopsis);
    print_description(program->description);
    puts("\nOptions:");
    for (size_t i = 0; i < program->option_count; i++) {
        const struct program_option *option = &program->options[i];
        char left[80];
        snprintf(left, sizeof left, "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
                 option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
                 option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
        print_option(left, option->help);
    }
    print_option("    --codetables DIR", "the folder of code tables");
    print_option("    --help", "print this and end");
    print_option("    --version", "print the version and end");
    const int column = printf("\nExit status: ") - 1;
    print_words(program->exits, strlen(program->exits), column, 0);
}

static int finish_printing(const struct program *program)
{
    struct cte_error error = {0};
    return program_close_output(&error) == CTE_OK ? CTE_OK : program_fail(program, &error);
}

void option_list_add(struct option_list *list, const char *text)
{
    list->texts = cte_realloc(list->texts, (list->count + 1) * sizeof *list->texts);
    list->texts[list->count++] = text;
}

void option_list_free(struct option_list *list)
{
    free(list->texts);
    *list = (struct option_list){NULL, 0};
}

static void set_option(const struct program_option *option, const char *text)
{
    if (option->kind == OPTION_FLAG) {
        *(bool *)option->target = true;
    } else if (option->kind == OPTION_TEXT) {
        *(const char **)option->target = text;
    } else {
        option_list_add(option->target, text);
    }
}

/* Where one of the first three descriptors is closed, the next file that is opened would take its
 * place, and be read or written for it. Each is opened the wrong way round, so that reading or
 * writing it fails, as it would have. */
static void open_descriptors(const struct program *program)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            program_say(program, "descriptor %d is closed, and /dev/null cannot be opened: %s", fd,
                        strerror(errno));
            exit(CTE_IO);
        }
    }
}

static const char driver_variable[] = "CTE_DRIVER";

char **program_environment(void)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    const size_t array = (count + 2) * sizeof(char *), room = sizeof driver_variable + 24;
    char **environment = cte_alloc(array + room);
    char *driver = (char *)environment + array;
    memcpy(environment, environ, count * sizeof *environment);
    snprintf(driver, room, "%s=%ld", driver_variable, (long)getpid());
    environment[count] = driver;
    environment[count + 1] = NULL;
    return environment;
}

/* A program that another one of ours started does not outlive it, however that one ends. Between
 * the two there may be another, as a debugger: then nothing is known of the driver but whether it
 * lives. */
static void end_with_driver(void)
{
    uint64_t number;
    const char *text = getenv(driver_variable);
    if (text == NULL || !read_number(text, &number) || number > INT_MAX)
        return;
    const pid_t driver = (pid_t)number;
    if (getppid() == driver)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != driver && kill(driver, 0) != 0 && errno == ESRCH)
        exit(CTE_BUG);
    unsetenv(driver_variable);
}

static mode_t users_umask = 077;

mode_t program_umask(void)
{
    return users_umask;
}

void program_start(struct program *program, int argc, char **argv, int *first)
{
    end_with_driver();
    open_descriptors(program);
    users_umask = umask(077);
    prctl(PR_SET_DUMPABLE, 0);
    enum { HELP = 1000, VERSION, TABLES, FIRST_OPTION };
    size_t count = program->option_count;
    struct option *longs = cte_zalloc(count + 4, sizeof *longs);
    char *shorts = cte_zalloc(2 * count + 1, 1), *s = shorts;
    for (size_t i = 0; i < count; i++) {
        const struct program_option *option = &program->options[i];
        int argument = option->kind == OPTION_FLAG ? no_argument : required_argument;
        longs[i] = (struct option){option->name, argument, NULL, FIRST_OPTION + (int)i};
        if (option->letter != 0) {
            *s++ = option->letter;
            if (argument == required_argument)
                *s++ = ':';
        }
    }
    longs[count] = (struct option){"help", no_argument, NULL, HELP};
    longs[count + 1] = (struct option){"version", no_argument, NULL, VERSION};
    longs[count + 2] = (struct option){"codetables", required_argument, NULL, TABLES};
    argv[0] = (char *)(uintptr_t)program->name; /* getopt names the program in its messages */
    for (int found; (found = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (found == HELP) {
            print_help(program);
            exit(finish_printing(program));
        } else if (found == VERSION) {
            printf("%s %s\n", program->name, CTE_VERSION);
            exit(finish_printing(program));
        } else if (found == TABLES) {
            program->codetables = optarg;
            program->codetables_given = true;
        } else if (found >= FIRST_OPTION) {
            set_option(&program->options[found - FIRST_OPTION], optarg);
        } else {
            const struct program_option *option = NULL;
            for (size_t i = 0; i < count && found != '?'; i++) {
                if (program->options[i].letter == found)
                    option = &program->options[i];
            }
            if (option == NULL) {
                fprintf(stderr, "Try '%s --help'.\n", program->name);
                exit(program->usage_status != 0 ? program->usage_status : CTE_USAGE);
            }
            set_option(option, optarg);
        }
    }
    *first = optind;
    free(longs);
    free(shorts);
    if (program->codetables == NULL)
        program->codetables = default_codetables();
}

void program_say(const struct program *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int program_fail(const struct program *program, const struct cte_error *error)
{
    program_say(program, "%s", error->text);
    return error->status;
}

int program_usage(const struct program *program, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program->name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nTry '%s --help'.\n", program->name);
    va_end(args);
    return program->usage_status != 0 ? program->usage_status : CTE_USAGE;
}

int program_flush_output(struct cte_error *error)
{
    /* An earlier write may have failed and left nothing to flush; why is not known any more. */
    if (ferror(stdout))
        return cte_fail(
            error, CTE_IO,
            "cannot write all of standard output; is the disk full, or standard output closed?");
    if (fflush(stdout) != 0)
        return cte_fail(error, CTE_IO, "cannot write standard output: %s", strerror(errno));
    return CTE_OK;
}

int program_close_output(struct cte_error *error)
{
    if (program_flush_output(error) == CTE_OK && fclose(stdout) != 0)
        cte_fail(error, CTE_IO, "cannot write standard output: %s", strerror(errno));
    return error->status;
}

void program_confine(const struct program *program, const char *const *read,
                     const char *const *write)
{
    /* The C library loads what it needs for another encoding when it first needs it. */
    static const char *const system[] = {"/usr/lib", "/usr/lib64", "/lib"};
    enum { SYSTEM = sizeof system / sizeof *system };
    size_t count = 0;
    while (read != NULL && read[count] != NULL)
        count++;
    const char **paths = cte_alloc((SYSTEM + count + 2) * sizeof *paths);
    memcpy(paths, system, sizeof system);
    paths[SYSTEM] = program->codetables;
    for (size_t i = 0; i < count; i++)
        paths[SYSTEM + 1 + i] = read[i];
    paths[SYSTEM + 1 + count] = NULL;
    const int failed = lock_down(&(struct lock_down){.read = paths,
                                                     .write = write,
                                                     .may_start = program->starts_others,
                                                     .memory = program->memory});
    free(paths);
    if (failed != 0) {
        program_say(program, "cannot give up what it does not need: %s", strerror(failed));
        exit(CTE_IO);
    }
}
