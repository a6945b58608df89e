#include "pipeline/stream/scan_versions.h"

const struct scan_version *const scan_versions[] = {
#if defined(__x86_64__)
    &scan_avx512, &scan_avx2, &scan_sse2,
#endif
    &scan_plain};
const size_t scan_version_count = sizeof scan_versions / sizeof *scan_versions;

const struct scan_version *scan_chosen = &scan_plain;

/* Before main(), because threads may begin there. */
__attribute__((constructor)) static void choose_version(void)
{
    size_t best = 0;
    while (!scan_versions[best]->can_run())
        best++;
    scan_chosen = scan_versions[best];
}
