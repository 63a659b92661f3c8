package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.FutureTask;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.HandoffStatus;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.SwapOutcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** swap, status and abort against a server on a real Unix socket, deeper than {@code sun_path} is long. */
class ControlCommandsTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final Instant SINCE = Instant.parse("2026-03-01T10:20:30.123Z");
    private static final String ACCEPTED = line(new Accepted(ID, "kv"));
    private static final SwapEnded COMMITTED = new SwapEnded(Optional.of(ID), "kv", SwapOutcome.COMMITTED,
            Optional.empty(), OptionalInt.of(12), OptionalInt.of(13), Optional.of("a1"),
            Optional.of("0123456789abcdef"),
            OptionalLong.of(7_123_000), OptionalLong.of(450_000));
    private static final SwapEnded ROLLED_BACK = new SwapEnded(Optional.of(ID), "kv", SwapOutcome.ROLLED_BACK,
            Optional.of("no Ready by the deadline"), OptionalInt.of(12), OptionalInt.of(13), Optional.of("a1"),
            Optional.empty(), OptionalLong.of(60_000_000_000L), OptionalLong.empty());

    /** A request for a swap, without the id that its client has made up. */
    private static String withoutId(String request) {
        String without = request.replaceFirst(",\"handoff_id\":\"[0-9a-f]{8}-[0-9a-f-]{27}\"", "");
        assertNotEquals(request, without);
        return without;
    }

    @TempDir
    private Path directory;
    private Path socket;
    private Path config;

    @BeforeEach
    void writeConfig() throws IOException {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(150)));
        socket = deep.resolve("trigger.sock");
        config = Files.writeString(deep.resolve("kv.toml"), "trigger_socket = \"trigger.sock\"\n");
    }

    @Test
    void committedSwapExitsZero() throws InterruptedException {
        try (var coordinator = ScriptedCoordinator.answering(socket, ACCEPTED, line(COMMITTED))) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            assertEquals("{\"op\":\"swap\"}", withoutId(coordinator.request()));
            assertEquals(0, run.exit());
            assertEquals("kv: committed in 7.1 ms, writer gap 450 µs: pid 12 -> 13, build a1 -> 0123456789ab\n",
                    run.out());
            assertEquals("", run.err());
        }
    }

    @Test
    void swapNamesServiceAndBinaryAbsolutely() throws InterruptedException {
        try (var coordinator = ScriptedCoordinator.answering(socket, line(COMMITTED))) {
            CommandRun.of("swap", "kv", "--binary", "build/../kv 2", "--config", config.toString());
            assertEquals("{\"op\":\"swap\",\"service\":\"kv\",\"binary\":\"" + Path.of("kv 2").toAbsolutePath() + "\"}",
                    withoutId(coordinator.request()));
        }
    }

    @Test
    void swapPrintsTheTenFieldsAsJson() {
        try (var _ = ScriptedCoordinator.answering(socket, ACCEPTED, line(COMMITTED))) {
            CommandRun run = CommandRun.of("swap", "--json", "--config", config.toString());
            assertEquals(0, run.exit());
            assertEquals("{\"handoff_id\":\"" + ID + "\",\"service\":\"kv\",\"outcome\":\"committed\",\"reason\":null,"
                    + "\"old_pid\":12,\"new_pid\":13,\"old_build\":\"a1\",\"new_build\":\"0123456789abcdef\","
                    + "\"total_ms\":7.123,\"writer_gap_ms\":0.450}\n", run.out());
        }
    }

    @Test
    void rolledBackSwapExitsTen() {
        try (var _ = ScriptedCoordinator.answering(socket, ACCEPTED, line(ROLLED_BACK))) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            assertEquals(10, run.exit());
            assertEquals("kv: rolled back after 60.0 s: no Ready by the deadline; pid 12 serves on (handoff " + ID
                    + ")\n", run.out());
        }
    }

    @Test
    void busySwapExitsElevenAndSaysWithWhat() {
        String busy = line(new ControlReply.Busy("kv", ID, "awaiting_ready", SINCE));
        try (var _ = ScriptedCoordinator.answering(socket, busy)) {
            CommandRun run = CommandRun.of("swap", "--json", "--config", config.toString());
            assertEquals(11, run.exit());
            assertEquals("kv: busy, handoff " + ID + " is in flight (awaiting_ready since 2026-03-01T10:20:30.123Z);"
                    + " wait for it, or roll it back with 'handoff abort'\n", run.err());
            assertTrue(run.out().startsWith("{\"handoff_id\":\"" + ID + "\",\"service\":\"kv\",\"outcome\":\"busy\","),
                    run.out());
        }
    }

    @Test
    void swapFollowsItsHandoffToTheNextCoordinator() throws InterruptedException {
        ServiceStatus inFlight = new ServiceStatus("kv", "handoff", OptionalInt.of(12), Optional.of("a1"), SINCE,
                Optional.of(new HandoffStatus(ID, "awaiting_ready", SINCE, 5_000, 0, 0)), Optional.empty());
        try (var coordinator = ScriptedCoordinator.inTurn(socket, ACCEPTED,
                line(new ControlReply.Status(8, List.of(), List.of(inFlight))),
                line(new ControlReply.Status(8, List.of(), List.of(served(ID, SwapOutcome.COMMITTED)))))) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            assertEquals("{\"op\":\"swap\"}", withoutId(coordinator.request()));
            assertEquals("{\"op\":\"status\"}", coordinator.request());
            assertEquals("{\"op\":\"status\"}", coordinator.request());
            assertEquals("kv: the coordinator was restarted (pid 8) and has gone on with handoff " + ID + "\n",
                    run.err());
            assertEquals("kv: committed: pid ? -> 13, build ? -> b2\n", run.out());
            assertEquals(0, run.exit());
        }
    }

    @Test
    void swapAsksAgainUnderTheSameIdWhatTheNextCoordinatorHasNotHeardOf() throws InterruptedException {
        try (var coordinator = ScriptedCoordinator.inTurn(socket, "",
                line(new ControlReply.Status(8, List.of(), List.of(served(ID, SwapOutcome.COMMITTED)))),
                ACCEPTED + line(COMMITTED))) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            String asked = coordinator.request();
            assertEquals("{\"op\":\"status\"}", coordinator.request());
            assertEquals(asked, coordinator.request());
            assertEquals("{\"op\":\"swap\"}", withoutId(asked));
            assertEquals("", run.err());
            assertEquals(0, run.exit());
        }
    }

    @Test
    void swapThatIsAskedForAgainFindsAnotherInFlight() throws InterruptedException {
        try (var _ = ScriptedCoordinator.inTurn(socket, "", line(new ControlReply.Status(8, List.of(), List.of())),
                line(new ControlReply.Busy("kv", ID, "awaiting_ready", SINCE)))) {
            assertEquals(11, CommandRun.of("swap", "--config", config.toString()).exit());
        }
    }

    @Test
    void swapTellsThatTheNextCoordinatorRolledBack() {
        try (var _ = ScriptedCoordinator.inTurn(socket, ACCEPTED,
                line(new ControlReply.Status(8, List.of(), List.of(served(ID, SwapOutcome.ROLLED_BACK)))))) {
            CommandRun run = CommandRun.of("swap", "--json", "--config", config.toString());
            assertEquals(10, run.exit());
            assertTrue(run.out().startsWith("{\"handoff_id\":\"" + ID + "\",\"service\":\"kv\",\"outcome\":"
                    + "\"rolled_back\",\"reason\":\"why\",\"old_pid\":13,\"new_pid\":null,"), run.out());
        }
    }

    @Test
    void swapIsIndeterminateWhenTheNextCoordinatorKnowsOnlyOfAnotherHandoff() {
        HandoffId other = HandoffId.parse("1b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
        try (var _ = ScriptedCoordinator.inTurn(socket, ACCEPTED,
                line(new ControlReply.Status(8, List.of(), List.of(served(other, SwapOutcome.COMMITTED)))))) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            assertEquals(12, run.exit());
            assertTrue(run.err().contains("has had another handoff since"), run.err());
        }
    }

    @Test
    void swapIsIndeterminateWhenNoCoordinatorIsBackInTime() {
        try (var _ = ScriptedCoordinator.answering(socket, ACCEPTED)) {
            CommandRun run = CommandRun.of("swap", "--timeout", "0", "--json", "--config", config.toString());
            assertEquals(12, run.exit());
            assertTrue(run.err().startsWith("handoff swap: the coordinator was reached, but it went away, and no"
                    + " coordinator has answered for "), run.err());
            assertTrue(run.err().endsWith("; how handoff " + ID
                    + " ends is not known here: ask 'handoff status'\n"), run.err());
            assertTrue(run.out().startsWith("{\"handoff_id\":\"" + ID + "\",\"service\":\"kv\",\"outcome\":"
                    + "\"indeterminate\",\"reason\":\"no word of the end: it went away, and no"), run.out());
        }
    }

    @Test
    void swapIsIndeterminateWhenTheLastWordIsCutOff() {
        String cut = line(COMMITTED).substring(0, 40);
        try (var _ = ScriptedCoordinator.answering(socket, ACCEPTED, cut)) {
            assertEquals(12, CommandRun.of("swap", "--timeout", "0", "--config", config.toString()).exit());
        }
    }

    @Test
    void swapIsIndeterminateWhenTheAnswerMakesNoSense() {
        try (var _ = ScriptedCoordinator.answering(socket, "HTTP/1.1 400 Bad Request\r\n\r\n")) {
            CommandRun run = CommandRun.of("swap", "--config", config.toString());
            assertEquals(12, run.exit());
            assertEquals(1, run.err().lines().count(), run.err());
        }
    }

    @Test
    void repliesAreReadHoweverTheyAreCut() {
        String all = ACCEPTED + line(COMMITTED);
        String[] bytes = all.split("", -1);
        try (var _ = ScriptedCoordinator.answering(socket, bytes)) {
            assertEquals(0, CommandRun.of("swap", "--config", config.toString()).exit());
        }
    }

    @Test
    void refusedSwapExitsTwo() {
        String refused = line(new ControlReply.Refused("no service \"x\"; there are kv, kv2"));
        try (var _ = ScriptedCoordinator.answering(socket, refused)) {
            CommandRun run = CommandRun.of("swap", "x", "--config", config.toString());
            assertEquals(2, run.exit());
            assertEquals("handoff swap: no service \"x\"; there are kv, kv2\n", run.err());
        }
    }

    @Test
    void everyCommandExitsThreeWithoutACoordinator() throws IOException {
        for (String command : List.of("swap", "status", "abort")) {
            CommandRun absent = CommandRun.of(command, "--config", config.toString());
            assertEquals(3, absent.exit());
            assertTrue(absent.err().startsWith("handoff " + command + ": no coordinator: there is no socket " + socket),
                    absent.err());
        }
        ScriptedCoordinator.answering(socket).close();
        assertTrue(Files.exists(socket));
        CommandRun dead = CommandRun.of("status", "--config", config.toString());
        assertEquals(3, dead.exit());
        assertTrue(dead.err().startsWith("handoff status: no coordinator: nobody listens at " + socket), dead.err());
        Files.delete(socket);
    }

    @Test
    void swapWaitsForACoordinatorThatIsStartedAgain() throws Exception {
        ScriptedCoordinator.answering(socket).close();
        var swap = new FutureTask<>(() -> CommandRun.of("swap", "--config", config.toString()));
        Thread thread = Thread.ofPlatform().start(swap);
        while (!swap.isDone() && Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getMethodName().equals("parkNanos"))) {
            Thread.onSpinWait();
        }
        assertFalse(swap.isDone());
        Files.delete(socket);
        try (var _ = ScriptedCoordinator.answering(socket, ACCEPTED, line(COMMITTED))) {
            assertEquals(0, swap.get().exit());
        }
    }

    @Test
    void swapThatMayNotWaitExitsThreeAtOnce() {
        ScriptedCoordinator.answering(socket).close();
        CommandRun run = CommandRun.of("swap", "--timeout", "0", "--config", config.toString());
        assertEquals(3, run.exit());
        assertTrue(run.err().startsWith("handoff swap: no coordinator: nobody listens at " + socket), run.err());
    }

    @Test
    void statusExitsThreeWhenTheCoordinatorGoesAwaySilently() {
        try (var _ = ScriptedCoordinator.answering(socket)) {
            CommandRun run = CommandRun.of("status", "--config", config.toString());
            assertEquals(3, run.exit());
            assertEquals("handoff status: no coordinator answers at " + socket + ": it went away\n", run.err());
        }
    }

    @Test
    void statusPrintsWhatTheTableSaysAsJson() {
        ControlReply.Status status = status();
        try (var _ = ScriptedCoordinator.answering(socket, line(status))) {
            CommandRun run = CommandRun.of("status", "--json", "--config", config.toString());
            assertEquals(0, run.exit());
            assertEquals(ControlReplyCodec.json(status) + "\n", run.out());
        }
    }

    @Test
    void statusTableIsAligned() {
        assertEquals("""
                coordinator: pid 7
                no descriptor store
                SERVICE  STATE        FOR     PID  BUILD         HANDOFF%s LAST HANDOFF
                kv       serving      10.0 s  9    0123456789ab  -%s %s rolled back 10.0 s ago
                kv-two   handing_off  9.5 s   -    -             %s awaiting_seal_complete for 9.5 s, \
                59.9 s left, 3 of 16 shards sealed  -
                """.formatted(" ".repeat(99), " ".repeat(105), ID, ID),
                StatusCommand.table(status(), SINCE.plusSeconds(10)));
    }

    @Test
    void abortExitsZeroOnceRolledBack() throws InterruptedException {
        try (var coordinator = ScriptedCoordinator.answering(socket, line(new ControlReply.Aborted(ID, "kv")))) {
            CommandRun run = CommandRun.of("abort", "kv", "--config", config.toString());
            assertEquals("{\"op\":\"abort\",\"service\":\"kv\"}", coordinator.request());
            assertEquals(0, run.exit());
            assertEquals("kv: handoff " + ID + " is rolled back, the old process serves on\n", run.out());
        }
    }

    @Test
    void abortExitsElevenWhenNothingCanBeAborted() {
        String none = line(new ControlReply.NotAborted("kv", "no handoff is in flight"));
        try (var _ = ScriptedCoordinator.answering(socket, none)) {
            CommandRun run = CommandRun.of("abort", "--config", config.toString());
            assertEquals(11, run.exit());
            assertEquals("kv: nothing rolled back: no handoff is in flight\n", run.err());
        }
    }

    @Test
    void mistakesInTheConfigurationExitTwo() throws IOException {
        Path empty = Files.writeString(config.resolveSibling("empty.toml"), "");
        CommandRun run = CommandRun.of("swap", "--config", empty.toString());
        assertEquals(2, run.exit());
        assertEquals(empty + ":1:1: trigger_socket is missing: expected the path of the socket where commands reach the"
                + " coordinator\n", run.err());
        CommandRun missing = CommandRun.of("status", "--config", "/nowhere/kv.toml");
        assertEquals(2, missing.exit());
        assertEquals("/nowhere/kv.toml: no such file\n", missing.err());
    }

    @Test
    void everyCommandsHelpHasExamples() {
        for (String command : HandoffCommand.commandLine().getSubcommands().keySet()) {
            CommandRun run = CommandRun.of(command, "--help");
            assertEquals(0, run.exit());
            if (HandoffCommand.commandLine().getSubcommands().get(command).getSubcommands().isEmpty()) {
                assertTrue(run.out().contains("Examples:"), command);
            }
        }
    }

    private static ServiceStatus served(HandoffId last, SwapOutcome outcome) {
        return new ServiceStatus("kv", "serving", OptionalInt.of(13), Optional.of("b2"), SINCE, Optional.empty(),
                Optional.of(new LastHandoff(last, outcome, Optional.of("why"), SINCE)));
    }

    private static ControlReply.Status status() {
        return new ControlReply.Status(7, List.of("no descriptor store"),
                List.of(new ServiceStatus("kv", "serving", OptionalInt.of(9), Optional.of("0123456789abcdef"), SINCE,
                        Optional.empty(),
                        Optional.of(new LastHandoff(ID, SwapOutcome.ROLLED_BACK, Optional.of("why"), SINCE))),
                        new ServiceStatus("kv-two", "handing_off", OptionalInt.empty(), Optional.empty(),
                                SINCE.plusMillis(500), Optional.of(new HandoffStatus(ID, "awaiting_seal_complete",
                                        SINCE.plusMillis(500), 59_900, 3, 16)),
                                Optional.empty())));
    }

    private static String line(ControlReply reply) {
        return ControlReplyCodec.encode(reply) + "\n";
    }
}
