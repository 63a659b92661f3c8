package dev.handoff.simulator;

import java.util.Locale;
import java.util.Optional;

/** Which kinds of faults a run has. */
public enum FaultProfile {
    /** Nothing goes wrong. */
    NONE("nothing goes wrong"),
    /** Processes are killed, stopped and continued. */
    CRASHES("coordinator, incumbent and successor are killed, stopped and continued, the machine restarts"),
    /** Sockets deliver in pieces, late, and through small buffers; daemons are slow, unhealthy, behind, or fail in a hook. */
    NETWORK("sockets deliver in pieces and late through small buffers; daemons are slow, or fail in a hook"),
    /** The journal's disk fills up, loses its end, flips bits; the store hands back too little. */
    DISK("the journal's disk fills, loses its end or flips bits, and the store hands back too little"),
    /** All of these. */
    ALL("all of these");

    private final String description;

    FaultProfile(String description) {
        this.description = description;
    }

    /** The name on the command line. */
    public String argument() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it does, in a line. */
    public String description() {
        return description;
    }

    /** The profile of this name. */
    public static Optional<FaultProfile> ofArgument(String argument) {
        for (FaultProfile profile : values()) {
            if (profile.argument().equals(argument)) {
                return Optional.of(profile);
            }
        }
        return Optional.empty();
    }

    boolean kills() {
        return this == CRASHES || this == ALL;
    }

    boolean misbehaves() {
        return this == NETWORK || this == ALL;
    }

    boolean damages() {
        return this == DISK || this == ALL;
    }
}
