#include "pipeline/report/sankey.h"
#include "codetables/base/characters.h"
#include "codetables/base/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char sankey_style[] =
    ":root{--bar:#33475a;--ribbon:#4a6378;--odd-ribbon:#a9754a}"
    "@media screen and (prefers-color-scheme:dark){:root{--bar:#a9c1d6;--ribbon:#8fb0cc;"
    "--odd-ribbon:#d9a679}}"
    "svg.ribbons{display:block;width:100%;max-width:36rem;height:auto;margin:.5rem 0}"
    "svg.ribbons text{font:11px system-ui,sans-serif;fill:var(--ink);paint-order:stroke;"
    "stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}svg.ribbons .h{font-weight:700}"
    "svg.ribbons path{fill:var(--ribbon);fill-opacity:.38;stroke:var(--bar);stroke-opacity:.55;"
    "stroke-width:.4}svg.ribbons path.odd{fill:var(--odd-ribbon)}"
    "svg.ribbons path.hidden{fill:none;stroke-dasharray:2 2;stroke-opacity:.8;stroke-width:1}"
    "svg.ribbons path:hover{fill-opacity:.8}svg.ribbons rect{fill:var(--bar)}"
    "svg.ribbons rect.fate{stroke:var(--bar);stroke-width:.6}";

/* Units of the picture: as wide as a small phone, so that its text is never smaller than it is
 * written. */
static const int WIDTH = 358, BAR = 9, GAP = 5, LINE = 12, DATA_HEIGHT = 380;
enum { LABEL_LETTERS = 25, MOST_LINES = 3 };
#define HIDDEN_WIDTH 3.0
#define LEAST_WIDTH 0.7

/* A node where the picture has it. */
struct bar {
    double top, height;
    double used; /* by ribbons so far */
    double slot; /* its height with room for the label */
    uint64_t records;
    bool has_hidden;
    char lines[MOST_LINES][LABEL_LETTERS + 40];
    size_t line_count;
};

/* One side of the picture. */
struct side {
    const struct sankey_node *nodes;
    struct bar *bars;
    size_t count;
    bool is_left;
    double height;
    double shift; /* how far down its bars begin */
};

