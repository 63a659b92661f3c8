package dev.handoff.replay.report;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.Account;
import dev.handoff.replay.Entry;
import dev.handoff.replay.EntryJson;
import dev.handoff.replay.ExportSource;
import dev.handoff.replay.HandoffExport;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.Moment;

/**
 * A journal's handoffs as one HTML page. Asked for one, it opens with that one and has its neighbours to compare with; asked for
 * several, it has these and opens with the newest. Stateless; any thread.
 */
public final class HtmlExport implements HandoffExport {

    /** How many handoffs a page about one of them carries: that one, and its neighbours to compare with. */
    static final int MOST_WITH_ONE = 12;
    /** A page that mail and ticket systems still take. */
    private static final long MOST_DATA_CHARS = 8L << 20;

    @Override
    public boolean takesSeveral() {
        return true;
    }

    /** A page without the records' bytes and without anything on the journal as a whole. */
    @Override
    public void write(List<HandoffStory> stories, Writer out) throws IOException {
        out.write(new Pages(Optional.empty(), MOST_DATA_CHARS).page(newestFirst(stories), stories.size()));
    }

    @Override
    public List<String> write(List<HandoffStory> stories, ExportSource source, Writer out) throws IOException {
        return write(stories, source, MOST_DATA_CHARS, out);
    }

    /** With another bound than {@link #MOST_DATA_CHARS}. */
    static List<String> write(List<HandoffStory> stories, ExportSource source, long mostChars, Writer out)
            throws IOException {
        Pages pages = new Pages(Optional.of(source), mostChars);
        if (stories.size() == 1) {
            Neighbours neighbours = new Neighbours(stories.getFirst().summary(), MOST_WITH_ONE);
            source.reader().seek(0);
            HandoffStories.Read _ = HandoffStories.scan(source.reader(), neighbours::take);
            List<HandoffStory> told = new ArrayList<>(stories);
            neighbours.others().forEach(other -> told.add(HandoffStories.tell(source.reader(), other)));
            out.write(pages.page(told, neighbours.seen()));
        } else {
            out.write(pages.page(newestFirst(stories), stories.size()));
        }
        return pages.leftOut;
    }

    private static List<HandoffStory> newestFirst(List<HandoffStory> stories) {
        return stories.stream()
                .sorted(Comparator.comparingLong((HandoffStory story) -> story.summary().first().sequence()).reversed())
                .toList();
    }

    /** One page in the making. */
    private static final class Pages {
        private final Optional<ExportSource> source;
        private final long mostChars;
        private final List<String> leftOut = new ArrayList<>();

        Pages(Optional<ExportSource> source, long mostChars) {
            this.source = source;
            this.mostChars = mostChars;
        }

        String page(List<HandoffStory> stories, long ofHandoffs) {
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            source.ifPresent(from -> putSource(data, from));
            int carried = putStories(data.putArray("handoffs"), stories);
            if (carried < ofHandoffs) {
                leftOut.add((ofHandoffs - carried) + " of " + ofHandoffs
                        + " handoffs are not in this report: 'handoff replay list' shows them.");
            }
            leftOut.forEach(data.putArray("left_out")::add);
            return Page.of(data,
                    Account.of(stories.getFirst()).stream().map(line -> Texts.cut(line, Texts.MOST_CHARS)).toList());
        }

        private static void putSource(ObjectNode data, ExportSource from) {
            data.put("journal", from.journal()).put("build", from.build()).put("made", EntryJson.time(from.timeNs()));
            data.put("records", from.read().records()).put("not_understood", from.read().notUnderstood());
            ArrayNode damage = data.putArray("damage");
            if (from.read().end() instanceof ReplayEnd.Damaged damaged) {
                damaged.damages().forEach(each -> damage.add(each.toString()));
            }
        }

        /** As many as the page may hold, the first in any case. */
        private int putStories(ArrayNode json, List<HandoffStory> stories) {
            long chars = 0;
            for (HandoffStory story : stories) {
                ObjectNode data = StoryData.of(story,
                        source.map(from -> bytes(from.reader(), story)).orElse(Map.of()));
                chars += Texts.inScript(data).length();
                if (chars > mostChars && !json.isEmpty()) {
                    break;
                }
                json.add(data);
                int hidden = data.get("left_out").asInt();
                if (hidden > 0) {
                    leftOut.add(hidden + " records of handoff " + story.summary().id()
                            + " are not in this report, heartbeats first: 'handoff replay dump' shows them.");
                }
            }
            return json.size();
        }

        private static Map<Long, RecordBytes.Stored> bytes(JournalReader reader, HandoffStory story) {
            HandoffSummary summary = story.summary();
            long last = summary.last().sequence();
            for (Moment moment : story.moments()) {
                if (moment.entry() instanceof Entry.Recorded recorded) {
                    last = Math.max(last, recorded.header().sequence());
                }
            }
            return RecordBytes.read(reader, summary.first().sequence(), last);
        }
    }
}
