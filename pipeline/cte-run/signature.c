#include "pipeline/cte-run/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "pipeline/cte-run/past.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/cte-run/signals.h"
#include "codetables/base/shown.h"
#include "codetables/base/memory.h"

enum {
    MOST_SAID = 1 << 16, /* a signature has some hundred bytes */
    TICK_MS = 200,
    SIGNATURE_FD = 3
};
/* A key on a stick waits for a touch, an agent for its screen: somebody is there, or nobody will
 * be. */
static const int MOST_SECONDS = 120;

/* Signatures for other purposes, by the same key, say nothing of a run. */
static const char name_space[] = "cte-pipeline";

/* What ssh-keygen is given and what comes of it. `said` and `told` are its standard output and
 * error; to be freed. */
struct keygen {
    const char *const *arguments;
    int in;        /* its standard input */
    int signature; /* a file that it finds as /dev/fd/3; -1: none */
    char *said, *told;
    size_t said_length, told_length;
    int failed; /* errno, where it could not be started */
    bool is_good;
};

/* The environment without what would make it ask somebody through a window. To be freed; the texts
 * are not copied. */
static char **quiet_environment(void)
{
    static char never[] = "SSH_ASKPASS_REQUIRE=never";
    static const char *const names[] = {
        "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=", "DISPLAY=", "WAYLAND_DISPLAY="};
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **quiet = cte_zalloc(count + 2, sizeof *quiet);
    for (size_t i = 0; i < count; i++) {
        bool is_left_out = false;
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            is_left_out = is_left_out || strncmp(environ[i], names[n], strlen(names[n])) == 0;
        if (!is_left_out)
            quiet[kept++] = environ[i];
    }
    quiet[kept] = never;
    return quiet;
}

/* Starts it in a session of its own: without a terminal it cannot ask anybody there. */
static pid_t start_keygen(struct keygen *keygen, const int *said, const int *told)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child = -1;
    char **environment = quiet_environment();
    if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
        cte_die("no memory to start a program");
    keygen->failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const int links[][2] = {{keygen->in, STDIN_FILENO},
                            {said[1], STDOUT_FILENO},
                            {told[1], STDERR_FILENO},
                            {keygen->signature, SIGNATURE_FD}};
    for (size_t i = 0; i < 4 && keygen->failed == 0; i++) {
        if (links[i][0] >= 0)
            keygen->failed = posix_spawn_file_actions_adddup2(&actions, links[i][0], links[i][1]);
    }
    if (keygen->failed == 0)
        keygen->failed = posix_spawnp(&child, keygen->arguments[0], &actions, &attributes,
                                      (char *const *)(uintptr_t)keygen->arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(environment);
    return keygen->failed == 0 ? child : -1;
}

/* Takes what there is; false at the end. What is beyond the most is read and dropped. */
static bool read_some(int fd, char *text, size_t *length)
{
    char buffer[1 << 12];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    const size_t room = MOST_SAID - *length, kept = (size_t)got < room ? (size_t)got : room;
    memcpy(text + *length, buffer, kept);
    *length += kept;
    text[*length] = '\0';
    return got > 0;
}

/* Collects until it ends, a signal ends the run, or nobody answers. */
static void follow_keygen(struct keygen *keygen, pid_t child, int said, int told)
{
    struct pollfd fds[] = {{.fd = said, .events = POLLIN}, {.fd = told, .events = POLLIN}};
    char *const texts[] = {keygen->said, keygen->told};
    size_t *const lengths[] = {&keygen->said_length, &keygen->told_length};
    const double begun = progress_clock();
    bool is_stopped = false;
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (!is_stopped && (stop_signal != 0 || progress_clock() - begun > MOST_SECONDS)) {
            kill(child, SIGKILL);
            is_stopped = true;
        }
        if (poll(fds, 2, TICK_MS) <= 0)
            continue;
        for (size_t i = 0; i < 2; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0 &&
                !read_some(fds[i].fd, texts[i], lengths[i]))
                fds[i].fd = -1;
        }
    }
    int end = 0;
    while (waitpid(child, &end, 0) < 0 && errno == EINTR)
        continue;
    keygen->is_good = !is_stopped && WIFEXITED(end) && WEXITSTATUS(end) == 0;
    if (is_stopped && keygen->told_length == 0)
        keygen->told_length =
            (size_t)snprintf(keygen->told, MOST_SAID, "no answer in %d seconds", MOST_SECONDS);
}

/* Runs ssh-keygen to its end. Its descriptors begin above 3, so that none is in the way of those it
 * gets. */
