#include "pipeline/cte-run/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

enum {
    PIPE_ROOM = 1 << 20,
    MAX_SUMMARY =
        /* a summary has a line for each row and rule of the tables that was used, and for each
         * group of roll-ups */
    192 << 20,
    /* the rest of what a stage says is cut; what it says first is what matters */
    MAX_MESSAGES = 1 << 18,
    TICK_MS = 200,
    PATIENCE = 2 /* seconds that a program has to end when it is told to */
};

/* The arguments of one program. To be freed. */
struct arguments {
    struct option_list texts; /* the array ends with NULL */
    struct arena options;     /* "--name" of each */
};

static void add(struct arguments *arguments, const char *text)
{
    option_list_add(&arguments->texts, text);
}

static void add_option(struct arguments *arguments, const char *name, const char *value)
{
    if (value != NULL) {
        add(arguments, arena_format(&arguments->options, "--%s", name));
        add(arguments, value);
    }
}

static void free_arguments(struct arguments *arguments)
{
    free(arguments->texts.texts);
    arena_free(&arguments->options);
}

/* Every program has the folder of code tables and those options of the policy that are for it. */
static void add_policy(struct arguments *arguments, enum stage stage, const struct run *run)
{
    add(arguments, stage_names[stage]);
    add_option(arguments, "codetables", run->program->codetables);
    for (size_t i = 0; i < policy_option_count; i++) {
        const struct policy_option *option = &policy_options[i];
        const char *value;
        if ((option->stages & TOLD(stage)) == 0)
            continue;
        for (size_t n = 0; (value = policy_value(&run->policy, option, n)) != NULL; n++)
            add_option(arguments, option->name, value);
    }
}

static void arguments_for(const struct chain *chain, enum stage stage, struct arguments *arguments)
{
    const struct run *run = chain->run;
    add_policy(arguments, stage, run);
    switch (stage) {
    case STAGE_READ:
        add(arguments, "--quiet");
        add_option(arguments, "name", chain->source->path);
        add_option(arguments, "as", chain->source->name);
        add_option(arguments, "format", chain->source->format);
        add_option(arguments, "part", chain->part);
        break;
    case STAGE_RECODE:
    case STAGE_VALIDATE: add_option(arguments, "index", run->index); break;
    case STAGE_WRITE:
        add_option(arguments, "out", run->folder);
        add_option(arguments, "index", run->overlap_count > 0 ? run->index : NULL);
        if (chain->stream_count > 0)
            add(arguments, "--");
        for (size_t i = 0; i < chain->stream_count; i++)
            add(arguments, chain->streams[i]);
        break;
    case STAGES:
    case PROGRAMS: break;
    }
    add(arguments, NULL);
}

/* Where the system cannot say, the path is not searched: another program of that name is not what
 * was meant. */
const char *stage_path(const char *name)
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

static pid_t start_stage(const char *const *arguments, int in, int out, int err)
{
    const char *path = stage_path(arguments[0]);
    if (path == NULL)
        return -1;
    const pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0)
        return child;
    /* However this one was started: a reader that is gone ends it, and so does a driver that is.
     * What fails is said where the messages of the stage would go. */
    static const int usual[] = {SIGINT, SIGTERM, SIGALRM, SIGPIPE, SIGCHLD};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        signal(usual[i], SIG_DFL);
    if (dup2(err, STDERR_FILENO) >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
        dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        if (getppid() != parent)
            _exit(CTE_BUG);
        execvp(path, (char *const *)(uintptr_t)arguments);
    }
    const int why = errno;
    fprintf(stderr, "cte-run: cannot start %s: %s\n", arguments[0], strerror(why));
    _exit(file_status(why, CTE_BUG));
}

/* What comes out of a child, kept in memory up to a bound. */
struct collected {
    int fd;
    int failed; /* errno, when it could not be read to its end */
    char *bytes;
    size_t length, room, most;
};

static void collect(struct collected *from)
{
    char buffer[1 << 14];
    ssize_t got = read(from->fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        from->failed = got < 0 ? errno : 0;
        close(from->fd);
        from->fd = -1;
        return;
    }
    size_t keep = (size_t)got;
    if (from->length + keep > from->most)
        keep = from->most - from->length;
    if (from->length + keep > from->room) {
        from->room = (from->length + keep) * 2;
        from->bytes = cte_realloc(from->bytes, from->room);
    }
    if (keep > 0)
        memcpy(from->bytes + from->length, buffer, keep);
    from->length += keep;
}

volatile sig_atomic_t stop_signal;

int child_status(int end, bool may_leave_some)
{
    const int status = WIFEXITED(end) ? WEXITSTATUS(end) : CTE_BUG;
    return status == CTE_OK || (status == CTE_SOME_LEFT && may_leave_some) ||
                   cte_is_failure((unsigned)status)
               ? status
               : CTE_BUG;
}

