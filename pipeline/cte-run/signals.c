#include "pipeline/cte-run/signals.h"

#include <stddef.h>
#include <unistd.h>

/* Seconds that a run has to end when it is told to. */
enum { MOST_TO_END = 10 };

volatile sig_atomic_t stop_signal;

static void stop_on(int number)
{
    stop_signal = number;
    alarm(MOST_TO_END);
}

void die_of_signal(void)
{
    signal(stop_signal, SIG_DFL);
    raise(stop_signal);
}

/* The run waits for something that does not come, as a log that nobody reads. What it leaves
 * behind, the next run removes. */
static void give_up(int number)
{
    (void)number;
    die_of_signal();
}

void heed_signals(void)
{
    /* Without SA_RESTART: what waits is to wake up. */
    struct sigaction stop = {.sa_handler = stop_on}, end = {.sa_handler = give_up};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGALRM, &end, NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored, the ends of the stages would be lost */
}
