#include "pipeline/cte-run/draw_documents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codetables/base/file.h"
#include "codetables/base/memory.h"
#include "pipeline/cte-run/log.h"
#include "pipeline/cte-run/process.h"
#include "pipeline/cte-run/sources.h"

/* A line for each document; there are a dozen. */
enum { MOST_SAID = 1 << 16, HASH = DIGEST_HEX - 1 };

/* Starts cte-report, and takes the ends that it is listened to at. */
static int start_report(struct arguments *arguments, struct processes *processes,
                        struct cte_error *error)
{
    int said[2] = {-1, -1}, messages[2] = {-1, -1};
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int why = in >= 0 && pipe2(said, O_CLOEXEC) == 0 && pipe2(messages, O_CLOEXEC) == 0 ? 0 : errno,
        status = CTE_IO;
    if (why == 0) {
        const struct process_ends ends = {in, said[1], messages[1]};
        why = start_process(arguments, &ends, &processes->each[0].pid);
        status = why == 0 ? CTE_OK : file_status(why, CTE_BUG);
    }
    const int mine[] = {in, said[1], messages[1]};
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
        if (mine[i] >= 0)
            close(mine[i]);
    }
    if (why == 0) {
        processes->said = (struct listened){.fd = said[0], .most = MOST_SAID};
        processes->messages = (struct listened){.fd = messages[0], .most = PROCESS_MOST_MESSAGES};
        return CTE_OK;
    }
    if (said[0] >= 0)
        close(said[0]);
    if (messages[0] >= 0)
        close(messages[0]);
    return cte_fail(error, status, "cannot start cte-report: %s", strerror(why));
}

/* "HASH  NAME" for each document. False where something else was said. */
static bool take_documents(struct documents *documents, struct text *said)
{
    char *line = said->length > 0 ? (char *)text_string(said) : "";
    while (*line != '\0') {
        char *end = strchr(line, '\n');
        if (end == NULL || strspn(line, "0123456789abcdef") != HASH ||
            strncmp(line + HASH, "  ", 2) != 0)
            return false;
        *end = line[HASH] = '\0';
        keep_document(documents, line + HASH + 2, line);
        line = end + 1;
    }
    return true;
}

/* The end in words, for a run that is made. */
static int fail_report(int end, int status, struct cte_error *error)
{
    if (WIFSIGNALED(end))
        return cte_fail(error, CTE_BUG,
                        "cte-report was killed by signal %d; nothing is published, run it again",
                        WTERMSIG(end));
    const bool is_of_disk =
        status == CTE_IO || status == CTE_CANNOT_CREATE || status == CTE_NO_PERMISSION;
    return cte_fail(error, is_of_disk ? status : CTE_BUG,
                    is_of_disk ? "the report could not be drawn; nothing is published"
                               : "the report could not be drawn (cte-report ended with status "
                                 "%d); nothing is published; this is a fault, report it",
                    WEXITSTATUS(end));
}

/* Lets cte-report end, and takes what it said: documents, and messages into `words`. */
static int follow_report(struct documents *documents, struct processes *processes, int *end)
{
    follow_processes(processes);
    *end = processes->each[0].end;
    const int status = process_status(*end, false);
    if (processes->failed != 0)
        return cte_fail(documents->error, CTE_IO, "cannot follow cte-report to its end: %s",
                        strerror(processes->failed));
    if (status == CTE_OK && !take_documents(documents, &processes->said.text))
        return cte_fail(documents->error, CTE_BUG,
                        "cte-report did not tell what it made; this is a fault, report it");
    return status;
}

/* A run folder of which documents are drawn. */
struct drawing {
    const char *folder;
    const char *before_id; /* the run before it; NULL: none */
    bool only_reckons;
};

static int run_report(const struct drawing *drawing, struct documents *documents,
                      struct processes *processes, int *end)
{
    struct arguments arguments = {0};
    char *tables = cte_format("%s/tables", drawing->folder), *before = NULL;
    if (drawing->before_id != NULL && is_plain_name(drawing->before_id))
        before = cte_format("%s/../%s", drawing->folder, drawing->before_id);
    add_argument(&arguments, "cte-report");
    add_option(&arguments, "codetables", tables);
    add_argument(&arguments, drawing->only_reckons ? "--reckon" : "--in-place");
    if (before != NULL)
        add_option(&arguments, "before", before);
    add_argument(&arguments, "--");
    add_argument(&arguments, drawing->folder);
    int status = start_report(&arguments, processes, documents->error);
    if (status == CTE_OK)
        status = follow_report(documents, processes, end);
    free_arguments(&arguments);
    free(before);
    free(tables);
    return status;
}

static void free_processes(struct processes *processes)
{
    text_free(&processes->said.text);
    text_free(&processes->messages.text);
}

/* What cte-report says of its files comes to stand in SHA256SUMS: it must be what is there. */
static int check_drawn(struct run *run, size_t first)
{
    bool is_right = find_document(&run->documents, "report.html") != NULL;
    for (size_t i = first; i < run->documents.count && is_right; i++) {
        const struct document *document = &run->documents.items[i];
        char *path = cte_format("%s/%s", run->place.folder, document->name), hex[DIGEST_HEX];
        const bool is_read = digest_file(path, hex);
        free(path);
        if (!is_read)
            return cte_fail(&run->error, CTE_IO,
                            "what cte-report made cannot be read back; nothing is published");
        is_right = strcmp(hex, document->sha256) == 0;
    }
    return is_right ? CTE_OK
                    : cte_fail(&run->error, CTE_BUG,
                               "cte-report did not make what it told; nothing is published; this "
                               "is a fault, report it");
}

int draw_documents(struct run *run)
{
    struct processes processes = {.said = {.fd = -1}};
    const size_t before = run->documents.count;
    int end = 0;
    const struct drawing drawing = {run->place.folder, run->earlier.before->id, false};
    const int status = run_report(&drawing, &run->documents, &processes, &end);
    const struct text *said = &processes.messages.text;
    if (said->length > 0)
        log_text(run, said->bytes, said->length);
    if (status != CTE_OK && run->error.status == CTE_OK)
        fail_report(end, status, &run->error);
    if (run->error.status == CTE_OK)
        check_drawn(run, before);
    free_processes(&processes);
    return run->error.status;
}

int redraw_documents(const char *folder, const char *before_id, struct documents *drawn)
{
    struct processes processes = {.said = {.fd = -1}};
    int end = 0;
    const struct drawing drawing = {folder, before_id, true};
    const int status = run_report(&drawing, drawn, &processes, &end);
    struct text *said = &processes.messages.text;
    if (status != CTE_OK && drawn->error->status == CTE_OK) {
        const char *words = said->length > 0 ? text_string(said) : "cte-report said nothing";
        cte_fail(drawn->error, status, "%.*s", (int)strcspn(words, "\n"), words);
    }
    free_processes(&processes);
    return drawn->error->status;
}
