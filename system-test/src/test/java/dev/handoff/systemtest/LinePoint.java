package dev.handoff.systemtest;

import java.util.Locale;

/** A place in the life of a {@link LineDaemon} where a test can have it die or hang. */
enum LinePoint {
    INCUMBENT_IN_DRAIN,
    INCUMBENT_IN_SEAL,
    INCUMBENT_IN_RESUME,
    SUCCESSOR_BEFORE_HELLO,
    /** Its {@code HelloAck} is there. */
    SUCCESSOR_AFTER_HELLO,
    /** It holds the lock. */
    SUCCESSOR_AFTER_BEGIN,
    /** Its state is open. */
    SUCCESSOR_BEFORE_READY;

    /** {@code incumbent-in-drain}, as the command line has it. */
    String argument() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static LinePoint ofArgument(String argument) {
        for (LinePoint point : values()) {
            if (point.argument().equals(argument)) {
                return point;
            }
        }
        throw new IllegalArgumentException("no such point: " + argument);
    }
}
