/* source_folders.h - where the files of a source lie in the run folder.
 *
 * In a run of at most RUN_MOST_SOURCES_FLAT sources they lie in the run folder itself: NAME.txt,
 * NAME.changes.csv and so on. In a larger one they lie in folders, so that none holds more than
 * some thousand entries, which people, file browsers and `ls` still manage:
 *
 *     1964733/NAME.txt      by the LEA of the source, as shard.h finds it
 *     1964733/5f/NAME.txt   where the run has more than RUN_MOST_SOURCES_FLAT sources of that LEA
 *     other-5f/NAME.txt     a source whose LEA nobody tells
 *
 * The two hex digits are of the XXH3 of NAME, with no seed: 256 folders, each of a 256th of the
 * sources. A state has some thousand LEAs. Where the paths tell more than RUN_MOST_LEAS, they hold
 * other numbers of seven digits: then no path and no job is believed, and all lie in `other-`.
 *
 * Beside how many sources there are, of all and of its LEA, no source's folder depends on the
 * others or on their order. No file or folder of the run itself has such a name. A repeat puts
 * files where the run had them, for it cannot know which LEA the job told.
 *
 * The driver makes the folders before the chains start, so that no two of them race for one, and
 * removes those that stayed empty. What the folders hold goes by the manifest: whoever reads a run
 * takes the names of files from there.
 *
 * Errors: CTE_CANNOT_CREATE, CTE_NO_PERMISSION, CTE_IO.
 */
#ifndef CTE_SOURCE_FOLDERS_H
#define CTE_SOURCE_FOLDERS_H

#include "pipeline/cte-run/run.h"

/* At most six files of each source. */
enum { RUN_MOST_SOURCES_FLAT = 1000, RUN_MOST_LEAS = 4000 };

/* Fills the `stem` of each source that has none yet. */
void place_sources(struct run *run);

/* The stem of a source whose files a run that is done has placed: that of the first of them. False
 * where no run places files so. */
bool place_as_before(struct run *run, struct run_source *source, const char *file);

/* Makes the folders of the stems in the run folder. */
int make_source_folders(struct run *run);

/* Removes those in which no file came to lie. */
void remove_empty_folders(const struct run *run);

#endif
