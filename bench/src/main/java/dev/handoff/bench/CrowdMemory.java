package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.coordinator.shell.LoopRig;

/** How large a process is that holds a thousand services, after a hundred handoffs at once; peers and their sockets included. */
final class CrowdMemory {

    /** malloc's free memory goes back every ten seconds. */
    private static final long SETTLED_MS = 12_000;
    private static final long QUICK_MS = 2_000;

    private CrowdMemory() {}

    /** In a process of its own, with a coordinator's flags. */
    static Figure measure(Path scratch, boolean quick) throws IOException, InterruptedException {
        double residentMb = Double.parseDouble(OwnProcess.run(CrowdMemory.class, List.of("-Xms16m"), scratch.toString(),
                Long.toString(quick ? QUICK_MS : SETTLED_MS)));
        return Figure.single("services_1000.rss", "MB", residentMb, 300);
    }

    /** Two arguments: where to put the journal, and how long to be idle, in milliseconds. Prints VmRSS in MB. */
    public static void main(String[] arguments) throws Exception {
        try (Scratch directory = new Scratch(Path.of(arguments[0]));
                LoopRig rig = new LoopRig(directory.path("journal"), LoopFigures.SERVICES)) {
            for (int round = 0; round < LoopFigures.SERVICES / LoopFigures.AT_ONCE; round++) {
                LoopFigures.together(rig, round * LoopFigures.AT_ONCE, new Latencies());
            }
            Thread.sleep(Long.parseLong(arguments[1]));
            System.out.println(KeptCoordinator.residentMb(ProcessHandle.current().pid()));
        }
    }
}
