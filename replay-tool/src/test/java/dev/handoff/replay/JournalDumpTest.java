package dev.handoff.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalDumpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HandoffId ID = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    private static final long T0 = 1_795_380_000_123_456_789L;
    private static final Set<String> COMMON = Set.of("seq", "time", "epoch", "kind", "service", "handoff_id", "peer",
            "direction", "message");

    @TempDir
    private Path directory;

    private static Stamp at(long plusNs) {
        return new Stamp(T0 + plusNs, 1, ID);
    }

    private static Stamp coordinator(long plusNs) {
        return Stamp.ofCoordinator(T0 + plusNs);
    }

    private static Event configured(String name) {
        return new Event.ServiceConfigured(new Stamp(T0, 1, HandoffId.NONE), name, "/opt/kv", ServicePolicy.DEFAULT,
                false);
    }

    private static Event prepare(long plusNs) {
        return new Event.MessageSending(at(plusNs), 1, Side.INCUMBENT,
                new Message.PrepareHandoff(ID, 77, 60_000, 25_000));
    }

    private static Event drained(long plusNs) {
        return new Event.MessageReceived(at(plusNs), 1, Side.INCUMBENT, 30, 1, new Message.Drained(2, true));
    }

    /** One of each kind, in no sensible order. */
    private static List<Event> oneOfEach() {
        return List.of(new Event.CoordinatorStarted(coordinator(0), 42, "0.1.0", "boot"), configured("kv"),
                new Event.SwapRequested(at(1), 5, 1000, 43, "", "ab"), new Event.AbortRequested(at(2), 6, 1000, 43),
                new Event.BinaryResolved(at(3), "/opt/kv", 8, 9, Fingerprint.of(new byte[32])),
                new Event.BinaryRejected(at(4), "not there"), new Event.SpawnOrdered(at(5), Side.SUCCESSOR, "/opt/kv"),
                new Event.Spawned(at(6), Side.SUCCESSOR, 77, 12345),
                new Event.SpawnFailed(at(7), Side.INCUMBENT, 2, "no"),
                new Event.ProcessExited(at(8), 77, new ExitStatus.Signaled(9)),
                new Event.SessionConnected(at(9), 1, 76),
                new Event.ConnectFailed(at(10), 2, 111, "refused"), prepare(11), drained(12),
                new Event.FragmentReceived(at(13), 1, Side.INCUMBENT, 50, Bytes.of(new byte[]{1, 2})),
                new Event.FrameRejected(at(14), 1, Side.SUCCESSOR, 60, "Codec", "odd", Bytes.of(new byte[]{3})),
                new Event.SessionClosed(at(15), 1, Side.SUCCESSOR, "end of stream"),
                new Event.TimerFired(at(16), TimerKind.DRAIN, T0), new Event.FencePassed(at(17), 1),
                new Event.LockSeen(at(18), 77), new Event.GateJudged(at(19), Gate.REVISION, Verdict.PASSED, "16 of 16"),
                new Event.HandoffEnded(at(20), Outcome.COMMITTED, ""),
                new Event.StopRequested(coordinator(21), "SIGTERM"),
                new Event.CoordinatorRestarted(coordinator(22), 43, "0.1.0", "boot", "",
                        List.of(new Found(1, List.of(1L), List.of(77L), 0, 0, 78, 5))));
    }

    private void write(List<Event> events) {
        try (SampleJournal journal = SampleJournal.create(directory)) {
            journal.append(events.toArray(Event[]::new));
        }
    }

    private record Dump(List<String> lines, JournalDump.Printed printed) {}

    private static Dump dump(Path from, JournalDump.Format format) {
        List<String> lines = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(from)) {
            JournalDump.Printed printed = JournalDump.print(reader, format, lines::add);
            return new Dump(lines, printed);
        }
    }

    private List<JsonNode> json() throws JsonProcessingException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : dump(directory, JournalDump.Format.JSON).lines()) {
            nodes.add(JSON.readTree(line));
        }
        return nodes;
    }

    private static JsonNode ofKind(List<JsonNode> nodes, String kind) {
        return nodes.stream().filter(node -> node.get("kind").asText().equals(kind)).findFirst().orElseThrow();
    }

    @Test
    void everyObjectHasTheCommonFieldsFirst() throws JsonProcessingException {
        write(oneOfEach());
        Set<String> kinds = new HashSet<>();
        long sequence = 0;
        for (JsonNode node : json()) {
            sequence++;
            List<String> fields = node.propertyStream().map(Map.Entry::getKey).toList();
            assertEquals(COMMON, Set.copyOf(fields.subList(0, COMMON.size())), node.toString());
            assertEquals(sequence, node.get("seq").asLong());
            kinds.add(node.get("kind").asText());
        }
        Set<String> expected = new HashSet<>(Arrays.stream(EventKind.values()).map(EventKind::eventName).toList());
        expected.add("Snapshot");
        assertEquals(expected, kinds);
    }

    @Test
    void messagesHaveTheShapeOfTheVectors() throws JsonProcessingException {
        write(oneOfEach());
        JsonNode received = ofKind(json(), "MessageReceived");
        assertEquals("2026-11-22T20:40:00.123456801Z", received.get("time").asText());
        assertEquals("kv", received.get("service").asText());
        assertEquals(ID.toString(), received.get("handoff_id").asText());
        assertEquals("incumbent", received.get("peer").asText());
        assertEquals("inbound", received.get("direction").asText());
        assertEquals(MessageJson.toJson(new Message.Drained(2, true)).toString(), received.get("message").toString());
        JsonNode sending = ofKind(json(), "MessageSending");
        assertEquals("outbound", sending.get("direction").asText());
        assertEquals("PrepareHandoff", sending.get("message").get("variant").asText());
    }

    @Test
    void whatElseAKindHasFollows() throws JsonProcessingException {
        write(oneOfEach());
        List<JsonNode> nodes = json();
        assertEquals("drain", ofKind(nodes, "TimerFired").get("timer").asText());
        assertEquals(9, ofKind(nodes, "ProcessExited").get("signal").asInt());
        assertEquals("committed", ofKind(nodes, "HandoffEnded").get("outcome").asText());
        assertTrue(ofKind(nodes, "HandoffEnded").get("reason").isNull());
        assertTrue(ofKind(nodes, "CoordinatorStarted").get("service").isNull());
        assertTrue(ofKind(nodes, "CoordinatorStarted").get("handoff_id").isNull());
        assertEquals(25_000, ofKind(nodes, "ServiceConfigured").get("policy").get("drain_grace_ms").asLong());
        assertEquals("0102", ofKind(nodes, "FragmentReceived").get("bytes").asText());
    }

    @Test
    void textLinesTellWhoSaidWhat() {
        write(List.of(configured("kv"), prepare(11), drained(12)));
        List<String> lines = dump(directory, JournalDump.Format.TEXT).lines();
        assertEquals("      3  2026-11-22T20:40:00.123456800Z  1  MessageSending      kv  0b51cbd2  to incumbent"
                + "  PrepareHandoff successor_pid=77 deadline_ms=60000 drain_grace_ms=25000  session=1", lines.get(2));
        assertEquals("      4  2026-11-22T20:40:00.123456801Z  1  MessageReceived     kv  0b51cbd2  from incumbent"
                + "  Drained open_conns_remaining=2 accept_closed=true  session=1 stream_offset=30 proto_version=1",
                lines.get(3));
    }

    @Test
    void whatADaemonSaysCannotBreakALineOrATerminal() {
        write(List.of(configured("kv"), new Event.MessageReceived(at(1), 1, Side.INCUMBENT, 0, 1,
                new Message.SealFailed(ID, "a\nb\u001b[31m \"c\" \u202edlrow", "x".repeat(5000)))));
        String line = dump(directory, JournalDump.Format.TEXT).lines().get(2);
        assertTrue(line.contains("error=\"a\\u{a}b\\u{1b}[31m \\\"c\\\" \\u{202e}dlrow\""), line);
        assertTrue(line.length() < 1000, "a long value is cut short");
        assertTrue(line.codePoints().noneMatch(Character::isISOControl), line);
    }

    @Test
    void anUnconfiguredServiceShowsItsNumber() throws JsonProcessingException {
        write(List.of(prepare(1), configured("kv"), drained(2)));
        List<JsonNode> nodes = json();
        assertEquals("#1", nodes.get(1).get("service").asText());
        assertEquals("kv", nodes.get(3).get("service").asText());
    }

    @Test
    void readsALiveJournalWithoutDisturbingIt() {
        try (SampleJournal journal = SampleJournal.create(directory)) {
            journal.append(configured("kv"), prepare(1));
            Dump first = dump(directory, JournalDump.Format.TEXT);
            assertEquals(3, first.lines().size());
            assertTrue(first.printed().sound(), first.printed().toString());
            journal.append(drained(2));
            Dump second = dump(directory, JournalDump.Format.TEXT);
            assertEquals(4, second.lines().size());
            assertEquals(first.lines(), second.lines().subList(0, 3));
        }
    }

    @Test
    void readsACopy(@TempDir Path elsewhere) throws IOException {
        write(oneOfEach());
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, elsewhere.resolve(file.getFileName()));
            }
        }
        Dump original = dump(directory, JournalDump.Format.JSON);
        Dump copy = dump(elsewhere, JournalDump.Format.JSON);
        assertEquals(original.lines(), copy.lines());
        assertTrue(copy.printed().sound());
    }

    @Test
    void damageIsShownInItsPlace() throws IOException {
        write(List.of(configured("first"), configured("needle"), configured("last")));
        flipByteAfter("needle");
        Dump dump = dump(directory, JournalDump.Format.TEXT);
        assertFalse(dump.printed().sound());
        assertEquals(4, dump.lines().size(), dump.lines().toString());
        assertTrue(dump.lines().get(1).contains("first"), dump.lines().toString());
        assertTrue(dump.lines().get(2).startsWith("!!!!!!!  Damaged: record 3 lost"), dump.lines().toString());
        assertTrue(dump.lines().get(3).contains("last"), dump.lines().toString());
        JsonNode damage = ofKind(json(), "Damaged");
        assertEquals("lost", damage.get("damage").asText());
        assertEquals(3, damage.get("from_seq").asInt());
        assertEquals(3, damage.get("to_seq").asInt());
        assertTrue(damage.get("seq").isNull());
    }

    @Test
    void aForgedRecordIsShownAndCounts() {
        try (SampleJournal journal = SampleJournal.create(directory)) {
            journal.append(configured("kv"), drained(1));
            journal.appendRaw(EventKind.TIMER_FIRED.number(), T0 + 2, 3);
            journal.appendRaw(120, T0 + 3, 3);
        }
        Dump dump = dump(directory, JournalDump.Format.TEXT);
        assertEquals(2, dump.printed().notUnderstood());
        assertFalse(dump.printed().sound());
        assertEquals(5, dump.printed().records());
        assertTrue(dump.lines().get(3).contains("NotUnderstood"), dump.lines().get(3));
    }

    private List<Long> sequences(EntryFilter filter) {
        List<String> lines = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            JournalDump.Printed printed = JournalDump.print(reader, JournalDump.Format.JSON, filter, lines::add);
            assertEquals(lines.size(), printed.printed());
        }
        return lines.stream().map(line -> {
            try {
                return JSON.readTree(line).get("seq").asLong();
            } catch (JsonProcessingException e) {
                throw new AssertionError(line, e);
            }
        }).toList();
    }

    private static EntryFilter range(String from, String to) {
        return new EntryFilter(Optional.of(from).flatMap(JournalPoint::parse),
                Optional.of(to).flatMap(JournalPoint::parse), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static EntryFilter kinds(String... names) {
        EntryKinds.Parsed.Known known = assertInstanceOf(EntryKinds.Parsed.Known.class,
                EntryKinds.parse(List.of(names)));
        return new EntryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.of(known.kinds()));
    }

    @Test
    void rangesBySequenceAndByTimeHoldTheirEnds() {
        write(List.of(configured("kv"), prepare(1_000_000_000L), drained(2_000_000_000L), drained(3_000_000_000L)));
        assertEquals(List.of(3L, 4L), sequences(range("3", "4")));
        assertEquals(List.of(3L, 4L), sequences(range("2026-11-22T20:40:01", "2026-11-22T20:40:02")));
        assertEquals(List.of(4L, 5L), sequences(range("4", "2026-11-22T21")));
        assertEquals(List.of(), sequences(range("2026-11-22T21", "2026-11-23")));
    }

    @Test
    void aRangeByNumberIsNotReadBeyondItsEnd() {
        write(oneOfEach());
        List<String> lines = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            assertEquals(3, JournalDump.print(reader, JournalDump.Format.TEXT, range("2", "3"), lines::add).records());
        }
        assertEquals(2, lines.size());
    }

    @Test
    void servicesAndHandoffsAreToldApart() {
        HandoffId other = HandoffId.parse("11111111-9d51-4cde-8d3f-1d0d8c1d5b4a");
        write(List.of(configured("kv"),
                new Event.ServiceConfigured(new Stamp(T0, 2, HandoffId.NONE), "web", "/opt/web", ServicePolicy.DEFAULT,
                        false),
                prepare(1), new Event.LockSeen(new Stamp(T0 + 2, 1, other), 5),
                new Event.LockSeen(new Stamp(T0 + 3, 2, other), 5)));
        EntryFilter kv = new EntryFilter(Optional.empty(), Optional.empty(), Optional.of("kv"), Optional.empty(),
                Optional.empty());
        assertEquals(List.of(2L, 4L, 5L), sequences(kv));
        EntryFilter one = new EntryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(other),
                Optional.empty());
        assertEquals(List.of(5L, 6L), sequences(one));
        assertEquals(List.of(5L), sequences(new EntryFilter(Optional.empty(), Optional.empty(), Optional.of("kv"),
                Optional.of(other), Optional.empty())));
    }

    @Test
    void kindsAreThoseOfRecordsAndOfTheMessagesInThem() {
        write(List.of(configured("kv"), prepare(1), drained(2), new Event.LockSeen(at(3), 5)));
        assertEquals(List.of(3L), sequences(kinds("messagesending")));
        assertEquals(List.of(4L), sequences(kinds("Drained")));
        assertEquals(List.of(1L, 3L, 5L), sequences(kinds("Snapshot, PrepareHandoff", "LockSeen")));
        assertEquals(new EntryKinds.Parsed.Unknown("LockSene"), EntryKinds.parse(List.of("Drained,LockSene")));
        assertInstanceOf(EntryKinds.Parsed.Unknown.class, EntryKinds.parse(List.of("Drained,")));
    }

    @Test
    void damageIsShownInARangeAndNotOutsideOfIt() throws IOException {
        write(List.of(configured("first"), configured("needle"), configured("last")));
        flipByteAfter("needle");
        assertEquals(List.of(2L, 0L, 4L), sequences(range("2", "9")));
        assertEquals(List.of(4L), sequences(range("4", "9")));
        assertEquals(List.of(2L, 4L), sequences(kinds("ServiceConfigured")));
        assertEquals(List.of(0L), sequences(kinds("Damaged")));
    }

    @Test
    void stopsWhenNobodyReadsOn() {
        write(oneOfEach());
        List<String> lines = new ArrayList<>();
        try (JournalReader reader = JournalDirectory.read(directory)) {
            JournalDump.Printed _ = JournalDump.print(reader, JournalDump.Format.TEXT, line -> {
                lines.add(line);
                return lines.size() < 2;
            });
        }
        assertEquals(2, lines.size());
    }

    private void flipByteAfter(String text) throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file = files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
        byte[] needle = text.getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(1 << 20);
            int length = channel.read(bytes, 0);
            int found = -1;
            for (int i = 0; i + needle.length < length && found < 0; i++) {
                if (Arrays.equals(bytes.array(), i, i + needle.length, needle, 0, needle.length)) {
                    found = i;
                }
            }
            assertNotEquals(-1, found);
            channel.write(ByteBuffer.wrap(new byte[]{'N'}), found);
        }
    }
}
