package dev.handoff.cli;

/** The command's exit codes. Scripts rely on them: they never change their meaning. */
public final class ExitCode {

    /** Done as asked; for a swap: committed. */
    public static final int OK = 0;

    /** Failed for a reason that has no code of its own; stderr says which. */
    public static final int FAILED = 1;

    /** The command line, the configuration or the request is wrong. */
    public static final int USAGE = 2;

    /** No coordinator answers at the configured place. */
    public static final int NO_COORDINATOR = 3;

    /** For the commands on a journal: there is none, or it cannot be read. */
    public static final int UNREADABLE = 3;

    /** The swap was rolled back; the old process serves on. */
    public static final int ROLLED_BACK = 10;

    /** Another handoff is in flight; for an abort: none is, or it is past the point. */
    public static final int BUSY = 11;

    /** The coordinator went away before the end of the swap was known. */
    public static final int INDETERMINATE = 12;

    /** A fault in this program, by the convention of sysexits(3). */
    public static final int INTERNAL = 70;

    private ExitCode() {}
}
