# fish completes mlreg with this file as ~/.config/fish/completions/mlreg.fish, or with:  mlreg completion fish | source
# Generated: python -m tests.completion

function __mlreg_complete
    set -l typed (commandline -ct)
    # A quote that is still open is closed to read what is in it.
    set -l word (string unescape -- $typed; or string unescape -- "$typed'"; or string unescape -- "$typed\"")
    set -l words (commandline -opc)
    set -l answer (command mlreg __complete fish $words[2..] "$word" 2>/dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case words
            printf '%s\n' $answer[2..]
        case file
            set -l head (string sub -l $how[2] -- "$word")
            for path in (__fish_complete_path (string sub -s (math $how[2] + 1) -- "$word"))
                printf '%s%s\n' $head $path
            end
        case directory
            set -l head (string sub -l $how[2] -- "$word")
            for path in (__fish_complete_directories (string sub -s (math $how[2] + 1) -- "$word"))
                printf '%s%s\n' $head $path
            end
        case program
            complete -C (string join ' ' -- (string escape -- $words[(math $how[2] + 2)..]) $typed)
    end
end
complete -c mlreg -f -k -a '(__mlreg_complete)'
