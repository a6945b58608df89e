#include "pipeline/cte-run/lane.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codetables/base/memory.h"
#include "pipeline/cte-run/progress.h"
#include "pipeline/cte-run/signals.h"
#include "pipeline/cte-run/sources.h"
#include "pipeline/run/lines.h"
#include "pipeline/run/status.h"

/* Starts the programs. The list goes by a socket, for a write to one whose reader has died ends
 * nothing but itself. */
static bool open_lane(struct lane *lane)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    lane->chain = (struct chain){
        .run = lane->run, .below = lane->below, .last = STAGE_WRITE, .in = ends[0], .out = -1};
    start_chain(&lane->chain);
    close(ends[0]);
    lane->list = ends[1];
    lane->is_open = true;
    lane->seen = lane->lines = 0;
    return true;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        bytes += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

/* An entry of the list; "-" would be standard input. */
static bool send_source(const struct lane *lane, const struct run_source *source)
{
    struct text entry = {0};
    const char *const texts[] = {strcmp(source->path, "-") == 0 ? "./-" : source->path,
                                 source->stem, source->format != NULL ? source->format : ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_add_part(&entry, texts[i]);
    const bool is_sent = send_all(lane->list, entry.bytes, entry.length);
    text_free(&entry);
    return is_sent;
}

/* The first of those in hand has come back. */
static struct run_source *take_first(struct lane *lane)
{
    struct run_source *source = lane->in_hand[0];
    source->elapsed = progress_clock() - lane->given[0];
    lane->count--;
    memmove(lane->in_hand, lane->in_hand + 1, lane->count * sizeof *lane->in_hand);
    memmove(lane->given, lane->given + 1, lane->count * sizeof *lane->given);
    return source;
}

static void come_back(struct lane *lane, const struct account_end *end, struct slice account)
{
    struct run_source *source = take_first(lane);
    for (int i = 0; i < STAGES; i++)
        source->seconds[i] = -1; /* nobody knows what of a program's time was for which source */
    source->status = end->status == CTE_USAGE ? CTE_BAD_TABLE : end->status;
    if (end->words[0] != '\0') {
        char *message = cte_format("%s\n", end->words);
        add_message(source, message);
        free(message);
    }
    lane->take(lane->run, source, account);
}

/* An account that is longer than any may be is not listened to: cte-write ends, and the chain with
 * it. */
static void stop_listening(struct listened *from)
{
    close(from->fd);
    from->fd = -1;
    text_free(&from->text);
}

/* Forgets what was taken from the front of what was said. */
static void drop_front(struct text *said, size_t length)
{
    memmove(said->bytes, said->bytes + length, said->length - length);
    said->length -= length;
}

/* Takes the accounts that were told to their end. Each byte is looked at once for the end of its
 * line, and each line once, however many pieces they come in. */
static void take_accounts(struct lane *lane)
{
    struct listened *from_write = &lane->chain.processes.said;
    struct text *said = &from_write->text;
    struct account_end end;
    const bool has_line = said->length > lane->seen &&
                          memchr(said->bytes + lane->seen, '\n', said->length - lane->seen) != NULL;
    size_t from = 0;
    while (has_line && lane->count > 0 &&
           find_end_of_account((struct slice){said->bytes, said->length},
                               from > lane->lines ? from : lane->lines, &end)) {
        come_back(lane, &end, (struct slice){said->bytes + from, end.at - from});
        free(end.words);
        from = end.after;
    }
    if (has_line)
        lane->lines = (size_t)((char *)memrchr(said->bytes, '\n', said->length) - said->bytes) + 1;
    if (from > 0) {
        drop_front(said, from);
        lane->lines -= from;
    }
    if (said->length == from_write->most)
        stop_listening(from_write);
    lane->seen = said->length;
}

/* What a cte-write that died was about to make of a source. */
static void remove_leftovers(const struct lane *lane, const struct run_source *source)
{
    struct arena memory = {0};
    char *path = cte_format("%s/%s", lane->run->place.folder, source->stem), ending[40];
    DIR *entries = opendir(path_folder(&memory, path));
    const size_t length =
        (size_t)snprintf(ending, sizeof ending, ".%ld.tmp", (long)lane->chain.writer);
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        const size_t all = strlen(entry->d_name);
        if (entry->d_name[0] == '.' && all > length &&
            strcmp(entry->d_name + all - length, ending) == 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    if (entries != NULL)
        closedir(entries);
    free(path);
    arena_free(&memory);
}

/* Ends the programs. What they said beside the accounts is put to the source that was last. */
static void close_lane(struct lane *lane)
{
    struct run_source *last = lane->last;
    close(lane->list);
    while (listen_to_processes(&lane->chain.processes))
        take_accounts(lane);
    end_chain(&lane->chain);
    lane->is_open = false;
    if (lane->count > 0) {
        for (size_t i = 0; i < lane->count; i++)
            remove_leftovers(lane, lane->in_hand[i]);
        return;
    }
    add_messages(last, text_string(&lane->chain.messages), lane->chain.messages.length);
    if (lane->chain.status == CTE_BUG || lane->chain.status == CTE_IO)
        last->status = worse_status(last->status, lane->chain.status);
}

/* Tells the log that the chain broke off, unless a source that was converted again has said what is
 * wrong: as with a table that nobody can use. */
static void tell_lost(const struct lane *lane, struct run_source *first, size_t count, int worst)
{
    char *fault = describe_fault(&lane->chain);
    const char *said = text_string(&lane->chain.messages);
    if (first->broke_off == NULL && (fault[0] != '\0' || worst <= CTE_SOME_LEFT))
        first->broke_off = cte_format("%s: a chain of several sources broke off: %s%.*s; the %zu "
                                      "in hand were converted again, each in a chain of its own",
                                      first->shown, fault,
                                      fault[0] == '\0' ? (int)strcspn(said, "\n") : 0, said, count);
    free(fault);
}

/* Those that were given and did not come back, each in a chain of its own: so it is found out which
 * of them something is wrong with. */
static void convert_lost(struct lane *lane)
{
    struct run_source *first = lane->in_hand[0];
    const size_t count = lane->count;
    int worst = CTE_OK;
    while (lane->count > 0 && stop_signal == 0) {
        struct run_source *source = take_first(lane);
        lane->convert(lane->run, source);
        worst = worse_status(worst, source->status);
    }
    lane->count = 0;
    if (count > 0 && stop_signal == 0)
        tell_lost(lane, first, count, worst);
}

/* Whether accounts may still come: cte-read waits for the list, however the others have ended. */
static bool lives(const struct lane *lane)
{
    return lane->is_open && lane->chain.processes.said.fd >= 0;
}

void lane_give(struct lane *lane, struct run_source *source)
{
    while (lives(lane) && lane->count == LANE_ROOM) {
        listen_to_processes(&lane->chain.processes);
        take_accounts(lane);
    }
    if (!lives(lane))
        lane_finish(lane);
    if (!lane->is_open && !open_lane(lane)) {
        lane->convert(lane->run, source);
        return;
    }
    lane->in_hand[lane->count] = lane->last = source;
    lane->given[lane->count++] = progress_clock();
    if (!send_source(lane, source))
        lane_finish(lane);
}

void lane_finish(struct lane *lane)
{
    if (!lane->is_open)
        return;
    close_lane(lane);
    convert_lost(lane);
    free_chain(&lane->chain);
}
