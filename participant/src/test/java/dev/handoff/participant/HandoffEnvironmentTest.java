package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read without a descriptor; {@link InheritanceTest} tries the rest in processes that inherit some. */
class HandoffEnvironmentTest {

    @Test
    void nothingSetIsAColdStartWithoutListeners() {
        HandoffEnvironment environment = found(Map.of());
        assertEquals(OptionalInt.empty(), environment.controlFd());
        assertEquals(OptionalInt.empty(), environment.heartbeatMs());
        assertEquals(OptionalInt.empty(), environment.helloMs());
        assertEquals(0, environment.listeners().count());
    }

    @Test
    void emptyValuesCountAsNone() {
        HandoffEnvironment environment = found(
                Map.of("HANDOFF_ROLE", "", "LISTEN_FDS", "", "LISTEN_PID", "", "HANDOFF_HEARTBEAT_MS", ""));
        assertEquals(OptionalInt.empty(), environment.controlFd());
    }

    @Test
    void listenersOfAnotherProcessAreNoneAndTheReasonIsSaidWhenOneIsAskedFor() {
        InheritedListeners listeners = found(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "1")).listeners();
        assertEquals(0, listeners.count());
        ParticipantEndedException refused = assertThrows(ParticipantEndedException.class,
                () -> listeners.named("main"));
        assertTrue(refused.getMessage().contains("LISTEN_PID is 1, but this process is "), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            HANDOFF_ROLE=incumbent,                                   HANDOFF_ROLE is 'incumbent'
            HANDOFF_ROLE=successor,                                   HANDOFF_SOCK_FD is missing
            HANDOFF_SOCK_FD=3,                                        HANDOFF_ROLE is not
            HANDOFF_ROLE=successor HANDOFF_SOCK_FD=x,                 HANDOFF_SOCK_FD is 'x'
            HANDOFF_ROLE=successor HANDOFF_SOCK_FD=2,                 HANDOFF_SOCK_FD is '2'
            HANDOFF_ROLE=successor HANDOFF_SOCK_FD=99999,             descriptor 99999 is not open
            HANDOFF_ROLE=successor HANDOFF_SOCK_FD=99999999999999,    HANDOFF_SOCK_FD is '99999999999999'
            LISTEN_FDS=-1,                                            LISTEN_FDS is '-1'
            LISTEN_FDS=1001,                                          LISTEN_FDS is '1001'
            LISTEN_FDS=2 LISTEN_FDNAMES=one,                          1 names for the 2 listeners
            LISTEN_FDS=1000,                                          is not open
            HANDOFF_ROLE=successor HANDOFF_SOCK_FD=3 LISTEN_FDS=1 LISTEN_PID=1, LISTEN_PID is '1'
            HANDOFF_HEARTBEAT_MS=0,                                   HANDOFF_HEARTBEAT_MS is '0'
            HANDOFF_HEARTBEAT_MS=5000,                                a number in 1..4000 was expected
            HANDOFF_HEARTBEAT_MS=1s,                                  HANDOFF_HEARTBEAT_MS is '1s'
            HANDOFF_HELLO_MS=0,                                       HANDOFF_HELLO_MS is '0'
            HANDOFF_HELLO_MS=86400001,                                a number in 1..86400000 was expected
            """)
    void wrongValuesAreRefusedWithTheVariableAndTheReason(String variables, String message) {
        Map<String, String> map = new HashMap<>();
        for (String variable : variables.split(" ", -1)) {
            map.put(variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
        }
        String reason = assertInstanceOf(HandoffEnvironment.Refused.class, HandoffEnvironment.read(map)).reason();
        // Whatever happens to be open in the test's own process at 3 and above, some descriptor up to 1002 is no socket.
        assertTrue(reason.contains(message) || (variables.equals("LISTEN_FDS=1000") && reason.contains("no socket")),
                reason);
        assertTrue(reason.startsWith("environment variable "), reason);
    }

    @Test
    void childrenAreGivenNoneOfTheVariables() {
        Map<String, String> child = new HashMap<>(Map.of("PATH", "/bin", "HANDOFF_ROLE", "successor", "LISTEN_FDS",
                "1", "LISTEN_FDNAMES", "main", "LISTEN_PID", "1", "HANDOFF_SOCK_FD", "4"));
        child.put("HANDOFF_HEARTBEAT_MS", "1000");
        child.put("HANDOFF_HELLO_MS", "5000");
        Participant.removeOwnVariables(child);
        assertEquals(Map.of("PATH", "/bin"), child);
        assertFalse(child.containsKey("HANDOFF_ROLE"));
    }

    private static HandoffEnvironment found(Map<String, String> variables) {
        return assertInstanceOf(HandoffEnvironment.Found.class, HandoffEnvironment.read(variables)).environment();
    }
}
