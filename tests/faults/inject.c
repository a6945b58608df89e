/* inject.c - runs a command and makes one system call of it fail, for tests/faults/every.
 *
 *   inject --list FILE -- COMMAND...
 *   inject --fail PROGRAM CALL NUMBER FAULT --told FILE -- COMMAND...
 *
 * All processes and threads that the command starts are followed, by ptrace, so that no call
 * escapes: neither one of the C library's own, nor one in a child between fork and exec. PROGRAM is
 * a program's name and which one of that name it is, from 1, as "cte-read.2". Behind it "/1" stands
 * for its first thread beside the main one, "+1" for the first child that has not become another
 * program yet. In front of it "start:" stands for what the loader and the C library do before main.
 * NUMBER counts the calls of that name in that program, from 1. FAULT is an error by its number,
 * "short" (a read or write of one byte, or of one part) or "kill" (SIGKILL in place of the call).
 *
 * --list writes a line "PROGRAM CALL OBJECT" for each call, in the order in which the program makes
 * them, and before them "PROGRAM exec ARGUMENTS". --told writes what the call that failed was made
 * on, or nothing when it was never reached. A close that fails has closed, as Linux does it. The
 * exit status is the command's, or 128 and the signal that ended it; 99 when this program cannot do
 * its work, 98 when what the command started outlives it.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/called.h"

#ifndef __x86_64__
#error "inject.c changes registers of x86-64 alone; tests/tests.mk leaves it out elsewhere"
#endif

enum { CANNOT = 99, OUTLIVED = 98, NAME = 96, CALLS = 512, TASKS = 4096, LINGER_SECONDS = 60 };

struct task {
    pid_t id;
    char name[NAME];
    bool started; /* past the umask that every program of ours begins with */
    bool waits;   /* stopped until its parent's event tells what it is */
    bool inside;  /* in a call that goes on to its end, where its registers are set or set back */
    /* what the program passed to it, and may count on to find there again */
    struct user_regs_struct passed;
    unsigned threads, children;
    unsigned calls[2][CALLS]; /* before and after `started` */
};

struct fault {
    const char *program, *told;
    bool is_start;
    int call, error;
    unsigned number;
    enum { ERROR, SHORT, KILL } kind;
};

static struct task *tasks[TASKS];
static size_t task_count;
static struct {
    char name[NAME];
    unsigned started;
} programs[32];
static size_t program_count;
static FILE *list;
static struct fault fault;

static void give_up(const char *what)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(CANNOT);
}

static struct task *find_task(pid_t id)
{
    for (size_t i = 0; i < task_count; i++) {
        if (tasks[i]->id == id)
            return tasks[i];
    }
    if (task_count == TASKS)
        give_up("too many processes");
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL)
        give_up("calloc");
    task->id = id;
    return tasks[task_count++] = task;
}

static void forget_task(pid_t id)
{
    for (size_t i = 0; i < task_count; i++) {
        if (tasks[i]->id != id)
            continue;
        free(tasks[i]);
        tasks[i] = tasks[--task_count];
        return;
    }
}

static void list_arguments(const struct task *task)
{
    char path[64], text[8192];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)task->id);
    FILE *file = list != NULL ? fopen(path, "re") : NULL;
    if (file == NULL)
        return;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    for (size_t i = 0; i < length; i++)
        text[i] = text[i] > ' ' ? text[i] : ' ';
    text[length] = '\0';
    fprintf(list, "start:%s exec %s\n", task->name, text);
}

/* The task has become another program: which of that name is it? */
static void name_program(struct task *task)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)task->id);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    size_t at = 0;
    while (at < program_count && strncmp(programs[at].name, base, NAME - 1) != 0)
        at++;
    if (at == sizeof programs / sizeof programs[0])
        give_up("too many programs");
    if (at == program_count)
        snprintf(programs[program_count++].name, NAME, "%.60s", base);
    pid_t id = task->id;
    memset(task, 0, sizeof *task);
    task->id = id;
    snprintf(task->name, NAME, "%.60s.%u", base, ++programs[at].started);
    list_arguments(task);
}

