package dev.handoff.stock;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a daemon's main class an executable file: what a supervisor can be told to start. Any thread. */
public final class StockLauncher {

    // -Xrs: SIGTERM ends it as it ends a program without handlers. The rest makes a JVM of a few dozen ms of work start fast.
    private static final List<String> JVM_FLAGS = List.of("-Xrs", "-Xshare:auto", "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-Xmx64m", "--enable-native-access=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-Dslf4j.internal.verbosity=ERROR");

    private StockLauncher() {}

    /** {@link StockDaemon}, as {@link #write(Path, Class, List)} has it. */
    public static Path write(Path script, List<String> arguments) throws IOException {
        return write(script, StockDaemon.class, arguments);
    }

    /**
     * Writes a shell script that executes this JVM, with this class path, as the program {@code main} with {@code arguments}
     * and whatever it is itself given behind them. It {@code exec}s, so that its pid is the daemon's.
     */
    public static Path write(Path script, Class<?> main, List<String> arguments) throws IOException {
        String command = Stream
                .of(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()), JVM_FLAGS,
                        List.of("-cp", classPath(), main.getName()), arguments)
                .flatMap(List::stream).map(StockLauncher::quoted).collect(Collectors.joining(" "));
        Files.writeString(script, "#!/bin/sh\nexec " + command + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    /** Ours but for the logger, which takes longer to load than all else that such a daemon does. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("logback-"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
