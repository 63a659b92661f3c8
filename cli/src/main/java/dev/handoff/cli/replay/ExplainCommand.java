package dev.handoff.cli.replay;

import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.replay.Account;
import dev.handoff.replay.HandoffStory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code handoff replay explain}: the story of one handoff in words. */
@Command(name = "explain", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Tells the story of one handoff on a page: who asked for it, each decision with the record that led to it,",
    "the times between, where the time went, and why it ended so."}, footer = {
        "", "Examples:", "  handoff replay explain last --journal /var/lib/kv/journal",
        "  handoff replay explain baba4 --journal DIR",
        "  handoff replay explain baba4 --journal DIR --json | jq -r '.why[]'", "",
        "Exit codes: 0 told, 1 not found, or the journal is damaged, 2 wrong usage, 3 there is no journal, or it",
        "cannot be read."})
final class ExplainCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Parameters(paramLabel = "ID", description = StoryFinder.ID)
    private String id;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.read(reader -> {
            StoryFinder finder = new StoryFinder(journal);
            Optional<HandoffStory> story = finder.find(reader, id);
            if (story.isEmpty()) {
                return ExitCode.FAILED;
            }
            LineOutput out = new LineOutput(journal.out());
            if (json) {
                out.line(Account.toJson(story.get()).toString());
            } else {
                Account.of(story.get()).forEach(out::line);
            }
            journal.out().flush();
            return finder.judge();
        });
    }
}
