package dev.handoff.cli.replay;

import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.replay.HandoffStats;
import dev.handoff.replay.HandoffStories;
import dev.handoff.replay.HandoffSummary;
import dev.handoff.replay.JournalPoint;
import dev.handoff.replay.StatsJson;
import dev.handoff.replay.StatsText;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff replay stats}: how many handoffs, how they ended, and how long their phases took. */
@Command(name = "stats", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Counts the handoffs of each service by their outcomes, and shows how long their phases, the writer gap and the",
    "whole took: p50, p90 and p99 by nearest rank, exact for up to 1,000 handoffs, beyond that within 0.1 %%; max is",
    "always exact. Only handoffs that ended have times. A phase that came twice in a handoff counts as one time."}, footer = {
        "", "Examples:", "  handoff replay stats --journal /var/lib/kv/journal",
        "  handoff replay stats --journal DIR --service kv --outcome committed --from 2026-11-01",
        "  handoff replay stats --journal DIR --json | jq '.writer_gap.p99_ns / 1e6'", "",
        "Exit codes: 0 sound, 1 damaged, 2 wrong usage, 3 there is no journal, or it cannot be read."})
final class StatsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOption journal;

    @Option(names = "--service", paramLabel = "NAME", description = "Only the handoffs of this service.")
    private Optional<String> service = Optional.empty();

    @Option(names = "--outcome", paramLabel = "OUTCOME", description = "Only those that ended so; as 'list' shows it.")
    private Optional<String> outcome = Optional.empty();

    @Option(names = "--from", paramLabel = "SEQ|TIME", converter = JournalPointConverter.class, description = "Only those asked for from here on: a record's number, or a time in UTC, as much of it as you like.")
    private Optional<JournalPoint> from = Optional.empty();

    @Option(names = "--to", paramLabel = "SEQ|TIME", converter = JournalPointConverter.class, description = "Only those asked for up to here, this included; 2026-11-23 is all of that day.")
    private Optional<JournalPoint> to = Optional.empty();

    @ArgGroup
    private Form form = new Form();

    /** At most one of them. */
    static final class Form {
        @Option(names = "--csv", description = "Comma-separated values with a header; times in nanoseconds.")
        private boolean csv;

        @Option(names = "--json", description = "One JSON object a line, one for each service; times in nanoseconds.")
        private boolean json;
    }

    @Override
    public Integer call() {
        outcome.filter(word -> !HandoffStats.OUTCOMES.contains(word)).ifPresent(word -> {
            throw new ParameterException(spec.commandLine(),
                    "'" + word + "' is no outcome; one of " + String.join(", ", HandoffStats.OUTCOMES));
        });
        return journal.read(reader -> {
            HandoffStats stats = new HandoffStats();
            HandoffStories.Read read = HandoffStories.scan(reader, summary -> {
                if (isWanted(summary)) {
                    stats.add(summary);
                }
                return true;
            });
            if (stats.services().isEmpty()) {
                journal.complain("no such handoff in the " + read.records() + " records of " + journal.directory());
            }
            LineOutput out = new LineOutput(journal.out());
            if (form.json) {
                stats.each((name, one) -> out.line(StatsJson.toJson(name, one).toString()));
            } else if (form.csv) {
                StatsText.csv(stats).forEach(out::line);
            } else if (!stats.services().isEmpty()) {
                StatsText.tables(stats).forEach(out::line);
            }
            journal.out().flush();
            return journal.judge(read.end(), read.notUnderstood());
        });
    }

    private boolean isWanted(HandoffSummary summary) {
        return service.map(summary.serviceName()::equals).orElse(true)
                && outcome.map(summary.ending().word()::equals).orElse(true)
                && from.map(point -> point.isReachedBy(summary.first())).orElse(true)
                && to.map(point -> point.isNotPassedBy(summary.first())).orElse(true);
    }
}
