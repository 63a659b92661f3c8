package dev.handoff.posix;

/** Memory mappings as the kernel sees them. Any thread. */
public final class Memory {

    private static final int MADV_POPULATE_WRITE = 23;

    private Memory() {}

    /**
     * madvise(2) with MADV_POPULATE_WRITE (Linux 5.14): makes the pages of a mapping present and writable now, so that no
     * later write faults. On a full disk it answers {@code -EFAULT} where the write would have been a SIGBUS; on an older
     * kernel {@code -EINVAL}.
     *
     * @param address
     *            a multiple of the page size
     */
    public static int madvisePopulateWrite(long address, long length) {
        return Libc.madvise(address, length, MADV_POPULATE_WRITE);
    }
}
