#!/bin/sh
# Starts a worker with the key of its attempt on descriptor 4. What a process is started with can be read in
# /proc/<pid>/environ by its user for as long as it lives, whatever it does to its own copy.
exec 4<<END
$CODY_ATTEMPT_KEY
END
unset CODY_ATTEMPT_KEY
CODY_ATTEMPT_KEY_FD=4 exec "$@"
