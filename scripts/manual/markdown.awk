# markdown.awk - sections of a page of the manual from a document in Markdown.
#
# It takes headings, text, lists, tables and code as the documents of this project have them. With
# -v section=N it is a page of its own, named `name` and of `date` and `version`: its title says
# what it is, and the text before the first section is its description.

# Bold, italics, code and links within a text; what stands in code is left as it is.
function inline(text,    out, c, rest, end, label) {
    out = ""
    while (text != "") {
        c = substr(text, 1, 1)
        rest = substr(text, 2)
        if (c == "`" && (end = index(rest, "`")) > 0) {
            out = out "\\fB" roff_within(substr(rest, 1, end - 1)) "\\fP"
            text = substr(rest, end + 1)
        } else if (substr(text, 1, 2) == "**" && (end = index(substr(text, 3), "**")) > 0) {
            out = out "\\fB" inline(substr(text, 3, end - 1)) "\\fP"
            text = substr(text, end + 4)
        } else if (c == "*" && (end = index(rest, "*")) > 0 && rest !~ /^ /) {
            out = out "\\fI" inline(substr(rest, 1, end - 1)) "\\fP"
            text = substr(rest, end + 1)
        } else if (match(text, /^\[[^]]*\]\([^)]*\)/)) {
            end = RLENGTH
            label = index(text, "](")
            out = out inline(substr(text, 2, label - 2))
            text = substr(text, end + 1)
        } else if (c == "\\" && rest ~ /^[|*_`]/) {
            out = out roff_within(substr(rest, 1, 1))
            text = substr(rest, 2)
        } else {
            out = out roff_within(c)
            text = rest
        }
    }
    return out
}
# As roff(), of what does not begin a line: put_text() looks at those.
function roff_within(text) {
    text = roff("x" text)
    return substr(text, 2)
}
function put_paragraph() {
    if (paragraph == "")
        return
    if (item != "")
        print item
    else if (!fresh)
        print ".PP"
    put_text(inline(paragraph))
    paragraph = ""
    item = ""
    fresh = 0
}
function begin_code() {
    put_paragraph()
    if (!fresh)
        print ".PP"
    print ".nf\n.RS 4"
    code = 1
    fresh = 0
}
function end_code() {
    print ".RE\n.fi"
    code = 0
    blanks = 0
}
function put_code(line) {
    for (; blanks > 0; blanks--)
        print ""
    line = roff(line)
    print line
}
# The cells of a row, from 1; a bar in code or behind a backslash is no border.
function cells_of(row,    n, i, c, quoted) {
    sub(/^\| */, "", row)
    sub(/ *\|$/, "", row)
    n = 1
    cell[1] = ""
    quoted = 0
    for (i = 1; i <= length(row); i++) {
        c = substr(row, i, 1)
        if (c == "`")
            quoted = !quoted
        if (c == "\\" && substr(row, i + 1, 1) == "|") {
            cell[n] = cell[n] "|"
            i++
        } else if (c == "|" && !quoted) {
            cell[n] = trimmed(cell[n])
            cell[++n] = ""
        } else
            cell[n] = cell[n] c
    }
    cell[n] = trimmed(cell[n])
    return n
}
# A row is a paragraph with a tag: its first cell; the others follow, under the names of a wide
# table's columns.
function put_row(row,    n, i, text) {
    n = cells_of(row)
    text = ""
    for (i = 2; i <= n; i++)
        if (cell[i] != "" && cell[i] != "–")
            text = text (text == "" ? "" : "; ") \
                (columns > 2 && head[i] != "" ? head[i] ": " : "") cell[i]
    print ".TP"
    put_text(inline(cell[1]) == "" ? "\\ " : inline(cell[1]))
    if (text != "")
        put_text(inline(text))
    fresh = 0
}
/^```/ {
    if (code)
        end_code()
    else
        begin_code()
    fenced = code
    next
}
code && (fenced || /^    /) { put_code(fenced ? $0 : substr($0, 5)); next }
code && /^$/ { blanks++; next }
code { end_code() }
/^    / && paragraph == "" && !listed { begin_code(); put_code(substr($0, 5)); next }
/^# / && !titled {
    titled = 1
    brief = substr($0, 3)
    sub(/^.* - /, "", brief)
    if (section != "")
        put_head(name, section, date, version, section == 5 ? "File Formats" : "Overview", \
            tolower(substr(brief, 1, 1)) substr(brief, 2))
    next
}
/^#+ / {
    put_paragraph()
    title = $0
    sub(/^#+ /, "", title)
    gsub(/`/, "", title)
    print (/^##? / ? ".SH " : ".SS ") roff(/^###/ ? title : toupper(title))
    fresh = 1
    listed = 0
    begun = 1
    next
}
/^\|[-| :]*\|$/ { next }
/^\|/ {
    if (!in_table) {
        put_paragraph()
        columns = cells_of($0)
        for (i = 1; i <= columns; i++)
            head[i] = cell[i]
        in_table = 1
    } else
        put_row($0)
    next
}
/^$/ { put_paragraph(); in_table = 0; listed = 0; next }
/^([*]|[0-9]+[.]) / {
    put_paragraph()
    mark = /^[*]/ ? "\\(bu" : $1
    item = ".IP " mark " " (length($1) + 1)
    paragraph = $0
    sub(/^[^ ]+ +/, "", paragraph)
    listed = 1
    next
}
{
    if (section != "" && !begun) {
        print ".SH DESCRIPTION"
        begun = fresh = 1
    }
    in_table = 0
    paragraph = paragraph (paragraph == "" ? "" : " ") trimmed($0)
}
END {
    if (code)
        end_code()
    put_paragraph()
}
