package dev.handoff.coordinator.core;

import java.util.List;

import dev.handoff.codec.HandoffId;

/**
 * What one service awaits. Each record holds just what is valid there.
 *
 * <p>
 * In the order of a life: {@link Stopped} → {@link AwaitingSpawn} → {@link AwaitingIncumbentUp} → {@link Serving}; a handoff
 * goes from {@link AwaitingBinary} to {@link AwaitingReady} and back to {@link Serving}; a rollback goes through
 * {@link AwaitingSuccessorExit}, {@link AwaitingIncumbentResumed} and {@link AwaitingIncumbentProbed}.
 */
public sealed interface State {

    /** Not started yet, or stopped on request. */
    record Stopped() implements State {}

    /** A cold start was ordered. {@code attempt} counts failed starts in a row before it. */
    record AwaitingSpawn(String binary, int attempt) implements State {}

    /**
     * The daemon runs; its control socket has to answer before it counts as serving. {@code adopted}: it was found by a
     * coordinator that did not start it, and is not killed should it not answer.
     */
    record AwaitingIncumbentUp(Peer incumbent, int attempt, boolean adopted) implements State {}

    /**
     * The daemon serves. {@code doubt} is empty, or says why nobody could confirm it after a rollback. {@code attempt} is the
     * number of failed starts in a row that came before it.
     */
    record Serving(Peer incumbent, long sinceNs, String doubt, int attempt) implements State {}

    /** The daemon died, or did not start; the next attempt waits for its pause. */
    record AwaitingRestart(int attempt, String reason) implements State {}

    /** Given up after too many failed starts. */
    record Failed(String reason) implements State {}

    /** Told to stop; these processes have not exited yet. {@code spawning}: one more may still turn up. */
    record AwaitingExit(List<Daemon> daemons, boolean spawning) implements State {
        public AwaitingExit {
            daemons = List.copyOf(daemons);
        }
    }

    /** A handoff is in flight. */
    sealed interface InHandoff extends State {
        Handoff handoff();

        Peer incumbent();

        /** The same, with this handoff. */
        default InHandoff with(Handoff handoff) {
            return switch (this) {
                case AwaitingBinary a -> new AwaitingBinary(handoff, a.incumbent());
                case AwaitingIncumbentHello a -> new AwaitingIncumbentHello(handoff, a.incumbent());
                case AwaitingSuccessorSpawn a -> new AwaitingSuccessorSpawn(handoff, a.incumbent(), a.session());
                case AwaitingSuccessorHello a -> new AwaitingSuccessorHello(handoff, a.incumbent(), a.successor());
                case AwaitingDrained a -> new AwaitingDrained(handoff, a.incumbent(), a.successor(), a.unsure());
                case AwaitingSealComplete a -> new AwaitingSealComplete(handoff, a.incumbent(), a.successor(),
                        a.shardsSealed(), a.shardsTotal(), a.unsure());
                case AwaitingReady a -> new AwaitingReady(handoff, a.incumbent(), a.successor(), a.sealed());
                case AwaitingLockSeen a -> new AwaitingLockSeen(handoff, a.incumbent(), a.successor(), a.sealed());
                case AwaitingSuccessorExit a ->
                    new AwaitingSuccessorExit(handoff, a.incumbent(), a.successor(), a.undo(), a.reason());
                case AwaitingIncumbentResumed a ->
                    new AwaitingIncumbentResumed(handoff, a.incumbent(), a.undo(), a.reason());
                case AwaitingIncumbentProbed a ->
                    new AwaitingIncumbentProbed(handoff, a.incumbent(), a.reason(), a.doubt());
            };
        }
    }

    /** A handoff that has a successor process. */
    sealed interface WithSuccessor extends InHandoff {
        Peer successor();
    }

    /** The binary to start is being resolved and hashed. */
    record AwaitingBinary(Handoff handoff, Peer incumbent) implements InHandoff {}

    /** Connecting to the incumbent's control socket, then awaiting its {@code Hello}. */
    record AwaitingIncumbentHello(Handoff handoff, Peer incumbent) implements InHandoff {}

    /** The successor is being started; {@code session} will be its control channel. */
    record AwaitingSuccessorSpawn(Handoff handoff, Peer incumbent, long session) implements InHandoff {}

    /** The successor runs and has not said {@code Hello}. */
    record AwaitingSuccessorHello(Handoff handoff, Peer incumbent, Peer successor) implements WithSuccessor {}

    /**
     * The incumbent drains. {@code unsure}: a coordinator that died may not have written {@code PrepareHandoff}, and the fence
     * will tell.
     */
    record AwaitingDrained(Handoff handoff, Peer incumbent, Peer successor, boolean unsure) implements WithSuccessor {}

    /**
     * The incumbent seals; the two counts are its last {@code SealProgress}. {@code unsure} as in {@link AwaitingDrained}, for
     * {@code SealRequest}.
     */
    record AwaitingSealComplete(Handoff handoff, Peer incumbent, Peer successor, long shardsSealed,
            long shardsTotal, boolean unsure) implements WithSuccessor {

        /** It said so itself, so it has read the {@code SealRequest}. */
        AwaitingSealComplete progressed(long newShardsSealed, long newShardsTotal) {
            return new AwaitingSealComplete(handoff, incumbent, successor, newShardsSealed, newShardsTotal, false);
        }
    }

    /** The successor was told to begin. */
    record AwaitingReady(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) implements WithSuccessor {}

    /** It is ready and passed the other gates; the kernel's word on the lock's holder is awaited. */
    record AwaitingLockSeen(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) implements WithSuccessor {}

    /** Rolling back: the successor has to be dead and reaped before the incumbent may resume. */
    record AwaitingSuccessorExit(Handoff handoff, Peer incumbent, Peer successor, Undo undo, String reason)
            implements
            WithSuccessor {}

    /** Rolling back: the incumbent was told, and the fence shows when it has taken that in. */
    record AwaitingIncumbentResumed(Handoff handoff, Peer incumbent, Undo undo, String reason) implements InHandoff {}

    /**
     * Rolling back: a new session with the incumbent has to answer, which proves that its control path serves again.
     * {@code doubt} is empty, or says what that does not prove.
     */
    record AwaitingIncumbentProbed(Handoff handoff, Peer incumbent, String reason, String doubt)
            implements
            InHandoff {}

    /** What the incumbent needs to hear in a rollback. */
    enum Undo {
        /** Nothing was asked of it in this handoff. */
        NOTHING,
        /** It may have drained: {@code Abort}. */
        DRAIN,
        /** It has sealed: {@code ResumeAfterAbort}. */
        SEAL,
        /** It resumes by itself when its session ends: it was asked to seal and has not answered, or it broke the protocol. */
        HANG_UP
    }

    /** The handoff in flight, or {@link HandoffId#NONE}. */
    default HandoffId handoffId() {
        return this instanceof InHandoff inHandoff ? inHandoff.handoff().id() : HandoffId.NONE;
    }

    /** The state's name in transcripts, status and journal dumps. */
    default String label() {
        return getClass().getSimpleName();
    }
}
