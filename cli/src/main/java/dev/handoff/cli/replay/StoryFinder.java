package dev.handoff.cli.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.HandoffSummary;

/** Finds the handoff that somebody named, for the commands that are about one; says so where there is none. */
final class StoryFinder {

    /** The description of every ID parameter. */
    static final String ID = "The handoff's id, as much of it as tells it from others, or 'last'.";

    /** Stands for every handoff of a journal, where a command takes several. */
    static final String ALL = "all";

    private static final int SHOWN_IDS = 5;

    private final JournalOption journal;
    private Optional<HandoffStories.Read> read = Optional.empty();

    StoryFinder(JournalOption journal) {
        this.journal = journal;
    }

    /** The handoff with all its records; empty where there is none, after a complaint on stderr. */
    Optional<HandoffStory> find(JournalReader reader, String id) {
        return findSummary(reader, id).map(summary -> HandoffStories.tell(reader, summary));
    }

    /** The handoff without its records; empty where there is none, after a complaint on stderr. */
    Optional<HandoffSummary> findSummary(JournalReader reader, String id) {
        reader.seek(0);
        HandoffStories.Search search = HandoffStories.find(reader, id);
        read = Optional.of(search.read());
        return switch (search.found()) {
            case HandoffStories.Found.One one -> Optional.of(one.summary());
            case HandoffStories.Found.None none -> {
                journal.complain(none.handoffs() == 0
                        ? "there is no handoff in " + journal.directory()
                        : "no handoff of the " + none.handoffs() + " in " + journal.directory() + " begins with '" + id
                                + "' ('handoff replay list' shows them)");
                yield Optional.empty();
            }
            case HandoffStories.Found.Several several -> {
                journal.complain("'" + id + "' may be any of " + several.ids().size() + " handoffs: "
                        + several.ids().stream().limit(SHOWN_IDS).map(HandoffId::toString)
                                .collect(Collectors.joining(", "))
                        + (several.ids().size() > SHOWN_IDS ? ", …" : "") + "; give more of its id");
                yield Optional.empty();
            }
        };
    }

    /**
     * Several handoffs with all their records, in the order of {@code ids}; {@link #ALL} stands for every one, in the order of their
     * ends. Empty where one of them is missing, after a complaint on stderr.
     */
    List<HandoffStory> findAll(JournalReader reader, List<String> ids) {
        List<HandoffStory> stories = new ArrayList<>();
        for (String id : ids) {
            if (id.equals(ALL)) {
                stories.addAll(all(reader));
            } else {
                find(reader, id).ifPresent(stories::add);
            }
        }
        return stories.size() < ids.size() ? List.of() : stories;
    }

    private List<HandoffStory> all(JournalReader reader) {
        List<HandoffSummary> summaries = new ArrayList<>();
        reader.seek(0);
        read = Optional.of(HandoffStories.scan(reader, summaries::add));
        if (summaries.isEmpty()) {
            journal.complain("there is no handoff in " + journal.directory());
        }
        return summaries.stream().map(summary -> HandoffStories.tell(reader, summary)).toList();
    }

    /** How the journal's reading went, once something was looked for. */
    HandoffStories.Read read() {
        return read.orElseThrow();
    }

    /** The exit code that the journal's own soundness asks for, once something was looked for; complains on stderr where it is damaged. */
    int judge() {
        HandoffStories.Read last = read.orElseThrow();
        return journal.judge(last.end(), last.notUnderstood());
    }
}
