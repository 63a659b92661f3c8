package dev.handoff.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC", "-Xms16m", "-XX:TrimNativeHeapInterval=10000",
                        "-XX:CompileCommand=quiet"));
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), CrowdMemory.class.getName(),
                scratch.toString(), Long.toString(quick ? QUICK_MS : SETTLED_MS)));
        Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        try (BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            String last = output.lines().reduce((_, line) -> line).orElse("");
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException("the process with a thousand services ended with " + code + ": " + last);
            }
            return Figure.single("services_1000.rss", "MB", Double.parseDouble(last), 300);
        }
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
