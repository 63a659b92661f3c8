package dev.handoff.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;

/**
 * A handoff's story in words, on a page: who asked, what happened and what led to it, where the time went, why it ended so. Everything
 * is read off the records and off what the production core makes of them. Stateless; any thread.
 */
public final class Account {

    private static final int BAR_CHARS = 40;
    private static final int PHASE_WIDTH = 16;
    private static final int MILLISECOND_CHARS = "2026-11-23 08:38:29.877".length();
    private static final double NS_PER_S = 1e9;
    /** Below this a cause and what it led to are one moment to a person. */
    private static final long AT_ONCE_NS = 1_000_000;

    /**
     * One line of the course.
     *
     * @param sequence of its record; empty for damage, and for deeds without a record
     * @param timeNs   nanoseconds since 1970
     * @param text     a sentence; may hold anything that a daemon said
     * @param causedBy the sequence of the record that led to it
     * @param afterNs  how long after that
     */
    private record Line(OptionalLong sequence, long timeNs, String text, OptionalLong causedBy, long afterNs) {}

    private final HandoffStory story;
    private final HandoffSummary summary;
    private final Sentences sentences;
    private final Map<Long, Long> timesNs = new HashMap<>();
    private final List<Line> course;

    private Account(HandoffStory story) {
        this.story = story;
        this.summary = story.summary();
        this.sentences = new Sentences(summary);
        story.moments().forEach(moment -> {
            if (moment.entry() instanceof Entry.Recorded recorded) {
                timesNs.put(recorded.header().sequence(), recorded.header().timeNs());
            }
        });
        this.course = course();
    }

    /** The account, a line each, without anything that a terminal would obey. */
    public static List<String> of(HandoffStory story) {
        return new Account(story).lines().stream().map(Shown::printable).toList();
    }

    /** The same as one object: the handoff, its course, and why it ended so. */
    public static ObjectNode toJson(HandoffStory story) {
        return new Account(story).json();
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("Handoff " + summary.id() + " of service " + summary.serviceName() + ": " + end());
        lines.add("");
        head().forEach((name, text) -> lines.add(String.format(Locale.ROOT, "  %-11s %s", name, text)));
        lines.add("");
        lines.add(
                "What happened (seconds from the request, record, what; <- #N: the record that led to it, and how long before)");
        lines.add("");
        course.forEach(line -> lines.add(text(line)));
        if (!summary.phases().isEmpty()) {
            lines.add("");
            lines.add("Where the time went");
            lines.add("");
            lines.addAll(times());
        }
        lines.add("");
        lines.add("Why it ended so");
        lines.add("");
        new Reasons(story).lines().forEach(line -> lines.add("  " + line));
        return lines;
    }

    private String end() {
        String total = Shown.duration(summary.totalNs());
        return switch (summary.ending()) {
            case Ending.Ended ended -> ended.outcome().wireName().replace('_', ' ') + " after " + total;
            case Ending.Refused _ -> "refused at once";
            case Ending.InFlight _ -> "still in flight after " + total + ", where the journal ends";
            case Ending.Untold _ -> "its end is lost";
        };
    }

    private Map<String, String> head() {
        Map<String, String> head = new LinkedHashMap<>();
        head.put("asked for",
                EntryJson.time(summary.startNs()).replace('T', ' ').substring(0, MILLISECOND_CHARS) + " UTC"
                        + summary.request()
                                .map(asked -> ", by uid " + asked.uid() + " (pid " + asked.pid() + ")")
                                .orElse(", its request is lost"));
        head.put("from", shown(summary.incumbent()));
        head.put("to", summary.successor().known()
                ? shown(summary.successor())
                : "no successor was started"
                        + summary.request().filter(asked -> !asked.binary().isEmpty())
                                .map(asked -> "; asked for: " + asked.binary()).orElse(""));
        head.put("writer gap", writerGap());
        head.put("records", "#" + summary.first().sequence() + " to #" + summary.last().sequence() + ", "
                + counts());
        return head;
    }

    private String writerGap() {
        boolean ended = summary.ending() instanceof Ending.Ended;
        if (summary.writerGapNs().isPresent()) {
            return Shown.duration(summary.writerGapNs().getAsLong()) + (ended ? "" : " so far");
        }
        return summary.phases().isEmpty() && !(summary.ending() instanceof Ending.Refused)
                ? "not known: records before it are lost"
                : "none: the incumbent did not stop writing";
    }

    private static String shown(Participant participant) {
        return participant.known()
                ? "build " + Shown.build(participant.build()) + ", pid " + participant.pid()
                        + (participant.binary().isEmpty() ? "" : ", " + participant.binary())
                : "not told";
    }

