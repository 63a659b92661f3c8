package dev.handoff.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
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

    private static final MethodHandle POSIX_SPAWN = function("posix_spawn", LONG, LONG, LONG, LONG, LONG, LONG);
    private static final MethodHandle ACTIONS_INIT = function("posix_spawn_file_actions_init", LONG);
    private static final MethodHandle ACTIONS_DESTROY = function("posix_spawn_file_actions_destroy", LONG);
    private static final MethodHandle ACTIONS_ADDDUP2 = function("posix_spawn_file_actions_adddup2", LONG, INT, INT);
    private static final MethodHandle ACTIONS_ADDCLOSEFROM = function("posix_spawn_file_actions_addclosefrom_np", LONG,
            INT);
    private static final MethodHandle ACTIONS_ADDCHDIR = function("posix_spawn_file_actions_addchdir_np", LONG, LONG);
    private static final MethodHandle ATTR_INIT = function("posix_spawnattr_init", LONG);
    private static final MethodHandle ATTR_DESTROY = function("posix_spawnattr_destroy", LONG);
    private static final MethodHandle ATTR_SETFLAGS = Libc.handle("posix_spawnattr_setflags",
            FunctionDescriptor.of(INT, LONG, ValueLayout.JAVA_SHORT));
    private static final MethodHandle ATTR_SETSIGDEFAULT = function("posix_spawnattr_setsigdefault", LONG, LONG);
    private static final MethodHandle ATTR_SETSIGMASK = function("posix_spawnattr_setsigmask", LONG, LONG);

    // spawn.h
    private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int POSIX_SPAWN_SETSID = 0x80;

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
            check((int) ACTIONS_INIT.invokeExact(actions), "posix_spawn_file_actions_init");
            check((int) ATTR_INIT.invokeExact(attributes), "posix_spawnattr_init");
            try {
                for (int i = 0; i < sources.size(); i++) {
                    check((int) ACTIONS_ADDDUP2.invokeExact(actions, (int) sources.get(i), FIRST_INHERITED + i),
                            "posix_spawn_file_actions_adddup2");
                }
                check((int) ACTIONS_ADDCLOSEFROM.invokeExact(actions, end), "posix_spawn_file_actions_addclosefrom_np");
                if (plan.workingDirectory().isPresent()) {
                    long directory = Libc.cString(arena, plan.workingDirectory().get()).address();
                    check((int) ACTIONS_ADDCHDIR.invokeExact(actions, directory),
                            "posix_spawn_file_actions_addchdir_np");
                }
                setAttributes(arena, attributes, plan.newSession());

                MemorySegment pid = arena.allocate(INT);
                long binary = Libc.cString(arena, plan.binary()).address();
                long argv = pointers(arena, plan.argv());
                long envp = pointers(arena, plan.env().entrySet().stream().map(Spawn::assignment).toList());
                int errno = (int) POSIX_SPAWN.invokeExact(pid.address(), binary, actions, attributes, argv, envp);
                if (errno != 0) {
                    String where = plan.workingDirectory().map(directory -> " in " + directory).orElse("");
                    return new SpawnFailed(errno,
                            "cannot start " + plan.binary() + where + ": " + Errno.message(errno));
                }
                return new Spawned(pid.get(INT, 0));
            } finally {
                check((int) ACTIONS_DESTROY.invokeExact(actions), "posix_spawn_file_actions_destroy");
                check((int) ATTR_DESTROY.invokeExact(attributes), "posix_spawnattr_destroy");
            }
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    private static void setAttributes(Arena arena, long attributes, boolean newSession) throws Throwable {
        int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (newSession ? POSIX_SPAWN_SETSID : 0);
        long everySignal = arena.allocate(SIGSET_BYTES, 8).fill((byte) 0xFF).address();
        long noSignal = arena.allocate(SIGSET_BYTES, 8).address();
        check((int) ATTR_SETFLAGS.invokeExact(attributes, (short) flags), "posix_spawnattr_setflags");
        check((int) ATTR_SETSIGDEFAULT.invokeExact(attributes, everySignal), "posix_spawnattr_setsigdefault");
        check((int) ATTR_SETSIGMASK.invokeExact(attributes, noSignal), "posix_spawnattr_setsigmask");
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

    private static MethodHandle function(String name, ValueLayout... arguments) {
        return Libc.handle(name, FunctionDescriptor.of(INT, arguments));
    }

    /** These return their error, and fail only without memory or for a wrong argument of ours. */
    private static void check(int errno, String function) {
        if (errno != 0) {
            throw new IllegalStateException(function + ": " + Errno.message(errno));
        }
    }
}
