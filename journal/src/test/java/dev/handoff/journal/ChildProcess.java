package dev.handoff.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.agrona.concurrent.UnsafeBuffer;

/** A JVM of its own that does something with a journal: what a test cannot do to itself. */
final class ChildProcess {

    private ChildProcess() {}

    /** Starts {@code main} below with these arguments, under the same JVM flags as this test. */
    static Process start(List<String> before, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : List.of("jdk.internal.ref", "jdk.internal.util", "jdk.internal.misc")) {
            command.add("--add-exports=java.base/" + flag + "=ALL-UNNAMED");
        }
        command.add("--add-opens=java.base/java.lang.reflect=ALL-UNNAMED");
        command.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(ChildProcess.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    static JournalOptions options(Path directory) {
        return JournalOptions.of(directory).withBlockBytes(1 << 20).withPopulateAheadBytes(256 << 10);
    }

    /** Prints what came of it, one line each. */
    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "append" -> append(directory);
            case "open" -> open(directory);
            case "hold" -> hold(directory);
            case "read" -> read(directory);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Appends for ever, and acknowledges every record on stdout by its sequence. */
    private static void append(Path directory) {
        try (Journal journal = JournalDirectory.open(options(directory)).journalOrThrow()) {
            byte[] line = new byte[Long.BYTES];
            UnsafeBuffer acknowledgement = new UnsafeBuffer(line);
            UnsafeBuffer payload = new UnsafeBuffer(new byte[300]);
            while (true) {
                payload.putLong(0, journal.lastSequence());
                long sequence = journal.append(1, 0, 0, payload, 0, (int) (journal.lastSequence() % 293) + Long.BYTES);
                acknowledgement.putLong(0, sequence);
                System.out.write(line, 0, line.length);
                if (sequence % 64 == 0) {
                    System.out.flush();
                }
            }
        }
    }

    private static void open(Path directory) {
        switch (JournalDirectory.open(options(directory))) {
            case OpenOutcome.Opened opened -> {
                System.out.println("opened " + opened.found());
                opened.journal().close();
            }
            case OpenOutcome.Refused refused ->
                System.out.println(refused.failure().reason() + " " + refused.failure().getMessage());
        }
    }

    /** Opens, appends one record, says so, and keeps it open until killed. */
    private static void hold(Path directory) {
        Journal journal = JournalDirectory.open(options(directory)).journalOrThrow();
        journal.append(1, 0, 0, new UnsafeBuffer("held".getBytes(StandardCharsets.UTF_8)), 0, 4);
        System.out.println("held");
        System.out.flush();
        while (journal.lastSequence() > 0) {
            LockSupport.park();
        }
    }

    private static void read(Path directory) {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            System.out.println(reader.replay(_ -> true));
        } catch (JournalFailure e) {
            System.out.println(e.reason() + " " + e.getMessage());
        }
    }
}
