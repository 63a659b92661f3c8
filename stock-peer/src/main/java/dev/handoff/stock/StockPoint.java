package dev.handoff.stock;

import java.util.Locale;

/** A place in a stock participant's life where a test can have it die or hang. */
public enum StockPoint {
    INCUMBENT_IN_DRAIN,
    INCUMBENT_AFTER_DRAINED,
    INCUMBENT_IN_SEAL,
    /** Sealed and unlocked, {@code SealComplete} not yet written. */
    INCUMBENT_AFTER_LOCK_RELEASED,
    INCUMBENT_AFTER_SEAL_COMPLETE,
    INCUMBENT_IN_RESUME,
    /** {@code Commit} was received. */
    INCUMBENT_AFTER_COMMIT,
    SUCCESSOR_BEFORE_HELLO,
    SUCCESSOR_AFTER_HELLO,
    SUCCESSOR_AFTER_BEGIN,
    SUCCESSOR_AFTER_LOCK,
    /** It serves already. */
    SUCCESSOR_BEFORE_READY,
    /** Its channel is closed, its control socket not yet bound. */
    SUCCESSOR_AFTER_READY;

    /** {@code incumbent-in-drain}, as the command line has it. */
    public String argument() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static StockPoint ofArgument(String argument) {
        for (StockPoint point : values()) {
            if (point.argument().equals(argument)) {
                return point;
            }
        }
        throw new IllegalArgumentException("no such point: " + argument);
    }
}
