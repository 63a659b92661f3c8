package dev.handoff.replay;

import dev.handoff.coordinator.core.State;

/**
 * What a handoff waits for, in a word: each of the core's states of a handoff in flight, and the moment between the decision to commit
 * and its record. A handoff is in exactly one at a time, so their times add up to the whole.
 */
public enum Phase {
    /** The binary is found and hashed. */
    BINARY("binary"),
    /** Connected to the incumbent, and its {@code Hello} awaited. */
    INCUMBENT_HELLO("incumbent-hello"),
    /** The successor's process is started. */
    SPAWN("spawn"),
    /** The successor warms up, until its {@code Hello}. */
    SUCCESSOR_HELLO("successor-hello"),
    /** From {@code PrepareHandoff} to {@code Drained}. */
    DRAIN("drain"),
    /** From {@code SealRequest} to {@code SealComplete}. */
    SEAL("seal"),
    /** From {@code Begin} to {@code Ready}. */
    BEGIN("begin"),
    /** The kernel is asked who holds the lock. */
    LOCK("lock"),
    /** {@code Commit} is sent, and the end written down. */
    COMMIT("commit"),
    /** Rolling back: the successor has to be dead. */
    SUCCESSOR_EXIT("successor-exit"),
    /** Rolling back: the incumbent takes in that it serves on. */
    RESUME("resume"),
    /** Rolling back: the incumbent has to answer. */
    PROBE("probe");

    private final String word;

    Phase(String word) {
        this.word = word;
    }

    /** The name in command output and JSON. */
    public String word() {
        return word;
    }

    /** Whether the handoff is on its way back. */
    public boolean rollsBack() {
        return this == SUCCESSOR_EXIT || this == RESUME || this == PROBE;
    }

    /** The phase of this state. */
    public static Phase of(State.InHandoff flight) {
        return switch (flight) {
            case State.AwaitingBinary _ -> BINARY;
            case State.AwaitingIncumbentHello _ -> INCUMBENT_HELLO;
            case State.AwaitingSuccessorSpawn _ -> SPAWN;
            case State.AwaitingSuccessorHello _ -> SUCCESSOR_HELLO;
            case State.AwaitingDrained _ -> DRAIN;
            case State.AwaitingSealComplete _ -> SEAL;
            case State.AwaitingReady _ -> BEGIN;
            case State.AwaitingLockSeen _ -> LOCK;
            case State.AwaitingSuccessorExit _ -> SUCCESSOR_EXIT;
            case State.AwaitingIncumbentResumed _ -> RESUME;
            case State.AwaitingIncumbentProbed _ -> PROBE;
        };
    }
}
