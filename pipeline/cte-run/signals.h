/* signals.h - how a run ends that is told to: its programs are stopped, its folder is taken down,
 * and it dies of the signal. */
#ifndef CTE_RUN_SIGNALS_H
#define CTE_RUN_SIGNALS_H

#include <signal.h>

/* Set by SIGINT and SIGTERM, once heed_signals() was called; 0: the run may go on. */
extern volatile sig_atomic_t stop_signal;

/* From here on the run has some seconds to end when it is told to; then it is ended. */
void heed_signals(void);

/* Ends the program as the signal would have. To be called when nothing of the run is left. */
void die_of_signal(void);

#endif
