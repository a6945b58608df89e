# bash.awk - the function that completes a program in bash; helpers.bash has what it calls.

function call(values,    kind) {
    kind = values
    sub(/:.*/, "", kind)
    sub(/^[a-z]+:? */, "", values)
    return kind == "" ? ":" : "__cte_" kind (values == "" ? "" : " '" values "'")
}
END {
    f = name
    gsub(/-/, "_", f)
    print "# bash completion of " name ", made from its --help.\n"
    print "_" f "()\n{"
    print "    local word=${2#=} before"
    print "    COMPREPLY=()"
    print "    __cte_before"
    print "    case $before in"
    all = ""
    for (i = 1; i <= count; i++) {
        all = all (all == "" ? "" : " ") "--" option[i]
        if (called[i] != "") {
            print "    " (letter[i] == "" ? "" : "-" letter[i] " | ") "--" option[i] ")"
            print "        " call(values[i])
            print "        return ;;"
        }
    }
    print "    esac"
    print "    if [[ $word == -* ]]; then"
    print "        __cte_words '" all "'"
    print "        return"
    print "    fi"
    if (commands) {
        print "    case $(__cte_command) in"
        names = ""
        for (i = 1; i <= commands; i++) {
            names = names (names == "" ? "" : " ") command[i]
            print "    " command[i] ")"
            print "        " call(works_on[i]) " ;;"
        }
        print "    *)\n        __cte_words '" names "' ;;\n    esac"
    } else
        print "    " call(operands)
    print "}\n"
}
