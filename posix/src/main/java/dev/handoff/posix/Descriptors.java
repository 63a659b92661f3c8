package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** File descriptors as such. Results follow the package's convention. Any thread. */
public final class Descriptors {

    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_APPEND = 0x400;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    /** A handle to the place only: enough to name it as {@code /proc/self/fd/N} (open(2)). */
    public static final int O_PATH = 0x200000;
    /** Fails with {@code -ENOTDIR} on anything else; the two architectures number it differently. */
    public static final int O_DIRECTORY = Libc.X86_64 ? 0x10000 : 0x4000;
    /** Fails with {@code -ELOOP} on a symbolic link; numbered by architecture too. */
    public static final int O_NOFOLLOW = Libc.X86_64 ? 0x20000 : 0x8000;

    // Numbered alike on every architecture since Linux 5.6 (asm-generic/unistd.h).
    private static final long SYS_PIDFD_GETFD = 438;

    private static final int SEEK_DATA = 3;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int FD_CLOEXEC = 1;

    private Descriptors() {}

    /** close(2). After any result but {@code -EBADF} the number is free, even after {@code -EINTR}: never repeat it. */
    public static int close(int fd) {
        return Libc.close(fd);
    }

    /** A close-on-exec duplicate, the lowest free number from {@code minFd} on (F_DUPFD_CLOEXEC). */
    public static int duplicate(int fd, int minFd) {
        return Libc.fcntl(fd, F_DUPFD_CLOEXEC, minFd);
    }

    /**
     * A close-on-exec duplicate of another process's descriptor (pidfd_getfd(2)). {@code -EPERM} without the right to trace that
     * process (ptrace(2), <i>PTRACE_MODE_ATTACH_REALCREDS</i>).
     */
    public static int takeFrom(int pidfd, int fd) {
        return Libc.syscall(SYS_PIDFD_GETFD, pidfd, fd, 0, 0);
    }

    /** Whether an exec closes it. */
    public static int setCloseOnExec(int fd, boolean closeOnExec) {
        int flags = Libc.fcntl(fd, F_GETFD, 0);
        if (flags < 0) {
            return flags;
        }
        return Libc.fcntl(fd, F_SETFD, closeOnExec ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
    }

    /** 1 when an exec closes it, 0 when it survives, or the negative errno. */
    public static int isCloseOnExec(int fd) {
        int flags = Libc.fcntl(fd, F_GETFD, 0);
        return flags < 0 ? flags : flags & FD_CLOEXEC;
    }

    /** Whether the number is a descriptor of this process. */
    public static boolean isOpen(int fd) {
        return Libc.fcntl(fd, F_GETFD, 0) >= 0;
    }

    /** open(2), always with O_CLOEXEC; {@code mode} as in {@code 0644}, used only with O_CREAT. */
    public static int open(Path path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.open(Libc.cString(arena, path).address(), flags | O_CLOEXEC, mode);
        }
    }

    /**
     * lseek(2) with SEEK_DATA: the first position from {@code offset} on that is not in a hole of a sparse file, or
     * {@code -ENXIO} if none is. A file system that knows no holes answers {@code offset}. Moves the descriptor's position.
     */
    public static long nextData(int fd, long offset) {
        return Libc.lseek(fd, offset, SEEK_DATA);
    }

    /** fsync(2): returns once data and metadata are on the device. */
    public static int fsync(int fd) {
        return Libc.fsync(fd);
    }

    /** read(2): the bytes read, 0 at the end, or the negative errno. Allocates nothing. */
    public static int read(int fd, MemorySegment buffer, long offset, long length) {
        return Libc.read(fd, Libc.address(buffer, offset, length), length);
    }

    /** write(2): the bytes written, maybe fewer than asked, or the negative errno. Allocates nothing. */
    public static int write(int fd, MemorySegment buffer, long offset, long length) {
        return Libc.write(fd, Libc.address(buffer, offset, length), length);
    }

    /** pipe2(2), close-on-exec: the reading end in {@link #low}, the writing one in {@link #high}, or the negative errno. */
    public static long pipe() {
        Libc.Scratch scratch = Libc.scratch();
        int result = Libc.pipe2(scratch.address, O_CLOEXEC);
        return result < 0 ? result : pair(scratch);
    }

    /** The first descriptor of a pair. */
    public static int low(long pair) {
        return (int) pair;
    }

    /** The second descriptor of a pair. */
    public static int high(long pair) {
        return (int) (pair >>> 32);
    }

    static long pair(Libc.Scratch scratch) {
        int first = scratch.words.get(ValueLayout.JAVA_INT, 0);
        int second = scratch.words.get(ValueLayout.JAVA_INT, 4);
        return (long) second << 32 | first;
    }
}
