/* locked - tries what a locked-down program may not do, and what it may. Ends with `N passed, N
 * failed`.
 *
 *     locked FOLDER      an empty folder of its own
 *
 * Each attempt runs in a child that locks itself down first, so that one lock says nothing of
 * another. */
#include "codetables/base/lock_down.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char inside[4096], outside[4096], secret[4096], table[4096];
static unsigned passed, failed;

static int opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : -1;
}

static int in_folder(const char *folder, const char *name, int flags)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return opens(path, flags);
}

static int read_table(void)
{
    return opens(table, O_RDONLY);
}
static int read_secret(void)
{
    return opens(secret, O_RDONLY);
}
static int read_passwords(void)
{
    return opens("/etc/passwd", O_RDONLY);
}
static int write_table(void)
{
    return opens(table, O_WRONLY);
}
static int cut_table(void)
{
    return truncate(table, 0);
}
static int remove_table(void)
{
    return unlink(table);
}
static int make_inside(void)
{
    return in_folder(inside, "made", O_WRONLY | O_CREAT);
}
static int make_outside(void)
{
    return in_folder(outside, "made", O_WRONLY | O_CREAT);
}
static int make_folder(void)
{
    return mkdirat(AT_FDCWD, outside, 0700) == 0 || errno == EEXIST ? 0 : -1;
}
static int connect_out(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int connect_here(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int trace(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static int mount_here(void)
{
    return mount("none", inside, "tmpfs", 0, NULL);
}
static int give_away(void)
{
    return chown(table, 1, 1);
}
static int become_root(void)
{
    return setuid(0);
}

static int start(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static int write_much(void)
{
    char path[8192];
    static char bytes[1 << 16];
    snprintf(path, sizeof path, "%s/large", inside);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), good = 0;
    for (int i = 0; fd >= 0 && good == 0 && i < 64; i++)
        good = write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes ? 0 : -1;
    return fd >= 0 ? good : -1;
}

static int take_memory(void)
{
    void *memory = malloc(512 << 20);
    return memory != NULL ? 0 : -1;
}

enum lock { NONE, STAGE, WRITER, STARTER };

static void lock(enum lock how)
{
    const char *const read[] = {table, "/no/such/file", NULL}, *const write[] = {inside, NULL};
    struct lock_down wanted = {.read = read, .memory = 64 << 20, .file_bytes = 1 << 20};
    if (how == WRITER || how == STARTER)
        wanted.write = write;
    wanted.may_start = how == STARTER;
    if (how != NONE)
        lock_down(&wanted);
}

/* Whether it can be done so. */
static void expect(const char *what, int (*attempt)(void), enum lock how, bool can)
{
    static const char *const names[] = {"free", "a stage", "a writer", "a starter"};
    int status;
    pid_t child = fork();
    if (child == 0) {
        lock(how);
        _exit(attempt() >= 0 ? 0 : 1);
    }
    bool did = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
               WEXITSTATUS(status) == 0;
    passed += did == can;
    failed += did != can;
    if (did != can)
        printf("%s: %s %s\n", names[how], what, did ? "could be done" : "could not be done");
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs("x", file) < 0 || fclose(file) != 0)
        exit(2);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    snprintf(inside, sizeof inside, "%.4000s/inside", argv[1]);
    snprintf(outside, sizeof outside, "%.4000s/outside", argv[1]);
    snprintf(secret, sizeof secret, "%.4000s/secret", argv[1]);
    snprintf(table, sizeof table, "%.4000s/table", argv[1]);
    if (mkdir(inside, 0700) != 0 || mkdir(outside, 0700) != 0)
        return 2;
    make_file(secret);
    make_file(table);
    const char *lacks = lock_down_lacks();
    if (lacks != NULL)
        printf("this kernel has no %s\n", lacks);
    const bool files = lacks == NULL || strstr(lacks, "Landlock") == NULL;
    const struct {
        const char *what;
        int (*attempt)(void);
        bool stage, writer, starter, by_landlock;
    } attempts[] = {
        {"read a table", read_table, true, true, true, false},
        {"read another file", read_secret, false, false, true, true},
        {"read a file of the system", read_passwords, false, false, true, true},
        {"write a table", write_table, false, false, false, true},
        {"cut a table", cut_table, false, false, false, true},
        {"remove a table", remove_table, false, false, false, true},
        {"make a file in its folder", make_inside, false, true, true, false},
        {"make a file elsewhere", make_outside, false, false, false, true},
        {"make a folder that is there", make_folder, false, true, true, false},
        {"open a socket to the network", connect_out, false, false, true, false},
        {"open a socket of this machine", connect_here, false, false, true, false},
        {"start a program", start, false, false, true, false},
        {"be traced", trace, false, false, false, false},
        {"mount", mount_here, false, false, false, false},
        {"give a file away", give_away, false, false, false, false},
        {"set a user", become_root, false, false, false, false},
        {"write more than it may", write_much, false, false, false, false},
        {"take more memory than it may", take_memory, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        if (attempts[i].by_landlock && !files)
            continue;
        expect(attempts[i].what, attempts[i].attempt, STAGE, attempts[i].stage);
        expect(attempts[i].what, attempts[i].attempt, WRITER, attempts[i].writer);
        expect(attempts[i].what, attempts[i].attempt, STARTER, attempts[i].starter);
    }
    /* Each of them can be done where nothing is locked, by root at least: the test can fail. */
    expect("read another file", read_secret, NONE, true);
    expect("make a file elsewhere", make_outside, NONE, true);
    expect("open a socket of this machine", connect_here, NONE, true);
    expect("start a program", start, NONE, true);
    expect("write more than a writer may", write_much, NONE, true);
    expect("take more memory than it may", take_memory, NONE, true);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
