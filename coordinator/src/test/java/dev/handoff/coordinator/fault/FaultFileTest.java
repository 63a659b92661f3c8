package dev.handoff.coordinator.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.handoff.coordinator.fault.Fault.Act;
import dev.handoff.coordinator.fault.Fault.Victim;
import dev.handoff.coordinator.fault.Step.Moment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultFileTest {

    private static final Fault KILL = new Fault(Act.KILL, Victim.COORDINATOR,
            new Step("MessageSending.SealRequest", Moment.AFTER));
    private static final Fault STOP = new Fault(Act.STOP, Victim.SUCCESSOR,
            new Step("Effect.SpawnSuccessor", Moment.BEFORE));

    @TempDir
    private Path directory;

    @Test
    void aFaultReadsAsItIsWritten() {
        assertEquals("kill coordinator MessageSending.SealRequest.after", KILL.toString());
        assertEquals("stop successor Effect.SpawnSuccessor.before", STOP.toString());
        for (Fault fault : List.of(KILL, STOP)) {
            assertEquals(Optional.of(fault), Fault.parse(fault.toString()));
        }
    }

    @Test
    void whatIsNoFaultIsNotTakenForOne() {
        for (String text : List.of("", "kill", "kill coordinator", "kill nobody LockSeen.after",
                "maim coordinator LockSeen.after", "kill coordinator LockSeen", "kill coordinator .after",
                "kill coordinator LockSeen.after twice")) {
            assertEquals(Optional.empty(), Fault.parse(text), text);
        }
    }

    @Test
    void eachFaultIsTakenOnceInTheirOrder() {
        FaultFile file = new FaultFile(directory.resolve("faults"));
        assertEquals(Optional.empty(), file.next());
        file.write(List.of(KILL, STOP));
        assertEquals(Optional.of(KILL), file.next());
        file.take();
        assertEquals(Optional.of(STOP), file.next());
        file.take();
        assertEquals(List.of(), file.read());
        assertEquals(List.of(KILL, STOP), file.struck().stream().map(FaultFile.Struck::fault).toList());
        assertFalse(Files.exists(file.path()));
    }

    @Test
    void aLineThatIsNoFaultIsNotPassedOver() throws IOException {
        FaultFile file = new FaultFile(Files.writeString(directory.resolve("faults"), "kill everybody now\n"));
        assertTrue(assertThrows(IllegalStateException.class, file::read).getMessage().contains("kill everybody now"));
    }
}
