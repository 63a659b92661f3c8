package dev.handoff.participant;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** An incumbent runs, and a supervisor means this process to replace it. Owned by the daemon's main thread. */
public final class SuccessorStart implements Start {

    /** How long a supervisor waits for the first {@code Hello} that says nothing of it (protocol page, <i>Timing</i>). */
    static final int STOCK_HELLO_MS = 5_000;
    /**
     * How long hello waits for the rehearsal and for the compilers, which are behind by some hundred ms in a process that has just started.
     * On a machine so busy that this is not enough, the handoff is better begun.
     */
    private static final long SETTLE_MS = 1_000;

    private final Generation generation;
    private final int controlFd;
    private final int helloMs;
    private final Rehearsal rehearsal;
    private StandingBack standingBack;

    SuccessorStart(Generation generation, int controlFd, int helloMs, Rehearsal rehearsal) {
        this.generation = generation;
        this.controlFd = controlFd;
        this.helloMs = helloMs;
        this.rehearsal = rehearsal;
    }

    @Override
    public InheritedListeners listeners() {
        return generation.listeners();
    }

    /**
     * How much longer the supervisor waits for {@link #handshake}, in ms, 0 when it has given this process up. The incumbent serves
     * until then, so what warms up before costs no client anything. As {@code HANDOFF_HELLO_MS} says, which is our coordinator's
     * {@code hello_secs}; without it 5 s from this process's start, which is what a stock supervisor allows.
     */
    public long helloRemainingMs() {
        Instant now = Instant.now();
        Instant started = ProcessHandle.current().info().startInstant().orElse(now);
        return Math.max(0, helloMs - Math.max(0, Duration.between(started, now).toMillis()));
    }

    /**
     * Until {@link #handshake}, and for half of what remains until hello is due at the most, this process keeps to half of the processors it
     * may use: for a warm-up whose work would be felt by the incumbent's clients. A thread that was given processors of its own keeps them.
     * {@link Runtime#availableProcessors} counts only this half meanwhile: what is sized by it for good, such as a pool of threads, is best
     * created before. The JVM's compilers stay behind the rest of this process for good, which without a privilege cannot be taken back. Does
     * what the kernel allows, and where that is nothing, nothing.
     */
    public void standBack() {
        if (standingBack == null) {
            standingBack = StandingBack.begin(helloRemainingMs() / 2);
        }
    }

    /**
     * Says hello and waits, without limit, for the supervisor's answer. From here on a thread of its own keeps the session.
     *
     * <p>
     * Before, it lets the rehearsal of {@link Participant#start} come to its end, and after {@link #standBack} the JVM's compilers to the end
     * of their queues: for a second at the most, or a quarter of what remains until hello is due.
     *
     * @throws ParticipantEndedException if the supervisor goes away or chooses what was not offered
     */
    public AwaitingBegin handshake() throws ParticipantEndedException {
        long settledNs = System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(Math.min(SETTLE_MS, helloRemainingMs() / 4));
        rehearsal.await(settledNs);
        if (standingBack != null) {
            StandingBack.awaitCompilers(settledNs);
            standingBack.end();
        }
        // Before Hello: from then on the incumbent may be asked to drain, and looks whether somebody listens.
        SuccessorChannel channel = new SuccessorChannel(controlFd, generation, ConnectionIntake.open(generation));
        channel.start();
        return new AwaitingBegin(generation, channel, channel.awaitHandshake());
    }
}
