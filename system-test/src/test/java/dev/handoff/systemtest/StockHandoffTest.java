package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;

import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our coordinator over stock daemons, as real processes: the rows of the protocol page's failure table. */
class StockHandoffTest {

    @TempDir
    private Path directory;

    @Test
    void swapsAStockDaemonAndLosesNothing() throws Exception {
        try (Rig rig = Rig.ofStock(directory, "")) {
            int before = rig.awaitServing(0);
            assertEquals("OK 1", rig.line("APPEND one"));
            ControlReply.SwapEnded swap = rig.swap(Rig.stockBinary(directory, "second"));
            assertEquals(SwapOutcome.COMMITTED, swap.outcome(), swap.toString());
            rig.assertEnded(swap, Outcome.COMMITTED);
            assertEquals("one", rig.line("GET 1"));
            assertEquals("OK 2", rig.line("APPEND two"));
            int after = rig.awaitServing(before);
            assertNotEquals(before, after);
            assertEquals(Integer.toString(after), rig.line("PID"));
        }
    }
}