static void name_child(struct task *parent, int event)
{
    unsigned long id = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->id, NULL, &id) != 0)
        return;
    struct task *child = find_task((pid_t)id);
    bool is_thread = event == PTRACE_EVENT_CLONE;
    snprintf(child->name, NAME, "%.60s%c%u", parent->name, is_thread ? '/' : '+',
             is_thread ? ++parent->threads : ++parent->children);
    child->started = parent->started;
    if (child->waits)
        ptrace(PTRACE_CONT, child->id, NULL, NULL);
    child->waits = false;
}

static void tell_object(const struct task *task, int call, const struct user_regs_struct *regs)
{
    char *name = name_call(call), text[PATH_MAX];
    FILE *told = fopen(fault.told, "we");
    if (told == NULL)
        give_up(fault.told);
    read_object(task->id, name, regs, text);
    fprintf(told, "%s\n", text);
    if (fclose(told) != 0)
        give_up(fault.told);
    free(name);
}

static void list_call(const struct task *task, int call, const struct user_regs_struct *regs)
{
    char *name = name_call(call), text[PATH_MAX];
    read_object(task->id, name, regs, text);
    fprintf(list, "%s%s %s %s\n", task->started ? "" : "start:", task->name, name, text);
    free(name);
}

static bool is_short(struct user_regs_struct *regs, int call)
{
    unsigned long long *count = &regs->rdx;
    if (call == SCMP_SYS(sendfile) || call == SCMP_SYS(copy_file_range))
        count = call == SCMP_SYS(sendfile) ? &regs->r10 : &regs->r8;
    bool can = *count > 1;
    *count = can ? 1 : *count;
    return can;
}

/* At the entry of a call that the filter shows us. */
static void meet_call(struct task *task)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, task->id, NULL, &regs) != 0)
        return;
    int call = (int)regs.orig_rax;
    if (call < 0 || call >= CALLS)
        return;
    if (list != NULL)
        list_call(task, call, &regs);
    unsigned number = ++task->calls[task->started][call];
    bool is_start = !task->started;
    if (call == SCMP_SYS(umask))
        task->started = true;
    if (fault.program == NULL || call != fault.call || is_start != fault.is_start ||
        number != fault.number || strcmp(task->name, fault.program) != 0)
        return;
    task->passed = regs;
    if (fault.kind == SHORT && !is_short(&regs, call))
        return;
    task->inside = fault.kind == SHORT;
    tell_object(task, call, &regs);
    if (fault.kind == KILL) {
        kill(task->id, SIGKILL);
        return;
    }
    if (fault.kind == ERROR && call == SCMP_SYS(close)) {
        task->inside = true;
        return;
    }
    if (fault.kind == ERROR && call == SCMP_SYS(brk)) {
        /* The kernel tells of no error here: the break stays where it was. */
        task->inside = true;
        regs.rdi = 0;
    } else if (fault.kind == ERROR) {
        regs.orig_rax = ~0ULL;
        regs.rax = (unsigned long long)-(long long)fault.error;
    }
    if (ptrace(PTRACE_SETREGS, task->id, NULL, &regs) != 0)
        give_up("PTRACE_SETREGS");
}

static void end_call(struct task *task)
{
    struct user_regs_struct regs;
    task->inside = false;
    if (ptrace(PTRACE_GETREGS, task->id, NULL, &regs) != 0)
        return;
    regs.rdi = task->passed.rdi;
    regs.rdx = task->passed.rdx;
    regs.r10 = task->passed.r10;
    regs.r8 = task->passed.r8;
    if (fault.call == SCMP_SYS(close))
        regs.rax = (unsigned long long)-(long long)fault.error;
    ptrace(PTRACE_SETREGS, task->id, NULL, &regs);
}

/* Every call is shown when they are listed; else the one that shall fail, and umask. */
static void load_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(list != NULL ? SCMP_ACT_TRACE(0) : SCMP_ACT_ALLOW);
    int status = filter == NULL ? -ENOMEM : 0;
    if (status == 0 && list == NULL) {
        status = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), SCMP_SYS(umask), 0);
        if (status == 0 && fault.call != SCMP_SYS(umask))
            status = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), fault.call, 0);
    }
    if (status == 0)
        status = seccomp_load(filter);
    if (status != 0) {
        errno = -status;
        give_up("seccomp");
    }
}

