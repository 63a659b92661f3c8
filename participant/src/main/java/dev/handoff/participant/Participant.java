package dev.handoff.participant;

import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.participant.session.IncumbentSession;
import dev.handoff.participant.session.SessionTerms;
import dev.handoff.posix.Platform;
import dev.handoff.posix.Processes;

/** Where a daemon begins: is it started afresh, or is it the successor of one that runs? */
public final class Participant {

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private Participant() {}

    /**
     * Reads this process's environment and says what it is. Once per process: the variables and descriptors are consumed.
     *
     * <p>
     * Beside that it rehearses: on threads of its own, in a directory of its own in /dev/shm or among the temporary files, this process
     * hands over to itself some times, so that the first handoff in earnest does not run code for the first time.
     *
     * @throws ParticipantEndedException if a variable is wrong or the platform cannot do it; the message says what to do
     * @throws IllegalStateException     if called before
     */
    public static Start start(ParticipantConfig config) throws ParticipantEndedException {
        if (!STARTED.compareAndSet(false, true)) {
            throw new IllegalStateException("Participant.start was called before: a process is one participant");
        }
        if (Platform.check() instanceof Platform.Outcome.Unsupported(String reason)) {
            throw new ParticipantEndedException(1, "a handoff is impossible here: " + reason);
        }
        return start(config, System.getenv(), true);
    }

    /** As {@link #start(ParticipantConfig)}, for given variables and any number of times; nothing is rehearsed. */
    static Start start(ParticipantConfig config, Map<String, String> variables) throws ParticipantEndedException {
        return start(config, variables, false);
    }

    private static Start start(ParticipantConfig config, Map<String, String> variables, boolean rehearsed)
            throws ParticipantEndedException {
        return switch (HandoffEnvironment.read(variables)) {
            case HandoffEnvironment.Refused(String reason) -> throw new ParticipantEndedException(1, reason);
            case HandoffEnvironment.Found(HandoffEnvironment environment) -> {
                SessionClock clock = new SessionClock();
                SessionTerms terms = new SessionTerms(Processes.ownPid(), config.buildId(), environment.heartbeatMs(),
                        config.supervisorHoldMs(), clock.unixZeroMs());
                requireSession(terms);
                Rehearsal rehearsal = rehearsed ? Rehearsal.start() : Rehearsal.none();
                Generation generation = new Generation(config, terms, clock, environment.listeners());
                yield environment.controlFd().isPresent()
                        ? new SuccessorStart(generation, environment.controlFd().getAsInt(),
                                environment.helloMs().orElse(SuccessorStart.STOCK_HELLO_MS), rehearsal)
                        : new ColdStart(generation);
            }
        };
    }

    /** The codec's buffers need a door into the JDK, and the first frame would be a late time to find it shut. */
    private static void requireSession(SessionTerms terms) throws ParticipantEndedException {
        try {
            new IncumbentSession(terms).connected(0);
        } catch (LinkageError e) {
            throw new ParticipantEndedException(1,
                    "start the JVM with --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED (or the manifest entry"
                            + " Add-Exports: java.base/jdk.internal.misc), which the frame buffers need: " + e,
                    e);
        }
    }

    /**
     * Takes what concerns this process alone out of an environment meant for a child of the daemon, such as
     * {@link ProcessBuilder#environment}. The descriptors themselves are close-on-exec.
     */
    public static void removeOwnVariables(Map<String, String> childEnvironment) {
        HandoffEnvironment.NAMES.forEach(childEnvironment::remove);
    }
}
