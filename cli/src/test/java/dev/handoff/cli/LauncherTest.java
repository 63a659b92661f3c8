package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher script in a clone of its own, with a Maven and a JDK that only note that they were called. */
class LauncherTest {

    private static final String FAKE_MAVEN = """
            #!/bin/sh
            echo called >> "$CALLS"
            echo "maven on stdout"
            [ -e "$CALLS.fail" ] && exit 1
            mkdir -p cli/target/lib
            echo jar > cli/target/handoff.jar
            echo flags > cli/target/jvm.flags
            echo flags > cli/target/keeper.flags
            echo lib > cli/target/lib/some.jar
            """;
    private static final String FAKE_JAVA = """
            #!/bin/sh
            for last; do :; done
            echo "java $last in $PWD"
            [ "$last" = read ] && cat
            exit 7
            """;

    private static final String KEEPER = "dev.handoff.coordinator.keeper.Keeper";

    @TempDir
    private Path directory;
    private Path clone;
    private Path jdk;
    private Path calls;

    @BeforeEach
    void makeClone() throws IOException {
        clone = Files.createDirectories(directory.resolve("a clone with 'blanks'").resolve("d".repeat(150)));
        Path places = directory.resolve("places");
        String script = Files.readString(Path.of("..", "handoff")).replace("/usr/lib/jvm/", places + "/")
                .replace("/opt/", places + "/");
        executable(clone.resolve("handoff"), script);
        Files.writeString(clone.resolve("pom.xml"), "<project/>");
        for (String module : List.of("cli", "examples/kv")) {
            Files.createDirectories(clone.resolve(module).resolve("src/main"));
            Files.writeString(clone.resolve(module).resolve("pom.xml"), "<project/>");
            Files.writeString(clone.resolve(module).resolve("src/main/A.java"), "class A {}");
        }
        executable(directory.resolve("bin/mvn"), FAKE_MAVEN);
        jdk = directory.resolve("jdk 25");
        executable(jdk.resolve("bin/java"), FAKE_JAVA);
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.3\"\n");
        calls = directory.resolve("calls");
    }

    private record Run(int exit, String out, String err) {}

    @Test
    void buildsAtFirstUseAndOnlyThen() throws Exception {
        Run first = run("one");
        assertEquals("java one in " + directory + "\n", first.out());
        assertTrue(first.err().startsWith("handoff: building in " + clone), first.err());
        assertTrue(first.err().contains("maven on stdout"), first.err());
        assertEquals(7, first.exit());
        Run second = run("two");
        assertEquals(new Run(7, "java two in " + directory + "\n", ""), second);
        assertEquals(1, builds());
    }

    @Test
    void buildsAgainWhenASourceChangesOrGoes() throws Exception {
        run("x");
        Path source = clone.resolve("examples/kv/src/main/A.java");
        touchAfterBuild(source);
        run("x");
        assertEquals(2, builds());
        run("x");
        assertEquals(2, builds());
        Files.delete(source);
        touchAfterBuild(source.getParent());
        run("x");
        assertEquals(3, builds());
    }

    @Test
    void twoShellsBuildOnce() throws Exception {
        Process one = start(clone.resolve("handoff"), "one");
        Process two = start(clone.resolve("handoff"), "two");
        assertEquals("java one in " + directory + "\n", finish(one).out());
        assertEquals("java two in " + directory + "\n", finish(two).out());
        assertEquals(1, builds());
    }

    @Test
    void startsThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), clone.resolve("handoff"));
        assertEquals("java x in " + directory + "\n", finish(start(link, "x")).out());
    }

    @Test
    void failedBuildIsToldAndLeavesNothingBehind() throws Exception {
        Files.createFile(directory.resolve("calls.fail"));
        Run run = run("x");
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().endsWith("handoff: the build failed; Maven's output above says why\n"), run.err());
        assertEquals(List.of(), buildDirectories());
        Files.delete(directory.resolve("calls.fail"));
        assertEquals(7, run("x").exit());
    }

    @Test
    void buildsThatRunKeepTheirFilesAndOthersGo() throws Exception {
        run("x");
        Path old = buildDirectories().getFirst();
        try (InputStream _ = Files.newInputStream(old.resolve("handoff.jar"))) {
            touchAfterBuild(clone.resolve("pom.xml"));
            run("x");
            assertTrue(Files.exists(old.resolve("lib/some.jar")));
            assertEquals(2, buildDirectories().size());
        }
        touchAfterBuild(clone.resolve("pom.xml"));
        run("x");
        assertFalse(Files.exists(old));
        assertEquals(1, buildDirectories().size());
    }

    @Test
    void standardInputIsTheCommands() throws Exception {
        Process process = start(clone.resolve("handoff"), "read");
        try (var stdin = process.outputWriter(StandardCharsets.UTF_8)) {
            stdin.write("for the command\n");
        }
        assertEquals("java read in " + directory + "\nfor the command\n", finish(process).out());
        assertEquals(1, builds());
    }

    @Test
    void saysWhereItLookedForAJdk() throws Exception {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        Run run = run("x");
        assertEquals(1, run.exit());
        assertEquals("handoff: needs a JDK 25 and found none: looked at JAVA_HOME, java on PATH,",
                run.err().substring(0,
                        "handoff: needs a JDK 25 and found none: looked at JAVA_HOME, java on PATH,".length()));
        assertEquals(1, run.err().lines().count());
    }

    @Test
    void findsAJdkInTheUsualPlaces() throws Exception {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"250\"\n");
        Path usual = directory.resolve("places/temurin-25-jdk");
        executable(usual.resolve("bin/java"), "#!/bin/sh\necho usual\n");
        Files.writeString(usual.resolve("release"), "JAVA_VERSION=\"25\"\n");
        assertEquals("usual\n", run("x").out());
    }

    @Test
    void aCoordinatorIsRunByAKeeperUnlessSomebodyElseKeepsIt() throws Exception {
        executable(jdk.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        List<String> plain = run("run", "--no-keeper", "--config", "a b").out().lines().toList();
        assertEquals(List.of("run", "--no-keeper", "--config", "a b"), plain.subList(plain.size() - 4, plain.size()));
        assertFalse(plain.contains(KEEPER), plain.toString());

        List<String> kept = run("run", "--config", "a b").out().lines().toList();
        int command = kept.indexOf(KEEPER) + 1;
        assertTrue(kept.getFirst().endsWith("/keeper.flags"), kept.toString());
        assertEquals(jdk.resolve("bin/java").toString(), kept.get(command));
        assertEquals(plain.subList(0, plain.size() - 4), kept.subList(command + 1, kept.size() - 3));
        assertEquals(List.of("run", "--config", "a b"), kept.subList(kept.size() - 3, kept.size()));

        for (String unkept : List.of("--help", "-h", "--version", "-V")) {
            assertFalse(run("run", unkept).out().contains(KEEPER), unkept);
        }
        assertFalse(run("status").out().contains(KEEPER));
        assertFalse(finish(start(clone.resolve("handoff"), Map.of("NOTIFY_SOCKET", "/run/x"), "run")).out()
                .contains(KEEPER));
    }

    private Run run(String... arguments) throws IOException, InterruptedException {
        return finish(start(clone.resolve("handoff"), arguments));
    }

    private Process start(Path script, String... arguments) throws IOException {
        return start(script, Map.of(), arguments);
    }

    private Process start(Path script, Map<String, String> environment, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(script.toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
        builder.environment().remove("NOTIFY_SOCKET");
        builder.environment().putAll(environment);
        builder.environment().put("CALLS", calls.toString());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("HOME", directory.resolve("home").toString());
        builder.environment().put("PATH", directory.resolve("bin") + ":/usr/bin:/bin");
        // Only the launcher's own finding counts, not that of the JVM that runs this test.
        if (Files.exists(Path.of("/usr/bin/java"))) {
            executable(directory.resolve("bin/java"), "#!/bin/sh\nexit 9\n");
        }
        return builder.start();
    }

    private static Run finish(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        byte[] out = process.getInputStream().readAllBytes();
        byte[] err = process.getErrorStream().readAllBytes();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return new Run(process.exitValue(), new String(out, StandardCharsets.UTF_8),
                new String(err, StandardCharsets.UTF_8));
    }

    private long builds() throws IOException {
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    private List<Path> buildDirectories() throws IOException {
        try (Stream<Path> entries = Files.list(clone.resolve("target/dist"))) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith("build-")).toList();
        }
    }

    private void touchAfterBuild(Path path) throws IOException {
        FileTime built = Files.getLastModifiedTime(clone.resolve("target/dist/current/stamp"));
        Files.setLastModifiedTime(path, FileTime.fromMillis(built.toMillis() + 10));
    }

    private static void executable(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