struct drawing {
    struct output *output;
    const struct sankey *sankey;
    const struct publication *publication;
    double scale; /* height of one record */
    struct side left, right;
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
static void break_label(struct bar *bar, const char *name, const char *number)
{
    char words[256];
    snprintf(words, sizeof words, "%.*s", (int)whole_characters(name, 180), name);
    char *rest = NULL;
    bool is_cut = false;
    for (char *word = strtok_r(words, " ", &rest); word != NULL && !is_cut;
         word = strtok_r(NULL, " ", &rest)) {
        char *line = bar->line_count > 0 ? bar->lines[bar->line_count - 1] : NULL;
        const size_t length = line != NULL ? strlen(line) : 0, needed = length + 1 + strlen(word);
        /* The last line keeps room for the number. */
        const size_t room =
            LABEL_LETTERS - (bar->line_count == MOST_LINES ? strlen(number) + 1 : 0);
        if (line != NULL && needed <= room)
            snprintf(line + length, sizeof bar->lines[0] - length, " %s", word);
        else if (bar->line_count < MOST_LINES)
            snprintf(bar->lines[bar->line_count++], sizeof bar->lines[0], "%.*s",
                     (int)whole_characters(word, LABEL_LETTERS), word);
        else
            is_cut = true;
    }
    if (number[0] == '\0' && !is_cut)
        return;
    char *line =
        bar->line_count > 0 ? bar->lines[bar->line_count - 1] : bar->lines[bar->line_count++];
    size_t length = strlen(line);
    if (length + 1 + strlen(number) > LABEL_LETTERS && bar->line_count < MOST_LINES) {
        line = bar->lines[bar->line_count++];
        length = 0;
    }
    snprintf(line + length, sizeof bar->lines[0] - length, "%s%s%s", is_cut ? "…" : "",
             length > 0 ? " " : "", number);
}

static double find_width(const struct drawing *drawing, const struct sankey_link *link)
{
    const struct cell *cell = &drawing->publication->cells[link->cell];
    if (cell->is_hidden)
        return HIDDEN_WIDTH;
    const double width = (double)cell->value * drawing->scale;
    return width > LEAST_WIDTH ? width : LEAST_WIDTH;
}

/* Gives each node of a side its place, and the side its height. */
static void place_bars(const struct drawing *drawing, struct side *side)
{
    const struct sankey *sankey = drawing->sankey;
    double top = 0;
    side->bars = cte_zalloc(side->count + 1, sizeof *side->bars);
    for (size_t i = 0; i < sankey->link_count; i++) {
        const struct sankey_link *link = &sankey->links[i];
        const struct cell *cell = &drawing->publication->cells[link->cell];
        struct bar *bar = &side->bars[side->is_left ? link->from : link->to];
        bar->height += find_width(drawing, link);
        bar->has_hidden = bar->has_hidden || cell->is_hidden;
        bar->records += cell->value;
    }
    for (size_t i = 0; i < side->count; i++) {
        struct bar *bar = &side->bars[i];
        char number[24];
        snprintf(number, sizeof number, "%" PRIu64, bar->records);
        break_label(bar, side->nodes[i].name, bar->has_hidden ? "" : number);
        const double label = (double)bar->line_count * LINE + 2;
        bar->slot = bar->height > label ? bar->height : label;
        bar->top = top;
        top += bar->slot + GAP;
    }
    side->height = top - GAP;
}

static void put_bars(const struct drawing *drawing, const struct side *side)
{
    struct output *output = drawing->output;
    const int text_x = side->is_left ? BAR + 4 : WIDTH - BAR - 4;
    for (size_t i = 0; i < side->count; i++) {
        const struct bar *bar = &side->bars[i];
        const bool is_fate = side->nodes[i].is_fate;
        put(output, "<rect%s x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"",
            is_fate ? " class=\"fate\"" : "", side->is_left ? 0 : WIDTH - BAR,
            bar->top + side->shift, BAR, bar->height);
        if (is_fate)
            put(output, " style=\"fill:url(#%s-hatch)\"", drawing->sankey->id);
        output_text(output, "/>");
        put(output, "<text x=\"%d\" y=\"%.1f\"%s>", text_x, bar->top + side->shift + LINE - 2,
            side->is_left ? "" : " text-anchor=\"end\"");
        for (size_t l = 0; l < bar->line_count; l++) {
            put(output, "<tspan x=\"%d\" dy=\"%d\">", text_x, l == 0 ? 0 : LINE);
            put_escaped(output, bar->lines[l]);
            output_text(output, "</tspan>");
        }
        output_text(output, "</text>\n");
    }
}

/* The outline of a ribbon `width` wide, from y0 on the left to y1 on the right. */
static void put_path(const struct drawing *drawing, const struct sankey_link *link, double y0,
                     double y1, double width)
{
    struct output *output = drawing->output;
    const double middle = WIDTH / 2.0;
    if (drawing->publication->cells[link->cell].is_hidden) {
        y0 += width / 2;
        y1 += width / 2;
        put(output, "<path class=\"hidden\" d=\"M%d %.1fC%.1f %.1f %.1f %.1f %d %.1f\">", BAR, y0,
            middle, y0, middle, y1, WIDTH - BAR, y1);
        return;
    }
    put(output, "<path%s d=\"M%d %.1fC%.1f %.1f %.1f %.1f %d %.1f",
        link->from % 2 != 0 ? " class=\"odd\"" : "", BAR, y0, middle, y0, middle, y1, WIDTH - BAR,
        y1);
    put(output, "V%.1fC%.1f %.1f %.1f %.1f %d %.1fZ\"", y1 + width, middle, y1 + width, middle,
        y0 + width, BAR, y0 + width);
    if (drawing->right.nodes[link->to].is_fate)
        put(output, " style=\"fill:url(#%s-hatch)\"", drawing->sankey->id);
    output_text(output, ">");
}

static void put_ribbon(const struct drawing *drawing, const struct sankey_link *link)
{
    struct output *output = drawing->output;
    const struct cell *cell = &drawing->publication->cells[link->cell];
    struct bar *from = &drawing->left.bars[link->from], *to = &drawing->right.bars[link->to];
    const double width = find_width(drawing, link);
    put_path(drawing, link, from->top + drawing->left.shift + from->used,
             to->top + drawing->right.shift + to->used, width);
    from->used += width;
    to->used += width;
    output_text(output, "<title>");
    put_escaped(output, drawing->left.nodes[link->from].name);
    output_text(output, " → ");
    put_escaped(output, drawing->right.nodes[link->to].name);
    if (cell->is_hidden)
        output_text(output, ": hidden");
    else
        put(output, ": %" PRIu64, cell->value);
    output_text(output, "</title></path>\n");
}

static void put_head(const struct drawing *drawing, double height)
{
    struct output *output = drawing->output;
    const struct sankey *sankey = drawing->sankey;
    put(output,
        "<svg class=\"ribbons\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
        "aria-labelledby=\"%s-title\">\n",
        WIDTH, height, sankey->id);
    put(output, "<title id=\"%s-title\">", sankey->id);
    put_escaped(output, sankey->title);
    output_text(output, "; the numbers stand in the table below</title>\n");
    put(output,
        "<defs><pattern id=\"%s-hatch\" width=\"5\" height=\"5\" "
        "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
        "<rect width=\"5\" height=\"5\" style=\"fill:var(--paper)\"/>"
        "<rect width=\"1.6\" height=\"5\"/></pattern></defs>\n",
        sankey->id);
    put(output, "<text class=\"h\" x=\"0\" y=\"%d\">", LINE);
    put_escaped(output, sankey->left_title);
    put(output, "</text><text class=\"h\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", WIDTH, LINE);
    put_escaped(output, sankey->right_title);
    output_text(output, "</text>\n");
}

/* The height of one record: what is shown fills the picture. */
static double find_scale(const struct sankey *sankey, const struct publication *publication)
{
    uint64_t shown = 0;
    for (size_t i = 0; i < sankey->link_count; i++) {
        const struct cell *cell = &publication->cells[sankey->links[i].cell];
        shown += cell->is_hidden ? 0 : cell->value;
    }
    return shown > 0 ? (double)DATA_HEIGHT / (double)shown : 0;
}

void sankey_draw(struct output *output, const struct sankey *sankey,
                 const struct publication *publication)
{
    struct drawing drawing = {
        .output = output,
        .sankey = sankey,
        .publication = publication,
        .scale = find_scale(sankey, publication),
        .left = {.nodes = sankey->left, .count = sankey->left_count, .is_left = true},
        .right = {.nodes = sankey->right, .count = sankey->right_count}};
    struct side *left = &drawing.left, *right = &drawing.right;
    place_bars(&drawing, left);
    place_bars(&drawing, right);
    const double height = left->height > right->height ? left->height : right->height;
    /* The shorter side stands in the middle of the longer one. */
    left->shift = 2 * LINE + (height - left->height) / 2;
    right->shift = 2 * LINE + (height - right->height) / 2;
    put_head(&drawing, height + 2 * LINE + 2);
    for (size_t i = 0; i < sankey->link_count; i++)
        put_ribbon(&drawing, &sankey->links[i]);
    put_bars(&drawing, left);
    put_bars(&drawing, right);
    output_text(output, "</svg>\n");
    free(left->bars);
    free(right->bars);
}
