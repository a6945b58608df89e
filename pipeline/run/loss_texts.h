/* loss_texts.h - what is told where a run holds fewer records than the last, or where an upload of
 * one source would take the place of another's: in a log, and on a report.
 *
 *     char *text = shrunk_text(&shrunk[i]);
 *     size_t count;
 *     char **texts = overlap_texts(&(struct overlap_list){...}, &count);
 *
 * What is returned is to be freed, each text and the list of them.
 */
#ifndef CTE_LOSS_TEXTS_H
#define CTE_LOSS_TEXTS_H

#include "pipeline/run/manifest.h"

char *shrunk_text(const struct shrunk *shrunk);

/* Overlaps, those of one place together, and how a source is shown. */
struct overlap_list {
    const struct overlap *items;
    size_t count;
    const char *(*source_shown)(const void *context, size_t source);
    const void *context;
};

/* The end of the overlaps that are of the same place as this one. */
size_t overlap_end(const struct overlap_list *list, size_t first);

/* One text for all places at which the same sources overlap. */
char **overlap_texts(const struct overlap_list *list, size_t *count);

#endif
