/* lane.h - a chain that takes many sources, one after another: its programs are started and its
 * tables loaded once.
 *
 *     struct lane lane = {.run = run};
 *     lane_give(&lane, source);                       // cte-read has it next
 *     ...
 *     lane_finish(&lane);                             // all have come back, the programs ended
 *
 * A source comes back when cte-write has told its account: then `take` is called, with its status
 * set. Where the programs die, those that were given and did not come back are `lost`: the caller
 * converts each in a chain of its own, which tells what is wrong with which; the lane is started
 * anew for the next source.
 *
 * A lane belongs to one thread. It keeps a few sources in hand, so that each of its programs has
 * one to work on.
 */
#ifndef CTE_RUN_LANE_H
#define CTE_RUN_LANE_H

#include "pipeline/cte-run/chain.h"

enum { LANE_ROOM = 8 };

struct lane {
    struct run *run;
    const struct option_list *below; /* folders below which its sources lie */
    /* Takes the account of a source that came back, and what was said beside it. */
    void (*take)(struct run *run, struct run_source *source, struct slice account);
    /* Converts a source that was lost. */
    void (*convert)(struct run *run, struct run_source *source);

    struct chain chain;
    bool is_open;                          /* its programs run */
    int list;                              /* where cte-read is told of sources */
    struct run_source *in_hand[LANE_ROOM]; /* in the order in which they were given */
    size_t count;
    double given[LANE_ROOM]; /* when */
    struct run_source *last; /* that was given */
    size_t seen, lines;      /* of what cte-write said: looked at, and of it in whole lines */
};

/* Gives it a source, once there is room for one: others come back meanwhile. */
void lane_give(struct lane *lane, struct run_source *source);

/* Waits for all that are in hand, and for the end of the programs. It may be used again. */
void lane_finish(struct lane *lane);

#endif
