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

/** Measures in a process of its own, where the heap has to be that of the command which the figure is about. */
final class OwnProcess {

    private OwnProcess() {}

    /**
     * Runs the main method of a class on this class path, with the access flags of this process.
     *
     * @param heap
     *            the launcher's flags for that command
     * @return the last line that it printed
     */
    static String run(Class<?> main, List<String> heap, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TrimNativeHeapInterval=10000", "-XX:CompileCommand=quiet"));
        command.addAll(heap);
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        try (BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            String last = output.lines().reduce((_, line) -> line).orElse("");
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException("the process of " + main.getSimpleName() + " ended with " + code + ": " + last);
            }
            return last;
        }
    }
}