/* A parent that was killed tells of no child. Which are its own is not known, so none waits. */
static bool is_killed;

static void follow_event(struct task *task, int status)
{
    int event = status >> 16, by = WSTOPSIG(status), deliver = 0;
    bool listen = false;
    if (task->name[0] == '\0' && !is_killed) {
        task->waits = true;
        return;
    }
    if (by == (SIGTRAP | 0x80)) {
        end_call(task);
    } else if (event == PTRACE_EVENT_SECCOMP) {
        meet_call(task);
    } else if (event == PTRACE_EVENT_EXEC) {
        name_program(task);
    } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
               event == PTRACE_EVENT_CLONE) {
        name_child(task, event);
    } else if (event == PTRACE_EVENT_STOP) {
        listen = by == SIGSTOP || by == SIGTSTP || by == SIGTTIN || by == SIGTTOU;
    } else if (event == 0) {
        deliver = by;
    }
    if (listen)
        ptrace(PTRACE_LISTEN, task->id, NULL, NULL);
    else
        ptrace(task->inside ? PTRACE_SYSCALL : PTRACE_CONT, task->id, NULL,
               (void *)(intptr_t)deliver);
}

static void release_waiting(void)
{
    is_killed = true;
    for (size_t i = 0; i < task_count; i++) {
        if (tasks[i]->waits)
            ptrace(PTRACE_CONT, tasks[i]->id, NULL, NULL);
        tasks[i]->waits = false;
    }
}

static volatile sig_atomic_t is_late;
static void note_late(int by)
{
    (void)by;
    is_late = 1;
}

static int follow(pid_t first)
{
    struct sigaction late = {.sa_handler = note_late};
    sigaction(SIGALRM, &late, NULL);
    int ended = CANNOT;
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0 && errno == EINTR && is_late)
            return OUTLIVED; /* PTRACE_O_EXITKILL ends what is left */
        if (id < 0 && errno == EINTR)
            continue;
        if (id < 0)
            return ended;
        if (WIFSTOPPED(status)) {
            follow_event(find_task(id), status);
            continue;
        }
        if (WIFSIGNALED(status))
            release_waiting();
        if (id == first) {
            ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            alarm(LINGER_SECONDS);
        }
        forget_task(id);
    }
}

static void read_fault(char **words)
{
    fault.is_start = strncmp(words[0], "start:", 6) == 0;
    fault.program = words[0] + (fault.is_start ? 6 : 0);
    fault.call = seccomp_syscall_resolve_name(words[1]);
    fault.number = (unsigned)strtoul(words[2], NULL, 10);
    fault.kind = strcmp(words[3], "short") == 0  ? SHORT
                 : strcmp(words[3], "kill") == 0 ? KILL
                                                 : ERROR;
    fault.error = (int)strtol(words[3], NULL, 10);
}

int main(int argc, char **argv)
{
    int at = 0;
    if (argc > 4 && strcmp(argv[1], "--list") == 0) {
        list = fopen(argv[2], "we");
        if (list == NULL)
            give_up(argv[2]);
        at = 4;
    } else if (argc > 9 && strcmp(argv[1], "--fail") == 0) {
        read_fault(argv + 2);
        fault.told = argv[7];
        at = 9;
    } else {
        fprintf(stderr, "Usage: inject --list FILE -- COMMAND... | --fail PROGRAM CALL NUMBER "
                        "FAULT --told FILE -- COMMAND...\n");
        return 64;
    }
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0) {
        raise(SIGSTOP);
        /* Where memory lies decides when a program asks for more. It must be the same each time. */
        if (personality(ADDR_NO_RANDOMIZE) < 0)
            give_up("personality");
        load_filter();
        execv(argv[at], argv + at);
        give_up(argv[at]);
    }
    int status;
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        give_up("waitpid");
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP |
                   PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE;
    if (ptrace(PTRACE_SEIZE, child, NULL, (void *)options) != 0)
        give_up("PTRACE_SEIZE");
    snprintf(find_task(child)->name, NAME, "inject.1");
    kill(child, SIGCONT);
    int ended = follow(child);
    if (list != NULL && fclose(list) != 0)
        give_up("the list");
    return ended;
}