static void run_keygen(struct keygen *keygen)
{
    int said[2] = {-1, -1}, told[2] = {-1, -1};
    keygen->said = cte_zalloc(MOST_SAID + 1, 1);
    keygen->told = cte_zalloc(MOST_SAID + 1, 1);
    if (pipe2(said, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0)
        keygen->failed = errno;
    int *const ends[] = {&said[0], &said[1], &told[0], &told[1]};
    for (size_t i = 0; i < 4 && keygen->failed == 0; i++) {
        const int higher = fcntl(*ends[i], F_DUPFD_CLOEXEC, SIGNATURE_FD + 1);
        if (higher < 0) {
            keygen->failed = errno;
            break;
        }
        close(*ends[i]);
        *ends[i] = higher;
    }
    const pid_t child = keygen->failed == 0 ? start_keygen(keygen, said, told) : -1;
    close(said[1]);
    close(told[1]);
    if (child > 0)
        follow_keygen(keygen, child, said[0], told[0]);
    close(said[0]);
    close(told[0]);
}

static void free_keygen(struct keygen *keygen)
{
    free(keygen->said);
    free(keygen->told);
}

/* The last line it said of its trouble, put so that it can be shown. To be freed. */
static char *find_reason(const struct keygen *keygen)
{
    size_t end = keygen->told_length;
    while (end > 0 && (keygen->told[end - 1] == '\n' || keygen->told[end - 1] == '\r'))
        end--;
    size_t first = end;
    while (first > 0 && keygen->told[first - 1] != '\n')
        first--;
    return end > first ? text_shown(keygen->told + first, end - first)
                       : cte_strdup("it did not say why");
}

static int fail_keygen(const struct keygen *keygen, struct cte_error *error)
{
    return cte_fail(error, keygen->failed == ENOENT ? CTE_BAD_TABLE : CTE_IO,
                    "ssh-keygen, which makes and checks signatures, cannot be started: %s; install "
                    "OpenSSH (openssh-client)",
                    strerror(keygen->failed));
}

/* Signs what a descriptor holds. The signature stands in keygen->said. */
static int sign_file(struct run *run, struct keygen *keygen, int in)
{
    const char *const arguments[] = {"ssh-keygen", "-Y", "sign",           "-n",
                                     name_space,   "-f", run->policy.sign, NULL};
    char *key = path_shown(run->policy.sign);
    *keygen = (struct keygen){.arguments = arguments, .in = in, .signature = -1};
    run_keygen(keygen);
    keygen->arguments = NULL;
    if (keygen->failed != 0) {
        fail_keygen(keygen, &run->error);
    } else if (!keygen->is_good || keygen->said_length == 0) {
        char *why = find_reason(keygen);
        cte_fail(&run->error, CTE_NO_PERMISSION,
                 "%s: this key does not sign: %s; one with a passphrase needs an agent that holds "
                 "it (ssh-add), for nobody is asked; "
                 "nothing is published",
                 key, why);
        free(why);
    }
    free(key);
    return run->error.status;
}

int test_key(struct run *run)
{
    static const char trial[] = "a trial, made before the run\n";
    struct keygen keygen = {0};
    if (access(run->policy.sign, R_OK) != 0) {
        const int why = errno;
        char *key = path_shown(run->policy.sign);
        cte_fail(&run->error, why == EACCES ? CTE_NO_PERMISSION : CTE_BAD_TABLE,
                 "%s: the key of --sign: %s", key, strerror(why));
        free(key);
        return run->error.status;
    }
    const int in = memfd_create("trial", MFD_CLOEXEC);
    if (in < 0 || pwrite(in, trial, sizeof trial - 1, 0) != (ssize_t)sizeof trial - 1)
        cte_fail(&run->error, CTE_IO, "cannot try the key of --sign: %s", strerror(errno));
    else
        sign_file(run, &keygen, in);
    if (in >= 0)
        close(in);
    free_keygen(&keygen);
    return run->error.status;
}

int sign_run(struct run *run)
{
    char *path = cte_format("%s/SHA256SUMS", run->place.folder);
    struct keygen keygen = {0};
    struct output output;
    const int in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0)
        cte_fail(&run->error, CTE_IO, "%s: cannot read back: %s", path, strerror(errno));
    if (in >= 0 && sign_file(run, &keygen, in) == CTE_OK &&
        output_open(&output, run->place.folder, SIGNATURE_FILE, false, &run->error) == CTE_OK) {
        output_put(&output, keygen.said, keygen.said_length);
        if (output_close(&output, &run->error) == CTE_OK)
            output_publish(&output, &run->error);
        output_discard(&output);
    }
    if (in >= 0)
        close(in);
    free_keygen(&keygen);
    free(path);
    if (run->error.status == CTE_OK)
        write_syslog(run, "signed");
    return run->error.status;
}

