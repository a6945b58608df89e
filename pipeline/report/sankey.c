#include "pipeline/report/sankey.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ribbons_style[] =
    "svg.ribbons{display:block;width:100%;max-width:36rem;height:auto;margin:.5rem "
    "0}svg.ribbons text{font:11px system-ui,sans-serif;fill:#1a1a1a;"
    "paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}svg.ribbons "
    ".h{font-weight:700}"
    "svg.ribbons "
    "path{fill:#4a6378;fill-opacity:.38;stroke:#33475a;stroke-opacity:.55;stroke-width:.4}svg."
    "ribbons path.odd{fill:#a9754a}"
    "svg.ribbons path.hidden{fill:none;stroke-dasharray:2 "
    "2;stroke-opacity:.8;stroke-width:1}svg.ribbons path:hover{fill-opacity:.8}"
    "svg.ribbons rect{fill:#33475a}svg.ribbons rect.fate{stroke:#33475a;stroke-width:.6}";

/* Units of the picture: as wide as a small phone, so that its text is never smaller than it is
 * written. */
enum {
    WIDTH = 358,
    BAR = 9,
    GAP = 5,
    LINE = 12,
    DATA_HEIGHT = 380,
    LABEL_LETTERS = 25,
    MOST_LINES = 3
};
#define HIDDEN_WIDTH 3.0
#define LEAST_WIDTH 0.7

struct placed {
    double top, height; /* of the bar */
    double used;        /* by ribbons so far */
    double slot;        /* with room for the label */
    uint64_t records;
    bool has_hidden;
    char lines[MOST_LINES][LABEL_LETTERS + 40];
    size_t line_count;
};

