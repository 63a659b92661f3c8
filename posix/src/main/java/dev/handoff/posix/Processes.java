package dev.handoff.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Processes by pid and pidfd, and what {@code /proc} says about them (proc(5)). Results follow the package's convention. A
 * pid alone is no identity: pid, {@link #startTimeTicks} and {@link #bootId} together are. Any thread.
 */
public final class Processes {

    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x01000000;
    private static final int P_ALL = 0;
    private static final int ANY_CHILD = -1;
    private static final long SIGINFO_BYTES = 128;
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int RLIMIT_NOFILE = 7;
    // Numbered alike on every architecture since Linux 5.1 (asm-generic/unistd.h).
    private static final long SYS_PIDFD_SEND_SIGNAL = 424;
    private static final long SYS_PIDFD_OPEN = 434;

    // /proc/pid/stat numbers its fields from 1; the state (3) is the first behind the name's closing parenthesis.
    private static final int STAT_STATE = 3;
    private static final int STAT_START_TIME = 22;
    private static final int STAT_VSIZE = 23;
    private static final int STAT_ENV_END = 51;

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private Processes() {}

    /** kill(2); signal 0 only asks whether the process exists, and a zombie does. */
    public static int kill(int pid, int signal) {
        if (pid <= 0) {
            // 0 and below mean whole process groups, -1 everything there is: nobody here means that.
            throw new IllegalArgumentException("a pid is above 0, not " + pid);
        }
        return Libc.kill(pid, signal);
    }

    /** pidfd_open(2), close-on-exec: readable once the process has ended. {@code -ESRCH} when it is gone and reaped. */
    public static int pidfdOpen(int pid) {
        return Libc.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
    }

    /** pidfd_send_signal(2): never hits a later process of the same pid. {@code -ESRCH} once it has been reaped. */
    public static int pidfdSignal(int pidfd, int signal) {
        return Libc.syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
    }

    /**
     * Reaps a child of this process, waiting for its end unless {@code nohang}. A signal in between is waited through.
     */
    public static ExitStatus waitFor(int pid, boolean nohang) {
        if (pid <= 0) {
            throw new IllegalArgumentException("a pid is above 0, not " + pid);
        }
        Libc.Scratch scratch = Libc.scratch();
        int reaped = waitpid(pid, nohang, scratch);
        if (reaped == 0) {
            return new ExitStatus.StillRunning();
        }
        return reaped > 0 ? exitStatus(scratch) : new ExitStatus.Unknown();
    }

    /** A child that has ended, and is reaped now. */
    public record Reaped(int pid, ExitStatus status) {}

    /**
     * Reaps one child that has ended, whichever it is, adopted ones too ({@link #setChildSubreaper}); empty when none has. Never
     * waits. Not beside other code that waits for children of its own: it would find them gone.
     */
    public static Optional<Reaped> reapAny() {
        Libc.Scratch scratch = Libc.scratch();
        int reaped = waitpid(ANY_CHILD, true, scratch);
        return reaped > 0 ? Optional.of(new Reaped(reaped, exitStatus(scratch))) : Optional.empty();
    }

    /**
     * Waits until some child has ended, and leaves it to be reaped (waitid(2) with WNOWAIT): 0, or {@code -ECHILD} when there
     * is no child at all. A signal in between is waited through.
     */
    public static int awaitAnyEnded() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIGINFO_BYTES, 8);
            int result;
            do {
                result = Libc.waitid(P_ALL, 0, info.address(), WEXITED | WNOWAIT);
            } while (result == -Errno.EINTR);
            return result;
        }
    }

    private static int waitpid(int pid, boolean nohang, Libc.Scratch scratch) {
        int result;
        do {
            result = Libc.waitpid(pid, scratch.address, nohang ? WNOHANG : 0);
        } while (result == -Errno.EINTR);
        return result;
    }

    private static ExitStatus exitStatus(Libc.Scratch scratch) {
        int status = scratch.words.get(ValueLayout.JAVA_INT, 0);
        // WIFEXITED: the low seven bits are 0; else they are the signal (wait(2)).
        return (status & 0x7F) == 0
                ? new ExitStatus.Exited(status >> 8 & 0xFF)
                : new ExitStatus.Signaled(status & 0x7F);
    }

    /** When a process started, in clock ticks since boot (field 22 of its stat), or {@code -ESRCH} when it is gone. */
    public static long startTimeTicks(int pid) {
        String field = statField(pid, STAT_START_TIME);
        return field == null ? -Errno.ESRCH : Long.parseLong(field);
    }

    /** Whether a process has ended and waits to be reaped. False when there is none at all. */
    public static boolean isZombie(int pid) {
        String state = statField(pid, STAT_STATE);
        return state != null && (state.equals("Z") || state.equals("X"));
    }

    /** Whether a process exists and has not ended. */
    public static boolean isAlive(int pid) {
        String state = statField(pid, STAT_STATE);
        return state != null && !state.equals("Z") && !state.equals("X");
    }

    /** Whether a process is stopped by a signal. */
    public static boolean isStopped(int pid) {
        return "T".equals(statField(pid, STAT_STATE));
    }

    /**
     * Whether a process is within execve(2) and has no environment yet, so that its {@code environ} reads as empty: it has memory
     * (field 23 of its stat) and the end of its environment (field 51) is not set. Who starts a process goes on before that.
     */
    public static boolean isBeingExecuted(int pid) {
        return isAlive(pid) && !"0".equals(statField(pid, STAT_VSIZE)) && "0".equals(statField(pid, STAT_ENV_END));
    }

    /** The parent of a process, or {@code -ESRCH} when it is gone. */
    public static int parentOf(int pid) {
        String field = statField(pid, 4);
        return field == null ? -Errno.ESRCH : Integer.parseInt(field);
    }

    /** The process group a process belongs to, or {@code -ESRCH} when it is gone. */
    public static int groupOf(int pid) {
        String field = statField(pid, 5);
        return field == null ? -Errno.ESRCH : Integer.parseInt(field);
    }

    /** The kernel's identifier of this boot, a UUID. */
    public static String bootId() {
        try {
            return Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + BOOT_ID + "; is /proc mounted?", e);
        }
    }

    /** This process. */
    public static int ownPid() {
        return (int) ProcessHandle.current().pid();
    }

    /** Makes this process the parent of every descendant whose own parent ends (PR_SET_CHILD_SUBREAPER). */
    public static int setChildSubreaper() {
        return Libc.prctl(PR_SET_CHILD_SUBREAPER, 1);
    }

    /** How many threads a process has, or {@code -ESRCH} when it is gone. */
    public static int threadCount(int pid) {
        return entries(Path.of("/proc", Integer.toString(pid), "task"));
    }

    /** How many descriptors a process has open, or {@code -ESRCH}, or {@code -EACCES} when it is somebody else's. */
    public static int fdCount(int pid) {
        int count = entries(Path.of("/proc", Integer.toString(pid), "fd"));
        // Listing one's own takes a descriptor itself.
        return count > 0 && pid == ownPid() ? count - 1 : count;
    }

    /** The most descriptors this process may have open, the soft RLIMIT_NOFILE (getrlimit(2)); no limit is the largest int. */
    public static int ownFdLimit() {
        Libc.Scratch scratch = Libc.scratch();
        int result = Libc.getrlimit(RLIMIT_NOFILE, scratch.address);
        if (result < 0) {
            return result;
        }
        long soft = scratch.words.get(ValueLayout.JAVA_LONG, 0);
        return Long.compareUnsigned(soft, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : (int) soft;
    }

    private static int entries(Path directory) {
        try (Stream<Path> list = Files.list(directory)) {
            return (int) list.count();
        } catch (NoSuchFileException e) {
            return -Errno.ESRCH;
        } catch (IOException | UncheckedIOException e) {
            return Files.exists(directory) ? -Errno.EACCES : -Errno.ESRCH;
        }
    }

    /** A field of /proc/pid/stat by its number, from {@value #STAT_STATE} on, or null when there is no such process. */
    private static String statField(int pid, int number) {
        String stat;
        try {
            // Latin-1: the name in parentheses may hold any bytes, and blanks and parentheses too, hence the last ')'.
            stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return null;
        }
        int nameEnd = stat.lastIndexOf(')');
        if (nameEnd < 0) {
            return null;
        }
        String[] fields = stat.substring(nameEnd + 2).strip().split(" ", -1);
        return number - STAT_STATE < fields.length ? fields[number - STAT_STATE] : null;
    }
}