/* Programs that were started, one for each stage or one alone, and what became of them. */
struct children {
    pid_t pids[STAGES]; /* 0: there is none, or it has ended */
    int ends[STAGES];   /* as wait4() tells them */
    double seconds[STAGES];
    double told; /* when they were told to end; 0: they were not */
    int failed;  /* errno, when one could not be waited for or heard to its end */
};

static void signal_all(const struct children *children, int number)
{
    for (int i = 0; i < STAGES; i++) {
        if (children->pids[i] > 0)
            kill(children->pids[i], number);
    }
}

/* Passes on that the run is to end. A program that somebody stopped has to go on to hear of it; one
 * that does not listen is killed. */
static void pass_stop_on(struct children *children)
{
    if (stop_signal == 0)
        return;
    if (children->told <= 0) {
        children->told = progress_clock();
        signal_all(children, SIGTERM);
        signal_all(children, SIGCONT);
    } else if (progress_clock() - children->told > PATIENCE) {
        signal_all(children, SIGKILL);
    }
}

/* Takes note of the programs that have ended. False when none is left. */
static bool look_for_ends(struct children *children)
{
    bool any = false;
    for (int i = 0; i < STAGES; i++) {
        struct rusage usage;
        if (children->pids[i] <= 0)
            continue;
        const pid_t ended = wait4(children->pids[i], &children->ends[i], WNOHANG, &usage);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            any = true;
            continue;
        }
        if (ended < 0)
            children->failed = errno;
        else
            children->seconds[i] = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
        children->pids[i] = 0;
    }
    return any;
}

/* Waits for the programs, and takes what they say until they have closed all they write to. A
 * signal to this one is passed on, wherever they are. `summary` may be NULL. */
static void follow(const struct run *run, struct children *children, struct collected *summary,
                   struct collected *messages)
{
    struct collected none = {.fd = -1};
    summary = summary != NULL ? summary : &none;
    while (summary->fd >= 0 || messages->fd >= 0) {
        pass_stop_on(children);
        struct pollfd watched[2] = {{summary->fd, POLLIN, 0}, {messages->fd, POLLIN, 0}};
        if (poll(watched, 2, TICK_MS) <= 0) /* a signal, or nothing yet */
            watched[0].revents = watched[1].revents = 0;
        if (summary->fd >= 0 && watched[0].revents != 0)
            collect(summary);
        if (messages->fd >= 0 && watched[1].revents != 0)
            collect(messages);
        progress_show(run);
    }
    /* What has closed all it wrote to has nearly ended, as a rule. */
    for (long wait = 100000; look_for_ends(children); wait = wait < 50000000 ? 2 * wait : wait) {
        pass_stop_on(children);
        nanosleep(&(struct timespec){0, wait}, NULL);
    }
    if (summary->failed != 0 || messages->failed != 0)
        children->failed = summary->failed != 0 ? summary->failed : messages->failed;
}

int worse_status(int a, int b)
{
    /* The highest in the order; one that no program of ours ends with is a fault of the program,
     * whatever it meant by it. */
    static const int order[] = {CTE_BUG,       CTE_IO,   CTE_CANNOT_CREATE, CTE_NO_PERMISSION,
                                CTE_BAD_TABLE, CTE_BUSY, CTE_BAD_INPUT,     CTE_NO_INPUT,
                                CTE_SOME_LEFT, CTE_OK};
    const size_t count = sizeof order / sizeof *order;
    size_t rank_a = 0, rank_b = 0;
    while (rank_a < count && order[rank_a] != a)
        rank_a++;
    while (rank_b < count && order[rank_b] != b)
        rank_b++;
    if (rank_a == count || rank_b == count)
        return CTE_BUG;
    return rank_a < rank_b ? a : b;
}

void add_messages(struct run_source *source, const char *text, size_t length)
{
    if (length == 0)
        return;
    char *shown = text_shown(text, length);
    const size_t more = strlen(shown);
    source->messages = cte_realloc(source->messages, source->message_length + more);
    memcpy(source->messages + source->message_length, shown, more);
    source->message_length += more;
    free(shown);
}

void add_message(struct run_source *source, const char *text)
{
    add_messages(source, text, strlen(text));
}