static void put(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(struct output *output, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    output_text(output, text);
}

static void put_escaped(struct output *output, const char *text)
{
    if (!output_xml(output, text, strlen(text)))
        output_text(output, "?");
}

/* Breaks a name into lines at blanks, and puts the number after its last word. What is too long for
 * the lines there are is cut. */
static void break_label(struct placed *node, const char *name, const char *number)
{
    char words[256];
    snprintf(words, sizeof words, "%.180s", name);
    char *rest = NULL;
    bool is_cut = false;
    for (char *word = strtok_r(words, " ", &rest); word != NULL && !is_cut;
         word = strtok_r(NULL, " ", &rest)) {
        char *line = node->line_count > 0 ? node->lines[node->line_count - 1] : NULL;
        const size_t length = line != NULL ? strlen(line) : 0, needed = length + 1 + strlen(word);
        /* The last line keeps room for the number. */
        const size_t room =
            LABEL_LETTERS - (node->line_count == MOST_LINES ? strlen(number) + 1 : 0);
        if (line != NULL && needed <= room)
            snprintf(line + length, sizeof node->lines[0] - length, " %s", word);
        else if (node->line_count < MOST_LINES)
            snprintf(node->lines[node->line_count++], sizeof node->lines[0], "%.*s", LABEL_LETTERS,
                     word);
        else
            is_cut = true;
    }
    if (number[0] == '\0' && !is_cut)
        return;
    char *line =
        node->line_count > 0 ? node->lines[node->line_count - 1] : node->lines[node->line_count++];
    size_t length = strlen(line);
    if (length + 1 + strlen(number) > LABEL_LETTERS && node->line_count < MOST_LINES) {
        line = node->lines[node->line_count++];
        length = 0;
    }
    snprintf(line + length, sizeof node->lines[0] - length, "%s%s%s", is_cut ? "…" : "",
             length > 0 ? " " : "", number);
}

static double width_of(const struct counts *counts, size_t count, double scale)
{
    const struct counts_item *item = &counts->items[count];
    if (item->is_hidden)
        return HIDDEN_WIDTH;
    double width = (double)item->value * scale;
    return width > LEAST_WIDTH ? width : LEAST_WIDTH;
}

/* Places one side; returns its height. */
static double place(const struct ribbons *ribbons, const struct counts *counts, bool is_left,
                    double scale, struct placed *placed)
{
    const size_t node_count = is_left ? ribbons->left_count : ribbons->right_count;
    const struct ribbon_node *nodes = is_left ? ribbons->left : ribbons->right;
    double top = 0;
    for (size_t i = 0; i < ribbons->link_count; i++) {
        struct placed *node = &placed[is_left ? ribbons->links[i].from : ribbons->links[i].to];
        const struct counts_item *item = &counts->items[ribbons->links[i].count];
        node->height += width_of(counts, ribbons->links[i].count, scale);
        node->has_hidden = node->has_hidden || item->is_hidden;
        node->records += item->value;
    }
    for (size_t i = 0; i < node_count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%" PRIu64, placed[i].records);
        break_label(&placed[i], nodes[i].name, placed[i].has_hidden ? "" : number);
        double label = (double)placed[i].line_count * LINE + 2;
        placed[i].slot = placed[i].height > label ? placed[i].height : label;
        placed[i].top = top;
        top += placed[i].slot + GAP;
    }
    return top - GAP;
}

static void put_bars(struct output *output, const struct ribbons *ribbons,
                     const struct placed *placed, bool is_left, double shift)
{
    const size_t node_count = is_left ? ribbons->left_count : ribbons->right_count;
    const struct ribbon_node *nodes = is_left ? ribbons->left : ribbons->right;
    for (size_t i = 0; i < node_count; i++) {
        const struct placed *node = &placed[i];
        put(output, "<rect%s x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"",
            nodes[i].is_fate ? " class=\"fate\"" : "", is_left ? 0 : WIDTH - BAR, node->top + shift,
            BAR, node->height);
        if (nodes[i].is_fate)
            put(output, " style=\"fill:url(#%s-hatch)\"", ribbons->id);
        output_text(output, "/>");
        put(output, "<text x=\"%d\" y=\"%.1f\"%s>", is_left ? BAR + 4 : WIDTH - BAR - 4,
            node->top + shift + LINE - 2, is_left ? "" : " text-anchor=\"end\"");
        for (size_t l = 0; l < node->line_count; l++) {
            put(output, "<tspan x=\"%d\" dy=\"%d\">", is_left ? BAR + 4 : WIDTH - BAR - 4,
                l == 0 ? 0 : LINE);
            put_escaped(output, node->lines[l]);
            output_text(output, "</tspan>");
        }
        output_text(output, "</text>\n");
    }
}

static void put_ribbon(struct output *output, const struct ribbons *ribbons,
                       const struct counts *counts, const struct ribbon_link *link,
                       struct placed *from, struct placed *to, double shifts[2], double scale)
{
    const struct counts_item *item = &counts->items[link->count];
    const double width = width_of(counts, link->count, scale);
    const double y0 = from->top + shifts[0] + from->used, y1 = to->top + shifts[1] + to->used,
                 middle = WIDTH / 2.0;
    from->used += width;
    to->used += width;
    if (item->is_hidden)
        put(output, "<path class=\"hidden\" d=\"M%d %.1fC%.1f %.1f %.1f %.1f %d %.1f\">", BAR,
            y0 + width / 2, middle, y0 + width / 2, middle, y1 + width / 2, WIDTH - BAR,
            y1 + width / 2);
    else
        put(output,
            "<path%s d=\"M%d %.1fC%.1f %.1f %.1f %.1f %d %.1fV%.1fC%.1f %.1f %.1f %.1f %d "
            "%.1fZ\"%s%s%s>",
            link->from % 2 != 0 ? " class=\"odd\"" : "", BAR, y0, middle, y0, middle, y1,
            WIDTH - BAR, y1, y1 + width, middle, y1 + width, middle, y0 + width, BAR, y0 + width,
            ribbons->right[link->to].is_fate ? " style=\"fill:url(#" : "",
            ribbons->right[link->to].is_fate ? ribbons->id : "",
            ribbons->right[link->to].is_fate ? "-hatch)\"" : "");
    output_text(output, "<title>");
    put_escaped(output, ribbons->left[link->from].name);
    output_text(output, " → ");
    put_escaped(output, ribbons->right[link->to].name);
    if (item->is_hidden)
        output_text(output, ": hidden");
    else
        put(output, ": %" PRIu64, item->value);
    output_text(output, "</title></path>\n");
}

void ribbons_draw(struct output *output, const struct ribbons *ribbons, const struct counts *counts)
{
    uint64_t shown = 0;
    for (size_t i = 0; i < ribbons->link_count; i++)
        shown += counts->items[ribbons->links[i].count].is_hidden
                     ? 0
                     : counts->items[ribbons->links[i].count].value;
    const double scale = shown > 0 ? (double)DATA_HEIGHT / (double)shown : 0;
    struct placed *sides[2] = {cte_zalloc(ribbons->left_count + 1, sizeof **sides),
                               cte_zalloc(ribbons->right_count + 1, sizeof **sides)};
    const double heights[2] = {place(ribbons, counts, true, scale, sides[0]),
                               place(ribbons, counts, false, scale, sides[1])};
    const double height = heights[0] > heights[1] ? heights[0] : heights[1], head = 2 * LINE;
    /* The shorter side stands in the middle of the longer one. */
    double shifts[2] = {head + (height - heights[0]) / 2, head + (height - heights[1]) / 2};
    put(output,
        "<svg class=\"ribbons\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
        "aria-labelledby=\"%s-title\">\n",
        WIDTH, height + head + 2, ribbons->id);
    put(output, "<title id=\"%s-title\">", ribbons->id);
    put_escaped(output, ribbons->title);
    output_text(output, "; the numbers stand in the table below</title>\n");
    put(output,
        "<defs><pattern id=\"%s-hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\">"
        "<rect width=\"5\" height=\"5\" style=\"fill:#fff\"/><rect width=\"1.6\" "
        "height=\"5\"/></pattern></defs>\n",
        ribbons->id);
    put(output, "<text class=\"h\" x=\"0\" y=\"%d\">", LINE);
    put_escaped(output, ribbons->left_title);
    put(output, "</text><text class=\"h\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", WIDTH, LINE);
    put_escaped(output, ribbons->right_title);
    output_text(output, "</text>\n");
    for (size_t i = 0; i < ribbons->link_count; i++)
        put_ribbon(output, ribbons, counts, &ribbons->links[i], &sides[0][ribbons->links[i].from],
                   &sides[1][ribbons->links[i].to], shifts, scale);
    put_bars(output, ribbons, sides[0], true, shifts[0]);
    put_bars(output, ribbons, sides[1], false, shifts[1]);
    output_text(output, "</svg>\n");
    free(sides[0]);
    free(sides[1]);
}
