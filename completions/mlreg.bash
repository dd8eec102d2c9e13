# bash (4.4 or newer) completes mlreg with this:  source <(mlreg completion bash)
# Generated: python -m tests.completion

_mlreg() {
    local -a answer=()
    mapfile -t answer < <(command mlreg __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    COMPREPLY=()
    case "${answer[0]-}" in
        words)
            COMPREPLY=("${answer[@]:1}")
            [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/@] ]] && compopt -o nospace
            ;;
        file*) compopt -o default ;;
        directory*) compopt -o dirnames ;;
        command*) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
    esac
    return 0
}
complete -o nosort -F _mlreg mlreg
