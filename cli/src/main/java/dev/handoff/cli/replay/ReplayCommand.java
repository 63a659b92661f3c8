package dev.handoff.cli.replay;

import dev.handoff.cli.BuildVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff replay}: post-mortems on a journal. A subcommand is a class of its own, listed here. */
@Command(name = "replay", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Shows what happened, from the journal.", synopsisSubcommandLabel = "COMMAND", subcommands = {
    ListCommand.class, ExplainCommand.class, DumpCommand.class, StateCommand.class, VerifyCommand.class,
    StatsCommand.class, DiffCommand.class, WhatIfCommand.class, FollowCommand.class, ExportCommand.class}, footer = {
        "", "They only read: a live coordinator is not disturbed, a copied directory will do, and of a damaged one",
        "everything readable is shown.", "",
        "Exit codes: 0 sound, 1 damaged or not found in the journal, 2 wrong usage, 3 there is no journal, or it",
        "cannot be read."})
public final class ReplayCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a COMMAND is missing");
    }
}
