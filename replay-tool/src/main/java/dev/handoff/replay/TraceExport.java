package dev.handoff.replay;

import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;

/**
 * Handoffs as trace events, the JSON that Perfetto and {@code chrome://tracing} open: each role is a process, phases and the writer gap
 * are slices, a message is a pair of slices with a flow between them, everything else is an instant. Stateless; any thread.
 *
 * <p>
 * Times are microseconds since the first handoff's request; the request's own time stands in {@code otherData}. A message has one
 * time, that of its record at the coordinator: its flow shows who told whom, not how long the socket took.
 */
final class TraceExport implements HandoffExport {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int NS_DIGITS = 3;
    private static final long NS_PER_US = 1_000;
    private static final int ROLES = 3;

    @Override
    public boolean takesSeveral() {
        return true;
    }

    @Override
    public void write(List<HandoffStory> stories, Writer out) throws IOException {
        long originNs = stories.stream().mapToLong(story -> story.summary().startNs()).min().orElseThrow();
        try (JsonGenerator json = FACTORY.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeObjectFieldStart("otherData");
            json.writeStringField("origin", EntryJson.time(originNs));
            json.writeEndObject();
            json.writeArrayFieldStart("traceEvents");
            for (int i = 0; i < stories.size(); i++) {
                new Tracks(json, stories.get(i), originNs, i * ROLES).write(stories.size() > 1);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    /** The tracks of the coordinator; a participant has {@link #MESSAGES} alone. */
    private enum Track {
        PHASES(1, "phases"),
        WRITER_GAP(2, "writer gap"),
        MESSAGES(3, "messages"),
        EVENTS(4, "events");

        private final int thread;
        private final String title;

        Track(int thread, String title) {
            this.thread = thread;
            this.title = title;
        }
    }

    /** One handoff's events. */
    private static final class Tracks {
        private final JsonGenerator json;
        private final HandoffStory story;
        private final HandoffSummary summary;
        private final long originNs;
        private final int coordinator;
        private final Sentences sentences;

        Tracks(JsonGenerator json, HandoffStory story, long originNs, int firstProcess) {
            this.json = json;
            this.story = story;
            this.summary = story.summary();
            this.originNs = originNs;
            this.coordinator = firstProcess + 1;
            this.sentences = new Sentences(summary);
        }

        private int process(Side side) {
            return coordinator + 1 + side.discriminant();
        }

        void write(boolean named) throws IOException {
            String of = named ? " " + summary.id() : "";
            name(coordinator, "coordinator" + of);
            name(process(Side.INCUMBENT), "incumbent" + shown(summary.incumbent()) + of);
            name(process(Side.SUCCESSOR), "successor" + shown(summary.successor()) + of);
            for (Track track : Track.values()) {
                name(coordinator, track);
            }
            for (Side side : Side.values()) {
                name(process(side), Track.MESSAGES);
            }
            for (PhaseSpan span : summary.phases()) {
                slice(coordinator, Track.PHASES, span.phase().word(), span.startNs(), span.durationNs());
                json.writeNumberField("from_seq", span.fromRecord());
                json.writeNumberField("to_seq", span.toRecord());
                end();
            }
            WriterGap gap = WriterGap.of(story);
            if (gap.isThere()) {
                slice(coordinator, Track.WRITER_GAP, "writer gap", gap.startNs(), gap.endNs() - gap.startNs());
                end();
            }
            for (HandoffStory.Crash crash : story.crashes()) {
                if (crash instanceof HandoffStory.Crash.OfCoordinator c) {
                    slice(coordinator, Track.EVENTS, "no coordinator", c.lastWordNs(),
                            c.header().timeNs() - c.lastWordNs());
                    end();
                }
            }
            for (int i = 0; i < story.moments().size(); i++) {
                moment(story.moments().get(i), nextNs(i));
            }
        }

        private static String shown(Participant participant) {
            return participant.known()
                    ? " (build " + Shown.build(participant.build()) + ", pid " + participant.pid() + ")"
                    : "";
        }

        /** Slices of one track must not overlap. */
        private long nextNs(int index) {
            return story.moments().stream().skip(index + 1).map(Moment::entry)
                    .filter(Entry.Recorded.class::isInstance)
                    .mapToLong(entry -> ((Entry.Recorded) entry).header().timeNs()).findFirst().orElse(Long.MAX_VALUE);
        }

        private void moment(Moment moment, long nextNs) throws IOException {
            switch (moment.entry()) {
                case Entry.Happened(Entry.Header header, Event.MessageReceived e) ->
                    message(header, e.message(), process(e.from()), coordinator, nextNs);
                case Entry.Happened(Entry.Header header, Event.MessageSending e) ->
                    message(header, e.message(), coordinator, process(e.to()), nextNs);
                case Entry.Recorded recorded -> {
                    Optional<String> sentence = sentences.of(moment);
                    if (sentence.isPresent()) {
                        instant(recorded.header(), sentence.get(), moment.entry());
                    }
                }
                case Entry.Damaged _ -> {
                    // It has no time.
                }
            }
            if (moment.entry() instanceof Entry.Recorded recorded) {
                for (String deed : sentences.deeds(moment)) {
                    instant(recorded.header(), deed, moment.entry());
                }
            }
        }

        private void message(Entry.Header header, Message message, int from, int to, long nextNs) throws IOException {
            String name = message.kind().wireName();
            long lengthNs = Math.max(0, Math.min(NS_PER_US, nextNs - header.timeNs()));
            for (int process : new int[]{from, to}) {
                slice(process, Track.MESSAGES, name, header.timeNs(), lengthNs);
                json.writeNumberField("seq", header.sequence());
                json.writeStringField("message", MessageJson.toJson(message).toString());
                end();
            }
            flow("s", header, name, from);
            flow("f", header, name, to);
        }

        private void flow(String half, Entry.Header header, String name, int process) throws IOException {
            begin(half, process, Track.MESSAGES, name);
            json.writeStringField("cat", "message");
            json.writeNumberField("id", header.sequence());
            if (half.equals("f")) {
                json.writeStringField("bp", "e");
            }
            time("ts", header.timeNs() - originNs);
            json.writeEndObject();
        }

        private void instant(Entry.Header header, String sentence, Entry entry) throws IOException {
            begin("i", coordinator, Track.EVENTS, Shown.printable(sentence));
            json.writeStringField("s", "t");
            time("ts", header.timeNs() - originNs);
            json.writeObjectFieldStart("args");
            json.writeStringField("record", EntryText.line(entry, story.names()).strip());
            end();
        }

        /** A slice up to its {@code args}, which {@link #end} closes. */
        private void slice(int process, Track track, String name, long startNs, long lengthNs) throws IOException {
            begin("X", process, track, name);
            time("ts", startNs - originNs);
            time("dur", lengthNs);
            json.writeObjectFieldStart("args");
        }

        private void end() throws IOException {
            json.writeEndObject();
            json.writeEndObject();
        }

        private void begin(String phase, int process, Track track, String name) throws IOException {
            json.writeRaw('\n');
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeStringField("ph", phase);
            json.writeNumberField("pid", process);
            json.writeNumberField("tid", track.thread);
        }

        private void time(String name, long ns) throws IOException {
            json.writeFieldName(name);
            json.writeNumber(BigDecimal.valueOf(ns, NS_DIGITS).toPlainString());
        }

        private void name(int process, String name) throws IOException {
            metadata("process_name", process, 0, name);
            json.writeStartObject();
            json.writeStringField("name", "process_sort_index");
            json.writeStringField("ph", "M");
            json.writeNumberField("pid", process);
            json.writeObjectFieldStart("args");
            json.writeNumberField("sort_index", process);
            end();
        }

        private void name(int process, Track track) throws IOException {
            metadata("thread_name", process, track.thread, track.title);
        }

        private void metadata(String kind, int process, int thread, String name) throws IOException {
            json.writeStartObject();
            json.writeStringField("name", kind);
            json.writeStringField("ph", "M");
            json.writeNumberField("pid", process);
            json.writeNumberField("tid", thread);
            json.writeObjectFieldStart("args");
            json.writeStringField("name", Shown.printable(name));
            end();
        }
    }
}
