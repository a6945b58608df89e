/* bundled_program.h - a whole program on any files, for targets of what is not one parser.
 *
 * An input is a bundle of files: bundle.h. It is unpacked into a folder, the program's main() runs
 * there in a process of its own, and what the process saw of the code is carried back to libFuzzer.
 * The process may write in that folder only, and its end is judged: a signal, a sanitizer or a
 * status that is not in the contract breaks.
 *
 * Tables are those of the section tables/..., with the project's schemas, or those of the project;
 * with a section no-tables, none are given, and the program looks for them (see `make fuzz`).
 * Standard input is the section stdin.stream, or stdin. The section `args` chooses by its letter,
 * from `a`, which of the target's command lines is run; or its lines are the arguments. With a
 * section `then`, which is the same, the program runs again on what it has left. A section `epoch`
 * is what SOURCE_DATE_EPOCH is. Sections `fault`, `fault-error` and `fault-after` let a call of the
 * system fail, as tests/faults/break.c says, which is linked with each program.
 */
#ifndef CTE_FUZZ_PROGRAM_H
#define CTE_FUZZ_PROGRAM_H

#include "tests/fuzz/fuzz.h"

enum { PROGRAM_ARGS = 16 };

struct program_lines {
    const char *name;
    int (*main)(int argc, char **argv);
    int trouble;                       /* an exit status that is this program's own, or 0 */
    const char *(*args)[PROGRAM_ARGS]; /* without the program; each ends with NULL */
    size_t count;
};

/* `main` of the program under test, by another name. */
int program_main(int argc, char **argv);

/* For a main() that is the target's own: a file of the bundle, with a NUL after it; NULL where
 * it is not there. */
char *program_file(const char *path, size_t *length);

void program_run(const struct program_lines *lines, const uint8_t *data, size_t size);

#endif
