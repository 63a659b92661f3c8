package dev.handoff.coordinator.fault;

import java.nio.file.Path;
import java.util.Optional;

import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EventLog;

/** The decorators of one coordinator, around the two seams where all that it does passes. Made before the loop starts. */
public final class Faults {

    private final Trap trap;

    private Faults(Path file, Fold live) {
        this.trap = new Trap(file, live);
    }

    /**
     * As the system property {@value FaultFile#PROPERTY} says; empty where it is not set, as it is for everybody who runs a
     * coordinator for its daemons' sake.
     *
     * @param live
     *            the loop's own state
     */
    public static Optional<Faults> ofProperty(Fold live) {
        return Optional.ofNullable(System.getProperty(FaultFile.PROPERTY)).map(file -> new Faults(Path.of(file), live));
    }

    /** The log, with the trap before and after each append. */
    public EventLog around(EventLog log) {
        return new FaultyLog(log, trap);
    }

    /** The effects, with the trap before and after each. */
    public Effects around(Effects effects) {
        return new FaultyEffects(effects, trap);
    }
}
