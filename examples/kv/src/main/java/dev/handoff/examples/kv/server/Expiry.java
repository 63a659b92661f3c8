package dev.handoff.examples.kv.server;

/** Times as clients give them, turned into absolute Unix milliseconds. */
final class Expiry {
    private Expiry() {}

    /** Milliseconds in the unit of a SET option: EX and EXAT seconds, PX and PXAT milliseconds. */
    static int unitMs(String option) {
        return option.startsWith("P") ? 1 : 1000;
    }

    static boolean absolute(String option) {
        return option.endsWith("AT");
    }

    /**
     * Reads the time at an argument.
     *
     * @param mayBePast whether zero and negative times are allowed, which then mean "at once"
     */
    static long parse(Call call, int index, int unitMs, boolean absolute, String command, boolean mayBePast) {
        long time = call.integer(index);
        long base = absolute ? 0 : call.nowMs();
        if ((!mayBePast && time <= 0) || time > Long.MAX_VALUE / unitMs || time < Long.MIN_VALUE / unitMs
                || (time > 0 && time * unitMs > Long.MAX_VALUE - base)) {
            throw new CommandException("ERR invalid expire time in '" + command + "' command");
        }
        return time * unitMs + base;
    }
}
