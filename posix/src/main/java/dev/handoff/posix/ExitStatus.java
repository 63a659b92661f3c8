package dev.handoff.posix;

/** How a child ended, as far as waitpid(2) tells. */
public sealed interface ExitStatus {

    /** It called exit; {@code code} in 0..255. */
    record Exited(int code) implements ExitStatus {}

    /** A signal ended it. */
    record Signaled(int signal) implements ExitStatus {}

    /** It has not ended. */
    record StillRunning() implements ExitStatus {}

    /** There is no such child of ours: never ours, or reaped by somebody else. Its status cannot be learned any more. */
    record Unknown() implements ExitStatus {}
}
