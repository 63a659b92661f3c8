package dev.handoff.coordinator.store;

/** The rule for names in {@code LISTEN_FDNAMES} (sd_pid_notify_with_fds(3), <i>FDNAME</i>). */
public final class FdName {

    /** The longest name that systemd takes. */
    public static final int MAX_LENGTH = 255;

    private FdName() {}

    /** Whether it is 1 to {@value #MAX_LENGTH} ASCII characters, none a control character or a colon. */
    public static boolean isValid(String name) {
        return !name.isEmpty() && name.length() <= MAX_LENGTH
                && name.chars().allMatch(c -> c >= ' ' && c < 127 && c != ':');
    }
}
