package dev.handoff.stock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes {@link StockDaemon} an executable file: what a supervisor can be told to start. Any thread. */
public final class StockLauncher {

    // -Xrs: SIGTERM ends it as it ends a program without handlers. The rest makes a JVM of a few dozen ms of work start fast.
    private static final List<String> JVM_FLAGS = List.of("-Xrs", "-Xshare:auto", "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-Xmx64m", "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private StockLauncher() {}

    /**
     * Writes a shell script that executes this JVM, with this class path, as a stock daemon with {@code arguments} and
     * whatever it is itself given behind them. It {@code exec}s, so that its pid is the daemon's.
     */
    public static Path write(Path script, List<String> arguments) throws IOException {
        String command = Stream
                .of(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()), JVM_FLAGS,
                        List.of("-cp", System.getProperty("java.class.path"), StockDaemon.class.getName()), arguments)
                .flatMap(List::stream).map(StockLauncher::quoted).collect(Collectors.joining(" "));
        Files.writeString(script, "#!/bin/sh\nexec " + command + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
