package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts processes that inherit exactly the descriptors they are meant to, which {@code ProcessBuilder} cannot:
 * posix_spawn(3) with 0 to 2 as they are, the plan's from 3 on, and everything else closed, close-on-exec or not. Signals
 * have their default action and none is blocked. Whoever spawns must reap ({@link Processes#waitFor}). Any thread.
 */
public final class Spawn {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final MemorySegment POSIX_SPAWN = Libc.function("posix_spawn");
    private static final MemorySegment ACTIONS_INIT = Libc.function("posix_spawn_file_actions_init");
    private static final MemorySegment ACTIONS_DESTROY = Libc.function("posix_spawn_file_actions_destroy");
    private static final MemorySegment ACTIONS_ADDDUP2 = Libc.function("posix_spawn_file_actions_adddup2");
    private static final MemorySegment ACTIONS_ADDCLOSEFROM = Libc.function("posix_spawn_file_actions_addclosefrom_np");
    private static final MemorySegment ACTIONS_ADDCHDIR = Libc.function("posix_spawn_file_actions_addchdir_np");
    private static final MemorySegment ATTR_INIT = Libc.function("posix_spawnattr_init");
    private static final MemorySegment ATTR_DESTROY = Libc.function("posix_spawnattr_destroy");
    private static final MemorySegment ATTR_SETFLAGS = Libc.function("posix_spawnattr_setflags");
    private static final MemorySegment ATTR_SETSIGDEFAULT = Libc.function("posix_spawnattr_setsigdefault");
    private static final MemorySegment ATTR_SETSIGMASK = Libc.function("posix_spawnattr_setsigmask");

    // spawn.h
    private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int POSIX_SPAWN_SETPGROUP = 0x02;

    // The sizes are 80, 336 and 128 on both architectures; room to spare costs nothing.
    private static final long FILE_ACTIONS_BYTES = 256;
    private static final long ATTRIBUTES_BYTES = 512;
    private static final long SIGSET_BYTES = 128;

    private static final int FIRST_INHERITED = 3;

    /** The answer of {@link #spawn}. */
    public sealed interface Outcome {}

    /** The program runs (posix_spawn returns after the exec). */
    public record Spawned(int pid) implements Outcome {}

    /**
     * Nothing was started.
     *
     * @param errno
     *            positive
     * @param what
     *            a sentence for people: what was tried on what, and why it failed
     */
    public record SpawnFailed(int errno, String what) implements Outcome {}

    private Spawn() {}

    /** Starts what the plan says. Descriptors of the plan stay open in this process. */
    public static Outcome spawn(SpawnPlan plan) {
        // Sources may lie in the range 3, 4, … that the child's copies go to, and an earlier dup2 would overwrite a later
        // source: so every one is first duplicated above that range. The duplicates are close-on-exec; dup2 clears that.
        int end = FIRST_INHERITED + plan.inheritedFds().size();
        List<Integer> sources = new ArrayList<>(plan.inheritedFds().size());
        try {
            for (int fd : plan.inheritedFds()) {
                int source = Descriptors.duplicate(fd, end);
                if (source < 0) {
                    return new SpawnFailed(-source, "cannot pass descriptor " + fd + " to " + plan.binary() + ": "
                            + Errno.message(source));
                }
                sources.add(source);
            }
            return spawn(plan, sources, end);
        } finally {
            sources.forEach(Descriptors::close);
        }
    }

    private static Outcome spawn(SpawnPlan plan, List<Integer> sources, int end) {
        try (Arena arena = Arena.ofConfined()) {
            long actions = arena.allocate(FILE_ACTIONS_BYTES, 16).address();
            long attributes = arena.allocate(ATTRIBUTES_BYTES, 16).address();
            check(Libc.errorOf(ACTIONS_INIT, actions, 0, 0, 0, 0, 0), "posix_spawn_file_actions_init");
            check(Libc.errorOf(ATTR_INIT, attributes, 0, 0, 0, 0, 0), "posix_spawnattr_init");
            try {
                for (int i = 0; i < sources.size(); i++) {
                    check(Libc.errorOf(ACTIONS_ADDDUP2, actions, sources.get(i), FIRST_INHERITED + i, 0, 0, 0),
                            "posix_spawn_file_actions_adddup2");
                }
                check(Libc.errorOf(ACTIONS_ADDCLOSEFROM, actions, end, 0, 0, 0, 0),
                        "posix_spawn_file_actions_addclosefrom_np");
                if (plan.workingDirectory().isPresent()) {
                    long directory = Libc.cString(arena, plan.workingDirectory().get()).address();
                    check(Libc.errorOf(ACTIONS_ADDCHDIR, actions, directory, 0, 0, 0, 0),
                            "posix_spawn_file_actions_addchdir_np");
                }
                setAttributes(arena, attributes, plan.ownGroup());

                MemorySegment pid = arena.allocate(INT);
                long binary = Libc.cString(arena, plan.binary()).address();
                long argv = pointers(arena, plan.argv());
                long envp = pointers(arena, plan.env().entrySet().stream().map(Spawn::assignment).toList());
                int errno = Libc.errorOf(POSIX_SPAWN, pid.address(), binary, actions, attributes, argv, envp);
                if (errno != 0) {
                    String where = plan.workingDirectory().map(directory -> " in " + directory).orElse("");
                    return new SpawnFailed(errno,
                            "cannot start " + plan.binary() + where + ": " + Errno.message(errno));
                }
                return new Spawned(pid.get(INT, 0));
            } finally {
                check(Libc.errorOf(ACTIONS_DESTROY, actions, 0, 0, 0, 0, 0), "posix_spawn_file_actions_destroy");
                check(Libc.errorOf(ATTR_DESTROY, attributes, 0, 0, 0, 0, 0), "posix_spawnattr_destroy");
            }
        }
    }

    private static void setAttributes(Arena arena, long attributes, boolean ownGroup) {
        int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (ownGroup ? POSIX_SPAWN_SETPGROUP : 0);
        long everySignal = arena.allocate(SIGSET_BYTES, 8).fill((byte) 0xFF).address();
        long noSignal = arena.allocate(SIGSET_BYTES, 8).address();
        check(Libc.errorOf(ATTR_SETFLAGS, attributes, flags, 0, 0, 0, 0), "posix_spawnattr_setflags");
        check(Libc.errorOf(ATTR_SETSIGDEFAULT, attributes, everySignal, 0, 0, 0, 0), "posix_spawnattr_setsigdefault");
        check(Libc.errorOf(ATTR_SETSIGMASK, attributes, noSignal, 0, 0, 0, 0), "posix_spawnattr_setsigmask");
    }

    private static String assignment(Map.Entry<String, String> variable) {
        return variable.getKey() + "=" + variable.getValue();
    }

    /** A null-terminated array of C strings. */
    private static long pointers(Arena arena, List<String> texts) {
        MemorySegment array = arena.allocate(LONG, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(LONG, i, Libc.cString(arena, Libc.bytes(texts.get(i))).address());
        }
        return array.address();
    }

    /** These return their error, and fail only without memory or for a wrong argument of ours. */
    private static void check(int errno, String function) {
        if (errno != 0) {
            throw new IllegalStateException(function + ": " + Errno.message(errno));
        }
    }
}
