package dev.handoff.posix;

/**
 * Who made a Unix connection: filled by {@link UnixSockets#peerCredentials}, to be reused. On a socketpair it names the
 * creator of the pair at both ends. One thread.
 */
public final class PeerCredentials {

    private int pid;
    private int uid = -1;
    private int gid = -1;

    /** The process that connected (or listened), in this process's pid namespace; 0 when it cannot be seen from here. */
    public int pid() {
        return pid;
    }

    /** Its effective user id at that time. */
    public int uid() {
        return uid;
    }

    /** Its effective group id at that time. */
    public int gid() {
        return gid;
    }

    void set(int pid, int uid, int gid) {
        this.pid = pid;
        this.uid = uid;
        this.gid = gid;
    }

    @Override
    public String toString() {
        return "pid " + pid + ", uid " + uid + ", gid " + gid;
    }
}
