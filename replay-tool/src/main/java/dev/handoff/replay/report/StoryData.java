package dev.handoff.replay.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.replay.Account;
import dev.handoff.replay.Ending;
import dev.handoff.replay.Entry;
import dev.handoff.replay.EntryJson;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.Moment;
import dev.handoff.replay.Participant;
import dev.handoff.replay.Phase;
import dev.handoff.replay.PhaseSpan;
import dev.handoff.replay.RecordJson;
import dev.handoff.replay.Shown;

/**
 * One handoff as the report's script wants it: what {@code explain --json} says of it, then {@code writers}, {@code crashes} and
 * {@code moments}, each a record with its bytes and the states around it. One story; one thread.
 *
 * <p>
 * Times are nanoseconds from the request on, so that a JavaScript number holds them exactly.
 */
final class StoryData {

    /** More would make a page that a browser works on too long. */
    static final int MOST_MOMENTS = 3000;

    private final HandoffStory story;
    private final HandoffSummary summary;
    private final Map<Long, RecordBytes.Stored> bytes;
    private final StateTable states = new StateTable();

    private StoryData(HandoffStory story, Map<Long, RecordBytes.Stored> bytes) {
        this.story = story;
        this.summary = story.summary();
        this.bytes = bytes;
    }

    /** The data; {@code left_out} says how many records are not among the moments. */
    static ObjectNode of(HandoffStory story, Map<Long, RecordBytes.Stored> bytes) {
        return new StoryData(story, bytes).json();
    }

    private ObjectNode json() {
        ObjectNode json = Account.toJson(story);
        putShown(json);
        putPhases(json.putArray("phases"));
        json.put("last_word_ns", lastWordNs() - summary.startNs());
        putWriters(json.putArray("writers"));
        putCrashes(json.putArray("crashes"));
        List<Moment> shown = shown(story.moments());
        ArrayNode moments = json.putArray("moments");
        long lastNs = summary.startNs();
        for (Moment moment : shown) {
            if (moment.entry() instanceof Entry.Recorded recorded) {
                lastNs = recorded.header().timeNs();
            }
            putMoment(moments.addObject(), moment, lastNs);
        }
        json.put("left_out", story.moments().size() - shown.size());
        states.putInto(json);
        Texts.bound(json);
        return json;
    }

    /** What the commands print, in their words. */
    private void putShown(ObjectNode json) {
        json.put("total_shown", Shown.duration(summary.totalNs()));
        json.put("gap_shown", summary.writerGapNs().isPresent()
                ? Shown.duration(summary.writerGapNs().getAsLong())
                        + (summary.ending() instanceof Ending.InFlight ? " so far" : "")
                : summary.phases().isEmpty() && !(summary.ending() instanceof Ending.Refused) ? "not known" : "none");
        putBuild(json.get("incumbent"), summary.incumbent());
        putBuild(json.get("successor"), summary.successor());
    }

    private static void putBuild(JsonNode json, Participant participant) {
        if (json instanceof ObjectNode known) {
            known.put("shown", Shown.build(participant.build()));
        }
    }

    private void putPhases(ArrayNode json) {
        for (PhaseSpan span : summary.phases()) {
            json.addObject().put("phase", span.phase().word()).put("kind", kind(span.phase()))
                    .put("duration", Shown.duration(span.durationNs())).put("duration_ns", span.durationNs())
                    .put("from_ns", span.startNs() - summary.startNs())
                    .put("to_ns", span.endNs() - summary.startNs());
        }
    }

    private static String kind(Phase phase) {
        return switch (phase) {
            case BINARY, INCUMBENT_HELLO, SPAWN, SUCCESSOR_HELLO -> "prepare";
            case DRAIN, SEAL, BEGIN, LOCK -> "switch";
            case COMMIT -> "commit";
            case SUCCESSOR_EXIT, RESUME, PROBE -> "back";
        };
    }

    private long lastWordNs() {
        return story.moments().stream().map(Moment::entry).filter(Entry.Recorded.class::isInstance)
                .mapToLong(entry -> ((Entry.Recorded) entry).header().timeNs()).reduce(summary.endNs(), Math::max);
    }

    private void putWriters(ArrayNode json) {
        for (Writers.Span span : Writers.of(story)) {
            json.addObject().put("writer", span.writer().name().toLowerCase(Locale.ROOT))
                    .put("from_ns", span.fromNs() - summary.startNs()).put("to_ns", span.toNs() - summary.startNs());
        }
    }

    private void putCrashes(ArrayNode json) {
        for (HandoffStory.Crash crash : story.crashes()) {
            ObjectNode one = json.addObject().put("seq", crash.header().sequence())
                    .put("at_ns", crash.header().timeNs() - summary.startNs());
            switch (crash) {
                case HandoffStory.Crash.OfCoordinator died -> one.put("who", "coordinator")
                        .put("last_word_ns", died.lastWordNs() - summary.startNs()).put("new_pid", died.newPid());
                case HandoffStory.Crash.OfParticipant died ->
                    one.put("who", died.side().wireName().toLowerCase(Locale.ROOT)).put("pid", died.pid());
            }
        }
    }

    private void putMoment(ObjectNode json, Moment moment, long atNs) {
        json.put("at_ns", atNs - summary.startNs());
        json.set("record", EntryJson.toJson(moment.entry(), story.names()));
        json.put("before", states.number(moment.before())).put("after", states.number(moment.after()));
        if (moment.causedBy().isPresent()) {
            json.put("caused_by", moment.causedBy().getAsLong());
        }
        if (isHeartbeat(moment)) {
            json.put("heartbeat", true);
        }
        if (!moment.ordered().isEmpty()) {
            ArrayNode ordered = json.putArray("ordered");
            moment.ordered().forEach(effect -> ordered.add(line(effect)));
        }
        if (moment.entry() instanceof Entry.Recorded recorded) {
            RecordBytes.Stored stored = bytes.get(recorded.header().sequence());
            if (stored != null) {
                json.put("bytes", stored.hex()).put("length", stored.total());
            }
        }
    }

    /** Its name, then what it has. */
    private static String line(Effect effect) {
        String name = effect.getClass().getSimpleName();
        return effect instanceof Record composed ? name + " " + Facts.line(RecordJson.of(composed)) : name;
    }

    private static boolean isHeartbeat(Moment moment) {
        return moment.entry() instanceof Entry.Happened(Entry.Header _, Event event) && switch (event) {
            case Event.MessageReceived e -> e.message() instanceof Message.Heartbeat;
            case Event.MessageSending e -> e.message() instanceof Message.Heartbeat;
            case Event.TimerFired e -> e.kind() == TimerKind.HEARTBEAT;
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                false;
        };
    }

    /** Of a story that is too long the heartbeats go first, then its middle. */
    private static List<Moment> shown(List<Moment> all) {
        if (all.size() <= MOST_MOMENTS) {
            return all;
        }
        Predicate<Moment> heartbeat = StoryData::isHeartbeat;
        List<Moment> telling = all.stream().filter(heartbeat.negate()).toList();
        if (telling.size() <= MOST_MOMENTS) {
            return telling;
        }
        List<Moment> ends = new ArrayList<>(telling.subList(0, MOST_MOMENTS / 2));
        ends.addAll(telling.subList(telling.size() - MOST_MOMENTS / 2, telling.size()));
        return ends;
    }
}
