# help.awk - the first sections of a program's page: from the table of its options (scripts/options)
# and, after it, what its --help says.

BEGIN { FS = "\t"; part = "table" }
function heading(text) {
    print ".SH " text
    fresh = 1
}
function put_paragraph() {
    if (paragraph == "")
        return
    if (!fresh)
        print ".PP"
    put_text(roff(paragraph))
    paragraph = ""
    fresh = 0
}
function put_entry(left, right) {
    print ".TP\n.B " roff(left)
    if (right != "")
        put_text(roff(right))
    fresh = 0
}
# How the program is called: its name, and the rest of the line.
function put_call(call) {
    call = trimmed(call)
    usage = usage (usage == "" ? "" : "\n.br\n") ".B " roff(name) "\n" \
        roff(substr(call, length(name) + 2))
}
part == "table" && /^Usage: / {
    part = "usage"
    put_call(substr($0, 8))
    next
}
part == "table" {
    count++
    left[count] = ($1 == "" ? "" : "-" $1 ", ") "--" $2 ($3 == "" ? "" : " " $3)
    right[count] = $4
    next
}
part == "usage" && /^ / { put_call($0); next }
part == "usage" && /^./ {
    # The first clause of the description is what the program is for in a line.
    brief = $0
    sub(/[(:;,.].*/, "", brief)
    put_head(name, 1, date, version, "User Commands", \
        tolower(substr(brief, 1, 1)) trimmed(substr(brief, 2)))
    heading("SYNOPSIS")
    print usage
    heading("DESCRIPTION")
    part = "description"
}
/^Options:$/ {
    put_paragraph()
    heading("OPTIONS")
    for (i = 1; i <= count; i++)
        put_entry(left[i], right[i])
    part = "options"
}
/^Exit status:/ {
    part = "exits"
    exits = substr($0, length("Exit status: ") + 1)
    next
}
part == "description" && /^  / {
    # An entry: two blanks or more stand before what it is; or more of the entry above.
    line = $0
    if (line !~ /^   /) {
        put_entry_kept()
        at = match(substr(line, 3), /  /)
        entry = trimmed(at ? substr(line, 3, at) : line)
        line = at ? substr(line, 3 + at) : ""
    }
    words = words " " trimmed(line)
    next
}
function put_entry_kept() {
    put_paragraph()
    if (entry != "")
        put_entry(entry, trimmed(words))
    entry = words = ""
}
part == "description" && /^$/ { put_entry_kept(); next }
part == "description" { paragraph = paragraph (paragraph == "" ? "" : " ") $0 }
part == "exits" { exits = exits " " $0 }
END {
    heading("EXIT STATUS")
    # A comma before a number is between two of them; any other is in the words.
    gsub(/, +/, ", ", exits)
    while (match(exits, /, [0-9]+ /))
        exits = substr(exits, 1, RSTART - 1) "\n" substr(exits, RSTART + 2)
    n = split(exits, each, "\n")
    for (i = 1; i <= n; i++) {
        match(each[i], /^[0-9]+ /)
        put_entry(substr(each[i], 1, RLENGTH - 1), substr(each[i], RLENGTH + 1))
    }
}