void write_syslog(const struct run *run, const char *what)
{
    const struct document *manifest = find_document(&run->documents, "manifest.xml");
    if (manifest == NULL)
        return;
    openlog(run->program->name, LOG_PID, LOG_USER);
    syslog(LOG_NOTICE, "run %s %s in %s: sha256 of manifest.xml %s", run->place.id, what,
           run->place.out_shown, manifest->sha256);
    closelog();
}

/* Opens a regular file that is no link, at its beginning. -1 with the error filled. */
static int open_regular(const char *path, int otherwise, const char *what, struct cte_error *error)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const int why = fd < 0 ? errno : 0;
    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode))
        return fd;
    char *shown = path_shown(path);
    cte_fail(error, why == EACCES ? CTE_NO_PERMISSION : otherwise, "%s: %s", shown,
             why == ENOENT  ? what
             : why == ELOOP ? "is a link, and no file of the run"
             : why != 0     ? strerror(why)
                            : "is no regular file");
    free(shown);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Of "Good "cte-pipeline" signature for WHO with ED25519 key SHA256:…" what stands from WHO on. To
 * be freed. */
static char *find_signer(const struct keygen *keygen)
{
    const char *at = strstr(keygen->said, "signature for ");
    at = at != NULL ? at + strlen("signature for ") : keygen->said;
    return text_shown(at, strcspn(at, "\n"));
}

/* What is signed, the signature, and the file of signers; the first two are open. */
struct signed_file {
    int in, signature;
    const char *signers;
};

/* Whether one of the names signed. The file of signers may give a key several, joined by commas. */
static bool is_signed_by(const struct signed_file *file, char *names, char **who, char **why)
{
    char *rest = names;
    for (char *name; *who == NULL && (name = strsep(&rest, ",\n")) != NULL;) {
        const char *const arguments[] = {"ssh-keygen",  "-Y", "verify", "-n", name_space,  "-f",
                                         file->signers, "-I", name,     "-s", "/dev/fd/3", NULL};
        struct keygen keygen = {
            .arguments = arguments, .in = file->in, .signature = file->signature};
        if (name[0] == '\0' || name[0] == '!' || lseek(file->in, 0, SEEK_SET) != 0 ||
            lseek(file->signature, 0, SEEK_SET) != 0)
            continue;
        run_keygen(&keygen);
        if (keygen.is_good) {
            *who = find_signer(&keygen);
        } else {
            free(*why);
            *why = find_reason(&keygen);
        }
        free_keygen(&keygen);
    }
    return *who != NULL;
}

int check_signature(const char *folder, const char *signers, char **who, struct cte_error *error)
{
    char *sums = cte_format("%s/SHA256SUMS", folder),
         *path = cte_format("%s/" SIGNATURE_FILE, folder), *shown = path_shown(path);
    int named = open(signers, O_RDONLY | O_CLOEXEC | O_NONBLOCK), in = -1, signature = -1;
    *who = NULL;
    if (named < 0) {
        const int why = errno;
        char *file = path_shown(signers);
        cte_fail(error, why == EACCES ? CTE_NO_PERMISSION : CTE_NO_INPUT,
                 "%s: the file of --signers: %s", file, strerror(why));
        free(file);
    } else if ((signature = open_regular(path, CTE_BAD_INPUT, "is missing: nobody signed this run",
                                         error)) >= 0) {
        in = open_regular(sums, CTE_BAD_INPUT, "is missing", error);
    }
    const char *const arguments[] = {"ssh-keygen", "-Y", "find-principals", "-f",
                                     signers,      "-s", "/dev/fd/3",       NULL};
    struct keygen keygen = {.arguments = arguments, .in = in, .signature = signature};
    if (in >= 0) {
        const struct signed_file file = {in, signature, signers};
        run_keygen(&keygen);
        char *why = cte_strdup("none of the signers has its key");
        if (keygen.failed != 0)
            fail_keygen(&keygen, error);
        else if (!keygen.is_good || !is_signed_by(&file, keygen.said, who, &why))
            cte_fail(error, CTE_BAD_INPUT,
                     "%s: is no signature of this SHA256SUMS by one of the signers: %s", shown,
                     why);
        free(why);
    }
    free_keygen(&keygen);
    const int opened[] = {named, in, signature};
    for (size_t i = 0; i < 3; i++) {
        if (opened[i] >= 0)
            close(opened[i]);
    }
    free(sums);
    free(path);
    free(shown);
    return error->status;
}
