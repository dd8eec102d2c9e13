# bash (4.4 or newer) completes mlreg with this:  source <(mlreg completion bash)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer=()
    local program="${1/#\~\//${HOME-}/}"
    [[ $program == */* && -f $program && -x $program ]] || program=mlreg
    mapfile -t answer < <(command "$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=()
    case "${answer[0]-}" in
        words)
            COMPREPLY=("${answer[@]:1}")
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/@] ]] && compopt -o nospace
            ;;
        file*) compopt -o default ;;
        directory*) compopt -o dirnames ;;
        program*) _mlreg_program "$2" ;;
    esac
    return 0
}

# What comes after -- is completed like a line of its own, by bash-completion where that is loaded.
_mlreg_program() {
    local -i first=1
    while [[ first -lt COMP_CWORD && ${COMP_WORDS[first]} != -- ]]; do first+=1; done
    [[ first -lt COMP_CWORD ]] || return
    first+=1
    compopt +o nosort
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$first"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$first"
    elif [[ first -eq COMP_CWORD ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -c -- "$1")
    else
        compopt -o default
    fi
}
complete -o nosort -F _mlreg mlreg
