/* Runs a fuzz target on the files that are named, without libFuzzer. A target that breaks ends
 * the program by a signal. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/unit.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t length;
        char *bytes = read_file(argv[i], &length);
        if (bytes == NULL) {
            fprintf(stderr, "replay: cannot open %s\n", argv[i]);
            return 66;
        }
        /* Said before, so that the name of a file that breaks the target stands last. */
        fprintf(stderr, "%s\n", argv[i]);
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
        free(bytes);
    }
    printf("%d passed, 0 failed\n", argc - 1);
    return argc == 1;
}
