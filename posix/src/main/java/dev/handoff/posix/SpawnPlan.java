package dev.handoff.posix;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to start and how.
 *
 * @param binary
 *            the file to execute; absolute, for no search is made and a relative one would be taken from
 *            {@code workingDirectory}
 * @param argv
 *            all arguments, the program's own name first
 * @param env
 *            the whole environment; nothing of this process's is added
 * @param inheritedFds
 *            descriptors of this process that become the child's 3, 4, … in this order; they stay open here
 * @param workingDirectory
 *            where the child starts; this process's directory when empty
 * @param ownGroup
 *            whether the child leads a process group of its own, out of reach of the terminal's Ctrl-C. It stays in this process's session:
 *            the kernel may share out processors between sessions (sched(7), <i>The autogroup feature</i>)
 */
public record SpawnPlan(Path binary, List<String> argv, Map<String, String> env, List<Integer> inheritedFds,
        Optional<Path> workingDirectory, boolean ownGroup) {

    public SpawnPlan {
        argv = List.copyOf(argv);
        env = Map.copyOf(env);
        inheritedFds = List.copyOf(inheritedFds);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("argv needs at least the program's own name");
        }
        if (argv.stream().anyMatch(SpawnPlan::hasZero)) {
            throw new IllegalArgumentException("an argument holds a zero character, which C cannot pass");
        }
        for (Map.Entry<String, String> variable : env.entrySet()) {
            String name = variable.getKey();
            if (name.isEmpty() || name.indexOf('=') >= 0 || hasZero(name) || hasZero(variable.getValue())) {
                throw new IllegalArgumentException("the environment variable '" + name + "' cannot be passed");
            }
        }
    }

    private static boolean hasZero(String text) {
        return text.indexOf('\0') >= 0;
    }
}
