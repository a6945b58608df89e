/* log.h - what cte-run says on standard error: as text for people, or one JSON object a line for
 * machines. Never a value of a record.
 */
#ifndef CTE_RUN_LOG_H
#define CTE_RUN_LOG_H

#include "pipeline/cte-run/run.h"

/* One event. `level` is info, warning or error; `file` may be NULL. */
void log_say(const struct run *run, const char *level, const char *event, const char *file,
             const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Something that went well: an event in JSON; as text only where somebody looks on, so that cron
 * stays silent. */
void log_tell(const struct run *run, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* what the stages said */
void log_messages(const struct run *run, const struct run_source *source);
/* what a program said, of no source alone */
void log_text(const struct run *run, const char *text, size_t length);
/* the sums of a source; JSON only */
void log_source(const struct run *run, const struct run_source *source);
/* the last event; JSON only */
void log_end(const struct run *run, int status);

#endif
