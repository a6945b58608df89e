#include "pipeline/cte-run/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/error.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/cte-run/signals.h"

enum { TICK_MS = 200 };
/* How long a program has to end when it is told to. */
static const double PATIENCE_SECONDS = 2;

void add_argument(struct arguments *arguments, const char *text)
{
    option_list_add(&arguments->texts, text);
}

void add_option(struct arguments *arguments, const char *name, const char *value)
{
    if (value == NULL)
        return;
    add_argument(arguments, arena_format(&arguments->options, "--%s", name));
    add_argument(arguments, value);
}

void free_arguments(struct arguments *arguments)
{
    free(arguments->texts.texts);
    arena_free(&arguments->options);
}

/* Where the system cannot say, the path is not searched: another program of that name is not what
 * was meant. */
const char *program_path(const char *name)
{
    static _Thread_local char path[4200]; /* sources are converted side by side */
    ssize_t length = readlink("/proc/self/exe", path, 4000);
    if (length < 0 && errno != ENOENT)
        return NULL;
    if (length > 0) {
        path[length] = '\0';
        char *slash = strrchr(path, '/');
        if (slash != NULL) {
            snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "%s", name);
            if (access(path, X_OK) == 0 || errno != ENOENT)
                return path;
        }
    }
    return name;
}

/* However this program was started: a reader that is gone ends a stage, and a signal too. */
static void let_signals_end(posix_spawnattr_t *attributes)
{
    static const int usual[] = {SIGINT, SIGTERM, SIGALRM, SIGPIPE, SIGCHLD};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        sigaddset(&signals, usual[i]);
    posix_spawnattr_setsigdefault(attributes, &signals);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

int start_process(struct arguments *arguments, const struct process_ends *ends, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    const char *path = program_path(arguments->texts.texts[0]);
    if (path == NULL)
        return errno;
    if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
        cte_die("no memory to start a program");
    let_signals_end(&attributes);
    const int links[][2] = {
        {ends->err, STDERR_FILENO}, {ends->in, STDIN_FILENO}, {ends->out, STDOUT_FILENO}};
    int failed = 0;
    for (size_t i = 0; i < sizeof links / sizeof *links && failed == 0; i++)
        failed = posix_spawn_file_actions_adddup2(&actions, links[i][0], links[i][1]);
    char **environment = program_environment();
    add_argument(arguments, NULL);
    if (failed == 0)
        failed = posix_spawnp(pid, path, &actions, &attributes,
                              (char *const *)(uintptr_t)arguments->texts.texts, environment);
    free(environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        *pid = 0;
    return failed;
}

static void listen_once(struct listened *from)
{
    char buffer[1 << 14];
    const ssize_t got = read(from->fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        from->failed = got < 0 ? errno : 0;
        close(from->fd);
        from->fd = -1;
        return;
    }
    const size_t room = from->most - from->text.length;
    text_put(&from->text, buffer, (size_t)got < room ? (size_t)got : room);
}

int process_status(int end, bool may_leave_some)
{
    const int status = WIFEXITED(end) ? WEXITSTATUS(end) : CTE_BUG;
    return status == CTE_OK || (status == CTE_SOME_LEFT && may_leave_some) ||
                   cte_is_failure((unsigned)status)
               ? status
               : CTE_BUG;
}

static void signal_all(const struct processes *processes, int number)
{
    for (int i = 0; i < STAGES; i++) {
        if (processes->each[i].pid > 0)
            kill(processes->each[i].pid, number);
    }
}

/* Passes on that the run is to end. A program that somebody stopped has to go on to hear of it; one
 * that does not listen is killed. */
static void pass_stop_on(struct processes *processes)
{
    if (stop_signal == 0)
        return;
    if (processes->told <= 0) {
        processes->told = progress_clock();
        signal_all(processes, SIGTERM);
        signal_all(processes, SIGCONT);
    } else if (progress_clock() - processes->told > PATIENCE_SECONDS) {
        signal_all(processes, SIGKILL);
    }
}

/* Takes note of the programs that have ended. False when none is left. */
static bool note_ends(struct processes *processes)
{
    bool any = false;
    for (int i = 0; i < STAGES; i++) {
        struct process *process = &processes->each[i];
        struct rusage usage;
        if (process->pid <= 0)
            continue;
        const pid_t ended = wait4(process->pid, &process->end, WNOHANG, &usage);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            any = true;
            continue;
        }
        if (ended < 0)
            processes->failed = errno;
        else
            process->seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        process->pid = 0;
    }
    return any;
}

bool listen_to_processes(struct processes *processes)
{
    struct listened *said = &processes->said, *messages = &processes->messages;
    if (said->fd < 0 && messages->fd < 0)
        return false;
    pass_stop_on(processes);
    struct pollfd watched[2] = {{said->fd, POLLIN, 0}, {messages->fd, POLLIN, 0}};
    if (poll(watched, 2, TICK_MS) <= 0) /* a signal, or nothing yet */
        watched[0].revents = watched[1].revents = 0;
    if (said->fd >= 0 && watched[0].revents != 0)
        listen_once(said);
    if (messages->fd >= 0 && watched[1].revents != 0)
        listen_once(messages);
    progress_show();
    return true;
}

void follow_processes(struct processes *processes)
{
    const struct listened *said = &processes->said, *messages = &processes->messages;
    while (listen_to_processes(processes)) {
    }
    /* What has closed all it wrote to has nearly ended, as a rule. */
    for (long wait = 100000; note_ends(processes); wait = wait < 50000000 ? 2 * wait : wait) {
        pass_stop_on(processes);
        nanosleep(&(struct timespec){0, wait}, NULL);
    }
    if (said->failed != 0 || messages->failed != 0)
        processes->failed = said->failed != 0 ? said->failed : messages->failed;
}
