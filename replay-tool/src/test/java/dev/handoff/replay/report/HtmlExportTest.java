package dev.handoff.replay.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.ExportSource;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.SampleJournal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlExportTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long T0 = 1_795_380_000_123_456_789L;
    private static final String EVIL = "</script><!--\u2028\u202e\u0000'&";

    @TempDir
    private Path directory;

    private static HandoffId id(int number) {
        return new HandoffId(0x0b51_cbd2_9d51_4cdeL + number, 7);
    }

    /** Its request is lost: the core would refuse one, for nothing serves here. */
    private static Event begun(int number, long atNs) {
        return new Event.BinaryResolved(new Stamp(T0 + atNs, 1, id(number)), "/opt/kv", 8, 9,
                Fingerprint.of(new byte[Fingerprint.BYTES]));
    }

    private static Event ended(int number, long atNs, String reason) {
        return new Event.HandoffEnded(new Stamp(T0 + atNs, 1, id(number)), Outcome.ROLLED_BACK, reason);
    }

    private static Event heartbeat(int number, long atNs) {
        return new Event.MessageReceived(new Stamp(T0 + atNs, 1, id(number)), 1, Side.INCUMBENT, 30, 1,
                new Message.Heartbeat(1));
    }

    private void write(List<Event> events) {
        try (SampleJournal journal = SampleJournal.create(directory)) {
            journal.append(new Event.ServiceConfigured(new Stamp(T0, 1, HandoffId.NONE), "kv", "/opt/kv",
                    ServicePolicy.DEFAULT, false));
            journal.append(events.toArray(Event[]::new));
        }
    }

    private record Made(String page, JsonNode data, List<String> leftOut) {}

    /** The page of the handoffs with these numbers, of as much data as that. */
    private Made export(long mostChars, int... numbers) throws IOException {
        try (JournalReader reader = JournalDirectory.read(directory)) {
            List<HandoffSummary> summaries = new ArrayList<>();
            HandoffStories.Read read = HandoffStories.scan(reader, summaries::add);
            List<HandoffStory> stories = new ArrayList<>();
            for (int number : numbers) {
                summaries.stream().filter(each -> each.id().equals(id(number)))
                        .forEach(each -> stories.add(HandoffStories.tell(reader, each)));
            }
            StringWriter out = new StringWriter();
            List<String> leftOut = HtmlExport.write(stories, new ExportSource(reader, "the/journal", "1.0", T0, read),
                    mostChars, out);
            return new Made(out.toString(), data(out.toString()), leftOut);
        }
    }

    private static JsonNode data(String page) throws IOException {
        return JSON.readTree(only(page, "<script type=\"application/json\" id=\"data\">(.*?)</script>"));
    }

    private static String only(String page, String pattern) {
        List<MatchResult> found = Pattern.compile(pattern, Pattern.DOTALL).matcher(page).results().toList();
        assertEquals(1, found.size(), pattern);
        return found.getFirst().group(1);
    }

    private static List<String> shown(JsonNode data) {
        return data.get("handoffs").valueStream().map(handoff -> handoff.get("handoff_id").asText()).toList();
    }

    @Test
    void policyAllowsThePagesOwnStyleAndScriptAlone() throws IOException, NoSuchAlgorithmException {
        write(List.of(begun(1, 1), ended(1, 2, "")));
        String page = export(1 << 20, 1).page();
        String policy = only(page, "http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"");
        assertEquals("default-src 'none'; style-src '" + hash(only(page, "<style>(.*?)</style>")) + "'; script-src '"
                + hash(only(page, "<script>(.*?)</script>")) + "'; base-uri 'none'; form-action 'none'", policy);
    }

    private static String hash(String text) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }

    @Test
    void pageNamesNoOtherPlace() throws IOException {
        write(List.of(begun(1, 1), ended(1, 2, "")));
        String page = export(1 << 20, 1).page().replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "");
        assertFalse(page.contains("http"), "an address");
        assertFalse(page.contains("url("), "a style's address");
        assertFalse(page.matches("(?s).*\\s(src|href)=\"(?!#).*"), "an element's address");
        assertFalse(page.matches("(?s).*\\s(on[a-z]+|style)=\".*"), "markup that the policy refuses");
    }

    @Test
    void whatADaemonSaysEndsNoElement() throws IOException {
        write(List.of(begun(1, 1), ended(1, 2, EVIL)));
        Made made = export(1 << 20, 1);
        assertEquals(EVIL, made.data().get("handoffs").get(0).get("cause").asText());
        String raw = only(made.page(), "<script type=\"application/json\" id=\"data\">(.*?)</script>");
        assertTrue(raw.chars().allMatch(c -> c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&' && c != '\''));
        String words = only(made.page(), "<pre>(.*?)</pre>");
        assertTrue(words.contains("&lt;/script&gt;&lt;!--\\u{2028}\\u{202e}\\u{0}"), words);
    }

    @Test
    void oneHandoffComesWithItsNeighboursNewestFirst() throws IOException {
        List<Event> events = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            events.add(begun(i, 10L * i));
            events.add(ended(i, 10L * i + 1, ""));
        }
        write(events);
        Made made = export(1 << 20, 5);
        List<String> expected = new ArrayList<>(List.of(id(5).toString()));
        for (int i = HtmlExport.MOST_WITH_ONE; i >= 1; i--) {
            if (i != 5) {
                expected.add(id(i).toString());
            }
        }
        assertEquals(expected, shown(made.data()));
        assertEquals(List.of("8 of 20 handoffs are not in this report: 'handoff replay list' shows them."),
                made.leftOut());
        assertEquals(made.leftOut().getFirst(), made.data().get("left_out").get(0).asText());
    }

    @Test
    void severalHandoffsAreTheOnesAskedForNewestFirst() throws IOException {
        write(List.of(begun(1, 1), ended(1, 2, ""), begun(2, 3), ended(2, 4, ""), begun(3, 5),
                ended(3, 6, "")));
        assertEquals(List.of(id(3).toString(), id(1).toString()), shown(export(1 << 20, 1, 3).data()));
    }

    @Test
    void sizeIsBoundedAndWhatIsLeftOutIsNamed() throws IOException {
        write(List.of(begun(1, 1), ended(1, 2, ""), begun(2, 3), ended(2, 4, "x".repeat(100_000))));
        Made made = export(1000, 2, 1);
        assertEquals(List.of(id(2).toString()), shown(made.data()));
        assertEquals(List.of("1 of 2 handoffs are not in this report: 'handoff replay list' shows them."),
                made.leftOut());
        assertTrue(made.data().get("handoffs").get(0).get("cause").asText()
                .endsWith(" more characters: 'handoff replay dump --json' has them)"));
        assertEquals(-1, made.page().indexOf("x".repeat(Texts.MOST_CHARS + 1)), "a longer text is in the page");
    }

    @Test
    void heartbeatsOfALongHandoffGoFirst() throws IOException {
        List<Event> events = new ArrayList<>(List.of(begun(1, 1)));
        for (int i = 0; i < StoryData.MOST_MOMENTS; i++) {
            events.add(heartbeat(1, 2 + i));
        }
        events.add(ended(1, 1_000_000, ""));
        write(events);
        Made made = export(8 << 20, 1);
        assertEquals(List.of("BinaryResolved", "HandoffEnded"),
                made.data().get("handoffs").get(0).get("moments").findValuesAsText("kind"));
        assertEquals(List.of(StoryData.MOST_MOMENTS + " records of handoff " + id(1)
                + " are not in this report, heartbeats first: 'handoff replay dump' shows them."), made.leftOut());
    }
}
