package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreUnavailableException;

/** The table of commands, and the way from a request to its reply. Immutable once built. */
final class Commands {
    /** How much of an unknown command Redis repeats. */
    private static final int QUOTED = 128;

    private final Map<String, Command> byName = new LinkedHashMap<>();

    private Commands() {}

    static Commands of(RespServer server) {
        Commands commands = new Commands();
        StringCommands.addTo(commands);
        KeyCommands.addTo(commands);
        new ServerCommands(server, commands).addTo(commands);
        return commands;
    }

    void add(String name, int arity, String flags, int firstKey, int lastKey, int step, Command.Action action) {
        Command command = new Command(name, arity, flags.isEmpty() ? List.of() : List.of(flags.split(" ")), firstKey,
                lastKey, step, action);
        if (byName.put(name, command) != null) {
            throw new IllegalStateException(name + " is in the table twice");
        }
    }

    Collection<Command> all() {
        return byName.values();
    }

    /** Null if there is none. */
    Command find(String name) {
        return byName.get(name.toLowerCase(Locale.ROOT));
    }

    Reply execute(Connection connection, KvStore store, List<byte[]> request) {
        Command command = find(new String(request.getFirst(), StandardCharsets.ISO_8859_1));
        if (command == null) {
            return Reply.error(unknown(request));
        }
        if (!command.accepts(request.size())) {
            return Reply.error("ERR wrong number of arguments for '" + command.name() + "' command");
        }
        try {
            return command.action().execute(new Call(connection, store, request, System.currentTimeMillis()));
        } catch (CommandException e) {
            return Reply.error(e.getMessage());
        } catch (StoreUnavailableException e) {
            return Reply.error("ERR " + e.getMessage());
        }
    }

    private static String unknown(List<byte[]> request) {
        StringBuilder beginning = new StringBuilder();
        for (byte[] argument : request.subList(1, request.size())) {
            if (beginning.length() >= QUOTED) {
                break;
            }
            beginning.append('\'').append(shortened(argument, QUOTED - beginning.length())).append("' ");
        }
        return "ERR unknown command '" + shortened(request.getFirst(), QUOTED) + "', with args beginning with: "
                + beginning;
    }

    private static String shortened(byte[] bytes, int length) {
        return new String(bytes, 0, Math.min(bytes.length, length), StandardCharsets.UTF_8);
    }
}
