/* One byte after the other, for any processor. */
#define SCAN_TARGET
#include "pipeline/stream/scan_loop.h"
#include "pipeline/stream/scan_versions.h"

static inline SCAN_TARGET struct scan_masks scan_block(const char *at, char delimiter, bool closely)
{
    struct scan_masks masks = {0, 0, 0, 0, 0};
    for (unsigned i = 0; i < 64; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        const char c = at[i];
        if (c == delimiter)
            masks.delimiter |= bit;
        if (c == '\n')
            masks.newline |= bit;
        if (closely) {
            if (c == '"')
                masks.quote |= bit;
            if (c == '\r')
                masks.carriage |= bit;
            if (((unsigned char)c < ' ' && c != '\r') || (unsigned char)c > '~')
                masks.odd |= bit;
        }
    }
    return masks;
}

static inline SCAN_TARGET void scan_note(uint32_t *to, uint32_t base, uint64_t mask)
{
    scan_note_each(to, SCAN_BLOCK, base, mask);
}

static bool can_run(void)
{
    return true;
}

const struct scan_version scan_plain = {"plain", can_run, closely, split};
