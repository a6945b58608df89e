#include "pipeline/cte-run/chain.h"
#include "pipeline/cte-run/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "pipeline/run/status.h"

enum {
    PIPE_ROOM = 1 << 20,
    /* a summary has a line for each row and rule of the tables that was used, and for each question
     */
    MAX_SUMMARY = 192 << 20
};

void add_program(struct arguments *arguments, enum stage stage, const struct run *run)
{
    add_argument(arguments, stage_names[stage]);
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

/* Sources come one by one, on standard input. */
static void add_list(struct arguments *arguments, const struct option_list *below)
{
    add_option(arguments, "files0-from", "-");
    add_argument(arguments, "--with-names");
    for (size_t i = 0; i < below->count; i++)
        add_option(arguments, "below", below->texts[i]);
}

static void add_stage(struct arguments *arguments, enum stage stage, const struct chain *chain)
{
    const struct run *run = chain->run;
    add_program(arguments, stage, run);
    switch (stage) {
    case STAGE_READ:
        add_argument(arguments, "--quiet");
        add_argument(arguments, "--quick-hash");
        if (chain->source == NULL) {
            add_list(arguments, chain->below);
            break;
        }
        add_option(arguments, "name", chain->source->path);
        add_option(arguments, "as", chain->source->stem);
        add_option(arguments, "format", chain->source->format);
        add_option(arguments, "part", chain->part);
        break;
    case STAGE_RECODE:
    case STAGE_VALIDATE: add_option(arguments, "index", run->place.index); break;
    case STAGE_WRITE:
        add_option(arguments, "out", run->place.folder);
        add_argument(arguments, "--sync-later");
        add_option(arguments, "index", run->results.overlap_count > 0 ? run->place.index : NULL);
        if (chain->stream_count > 0)
            add_argument(arguments, "--");
        for (size_t i = 0; i < chain->stream_count; i++)
            add_argument(arguments, chain->streams[i]);
        break;
    case STAGES:
    case PROGRAMS: break;
    }
}

/* How a stage ended: with a status that it may have; of a closed pipe, which is the fault of the
 * one after it; with a status that none has; of a signal. */
enum stage_end { END_KNOWN, END_CLOSED_PIPE, END_UNKNOWN_STATUS, END_SIGNAL };

/* `number` is the status as it is meant, the one that means nothing, or the signal. */
static enum stage_end classify_end(int end, enum stage stage, int *number)
{
    if (WIFEXITED(end)) {
        *number = process_status(end, stage == STAGE_WRITE);
        if (*number == WEXITSTATUS(end))
            return END_KNOWN;
        *number = WEXITSTATUS(end);
        return END_UNKNOWN_STATUS;
    }
    *number = WIFSIGNALED(end) ? WTERMSIG(end) : 0;
    return *number == SIGPIPE ? END_CLOSED_PIPE : END_SIGNAL;
}

/* What the end of the stages means for the source. */
static int judge_stages(struct chain *chain, const struct process *stages)
{
    int status = CTE_OK, number;
    bool broken_pipe = false;
    for (int i = (int)chain->first; i <= (int)chain->last; i++) {
        const enum stage_end end = classify_end(stages[i].end, (enum stage)i, &number);
        if (end == END_KNOWN)
            status = worse_status(status, number == CTE_USAGE ? CTE_BAD_TABLE : number);
        else if (end == END_CLOSED_PIPE)
            broken_pipe = true;
        else
            status = CTE_BUG;
        if (end == END_UNKNOWN_STATUS)
            text_format(&chain->messages,
                        "%s: ended with status %d, which means nothing; nothing of this source is "
                        "kept; this is a fault, report it\n",
                        stage_names[i], number);
        else if (end == END_SIGNAL)
            text_format(
                &chain->messages,
                "%s: was killed by signal %d; nothing of this source is kept, run it again\n",
                stage_names[i], number);
    }
    return broken_pipe && status <= CTE_SOME_LEFT ? CTE_BUG : status;
}

/* What a message is about. */
static const char *shown_source(const struct chain *chain)
{
    return chain->source != NULL ? chain->source->shown : "several sources";
}

/* Fills status and message. */
static void fail_pipe(struct chain *chain, int why)
{
    text_format(&chain->messages, "%s: %s: cannot start its stages: %s\n",
                chain->run->program->name, shown_source(chain), strerror(why));
    chain->status = CTE_IO;
}

/* Starts one stage. Its ends are this process's to close. */
static void start_stage(struct chain *chain, enum stage stage, const struct process_ends *ends,
                        pid_t *pid)
{
    struct arguments arguments = {0};
    add_stage(&arguments, stage, chain);
    const int why = start_process(&arguments, ends, pid);
    free_arguments(&arguments);
    if (why == 0)
        return;
    text_format(&chain->messages, "%s: cannot start %s: %s\n", chain->run->program->name,
                stage_names[stage], strerror(why));
    chain->status = file_status(why, CTE_BUG);
}

/* Connects the stages, starts them and closes what is theirs. Where one cannot be started, status
 * and message are set, and those before it end for want of a reader. */
static void start_stages(struct chain *chain)
{
    struct processes *processes = &chain->processes;
    int errors[2], before = chain->in;
    if (pipe2(errors, O_CLOEXEC) != 0) {
        fail_pipe(chain, errno);
        return;
    }
    processes->messages.fd = errors[0];
    for (int i = (int)chain->first; i <= (int)chain->last && chain->status == CTE_OK; i++) {
        int link[2] = {-1, chain->out};
        const bool is_own = i == (int)chain->last && chain->out >= 0;
        if (!is_own && pipe2(link, O_CLOEXEC) != 0) {
            fail_pipe(chain, errno);
            break;
        }
        if (!is_own)
            fcntl(link[0], F_SETPIPE_SZ, PIPE_ROOM);
        const struct process_ends ends = {before, link[1], errors[1]};
        start_stage(chain, (enum stage)i, &ends, &processes->each[i].pid);
        if (before != chain->in)
            close(before);
        if (!is_own)
            close(link[1]);
        before = link[0];
    }
    close(errors[1]);
    if (before != chain->in)
        processes->said.fd = before;
}

void start_chain(struct chain *chain)
{
    chain->processes = (struct processes){.said = {.fd = -1, .most = MAX_SUMMARY},
                                          .messages = {.fd = -1, .most = PROCESS_MOST_MESSAGES}};
    chain->status = CTE_OK;
    start_stages(chain);
    chain->writer = chain->processes.each[STAGE_WRITE].pid;
}

void end_chain(struct chain *chain)
{
    struct processes *processes = &chain->processes;
    follow_processes(processes);
    for (int i = 0; i < STAGES; i++)
        chain->seconds[i] = processes->each[i].seconds;
    text_put(&chain->messages, text_string(&processes->messages.text),
             processes->messages.text.length);
    text_free(&processes->messages.text);
    chain->said = processes->said.text;
    /* Stages that lost their reader were not at fault. */
    if (chain->status == CTE_OK && processes->failed == 0)
        chain->status = judge_stages(chain, processes->each);
    if (processes->failed == 0)
        return;
    text_format(&chain->messages, "%s: %s: cannot follow its stages to their end: %s\n",
                chain->run->program->name, shown_source(chain), strerror(processes->failed));
    chain->status = CTE_IO;
}

void run_chain(struct chain *chain)
{
    start_chain(chain);
    end_chain(chain);
}

char *describe_fault(const struct chain *chain)
{
    struct text text = {0};
    for (int i = (int)chain->first; i <= (int)chain->last; i++) {
        int number;
        const enum stage_end end =
            classify_end(chain->processes.each[i].end, (enum stage)i, &number);
        if (end != END_UNKNOWN_STATUS && end != END_SIGNAL)
            continue;
        text_format(&text, "%s%s %s %d", text.length > 0 ? ", " : "", stage_names[i],
                    end == END_SIGNAL ? "was killed by signal" : "ended with status", number);
    }
    return text_take(&text);
}

void report_chain(struct run_source *source, const struct chain *chain)
{
    for (int i = 0; i < STAGES; i++)
        source->seconds[i] += chain->seconds[i];
    add_messages(source, text_string(&chain->messages), chain->messages.length);
}

void free_chain(struct chain *chain)
{
    text_free(&chain->said);
    text_free(&chain->messages);
}
