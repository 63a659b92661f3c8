package dev.handoff.cli.replay;

import java.util.Optional;
import java.util.concurrent.Callable;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.replay.JournalPoint;
import dev.handoff.replay.StateAt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code handoff replay state}: what the coordinator knew at a moment. */
@Command(name = "state", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Shows the coordinator's whole state at a moment: every service, its handoff in flight, processes, sessions,",
    "timers. It is what the production core makes of the records up to there."}, footer = {
        "", "Examples:", "  handoff replay state --journal /var/lib/kv/journal",
        "  handoff replay state --journal DIR --at 4711",
        "  handoff replay state --journal DIR --at 2026-11-23T08:38:19 --json | jq '.services[].state'", "",
        "Exit codes: 0 shown, 1 the journal is damaged up to there, or has nothing up to there, 2 wrong usage,",
        "3 there is no journal, or it cannot be read."})
final class StateCommand implements Callable<Integer> {

    @Mixin
    private JournalOption journal;

    @Option(names = "--at", paramLabel = "SEQ|TIME", converter = JournalPointConverter.class, description = "After this record, or at the end of this time, a time in UTC. Default: the journal's end.")
    private Optional<JournalPoint> at = Optional.empty();

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        return journal.read(reader -> {
            StateAt.Found found = StateAt.find(reader, at);
            if (found.at().isEmpty()) {
                journal.complain("there is no record up to there in " + journal.directory());
                journal.judge(found.end(), found.notUnderstood());
                return ExitCode.FAILED;
            }
            LineOutput out = new LineOutput(journal.out());
            if (json) {
                out.line(found.json().toString());
            } else {
                StateAt.lines(found.json(), out::line);
            }
            journal.out().flush();
            if (!found.reached()) {
                journal.complain("the journal ends at record " + found.at().get().sequence()
                        + ", before the moment that was asked for: this is the state there");
            }
            if (!found.reliable()) {
                journal.complain("records before it are lost: this is what the core makes of the others");
            }
            int exit = journal.judge(found.end(), found.notUnderstood());
            return found.reliable() ? exit : ExitCode.FAILED;
        });
    }
}
