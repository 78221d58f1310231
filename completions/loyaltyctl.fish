# TAB for loyaltyctl in fish: ~/.config/fish/completions/loyaltyctl.fish

function __loyaltyctl_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l typed (string replace -r '^["\']' '' -- "$token")
    set -l program (string replace -r '^~' $HOME -- $words[1])
    type -q -- $program; or set program loyaltyctl
    type -q -- $program; or return
    for line in (_LOYALTYCTL_COMPLETE=fish $program $words[2..] "$typed" 2>/dev/null)
        set -l offer (string split -m 1 \t -- $line)
        switch $offer[1]
            case ':open'
            case ':files *' ':folders *'
                # fish completes the path itself; the text before the path is put in front of each file.
                set -l place (string split -m 1 ' ' -- $offer[1])[2]
                set -l path (string sub -s (math (string length -- "$place") + 1) -- "$token")
                for file in (complete -C "'' $path")
                    string match -q ':folders *' -- $offer[1]; and not string match -qr '/(\t|$)' -- $file
                    or printf '%s%s\n' "$place" $file
                end
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c loyaltyctl -f -a '(__loyaltyctl_complete)'
