package dev.handoff.coordinator.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;

import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply.HandoffStatus;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ControlCodecTest {

    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final Instant SINCE = Instant.parse("2026-03-01T10:20:30.123Z");

    static List<ControlRequest> requests() {
        return List.of(new ControlRequest.Swap(Optional.empty(), Optional.empty(), Optional.empty()),
                new ControlRequest.Swap(Optional.of("kv"), Optional.of("/opt/k v/ü\"\\\n/kv"), Optional.of(ID)),
                new ControlRequest.Abort(Optional.empty()), new ControlRequest.Abort(Optional.of("kv")),
                new ControlRequest.AskStatus(), new ControlRequest.RustHandoff(Optional.empty()),
                new ControlRequest.RustHandoff(Optional.of("/opt/kv/2/kv")));
    }

    static List<ControlReply> replies() {
        return List.of(new ControlReply.Accepted(ID, "kv"),
                new SwapEnded(Optional.of(ID), "kv", SwapOutcome.COMMITTED, Optional.empty(), OptionalInt.of(12),
                        OptionalInt.of(13), Optional.of("a1"), Optional.of("b2"), OptionalLong.of(7_123_000),
                        OptionalLong.of(450_000)),
                new SwapEnded(Optional.empty(), "kv", SwapOutcome.ROLLED_BACK, Optional.of("no \"Ready\"\nat all"),
                        OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(),
                        OptionalLong.empty(), OptionalLong.empty()),
                new ControlReply.Busy("kv", ID, "awaiting_ready", SINCE), new ControlReply.Aborted(ID, "kv"),
                new ControlReply.NotAborted("kv", "none in flight"), new ControlReply.Status(7, List.of(), List.of()),
                new ControlReply.Status(7, List.of("no descriptor store"), List.of(
                        new ServiceStatus("kv", "serving", OptionalInt.of(9), Optional.of("a1"), SINCE,
                                Optional.empty(),
                                Optional.of(new LastHandoff(ID, SwapOutcome.ROLLED_BACK, Optional.of("why"), SINCE))),
                        new ServiceStatus("kv2", "handing_off", OptionalInt.empty(), Optional.empty(), SINCE,
                                Optional.of(new HandoffStatus(ID, "awaiting_seal_complete", SINCE, -5, 3, 16)),
                                Optional.empty()))),
                new ControlReply.Refused("no service \"x\""));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestSurvivesTheLine(ControlRequest request) {
        String line = ControlRequestCodec.encode(request);
        assertEquals(-1, line.indexOf('\n'), line);
        assertEquals(new Parsed.Understood<>(request), ControlRequestCodec.decode(line));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void replySurvivesTheLine(ControlReply reply) {
        String line = ControlReplyCodec.encode(reply);
        assertEquals(-1, line.indexOf('\n'), line);
        assertEquals(new Parsed.Understood<>(reply), ControlReplyCodec.decode(line));
    }

    @Test
    void swapJsonHasTheTenFieldsInOrder() {
        assertEquals("{\"handoff_id\":\"" + ID + "\",\"service\":\"kv\",\"outcome\":\"committed\",\"reason\":null,"
                + "\"old_pid\":12,\"new_pid\":13,\"old_build\":\"a1\",\"new_build\":\"b2\",\"total_ms\":7.123,"
                + "\"writer_gap_ms\":0.450}", ControlReplyCodec.json((SwapEnded) replies().get(1)));
    }

    @Test
    void statusJsonHasTheFieldsOfTheTable() {
        assertEquals("{\"coordinator_pid\":7,\"notes\":[\"no descriptor store\"],"
                + "\"services\":[{\"name\":\"kv\",\"state\":\"serving\",\"incumbent_pid\":9,"
                + "\"build\":\"a1\",\"since\":\"2026-03-01T10:20:30.123Z\",\"handoff\":null,\"last_handoff\":{\"id\":\""
                + ID
                + "\",\"outcome\":\"rolled_back\",\"reason\":\"why\",\"ended\":\"2026-03-01T10:20:30.123Z\"}},"
                + "{\"name\":\"kv2\",\"state\":\"handing_off\",\"incumbent_pid\":null,\"build\":null,"
                + "\"since\":\"2026-03-01T10:20:30.123Z\",\"handoff\":{\"id\":\"" + ID
                + "\",\"phase\":\"awaiting_seal_complete\",\"since\":\"2026-03-01T10:20:30.123Z\","
                + "\"deadline_left_ms\":-5,\"shards_sealed\":3,\"shards_total\":16},\"last_handoff\":null}]}",
                ControlReplyCodec.json((ControlReply.Status) replies().get(7)));
    }

    @Test
    void rustClientReadsItsOwnWords() {
        assertEquals("ok: handoff_id=" + ID + " committed=true abort_reason=None",
                ControlReplyCodec.encodeRust(replies().get(1)));
        assertEquals("ok: handoff_id=none committed=false abort_reason=Some(\"no \\\"Ready\\\"\\nat all\")",
                ControlReplyCodec.encodeRust(replies().get(2)));
        assertEquals("err: handoff " + ID + " of kv is in flight (awaiting_ready since 2026-03-01T10:20:30.123Z)",
                ControlReplyCodec.encodeRust(replies().get(3)));
        assertEquals("err: a b", ControlReplyCodec.encodeRust(new ControlReply.Refused("a\n\tb")));
        assertThrows(IllegalArgumentException.class, () -> ControlReplyCodec.encodeRust(replies().getFirst()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"``|empty command",
        "frobnicate now|unknown command 'frobnicate'",
        "{}|\"op\" is missing", "{\"op\":7}|\"op\" must be a string",
        "{\"op\":\"dance\"}|unknown op \"dance\"; known are swap, abort, status",
        "{\"op\":\"a\\nb\"}|unknown op \"a b\"; known are swap, abort, status",
        "{\"op\":\"swap\",\"binary\":[]}|\"binary\" must be a string",
        "{\"op\":\"swap\",\"handoff_id\":\"7\"}|\"handoff_id\" must be a UUID",
        "{\"op\":\"swap\",\"handoff_id\":\"00000000-0000-0000-0000-000000000000\"}|\"handoff_id\" must not be all zeros, which"
                + " stands for no handoff",
        "{\"op\":\"status\"} trailing|not a JSON object: Unrecognized token 'trailing': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"})
    void saysWhatItDoesNotUnderstand(String line, String reason) {
        assertEquals(new Parsed.NotUnderstood<>(reason), ControlRequestCodec.decode(line));
    }

    @Test
    void rustLineIgnoresWhatFollowsTheBinary() {
        assertEquals(new Parsed.Understood<>(new ControlRequest.RustHandoff(Optional.of("/bin/kv"))),
                ControlRequestCodec.decode("  handoff \t /bin/kv  again\r"));
    }

    @Test
    void fieldsOfALaterVersionAreIgnored() {
        assertEquals(new Parsed.Understood<>(new ControlRequest.AskStatus()),
                ControlRequestCodec.decode("{\"op\":\"status\",\"since_version\":9,\"more\":{\"a\":[1]}}"));
    }

    /** A damaged line is understood or not, and nothing else happens. */
    @Test
    void damageNeverThrows() {
        SplittableRandom random = new SplittableRandom(20260301);
        List<String> lines = replies().stream().map(ControlReplyCodec::encode).toList();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = lines.get(random.nextInt(lines.size())).getBytes(StandardCharsets.UTF_8);
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            String damaged = new String(bytes, 0, random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length,
                    StandardCharsets.UTF_8);
            if (ControlReplyCodec.decode(damaged) instanceof Parsed.NotUnderstood<ControlReply> no) {
                assertEquals(1, no.reason().lines().count(), no.reason());
                refused++;
            }
            ControlRequestCodec.decode(damaged);
        }
        assertTrue(refused > 5_000, "damage was mostly harmless: " + refused);
    }

    @Test
    void linesComeOutHoweverTheBytesAreCut() {
        byte[] bytes = "one\n\nthree ü\nrest".getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            LineBuffer buffer = new LineBuffer(20);
            List<String> lines = new ArrayList<>(buffer.append(bytes, 0, cut));
            lines.addAll(buffer.append(bytes, cut, bytes.length - cut));
            assertEquals(List.of("one", "", "three ü"), lines);
            assertEquals("rest", buffer.rest());
        }
    }

    @Test
    void endlessLineIsBounded() {
        LineBuffer buffer = new LineBuffer(10);
        byte[] bytes = "0123456789\n0123456789".getBytes(StandardCharsets.UTF_8);
        assertEquals(List.of("0123456789"), buffer.append(bytes, 0, bytes.length));
        assertFalse(buffer.overflowed());
        assertEquals(List.of(), buffer.append(bytes, 0, bytes.length));
        assertTrue(buffer.overflowed());
        assertEquals(List.of(), buffer.append(bytes, 0, bytes.length));
    }
}
