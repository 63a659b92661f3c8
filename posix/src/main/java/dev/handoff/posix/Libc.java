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

    private static final MethodHandle SOCKET = bind("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle SOCKETPAIR = bind("socketpair", FunctionDescriptor.of(INT, INT, INT, INT, LONG));
    private static final MethodHandle BIND = bind("bind", FunctionDescriptor.of(INT, INT, LONG, INT));
    private static final MethodHandle LISTEN = bind("listen", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CONNECT = bind("connect", FunctionDescriptor.of(INT, INT, LONG, INT));
    private static final MethodHandle ACCEPT4 = bind("accept4", FunctionDescriptor.of(INT, INT, LONG, LONG, INT));
    private static final MethodHandle SHUTDOWN = bind("shutdown", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle GETSOCKNAME = bind("getsockname", FunctionDescriptor.of(INT, INT, LONG, LONG));
    private static final MethodHandle GETSOCKOPT = bind("getsockopt",
            FunctionDescriptor.of(INT, INT, INT, INT, LONG, LONG));
    private static final MethodHandle SETSOCKOPT = bind("setsockopt",
            FunctionDescriptor.of(INT, INT, INT, INT, LONG, INT));
    private static final MethodHandle RECV = bind("recv", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT));
    private static final MethodHandle SEND = bind("send", FunctionDescriptor.of(LONG, INT, LONG, LONG, INT));
    private static final MethodHandle SENDMSG = bind("sendmsg", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle RECVMSG = bind("recvmsg", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle READ = bind("read", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle WRITE = bind("write", FunctionDescriptor.of(LONG, INT, LONG, LONG));
    private static final MethodHandle POLL = bind("poll", FunctionDescriptor.of(INT, LONG, LONG, INT));
    private static final MethodHandle IOCTL = bind("ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), 2);
    private static final MethodHandle FCNTL = bind("fcntl", FunctionDescriptor.of(INT, INT, INT, LONG), 2);
    private static final MethodHandle OPEN = bind("open", FunctionDescriptor.of(INT, LONG, INT, INT), 2);
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle PIPE2 = bind("pipe2", FunctionDescriptor.of(INT, LONG, INT));
    private static final MethodHandle LSEEK = bind("lseek", FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle FSYNC = bind("fsync", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle FLOCK = bind("flock", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle EPOLL_CREATE1 = bind("epoll_create1", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle EPOLL_CTL = bind("epoll_ctl", FunctionDescriptor.of(INT, INT, INT, INT, LONG));
    private static final MethodHandle EPOLL_WAIT = bind("epoll_wait", FunctionDescriptor.of(INT, INT, LONG, INT, INT));
    private static final MethodHandle EVENTFD = bind("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle KILL = bind("kill", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle WAITPID = bind("waitpid", FunctionDescriptor.of(INT, INT, LONG, INT));
    private static final MethodHandle WAITID = bind("waitid", FunctionDescriptor.of(INT, INT, INT, LONG, INT));
    private static final MethodHandle PRCTL = bind("prctl", FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG), 1);
    private static final MethodHandle MADVISE = bind("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT));
    private static final MethodHandle SYSCALL = bind("syscall",
            FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG),
            1);

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
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) SOCKET.invokeExact(errno, family, type, protocol), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int socketpair(int family, int type, int protocol, long pair) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) SOCKETPAIR.invokeExact(errno, family, type, protocol, pair), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int bind(int fd, long address, int length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) BIND.invokeExact(errno, fd, address, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int listen(int fd, int backlog) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) LISTEN.invokeExact(errno, fd, backlog), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int connect(int fd, long address, int length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) CONNECT.invokeExact(errno, fd, address, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int accept4(int fd, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) ACCEPT4.invokeExact(errno, fd, 0L, 0L, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int shutdown(int fd, int how) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) SHUTDOWN.invokeExact(errno, fd, how), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int getsockname(int fd, long address, long length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) GETSOCKNAME.invokeExact(errno, fd, address, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int getsockopt(int fd, int level, int option, long value, long length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int setsockopt(int fd, int level, int option, long value, int length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int recv(int fd, long address, long length, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) RECV.invokeExact(errno, fd, address, length, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int send(int fd, long address, long length, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) SEND.invokeExact(errno, fd, address, length, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int sendmsg(int fd, long header, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) SENDMSG.invokeExact(errno, fd, header, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int recvmsg(int fd, long header, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) RECVMSG.invokeExact(errno, fd, header, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    // --- descriptors ---

    static int read(int fd, long address, long length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) READ.invokeExact(errno, fd, address, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int write(int fd, long address, long length) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) WRITE.invokeExact(errno, fd, address, length), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int poll(long pollFds, long count, int timeoutMs) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) POLL.invokeExact(errno, pollFds, count, timeoutMs), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int ioctl(int fd, long request, long argument) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) IOCTL.invokeExact(errno, fd, request, argument), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int fcntl(int fd, int command, long argument) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) FCNTL.invokeExact(errno, fd, command, argument), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int open(long path, int flags, int mode) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) OPEN.invokeExact(errno, path, flags, mode), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int close(int fd) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) CLOSE.invokeExact(errno, fd), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int pipe2(long pair, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) PIPE2.invokeExact(errno, pair, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long lseek(int fd, long offset, int whence) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            long position = (long) LSEEK.invokeExact(errno, fd, offset, whence);
            return position >= 0 ? position : -errno.get(INT, ERRNO_OFFSET);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int fsync(int fd) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) FSYNC.invokeExact(errno, fd), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int flock(int fd, int operation) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) FLOCK.invokeExact(errno, fd, operation), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    // --- events ---

    static int epollCreate(int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) EPOLL_CREATE1.invokeExact(errno, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int epollCtl(int epoll, int operation, int fd, long event) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) EPOLL_CTL.invokeExact(errno, epoll, operation, fd, event), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int epollWait(int epoll, long events, int capacity, int timeoutMs) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) EPOLL_WAIT.invokeExact(errno, epoll, events, capacity, timeoutMs), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int eventfd(int initial, int flags) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) EVENTFD.invokeExact(errno, initial, flags), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    // --- processes ---

    static int kill(int pid, int signal) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) KILL.invokeExact(errno, pid, signal), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int waitpid(int pid, long status, int options) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) WAITPID.invokeExact(errno, pid, status, options), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int waitid(int idType, int id, long info, int options) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) WAITID.invokeExact(errno, idType, id, info, options), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int prctl(int option, long argument) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) PRCTL.invokeExact(errno, option, argument, 0L, 0L, 0L), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** For calls that glibc 2.34 has no function for. */
    static int syscall(long number, long first, long second, long third, long fourth) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((long) SYSCALL.invokeExact(errno, number, first, second, third, fourth), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int madvise(long address, long length, int advice) {
        MemorySegment errno = SCRATCH.get().errno;
        try {
            return result((int) MADVISE.invokeExact(errno, address, length, advice), errno);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Binds a function that sets errno. Its handle takes the capture segment first. */
    static MethodHandle bind(String name, FunctionDescriptor type) {
        return handle(name, type, Linker.Option.captureCallState("errno"));
    }

    /** As above; the arguments from {@code firstVariadic} on are C's {@code ...}. */
    private static MethodHandle bind(String name, FunctionDescriptor type, int firstVariadic) {
        return handle(name, type, Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(firstVariadic));
    }

    // Native access is this class's purpose; the signatures are those of the man pages.
    @SuppressWarnings("restricted")
    static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
        MemorySegment symbol = LINKER.defaultLookup().find(name).orElseThrow(
                () -> new UnsatisfiedLinkError("the C library has no " + name + ": " + Platform.REQUIREMENT));
        return LINKER.downcallHandle(symbol, type, options);
    }

    private static int result(int value, MemorySegment errno) {
        return value >= 0 ? value : -errno.get(INT, ERRNO_OFFSET);
    }

    /** No call of ours moves 2 GiB at once, so that an {@code int} holds every result. */
    private static int result(long value, MemorySegment errno) {
        return value >= 0 ? (int) value : -errno.get(INT, ERRNO_OFFSET);
    }

    /** A downcall throws nothing of its own: what arrives here is a wrong handle type or a VM error. */
    static RuntimeException unexpected(Throwable t) {
        if (t instanceof RuntimeException e) {
            return e;
        }
        if (t instanceof Error e) {
            throw e;
        }
        throw new AssertionError("a system call threw", t);
    }
}
