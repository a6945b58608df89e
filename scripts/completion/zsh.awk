# zsh.awk - the function that completes a program in zsh.

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/\[/, "\\[", text)
    gsub(/\]/, "\\]", text)
    gsub(/:/, "\\:", text)
    gsub(/'/, "'\\''", text)
    return text
}
function action(values,    kind) {
    kind = values
    sub(/:.*/, "", kind)
    sub(/^[a-z]+:? */, "", values)
    if (kind == "files")
        return "_files"
    if (kind == "folders")
        return "_files -/"
    if (kind == "words")
        return "(" values ")"
    if (kind == "tables")
        return "{ _cte_tables " values " }"
    return " "
}
END {
    print "#compdef " name
    print "# zsh completion of " name ", made from its --help.\n"
    print "_cte_tables() {"
    print "    local -a names"
    print "    names=(${(f)\"$(for kind; do cte-table list $kind 2>/dev/null; done |"
    print "        awk '{ print $2; sub(/@.*/, \"\", $2); print $2 }' | sort -u)\"})"
    print "    compadd -a names || _files"
    print "}"
    if (commands) {
        print "_cte_operands() {"
        print "    case $line[1] in"
        for (i = 1; i <= commands; i++)
            print "    " command[i] ") " (works_on[i] ~ /^words/ ? \
                "compadd " substr(works_on[i], 8) : \
                works_on[i] ~ /^tables/ ? "_cte_tables " substr(works_on[i], 9) : "_files") " ;;"
        print "    esac\n}"
    }
    print "local -a line\n"
    printf "_arguments -s -S"
    for (i = 1; i <= count; i++) {
        value = called[i] == "" ? "" : ":" quoted(called[i]) ":" action(values[i])
        sign = called[i] == "" ? "" : "="
        many = text[i] ~ /may be repeated/ ? "*" : ""
        spec = "'[" quoted(text[i]) "]" value "'"
        if (letter[i] == "")
            printf " \\\n    '%s--%s%s'%s", many, option[i], sign, spec
        else if (many != "")
            printf " \\\n    '*'{-%s%s,--%s%s}%s", letter[i], sign == "" ? "" : "+", option[i], \
                sign, spec
        else
            printf " \\\n    '(-%s --%s)'{-%s%s,--%s%s}%s", letter[i], option[i], letter[i], \
                sign == "" ? "" : "+", option[i], sign, spec
    }
    if (commands) {
        printf " \\\n    '1:command:(("
        for (i = 1; i <= commands; i++)
            printf "%s%s\\:\"%s\"", i == 1 ? "" : " ", command[i], quoted(quoted(about[i]))
        printf "))' \\\n    '*:: :_cte_operands'"
    } else if (operands != "")
        printf " \\\n    '*: :%s'", action(operands)
    print ""
}
