/* progress.h - one line on a terminal, rewritten in place: how much of all sources is read, how
 * fast, and how long it will take.
 *
 *     progress_begin(is_wanted, source_count, bytes);
 *     progress_open(fd);  ...  progress_show();  ...  progress_close(fd);
 *     progress_add_done(size);
 *     progress_end();
 *
 * A source, or a part of one, is known by the descriptor it is read from. All but progress_begin()
 * may be called by several threads.
 */
#ifndef CTE_RUN_PROGRESS_H
#define CTE_RUN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

double progress_clock(void); /* seconds, of a clock that is never set back */

/* Where the line is not wanted, or standard error is no terminal, nothing is ever shown. */
void progress_begin(bool is_wanted, size_t source_count, double bytes);

void progress_start(void); /* sources are read from now on */
void progress_open(int fd);
void progress_close(int fd);
void progress_add_done(double bytes); /* a source, whole */
void progress_show(void);

/* A text in the place of the line, while nothing is counted. */
void progress_say(const char *text);

/* Clears the line, before anything else is said. */
void progress_end(void);

#endif
