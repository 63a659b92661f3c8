package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.posix.Processes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftSocketsTest {

    @TempDir
    private Path dir;

    @Test
    void removesWhatAProcessThatIsGoneLeftAndNothingElse() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        assertEquals(0, gone.waitFor());
        Path left = Files.createFile(dir.resolve("sock." + gone.pid() + ".new"));
        List<String> kept = List.of("sock", "sock." + Processes.ownPid() + ".new",
                "sock." + gone.pid() + ".connections",
                "sock.x.new", "sock.new", "other." + gone.pid() + ".new");
        for (String name : kept) {
            Files.createFile(dir.resolve(name));
        }

        LeftSockets.sweep(dir.resolve("sock"), ".new");

        assertEquals(false, Files.exists(left));
        try (var files = Files.list(dir)) {
            assertEquals(kept.stream().sorted().toList(),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }
}
