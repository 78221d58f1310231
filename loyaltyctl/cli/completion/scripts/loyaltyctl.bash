# TAB for loyaltyctl in bash: eval "$(loyaltyctl completion bash)"

_loyaltyctl() {
    local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]/#\~/$HOME} value what line width
    local -a values=() whats=()
    COMPREPLY=()
    type -P "$program" > /dev/null || program=loyaltyctl
    while IFS=$'\t' read -r value what; do
        case $value in
            :open*) compopt -o nospace ;;
            :files*)
                compopt -o filenames
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${word#[=:]}") ;;
            :folders*)
                compopt -o filenames
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "${word#[=:]}") ;;
            *) values+=("$value") whats+=("$what") ;;
        esac
    done < <(_LOYALTYCTL_COMPLETE=bash "$program" "${COMP_LINE:0:COMP_POINT}" "$word" 2>/dev/null)
    # If bash lists the values (COMP_TYPE is ? or !), add the description to each.
    if ((${#values[@]} > 1)) && [[ $COMP_TYPE == 63 || $COMP_TYPE == 33 ]]; then
        width=$((${COLUMNS:-80} - 2))
        for line in "${!values[@]}"; do
            value="${values[line]}  ${whats[line]:+(${whats[line]})}"
            values[line]=${value:0:width}
        done
    fi
    COMPREPLY+=("${values[@]}")
}

complete -F _loyaltyctl loyaltyctl
