package dev.handoff.coordinator.core;

import dev.handoff.codec.Capabilities;

/**
 * A participant as the coordinator sees it: its process, whether that is alive, and the session with it.
 *
 * @param session
 *            the session's number, or {@link #NO_SESSION}
 */
public record Peer(Daemon daemon, boolean alive, long session, Capabilities capabilities) {

    /** No session is open. */
    public static final long NO_SESSION = 0;

    /** A process that was just started or just taken over, with no session yet. */
    static Peer of(Daemon daemon) {
        return new Peer(daemon, true, NO_SESSION, Capabilities.NONE);
    }

    public boolean connected() {
        return session != NO_SESSION;
    }

    /** Whether it announced no extension of ours: it reads nothing while a hook runs, and keeps its session after a rollback. */
    boolean stock() {
        return !capabilities.idempotent() && !capabilities.heartbeats();
    }

    Peer dead() {
        return new Peer(daemon, false, NO_SESSION, capabilities);
    }

    Peer withSession(long number) {
        return new Peer(daemon, alive, number, capabilities);
    }

    Peer disconnected() {
        return withSession(NO_SESSION);
    }

    Peer greeted(String build, Capabilities announced) {
        return new Peer(daemon.withBuild(build), alive, session, announced);
    }
}
