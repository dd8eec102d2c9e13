# fish completes mlreg with this file as ~/.config/fish/completions/mlreg.fish, or with:  mlreg completion fish | source
# Generated: python -m tests.completion

function __mlreg_complete
    set -l typed (commandline -ct)
    # A quote that is still open is closed to read what is in it.
    set -l word (string unescape -- $typed; or string unescape -- "$typed'"; or string unescape -- "$typed\"")
    set -l words (commandline -opc)
    set -l program (string replace -r '^~(?=/)' ~ -- $words[1])
    string match -q '*/*' -- $program; and test -f $program -a -x $program; or set program mlreg
    set -l answer (command $program __complete fish $words[2..] "$word" 2>/dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case words
            # Behind a { that is not quoted fish would write what it cannot read.
            string replace -ar '\\\\.|(["\'])(\\\\.|(?!\1).)*\1?' '' -- "$typed" | string match -q '*{*'
            or printf '%s\n' $answer[2..]
        case file directory
            set -l head (string sub -l $how[2] -- "$word")
            set -l path (string sub -s (math $how[2] + 1) -- "$typed")
            test "$head$path" = "$typed"; or set path (string escape -- (string sub -s (math $how[2] + 1) -- "$word"))
            set -l paths (complete -C "'' $path")
            test $how[1] = file; or set paths (string match '*/' -- $paths)
            for path in $paths
                printf '%s%s\n' $head $path
            end
        case program
            complete -C (string join ' ' -- (string escape -- $words[(math $how[2] + 2)..]) $typed)
    end
end
complete -c mlreg -f -k -a '(__mlreg_complete)'
