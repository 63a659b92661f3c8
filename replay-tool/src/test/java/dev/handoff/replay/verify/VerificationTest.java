package dev.handoff.replay.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerificationTest {

    @TempDir
    private Path directory;

    @Test
    void aJournalOfHandoffsIsSound() {
        try (BusyCoordinator coordinator = BusyCoordinator.start(directory)) {
            coordinator.handoff().handoff(false).handoff();
        }
        Verdict verdict = Verification.of(directory);
        assertTrue(verdict.sound(), () -> String.join("\n", VerdictText.of(verdict)));
        assertEquals(3, verdict.checked().requests());
    }
}
