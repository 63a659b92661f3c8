package dev.handoff.cli.demo;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.coordinator.fault.FaultFile;

/**
 * The directory that holds one demo and outlives it.
 *
 * <pre>
 *  handoff.toml      the coordinator's configuration
 *  builds/build-1    a build of the daemon: a script that starts kvd under a build id of its own
 *  journal/          the coordinator's journal
 *  data/             the daemon's
 *  coordinator.log   what keeper, coordinator and daemons said
 *  bin/coordinator   starts the coordinator, later if it is told to be away
 *  faults            whom to kill at the next swap, and when
 *  trigger.sock      where the coordinator listens
 *  kv.sock           where the daemon does
 * </pre>
 */
final class DemoDirectory {

    static final String SERVICE = "kv";

    private static final DateTimeFormatter STARTED = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private final Path root;
    private final Path kvd;
    private final Path distribution;

    private DemoDirectory(Path root, Path kvd, Path distribution) {
        this.root = root;
        this.kvd = kvd;
        this.distribution = distribution;
    }

    /**
     * Makes a new one.
     *
     * @param home         of the project
     * @param distribution the directory with the jars that the builds run from
     */
    static DemoDirectory create(Path home, Path distribution, LocalDateTime now) throws DemoFailure {
        Path kvd = home.resolve("examples/kv/bin/kvd");
        if (!Files.isExecutable(kvd)) {
            throw new DemoFailure("the example daemon's launcher " + kvd
                    + " is missing or not executable: run the demo from a complete clone");
        }
        Path root = home.resolve("target/demo-" + STARTED.format(now));
        try {
            Files.createDirectories(root.getParent());
            root = createFresh(root);
            Files.createDirectory(root.resolve("builds"));
            Files.createDirectory(root.resolve("bin"));
        } catch (IOException e) {
            throw new DemoFailure("cannot make the demo's directory " + root + ": " + said(e), e);
        }
        return new DemoDirectory(root, kvd, distribution);
    }

    private static Path createFresh(Path wanted) throws IOException {
        Path root = wanted;
        for (int i = 2;; i++) {
            try {
                return Files.createDirectory(root);
            } catch (FileAlreadyExistsException e) {
                root = wanted.resolveSibling(wanted.getFileName() + "-" + i);
            }
        }
    }

    Path root() {
        return root;
    }

    Path config() {
        return root.resolve("handoff.toml");
    }

    Path triggerSocket() {
        return root.resolve("trigger.sock");
    }

    Path journal() {
        return root.resolve("journal");
    }

    FaultFile faults() {
        return new FaultFile(root.resolve("faults"));
    }

    /** The script that runs the command it is given, but waits as long as {@link #stayAway} said before. */
    Path starter() {
        return root.resolve("bin/coordinator");
    }

    /** Makes the next start of the coordinator wait. */
    void stayAway(int seconds) throws DemoFailure {
        try {
            Files.writeString(away(), seconds + "\n");
        } catch (IOException e) {
            throw new DemoFailure("cannot write " + away() + ": " + said(e), e);
        }
    }

    private Path away() {
        return root.resolve("away");
    }

    /** Puts {@link #starter} there. */
    void writeStarter() throws DemoFailure {
        write(starter(),
                """
                        #!/bin/sh
                        # Starts the coordinator. Where a file says that it stays away for so many seconds, it waits first, once.
                        if [ -e %1$s ]; then
                          seconds=$(cat %1$s)
                          rm %1$s
                          sleep "$seconds"
                        fi
                        exec "$@"
                        """
                        .formatted(quoted(away().toString())));
    }

    Path log() {
        return root.resolve("coordinator.log");
    }

    /** The name of a build, which is its build id too. */
    static String buildName(int number) {
        return "build-" + number;
    }

    /** Where a build is; {@link #writeBuild} puts it there. */
    Path build(int number) {
        return root.resolve("builds").resolve(buildName(number));
    }

    /** A new build of the daemon: the same program under another build id. */
    void writeBuild(int number) throws DemoFailure {
        write(build(number), """
                #!/bin/sh
                # Build %d of the example daemon, for this demo.
                export KV_BUILD=%s
                export KV_DIST=%s
                export JAVA_HOME=%s
                exec %s "$@"
                """.formatted(number, buildName(number), quoted(distribution.toString()),
                quoted(System.getProperty("java.home")), quoted(kvd.toString())));
    }

    private static void write(Path file, String script) throws DemoFailure {
        try {
            Files.writeString(file, script);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new DemoFailure("cannot write " + file + ": " + said(e), e);
        }
    }

    /** The configuration, with the daemon's listener on this port of 127.0.0.1, and more arguments for it. */
    void writeConfig(int port, List<String> arguments) throws DemoFailure {
        String toml = """
                # Written by 'handoff demo'; 'handoff run --config' on this file serves the same data again.
                trigger_socket = "trigger.sock"
                journal = "journal"
                # A machine that is busy with other things may take its time to start a JVM.
                hold_secs = 30

                [[service]]
                name = "%s"
                binary = "builds/%s"
                args = [%s]
                working_dir = "."
                data_dir = "data"
                control_socket = "kv.sock"
                hello_secs = 20
                listeners = [{ name = "resp", addr = "127.0.0.1:%d" }]
                """.formatted(SERVICE, buildName(0),
                Stream.concat(Stream.of("--data-dir", "data", "--control-socket", "kv.sock"), arguments.stream())
                        .map(argument -> '"' + argument + '"').collect(Collectors.joining(", ")),
                port);
        try {
            Files.writeString(config(), toml);
        } catch (IOException e) {
            throw new DemoFailure("cannot write " + config() + ": " + said(e), e);
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static String said(IOException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
