package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The bound C functions, one thin static method each, all with the convention of the package: a result {@code >= 0} or
 * the negative errno. Any thread.
 *
 * <p>
 * Pointers are passed as plain addresses, not as segments: a slice for every call would be an allocation. So whoever
 * calls must keep the memory alive until the call returns ({@link #address} checks bounds and that it is native).
 */
final class Libc {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final Charset FILE_NAMES = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /**
     * One handle calls every function: linking one costs milliseconds, and a coordinator that starts waits for each. All arguments are
     * integers or addresses. The calling conventions of both architectures pass the first six in registers of 64 bits, whatever
     * their width, ignore those that a function does not have, and treat C's {@code ...} no differently where no argument is a
     * floating-point number (System V ABI for AMD64, 3.2.3; AAPCS64, 6.4).
     */
    private static final MethodHandle CALL = link();

    private static final MemorySegment SOCKET = function("socket");
    private static final MemorySegment SOCKETPAIR = function("socketpair");
    private static final MemorySegment BIND = function("bind");
    private static final MemorySegment LISTEN = function("listen");
    private static final MemorySegment CONNECT = function("connect");
    private static final MemorySegment ACCEPT4 = function("accept4");
    private static final MemorySegment SHUTDOWN = function("shutdown");
    private static final MemorySegment GETSOCKNAME = function("getsockname");
    private static final MemorySegment GETSOCKOPT = function("getsockopt");
    private static final MemorySegment SETSOCKOPT = function("setsockopt");
    private static final MemorySegment RECV = function("recv");
    private static final MemorySegment SEND = function("send");
    private static final MemorySegment SENDMSG = function("sendmsg");
    private static final MemorySegment RECVMSG = function("recvmsg");
    private static final MemorySegment READ = function("read");
    private static final MemorySegment WRITE = function("write");
    private static final MemorySegment POLL = function("poll");
    private static final MemorySegment IOCTL = function("ioctl");
    private static final MemorySegment FCNTL = function("fcntl");
    private static final MemorySegment OPEN = function("open");
    private static final MemorySegment CLOSE = function("close");
    private static final MemorySegment READLINK = function("readlink");
    private static final MemorySegment PIPE2 = function("pipe2");
    private static final MemorySegment LSEEK = function("lseek");
    private static final MemorySegment FSYNC = function("fsync");
    private static final MemorySegment FLOCK = function("flock");
    private static final MemorySegment EPOLL_CREATE1 = function("epoll_create1");
    private static final MemorySegment EPOLL_CTL = function("epoll_ctl");
    private static final MemorySegment EPOLL_WAIT = function("epoll_wait");
    private static final MemorySegment EVENTFD = function("eventfd");
    private static final MemorySegment KILL = function("kill");
    private static final MemorySegment SETPRIORITY = function("setpriority");
    private static final MemorySegment SCHED_GETAFFINITY = function("sched_getaffinity");
    private static final MemorySegment SCHED_SETAFFINITY = function("sched_setaffinity");
    private static final MemorySegment SCHED_SETSCHEDULER = function("sched_setscheduler");
    private static final MemorySegment WAITPID = function("waitpid");
    private static final MemorySegment WAITID = function("waitid");
    private static final MemorySegment GETRLIMIT = function("getrlimit");
    private static final MemorySegment PRCTL = function("prctl");
    private static final MemorySegment MADVISE = function("madvise");
    private static final MemorySegment SYSCALL = function("syscall");

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** Whether this is x86-64; aarch64 otherwise. The two differ in the epoll event's packing and three open flags. */
    static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");

    /** A thread's own memory: where errno is captured, and a few words for small structures. Never shared. */
    static final class Scratch {
        static final int BYTES = 64;

        final MemorySegment errno = Arena.ofAuto().allocate(CAPTURE);
        final MemorySegment words = Arena.ofAuto().allocate(BYTES, 8);
        final long address = words.address();
    }

    private Libc() {}

    // Native access is this class's purpose; the signatures are those of the man pages.
    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        return LINKER.downcallHandle(FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                Linker.Option.captureCallState("errno"));
    }

    static Scratch scratch() {
        return SCRATCH.get();
    }

    /** The address of {@code length} bytes at {@code offset}; refuses heap memory and what lies out of bounds. */
    static long address(MemorySegment memory, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        if (!memory.isNative()) {
            throw new IllegalArgumentException("a system call needs native memory, not a heap segment");
        }
        return memory.address() + offset;
    }

    /** A path's bytes, without the final zero, in the encoding that the JDK uses for file names. */
    static byte[] bytes(Path path) {
        return path.toString().getBytes(FILE_NAMES);
    }

    static MemorySegment cString(Arena arena, Path path) {
        return cString(arena, bytes(path));
    }

    static MemorySegment cString(Arena arena, byte[] bytes) {
        MemorySegment copy = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return copy;
    }

    static byte[] bytes(String text) {
        return text.getBytes(FILE_NAMES);
    }

    // --- sockets ---

    static int socket(int family, int type, int protocol) {
        return call(SOCKET, family, type, protocol, 0, 0, 0);
    }

    static int socketpair(int family, int type, int protocol, long pair) {
        return call(SOCKETPAIR, family, type, protocol, pair, 0, 0);
    }

    static int bind(int fd, long address, int length) {
        return call(BIND, fd, address, length, 0, 0, 0);
    }

    static int listen(int fd, int backlog) {
        return call(LISTEN, fd, backlog, 0, 0, 0, 0);
    }

    static int connect(int fd, long address, int length) {
        return call(CONNECT, fd, address, length, 0, 0, 0);
    }

    static int accept4(int fd, int flags) {
        return call(ACCEPT4, fd, 0, 0, flags, 0, 0);
    }

    static int shutdown(int fd, int how) {
        return call(SHUTDOWN, fd, how, 0, 0, 0, 0);
    }

    static int getsockname(int fd, long address, long length) {
        return call(GETSOCKNAME, fd, address, length, 0, 0, 0);
    }

    static int getsockopt(int fd, int level, int option, long value, long length) {
        return call(GETSOCKOPT, fd, level, option, value, length, 0);
    }

    static int setsockopt(int fd, int level, int option, long value, int length) {
        return call(SETSOCKOPT, fd, level, option, value, length, 0);
    }

    static int recv(int fd, long address, long length, int flags) {
        return (int) longCall(RECV, fd, address, length, flags, 0, 0);
    }

    static int send(int fd, long address, long length, int flags) {
        return (int) longCall(SEND, fd, address, length, flags, 0, 0);
    }

    static int sendmsg(int fd, long header, int flags) {
        return (int) longCall(SENDMSG, fd, header, flags, 0, 0, 0);
    }

    static int recvmsg(int fd, long header, int flags) {
        return (int) longCall(RECVMSG, fd, header, flags, 0, 0, 0);
    }

    // --- descriptors ---

    static int read(int fd, long address, long length) {
        return (int) longCall(READ, fd, address, length, 0, 0, 0);
    }

    static int write(int fd, long address, long length) {
        return (int) longCall(WRITE, fd, address, length, 0, 0, 0);
    }

    static int poll(long pollFds, long count, int timeoutMs) {
        return call(POLL, pollFds, count, timeoutMs, 0, 0, 0);
    }

    static int ioctl(int fd, long request, long argument) {
        return call(IOCTL, fd, request, argument, 0, 0, 0);
    }

    static int fcntl(int fd, int command, long argument) {
        return call(FCNTL, fd, command, argument, 0, 0, 0);
    }

    static int open(long path, int flags, int mode) {
        return call(OPEN, path, flags, mode, 0, 0, 0);
    }

    static int close(int fd) {
        return call(CLOSE, fd, 0, 0, 0, 0, 0);
    }

    static int readlink(long path, long address, long length) {
        return (int) longCall(READLINK, path, address, length, 0, 0, 0);
    }

    static int pipe2(long pair, int flags) {
        return call(PIPE2, pair, flags, 0, 0, 0, 0);
    }

    static long lseek(int fd, long offset, int whence) {
        return longCall(LSEEK, fd, offset, whence, 0, 0, 0);
    }

    static int fsync(int fd) {
        return call(FSYNC, fd, 0, 0, 0, 0, 0);
    }

    static int flock(int fd, int operation) {
        return call(FLOCK, fd, operation, 0, 0, 0, 0);
    }

    // --- events ---

    static int epollCreate(int flags) {
        return call(EPOLL_CREATE1, flags, 0, 0, 0, 0, 0);
    }

    static int epollCtl(int epoll, int operation, int fd, long event) {
        return call(EPOLL_CTL, epoll, operation, fd, event, 0, 0);
    }

    static int epollWait(int epoll, long events, int capacity, int timeoutMs) {
        return call(EPOLL_WAIT, epoll, events, capacity, timeoutMs, 0, 0);
    }

    static int eventfd(int initial, int flags) {
        return call(EVENTFD, initial, flags, 0, 0, 0, 0);
    }

    // --- processes ---

    static int setpriority(int which, int who, int nice) {
        return call(SETPRIORITY, which, who, nice, 0, 0, 0);
    }

    static int schedGetaffinity(int thread, long bytes, long mask) {
        return call(SCHED_GETAFFINITY, thread, bytes, mask, 0, 0, 0);
    }

    static int schedSetaffinity(int thread, long bytes, long mask) {
        return call(SCHED_SETAFFINITY, thread, bytes, mask, 0, 0, 0);
    }

    static int schedSetscheduler(int thread, int policy, long parameter) {
        return call(SCHED_SETSCHEDULER, thread, policy, parameter, 0, 0, 0);
    }

    static int kill(int pid, int signal) {
        return call(KILL, pid, signal, 0, 0, 0, 0);
    }

    static int waitpid(int pid, long status, int options) {
        return call(WAITPID, pid, status, options, 0, 0, 0);
    }

    static int waitid(int idType, int id, long info, int options) {
        return call(WAITID, idType, id, info, options, 0, 0);
    }

    static int getrlimit(int resource, long limit) {
        return call(GETRLIMIT, resource, limit, 0, 0, 0, 0);
    }

    static int prctl(int option, long argument) {
        return call(PRCTL, option, argument, 0, 0, 0, 0);
    }

    /** For calls that glibc 2.34 has no function for. */
    static int syscall(long number, long first, long second, long third, long fourth) {
        return (int) longCall(SYSCALL, number, first, second, third, fourth, 0);
    }

    static int madvise(long address, long length, int advice) {
        return call(MADVISE, address, length, advice, 0, 0, 0);
    }

    /** Calls a function that gives an {@code int} and sets errno; what it has no argument for is 0. */
    private static int call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MemorySegment errno = SCRATCH.get().errno;
        // The upper half of the register that an int is returned in says nothing.
        int value = (int) invoke(function, errno, a, b, c, d, e, f);
        return value >= 0 ? value : -errno.get(INT, ERRNO_OFFSET);
    }

    /** Calls one that gives a {@code long}. No call of ours moves 2 GiB at once, so that an {@code int} holds a count of bytes. */
    private static long longCall(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MemorySegment errno = SCRATCH.get().errno;
        long value = invoke(function, errno, a, b, c, d, e, f);
        return value >= 0 ? value : -errno.get(INT, ERRNO_OFFSET);
    }

    /** Calls one that gives its error, or 0, instead of setting errno. */
    static int errorOf(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        return (int) invoke(function, SCRATCH.get().errno, a, b, c, d, e, f);
    }

    /** Calls one that takes nothing and gives an address. */
    static long addressFrom(MemorySegment function) {
        return invoke(function, SCRATCH.get().errno, 0, 0, 0, 0, 0, 0);
    }

    private static long invoke(MemorySegment function, MemorySegment errno, long a, long b, long c, long d, long e,
            long f) {
        try {
            return (long) CALL.invokeExact(function, errno, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Where the C library has this function. */
    static MemorySegment function(String name) {
        return LINKER.defaultLookup().find(name).orElseThrow(
                () -> new UnsatisfiedLinkError("the C library has no " + name + ": " + Platform.REQUIREMENT));
    }

    /** A downcall throws nothing of its own: what arrives here is a wrong handle type or a VM error. */
    private static RuntimeException unexpected(Throwable t) {
        if (t instanceof RuntimeException e) {
            return e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        throw new AssertionError("a system call threw", t);
    }
}
