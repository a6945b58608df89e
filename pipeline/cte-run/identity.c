#include "pipeline/cte-run/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codetables/base/digest.h"
#include "codetables/base/memory.h"
#include "codetables/base/text.h"

int set_clock(struct run *run)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t seconds = time(NULL);
    if (epoch != NULL && *epoch != '\0') {
        char *end;
        errno = 0;
        seconds = (time_t)strtoll(epoch, &end, 10);
        if (*end != '\0' || errno != 0)
            return cte_fail(&run->error, CTE_USAGE, "SOURCE_DATE_EPOCH is not a number of seconds");
        run->clock.is_fixed = true;
    }
    struct tm utc, local;
    gmtime_r(&seconds, &utc);
    strftime(run->clock.started, sizeof run->clock.started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    /* Rules look at the calendar that hangs where the run is made; with a fixed clock nothing
     * depends on where that is. */
    localtime_r(&seconds, &local);
    static char today[16];
    strftime(today, sizeof today, "%Y-%m-%d", run->clock.is_fixed ? &utc : &local);
    if (run->policy.as_of != NULL && strcmp(run->policy.as_of, "today") == 0)
        run->policy.as_of = today;
    return CTE_OK;
}

/* The start and a few digits of a hash of what the run is about. */
static char *make_id(const struct run *run)
{
    const struct policy *policy = &run->policy;
    const long process = run->clock.is_fixed ? 0 : (long)getpid();
    struct text about = {0};
    text_format(&about, "%s %s %s %s %s", CTE_VERSION, policy->target != NULL ? policy->target : "",
                policy->layout != NULL ? policy->layout : "",
                policy->decisions != NULL ? policy->decisions : "",
                run->clock.is_fixed ? "" : run->clock.started);
    for (size_t i = 0; i < policy->crosswalks.count; i++)
        text_format(&about, "\n%s 0 %ld", policy->crosswalks.texts[i], process);
    if (policy->shard != NULL) /* it may have no source to tell it apart by */
        text_format(&about, "\n%s %ld", policy->shard, process);
    for (size_t i = 0; i < run->source_count; i++) {
        struct stat facts = {0};
        stat(run->sources[i].path, &facts);
        text_format(&about, "\n%s %lld %ld", run->sources[i].path, (long long)facts.st_size,
                    process);
    }
    char hex[DIGEST_HEX], stamp[sizeof run->clock.started];
    digest_bytes(about.bytes, about.length, hex);
    text_free(&about);
    size_t length = 0;
    for (const char *c = run->clock.started; *c != '\0'; c++) {
        if (*c != '-' && *c != ':')
            stamp[length++] = *c;
    }
    stamp[length] = '\0';
    return cte_format("%s-%.6s", stamp, hex);
}

void set_run_id(struct run *run)
{
    run->place.id = run->request.run_id != NULL ? arena_string(&run->memory, run->request.run_id)
                                                : arena_take(&run->memory, make_id(run));
}