/* One line more of what the stages said. */
static void say(struct chain *chain, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct chain *chain, const char *format, ...)
{
    char text[PATH_MAX + 200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length = strlen(text);
    chain->messages = cte_realloc(chain->messages, chain->message_length + length);
    memcpy(chain->messages + chain->message_length, text, length);
    chain->message_length += length;
}

/* What the end of the stages means for the source. A stage that died of a closed pipe died of the
 * one after it. */
static int judge_stages(struct chain *chain, const int *ends)
{
    int status = CTE_OK;
    bool broken_pipe = false;
    for (int i = (int)chain->first; i <= (int)chain->last; i++) {
        if (WIFEXITED(ends[i])) {
            const int told = child_status(ends[i], i == STAGE_WRITE);
            if (told != WEXITSTATUS(ends[i]))
                say(chain,
                    "%s: ended with status %d, which means nothing; nothing of this source is "
                    "kept; this is a fault, report it\n",
                    stage_names[i], WEXITSTATUS(ends[i]));
            status = worse_status(status, told == CTE_USAGE ? CTE_BAD_TABLE : told);
        } else if (WIFSIGNALED(ends[i]) && WTERMSIG(ends[i]) == SIGPIPE) {
            broken_pipe = true;
        } else {
            say(chain,
                "%s: was killed by signal %d; nothing of this source is kept, run it again\n",
                stage_names[i], WIFSIGNALED(ends[i]) ? WTERMSIG(ends[i]) : 0);
            status = CTE_BUG;
        }
    }
    return broken_pipe && status <= CTE_SOME_LEFT ? CTE_BUG : status;
}

/* Connects the stages, starts them and closes what is theirs. Fills pids; false, with a message,
 * when something could not be started. */
static bool start_all(struct chain *chain, pid_t *pids, struct collected *summary,
                      struct collected *messages)
{
    int error_pipe[2], before = chain->in;
    bool good = pipe2(error_pipe, O_CLOEXEC) == 0;
    if (good)
        messages->fd = error_pipe[0];
    for (int i = (int)chain->first; i <= (int)chain->last && good; i++) {
        int link[2] = {-1, chain->out};
        bool is_own = i == (int)chain->last && chain->out >= 0;
        good = is_own || pipe2(link, O_CLOEXEC) == 0;
        if (!good)
            break;
        if (!is_own)
            fcntl(link[0], F_SETPIPE_SZ, PIPE_ROOM);
        struct arguments arguments = {0};
        arguments_for(chain, (enum stage)i, &arguments);
        pids[i] = start_stage(arguments.texts.texts, before, link[1], error_pipe[1]);
        free_arguments(&arguments);
        good = pids[i] > 0;
        if (before != chain->in && before >= 0)
            close(before);
        if (!is_own)
            close(link[1]);
        before = link[0];
    }
    if (!good)
        say(chain, "%s: %s: cannot start its stages: %s\n", chain->run->program->name,
            chain->source->shown, strerror(errno));
    if (messages->fd >= 0)
        close(error_pipe[1]);
    if (before != chain->in)
        summary->fd = before;
    return good;
}

/* Opens a source; -1, with status and message set, when it cannot be read. */
static int open_source(const struct run *run, struct run_source *source)
{
    int fd = file_open(source->path);
    if (fd >= 0)
        return fd;
    const char *why = errno == EISDIR ? "is a folder; name the files in it" : file_why(errno);
    source->status = file_status(errno, CTE_NO_INPUT);
    char *text = cte_format("%s: %s: cannot read it: %s\n", run->program->name, source->shown, why);
    add_message(source, text);
    free(text);
    return -1;
}

static void take_all(struct run_source *source, const char *text, size_t length)
{
    struct cte_error error = {0};
    if (read_account(source, (struct slice){text, length}, &error) == CTE_OK &&
        check_balance(source, &error) == CTE_OK)
        return;
    char *said = cte_format("cte-run: %s\n", error.text);
    add_message(source, said);
    free(said);
    source->status = error.status;
}

void chain_run(struct chain *chain)
{
    struct collected summary = {.fd = -1, .most = MAX_SUMMARY},
                     messages = {.fd = -1, .most = MAX_MESSAGES};
    struct children children = {0};
    bool started = start_all(chain, children.pids, &summary, &messages);
    follow(chain->run, &children, &summary, &messages);
    memcpy(chain->seconds, children.seconds, sizeof chain->seconds);
    if (messages.length > 0) {
        chain->messages = cte_realloc(chain->messages, chain->message_length + messages.length);
        memcpy(chain->messages + chain->message_length, messages.bytes, messages.length);
        chain->message_length += messages.length;
    }
    free(messages.bytes);
    chain->said = summary.bytes;
    chain->said_length = summary.length;
    /* Stages that lost their reader were not at fault. */
    const bool good = started && children.failed == 0;
    chain->status = good ? judge_stages(chain, children.ends) : CTE_IO;
    if (children.failed != 0)
        say(chain, "%s: %s: cannot follow its stages to their end: %s\n", chain->run->program->name,
            chain->source->shown, strerror(children.failed));
}

void chain_report(struct run_source *source, const struct chain *chain)
{
    for (int i = 0; i < STAGES; i++)
        source->seconds[i] += chain->seconds[i];
    add_messages(source, chain->messages, chain->message_length);
}

void run_chain(struct run *run, struct run_source *source)
{
    double start = progress_clock();
    char *said = NULL;
    size_t length = 0;
    if (!run_parts(run, source, &said, &length)) {
        int fd = open_source(run, source);
        if (fd < 0)
            return;
        progress_open(fd);
        struct chain chain = {.run = run,
                              .source = source,
                              .first = STAGE_READ,
                              .last = STAGE_WRITE,
                              .in = fd,
                              .out = -1};
        chain_run(&chain);
        progress_close(fd);
        close(fd);
        source->status = chain.status;
        chain_report(source, &chain);
        free(chain.messages);
        said = chain.said;
        length = chain.said_length;
    }
    progress_done(source);
    source->elapsed = progress_clock() - start;
    if (source->status <= CTE_SOME_LEFT)
        take_all(source, said, length);
    free(said);
}

/* The list of sources for cte-index, each with its format, in memory: thousands of paths would not
 * fit on a command line. */
static int list_sources(struct run *run)
{
    int fd = memfd_create("sources", MFD_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
    bool good = file != NULL;
    for (size_t i = 0; good && i < run->source_count; i++) {
        const struct run_source *source = &run->sources[i];
        const char *format = source->format != NULL ? source->format : "";
        good = fwrite(source->path, strlen(source->path) + 1, 1, file) == 1 &&
               fwrite(format, strlen(format) + 1, 1, file) == 1;
    }
    if (file != NULL && fclose(file) != 0)
        good = false;
    if (good && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    cte_fail(&run->error, CTE_IO, "cannot keep the list of sources: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Takes what cte-index says, and waits for its end. */
static int wait_for_index(struct run *run, pid_t child, int said)
{
    struct collected messages = {.fd = said, .most = MAX_MESSAGES};
    struct children children = {.pids = {child}};
    follow(run, &children, NULL, &messages);
    if (messages.length > 0) {
        progress_end();
        log_text(run, messages.bytes, messages.length);
    }
    free(messages.bytes);
    if (children.failed != 0)
        cte_fail(&run->error, CTE_IO,
                 "cannot follow cte-index to its end: %s; nothing is converted",
                 strerror(children.failed));
    return children.ends[0];
}

int run_index(struct run *run)
{
    char *path = cte_format("%s/.index", run->folder);
    struct arguments arguments = {0};
    add_policy(&arguments, STAGE_INDEX, run);
    add(&arguments, "--keep-going");
    add_option(&arguments, "out", path);
    add_option(&arguments, "files0-from", "-");
    add(&arguments, "--with-formats");
    char cut[24];
    snprintf(cut, sizeof cut, "%zu", run->request.part_bytes);
    if (parts_wanted(run) > 1)
        add_option(&arguments, "cut", cut);
    add(&arguments, NULL);
    int list = list_sources(run);
    if (list < 0) {
        free(path);
        return run->error.status;
    }
    int said[2];
    const bool is_piped = pipe2(said, O_CLOEXEC) == 0;
    const pid_t child =
        is_piped ? start_stage(arguments.texts.texts, list, STDOUT_FILENO, said[1]) : -1;
    free_arguments(&arguments);
    if (child < 0) {
        cte_fail(&run->error, CTE_IO, "cannot start cte-index: %s; nothing is converted",
                 strerror(errno));
        if (is_piped) {
            close(said[0]);
            close(said[1]);
        }
        close(list);
        free(path);
        return run->error.status;
    }
    close(list);
    close(said[1]);
    const int end = wait_for_index(run, child, said[0]);
    const int status = run->error.status != CTE_OK ? run->error.status : child_status(end, false);
    if (status == CTE_OK) {
        run->index = path;
        return read_index_head(run);
    }
    free(path);
    if (status == CTE_USAGE)
        return cte_fail(&run->error, CTE_USAGE,
                        "an option does not fit, as was just said; nothing is converted");
    if (WIFEXITED(end) && status == WEXITSTATUS(end))
        return cte_fail(&run->error, status,
                        "the sources could not be indexed; nothing is converted");
    if (WIFEXITED(end))
        return cte_fail(&run->error, CTE_BUG,
                        "cte-index ended with status %d, which means nothing; nothing is "
                        "converted; this is a fault, report it",
                        WEXITSTATUS(end));
    return cte_fail(&run->error, CTE_BUG,
                    "cte-index was killed by signal %d; nothing is converted, run it again",
                    WIFSIGNALED(end) ? WTERMSIG(end) : 0);
}