    private String counts() {
        long heartbeats = story.messages().stream().filter(said -> said.message() instanceof Message.Heartbeat).count();
        return Sentences.counted(story.messages().size() - heartbeats, "message") + ", "
                + Sentences.counted(heartbeats, "heartbeat") + ", "
                + Sentences.counted(story.timers().size(), "timer");
    }

    private List<Line> course() {
        List<Line> lines = new ArrayList<>();
        Optional<Message.SealProgress> progress = Optional.empty();
        Set<String> saidBefore = new HashSet<>();
        long lastNs = summary.startNs();
        for (Moment moment : story.moments()) {
            Optional<Message.SealProgress> now = progress(moment);
            if (now.isPresent() && progress.isPresent()) {
                // The course keeps the newest word of a long seal.
                lines.removeLast();
            }
            Optional<String> text = sentences.of(moment).map(said -> repeated(moment, said, saidBefore));
            if (moment.entry() instanceof Entry.Recorded recorded) {
                lastNs = recorded.header().timeNs();
            }
            if (text.isPresent()) {
                lines.add(line(moment, text.get(), lastNs));
                progress = now;
            }
            for (String deed : sentences.deeds(moment)) {
                lines.add(new Line(OptionalLong.empty(), lastNs, deed, sequence(moment), 0));
            }
        }
        return lines;
    }

    /** What was in doubt when a coordinator died stands there twice, and should not look like a mistake. */
    private static String repeated(Moment moment, String said, Set<String> saidBefore) {
        boolean sending = moment.entry() instanceof Entry.Happened(Entry.Header _, Event.MessageSending sent)
                && !(sent.message() instanceof Message.Heartbeat);
        return sending && !saidBefore.add(said) ? said + ", once more" : said;
    }

    private static Optional<Message.SealProgress> progress(Moment moment) {
        return moment.entry() instanceof Entry.Happened(Entry.Header _, Event.MessageReceived received)
                && received.message() instanceof Message.SealProgress progress
                        ? Optional.of(progress)
                        : Optional.empty();
    }

    private static OptionalLong sequence(Moment moment) {
        return moment.entry() instanceof Entry.Recorded recorded
                ? OptionalLong.of(recorded.header().sequence())
                : OptionalLong.empty();
    }

    private Line line(Moment moment, String text, long timeNs) {
        OptionalLong cause = moment.causedBy();
        long causeNs = cause.isPresent() ? timesNs.getOrDefault(cause.getAsLong(), timeNs) : timeNs;
        return new Line(sequence(moment), timeNs, text, cause, timeNs - causeNs);
    }

    private String text(Line line) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "  %10.4f  %-8s ", (line.timeNs() - summary.startNs()) / NS_PER_S,
                line.sequence().isPresent() ? "#" + line.sequence().getAsLong() : ""));
        text.append(line.text());
        if (line.causedBy().isPresent()) {
            text.append("  <- #").append(line.causedBy().getAsLong());
            if (line.afterNs() >= AT_ONCE_NS) {
                text.append(", ").append(Shown.duration(line.afterNs()));
            }
        }
        return text.toString();
    }

    private List<String> times() {
        List<String> lines = new ArrayList<>();
        long totalNs = Math.max(1, summary.totalNs());
        for (PhaseSpan span : summary.phases()) {
            double share = (double) span.durationNs() / totalNs;
            lines.add(String.format(Locale.ROOT, "  %-" + PHASE_WIDTH + "s%9s %3.0f %%  %s", span.phase().word(),
                    Shown.duration(span.durationNs()), share * 100,
                    "#".repeat((int) Math.round(share * BAR_CHARS))).stripTrailing());
        }
        lines.add(
                String.format(Locale.ROOT, "  %-" + PHASE_WIDTH + "s%9s", "total", Shown.duration(summary.totalNs())));
        return lines;
    }

    private ObjectNode json() {
        ObjectNode json = HandoffJson.toJson(summary);
        ArrayNode lines = json.putArray("course");
        for (Line line : course) {
            ObjectNode one = lines.addObject();
            putSequence(one, "seq", line.sequence());
            one.put("time", EntryJson.time(line.timeNs())).put("offset_ns", line.timeNs() - summary.startNs()).put(
                    "text",
                    line.text());
            putSequence(one, "caused_by", line.causedBy());
        }
        ArrayNode why = json.putArray("why");
        new Reasons(story).lines().forEach(why::add);
        return json;
    }

    private static void putSequence(ObjectNode json, String name, OptionalLong sequence) {
        if (sequence.isPresent()) {
            json.put(name, sequence.getAsLong());
        } else {
            json.putNull(name);
        }
    }
}
