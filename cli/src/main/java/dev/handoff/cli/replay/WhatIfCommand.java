package dev.handoff.cli.replay;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.handoff.cli.BuildVersion;
import dev.handoff.cli.ExitCode;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.coordinator.config.Suggestions;
import dev.handoff.replay.Alternative;
import dev.handoff.replay.AlternativeText;
import dev.handoff.replay.HandoffStory;
import dev.handoff.replay.PolicyKey;
import dev.handoff.replay.WhatIf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code handoff replay what-if}: a handoff once more, under another policy. */
@Command(name = "what-if", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Runs a handoff again on the coordinator's own code, with the journal's inputs and another policy, and shows the",
    "first decision that changes and how it would have ended. From that decision on an input counts only while it",
    "fits: as long as its sender was told the same in both courses. Where the other course waits for somebody who was",
    "told something else, its end is not knowable, and that is said.", "",
    "Keys and units are those of the configuration: drain_grace_secs, deadline_secs, hello_secs, start_secs, exit_secs,",
    "restart_unresponsive; and lock_gate, which is true where data_dir is configured."}, footer = {
        "", "Examples:", "  handoff replay what-if last --set drain_grace_secs=5 --journal /var/lib/kv/journal",
        "  handoff replay what-if baba4 --set deadline_secs=10 lock_gate=false --journal DIR --json", "",
        "Exit codes: 0 the outcome is known, the same or another, 1 not found, or the journal is damaged, 2 wrong usage,",
        "3 there is no journal, or it cannot be read, 12 the outcome is not knowable."})
final class WhatIfCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOption journal;

    @Parameters(index = "0", paramLabel = "ID", description = StoryFinder.ID)
    private String id;

    @Option(names = "--set", required = true, paramLabel = "KEY=VALUE", description = "What would have been different.")
    private List<String> settings;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "KEY=VALUE", description = "More of it.")
    private List<String> more = List.of();

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        UnaryOperator<ServicePolicy> change = change();
        return journal.read(reader -> {
            StoryFinder finder = new StoryFinder(journal);
            Optional<HandoffStory> story = finder.find(reader, id);
            if (story.isEmpty()) {
                return ExitCode.FAILED;
            }
            Alternative alternative = WhatIf.run(reader, story.get(), change);
            LineOutput out = new LineOutput(journal.out());
            if (json) {
                out.line(AlternativeText.toJson(alternative).toString());
            } else {
                AlternativeText.of(alternative).forEach(out::line);
            }
            journal.out().flush();
            int judged = finder.judge();
            return judged == ExitCode.OK && alternative.course() instanceof Alternative.Course.NotKnowable
                    ? ExitCode.INDETERMINATE
                    : judged;
        });
    }

    private UnaryOperator<ServicePolicy> change() {
        UnaryOperator<ServicePolicy> change = UnaryOperator.identity();
        for (String setting : Stream.concat(settings.stream(), more.stream()).toList()) {
            UnaryOperator<ServicePolicy> before = change;
            int equals = setting.indexOf('=');
            if (equals < 0) {
                throw new ParameterException(spec.commandLine(), "'" + setting + "' is not KEY=VALUE");
            }
            String key = setting.substring(0, equals);
            String value = setting.substring(equals + 1);
            PolicyKey known = PolicyKey.of(key).orElseThrow(() -> new ParameterException(spec.commandLine(),
                    "the policy has no key '" + key + "'" + Suggestions.closest(key, PolicyKey.keys())
                            .map(close -> "; did you mean " + close + "?")
                            .orElse("; it has " + String.join(", ", PolicyKey.keys()))));
            if (known.with(ServicePolicy.DEFAULT, value).isEmpty()) {
                throw new ParameterException(spec.commandLine(),
                        key + " takes " + known.expected() + ", not '" + value + "'");
            }
            change = policy -> known.with(before.apply(policy), value).orElseThrow();
        }
        return change;
    }
}
