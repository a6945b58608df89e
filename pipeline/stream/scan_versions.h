/* scan_versions.h - the versions of scan.h, one of each file. Included by scan*.c alone. */
#ifndef CTE_SCAN_VERSIONS_H
#define CTE_SCAN_VERSIONS_H

#include "pipeline/stream/scan.h"

extern const struct scan_version scan_plain;

#if defined(__x86_64__)
extern const struct scan_version scan_sse2, scan_avx2, scan_avx512;
#endif

#endif
