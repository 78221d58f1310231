# TAB for loyaltyctl in fish: ~/.config/fish/completions/loyaltyctl.fish

function __loyaltyctl_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    for line in (_LOYALTYCTL_COMPLETE=fish $words[1] $words[2..] "$typed" 2>/dev/null)
        set -l offer (string split -m 1 \t -- $line)
        switch $offer[1]
            case ':open'
            case ':files *' ':folders *'
                set -l place (string split -m 1 ' ' -- $offer[1])[2]
                set -l path (string sub -s (math (string length -- "$place") + 1) -- "$typed")
                if string match -q ':folders *' -- $offer[1]
                    printf '%s\n' $place(__fish_complete_directories "$path")
                else
                    printf '%s\n' $place(__fish_complete_path "$path")
                end
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c loyaltyctl -f -a '(__loyaltyctl_complete)'
