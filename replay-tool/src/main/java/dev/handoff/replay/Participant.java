package dev.handoff.replay;

import dev.handoff.coordinator.core.Daemon;

/**
 * A process that took part in a handoff.
 *
 * @param pid    0 where the journal does not tell
 * @param build  the build id of its {@code Hello} in hex, empty where it said none
 * @param binary the path it was started from, empty where the journal does not tell
 */
public record Participant(long pid, String build, String binary) {

    /** The journal tells nothing of it, or there was none. */
    public static final Participant UNKNOWN = new Participant(0, "", "");

    static Participant of(Daemon daemon) {
        return new Participant(daemon.pid(), daemon.build(), daemon.binary());
    }

    public boolean known() {
        return pid != 0;
    }
}
