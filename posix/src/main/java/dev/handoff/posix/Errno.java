package dev.handoff.posix;

/**
 * Linux's error numbers, equal on x86-64 and aarch64 ({@code asm-generic/errno.h}). Every call of this module answers a
 * failure with the negative number: {@code if (n == -Errno.EAGAIN)}. Any thread.
 */
public final class Errno {

    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int ENOEXEC = 8;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ETXTBSY = 26;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int ESPIPE = 29;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int EPROTO = 71;
    public static final int EOVERFLOW = 75;
    public static final int ENOTSOCK = 88;
    public static final int EMSGSIZE = 90;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    public static final int ETOOMANYREFS = 109;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;
    public static final int EDQUOT = 122;
    public static final int ECANCELED = 125;

    private static final String[] NAMES = new String[134];
    private static final String[] MESSAGES = new String[134];

    static {
        put(1, "EPERM", "operation not permitted");
        put(2, "ENOENT", "no such file or directory");
        put(3, "ESRCH", "no such process");
        put(4, "EINTR", "interrupted system call");
        put(5, "EIO", "input/output error");
        put(6, "ENXIO", "no such device or address");
        put(7, "E2BIG", "argument list too long");
        put(8, "ENOEXEC", "exec format error");
        put(9, "EBADF", "bad file descriptor");
        put(10, "ECHILD", "no child processes");
        put(11, "EAGAIN", "resource temporarily unavailable");
        put(12, "ENOMEM", "cannot allocate memory");
        put(13, "EACCES", "permission denied");
        put(14, "EFAULT", "bad address");
        put(15, "ENOTBLK", "block device required");
        put(16, "EBUSY", "device or resource busy");
        put(17, "EEXIST", "file exists");
        put(18, "EXDEV", "invalid cross-device link");
        put(19, "ENODEV", "no such device");
        put(20, "ENOTDIR", "not a directory");
        put(21, "EISDIR", "is a directory");
        put(22, "EINVAL", "invalid argument");
        put(23, "ENFILE", "too many open files in system");
        put(24, "EMFILE", "too many open files");
        put(25, "ENOTTY", "inappropriate ioctl for device");
        put(26, "ETXTBSY", "text file busy");
        put(27, "EFBIG", "file too large");
        put(28, "ENOSPC", "no space left on device");
        put(29, "ESPIPE", "illegal seek");
        put(30, "EROFS", "read-only file system");
        put(31, "EMLINK", "too many links");
        put(32, "EPIPE", "broken pipe");
        put(33, "EDOM", "numerical argument out of domain");
        put(34, "ERANGE", "numerical result out of range");
        put(35, "EDEADLK", "resource deadlock avoided");
        put(36, "ENAMETOOLONG", "file name too long");
        put(37, "ENOLCK", "no locks available");
        put(38, "ENOSYS", "function not implemented");
        put(39, "ENOTEMPTY", "directory not empty");
        put(40, "ELOOP", "too many levels of symbolic links");
        put(42, "ENOMSG", "no message of desired type");
        put(43, "EIDRM", "identifier removed");
        put(44, "ECHRNG", "channel number out of range");
        put(45, "EL2NSYNC", "level 2 not synchronized");
        put(46, "EL3HLT", "level 3 halted");
        put(47, "EL3RST", "level 3 reset");
        put(48, "ELNRNG", "link number out of range");
        put(49, "EUNATCH", "protocol driver not attached");
        put(50, "ENOCSI", "no csi structure available");
        put(51, "EL2HLT", "level 2 halted");
        put(52, "EBADE", "invalid exchange");
        put(53, "EBADR", "invalid request descriptor");
        put(54, "EXFULL", "exchange full");
        put(55, "ENOANO", "no anode");
        put(56, "EBADRQC", "invalid request code");
        put(57, "EBADSLT", "invalid slot");
        put(59, "EBFONT", "bad font file format");
        put(60, "ENOSTR", "device not a stream");
        put(61, "ENODATA", "no data available");
        put(62, "ETIME", "timer expired");
        put(63, "ENOSR", "out of streams resources");
        put(64, "ENONET", "machine is not on the network");
        put(65, "ENOPKG", "package not installed");
        put(66, "EREMOTE", "object is remote");
        put(67, "ENOLINK", "link has been severed");
        put(68, "EADV", "advertise error");
        put(69, "ESRMNT", "srmount error");
        put(70, "ECOMM", "communication error on send");
        put(71, "EPROTO", "protocol error");
        put(72, "EMULTIHOP", "multihop attempted");
        put(73, "EDOTDOT", "rfs specific error");
        put(74, "EBADMSG", "bad message");
        put(75, "EOVERFLOW", "value too large for defined data type");
        put(76, "ENOTUNIQ", "name not unique on network");
        put(77, "EBADFD", "file descriptor in bad state");
        put(78, "EREMCHG", "remote address changed");
        put(79, "ELIBACC", "can not access a needed shared library");
        put(80, "ELIBBAD", "accessing a corrupted shared library");
        put(81, "ELIBSCN", ".lib section in a.out corrupted");
        put(82, "ELIBMAX", "attempting to link in too many shared libraries");
        put(83, "ELIBEXEC", "cannot exec a shared library directly");
        put(84, "EILSEQ", "invalid or incomplete multibyte or wide character");
        put(85, "ERESTART", "interrupted system call should be restarted");
        put(86, "ESTRPIPE", "streams pipe error");
        put(87, "EUSERS", "too many users");
        put(88, "ENOTSOCK", "socket operation on non-socket");
        put(89, "EDESTADDRREQ", "destination address required");
        put(90, "EMSGSIZE", "message too long");
        put(91, "EPROTOTYPE", "protocol wrong type for socket");
        put(92, "ENOPROTOOPT", "protocol not available");
        put(93, "EPROTONOSUPPORT", "protocol not supported");
        put(94, "ESOCKTNOSUPPORT", "socket type not supported");
        put(95, "EOPNOTSUPP", "operation not supported");
        put(96, "EPFNOSUPPORT", "protocol family not supported");
        put(97, "EAFNOSUPPORT", "address family not supported by protocol");
        put(98, "EADDRINUSE", "address already in use");
        put(99, "EADDRNOTAVAIL", "cannot assign requested address");
        put(100, "ENETDOWN", "network is down");
        put(101, "ENETUNREACH", "network is unreachable");
        put(102, "ENETRESET", "network dropped connection on reset");
        put(103, "ECONNABORTED", "software caused connection abort");
        put(104, "ECONNRESET", "connection reset by peer");
        put(105, "ENOBUFS", "no buffer space available");
        put(106, "EISCONN", "transport endpoint is already connected");
        put(107, "ENOTCONN", "transport endpoint is not connected");
        put(108, "ESHUTDOWN", "cannot send after transport endpoint shutdown");
        put(109, "ETOOMANYREFS", "too many references: cannot splice");
        put(110, "ETIMEDOUT", "connection timed out");
        put(111, "ECONNREFUSED", "connection refused");
        put(112, "EHOSTDOWN", "host is down");
        put(113, "EHOSTUNREACH", "no route to host");
        put(114, "EALREADY", "operation already in progress");
        put(115, "EINPROGRESS", "operation now in progress");
        put(116, "ESTALE", "stale file handle");
        put(117, "EUCLEAN", "structure needs cleaning");
        put(118, "ENOTNAM", "not a xenix named type file");
        put(119, "ENAVAIL", "no xenix semaphores available");
        put(120, "EISNAM", "is a named type file");
        put(121, "EREMOTEIO", "remote i/o error");
        put(122, "EDQUOT", "disk quota exceeded");
        put(123, "ENOMEDIUM", "no medium found");
        put(124, "EMEDIUMTYPE", "wrong medium type");
        put(125, "ECANCELED", "operation canceled");
        put(126, "ENOKEY", "required key not available");
        put(127, "EKEYEXPIRED", "key has expired");
        put(128, "EKEYREVOKED", "key has been revoked");
        put(129, "EKEYREJECTED", "key was rejected by service");
        put(130, "EOWNERDEAD", "owner died");
        put(131, "ENOTRECOVERABLE", "state not recoverable");
        put(132, "ERFKILL", "operation not possible due to rf-kill");
    }

    private Errno() {}

    /** The symbol, {@code "EAGAIN"}; a negative number is read as its positive one; an unknown one gives {@code "E999"}. */
    public static String name(int errno) {
        int number = Math.abs(errno);
        String name = number < NAMES.length ? NAMES[number] : null;
        return name != null ? name : "E" + number;
    }

    /** For people: what the number means, and its symbol, {@code "no such file or directory (ENOENT)"}. Sign as above. */
    public static String message(int errno) {
        int number = Math.abs(errno);
        String message = number < MESSAGES.length ? MESSAGES[number] : null;
        return (message != null ? message : "unknown error") + " (" + name(number) + ")";
    }

    private static void put(int errno, String name, String message) {
        NAMES[errno] = name;
        MESSAGES[errno] = message;
    }
}
