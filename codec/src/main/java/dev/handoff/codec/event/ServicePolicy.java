package dev.handoff.codec.event;

/**
 * The rules by which one service is supervised, journaled so that a replay decides as the live run did. All times in
 * milliseconds, none negative.
 *
 * @param drainGraceMs
 *            bounds the incumbent's drain
 * @param deadlineMs
 *            bounds the whole handoff, from the request on
 * @param helloMs
 *            bounds the wait for a peer's first {@code Hello}
 * @param startMs
 *            bounds a cold start, until the daemon's control socket answers
 * @param exitMs
 *            how long a committed incumbent, or a daemon that is being stopped, may take to exit before it gets SIGTERM
 *            and then SIGKILL
 * @param killGraceMs
 *            between SIGTERM and SIGKILL
 * @param restartMs
 *            the first pause before a restart from cold; doubled at each further one
 * @param restartLimit
 *            failed starts in a row after which the service is given up
 * @param lockGate
 *            whether {@code Ready} must be backed by the kernel's own word on who holds the lock
 * @param restartUnresponsive
 *            whether an incumbent that does not answer after a rollback is killed and started from cold
 */
public record ServicePolicy(long drainGraceMs, long deadlineMs, long helloMs, long startMs, long exitMs,
        long killGraceMs, long restartMs, int restartLimit, boolean lockGate, boolean restartUnresponsive) {

    public static final ServicePolicy DEFAULT = new ServicePolicy(25_000, 60_000, 5_000, 30_000, 30_000, 1_000, 100, 10,
            false, false);

    public ServicePolicy {
        if (drainGraceMs < 0 || deadlineMs < 0 || helloMs < 0 || startMs < 0 || exitMs < 0 || killGraceMs < 0
                || restartMs < 0 || restartLimit < 0) {
            throw new IllegalArgumentException("a policy's times and limits must not be negative");
        }
    }
}
