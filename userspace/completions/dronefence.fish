# The policy in force is asked, which takes rights; without them there are no names.
function __dronefence_applications
    dronefence show 2>/dev/null | sed -n 's/^application \([^:]*\):.*/\1/p'
end

function __dronefence_numbers
    dronefence history 2>/dev/null | sed -n 's/^[ *] \([0-9][0-9]*\) .*/\1/p'
end

# Words that are no options: the command, and what stands behind it.
function __dronefence_plain
    string match -v -- '--*' (commandline -opc)[2..-1]
end

function __dronefence_first
    test (count (__dronefence_plain)) -eq 0
end

# Is it the place of COMMAND's argument with this number, the first being 0?
function __dronefence_at
    set -l plain (__dronefence_plain)
    test "$plain[1]" = $argv[1]; and test (count $plain) -eq (math $argv[2] + 1)
end

# Files only where they are wanted.
complete -c dronefence -f
