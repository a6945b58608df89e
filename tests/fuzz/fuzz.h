/* fuzz.h - what the fuzz targets share.
 *
 * Each target_*.c is linked with libFuzzer into a program that looks for inputs that break it, and
 * with replay.c into one that runs inputs that are given: the seeds of tests/fuzz/seeds in every
 * test run, and whatever libFuzzer once found.
 */
#ifndef CTE_FUZZ_H
#define CTE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of a header that must hold on any input. */
void must_hold(int condition, const char *what);

#endif
