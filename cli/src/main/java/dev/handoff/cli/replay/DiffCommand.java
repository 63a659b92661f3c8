package dev.handoff.cli.replay;

import java.util.List;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.replay.DiffText;
import dev.handoff.replay.HandoffDiff;
import dev.handoff.replay.HandoffStory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code handoff replay diff}: two handoffs side by side. */
@Command(name = "diff", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Shows two handoffs beside each other: the first decision that differs and what led to it, builds and policy, their",
    "steps aligned, each with its time from the request on, and the time that each phase took."}, footer = {
        "", "Examples:", "  handoff replay diff baba4 last --journal /var/lib/kv/journal",
        "  handoff replay diff baba4 1c5ea --journal DIR --json | jq .parted", "",
        "Exit codes: 0 shown, alike or not, 1 not found, or the journal is damaged, 2 wrong usage, 3 there is no",
        "journal, or it cannot be read."})
final class DiffCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Parameters(index = "0", paramLabel = "ID", description = StoryFinder.ID)
    private String a;

    @Parameters(index = "1", paramLabel = "ID", description = "The other one's.")
    private String b;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.read(reader -> {
            StoryFinder finder = new StoryFinder(journal);
            List<HandoffStory> stories = finder.findAll(reader, List.of(a, b));
            if (stories.isEmpty()) {
                return ExitCode.FAILED;
            }
            HandoffDiff diff = HandoffDiff.of(stories.getFirst(), stories.getLast());
            LineOutput out = new LineOutput(journal.out());
            if (json) {
                out.line(DiffText.toJson(diff).toString());
            } else {
                DiffText.of(diff).forEach(out::line);
            }
            journal.out().flush();
            return finder.judge();
        });
    }
}
