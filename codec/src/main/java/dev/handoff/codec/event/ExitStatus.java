package dev.handoff.codec.event;

/** How a process ended. */
public sealed interface ExitStatus {

    /** It exited by itself with this code, 0..255. */
    record Exited(int code) implements ExitStatus {
        @Override
        public String toString() {
            return "exit " + code;
        }
    }

    /** A signal ended it. */
    record Signaled(int signal) implements ExitStatus {
        @Override
        public String toString() {
            return "signal " + signal;
        }
    }

    /** Somebody else reaped it: it is gone, and nobody here saw how. */
    record Unknown() implements ExitStatus {
        @Override
        public String toString() {
            return "unknown";
        }
    }
}
