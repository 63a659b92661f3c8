package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import dev.handoff.codec.ShardRevisions;
import dev.handoff.examples.kv.store.Shard;
import io.netty.handler.codec.redis.RedisMessage;

/** Commands about the connection and the server. */
final class ServerCommands {
    /** The version whose behaviour clients may expect. */
    private static final String REDIS_VERSION = "7.0.15";

    private final RespServer server;
    private final Commands commands;

    ServerCommands(RespServer server, Commands commands) {
        this.server = server;
        this.commands = commands;
    }

    void addTo(Commands table) {
        table.add("ping", -1, "fast", 0, 0, 0, ServerCommands::ping);
        table.add("echo", 2, "loading stale fast", 0, 0, 0, call -> Reply.of(Reply.bulk(call.bytes(1))));
        table.add("select", 2, "loading stale fast", 0, 0, 0, ServerCommands::select);
        table.add("quit", -1, "noscript loading stale fast no_auth allow_busy", 0, 0, 0, call -> {
            call.connection().closeAfterReplies();
            return Reply.ok();
        });
        table.add("auth", -2, "noscript loading stale fast no_auth allow_busy", 0, 0, 0,
                call -> Reply.error(switch (call.size()) {
                    case 2 -> "ERR AUTH <password> called without any password configured for the default user."
                            + " Are you sure your configuration is correct?";
                    case 3 -> "WRONGPASS invalid username-password pair or user is disabled.";
                    default -> CommandException.SYNTAX;
                }));
        table.add("hello", -1, "noscript loading stale fast no_auth allow_busy", 0, 0, 0, ServerCommands::hello);
        table.add("time", 1, "loading stale fast", 0, 0, 0, call -> Reply.of(Reply.array(
                List.of(Reply.bulk(Decimal.write(call.nowMs() / 1000)),
                        Reply.bulk(Decimal.write(call.nowMs() % 1000 * 1000))))));
        table.add("info", -1, "loading stale", 0, 0, 0, this::info);
        table.add("config", -2, "", 0, 0, 0, this::config);
        table.add("command", -1, "loading stale", 0, 0, 0, this::command);
        table.add("client", -2, "", 0, 0, 0, this::client);
    }

    private static Reply ping(Call call) {
        return switch (call.size()) {
            case 1 -> Reply.of(Reply.simple("PONG"));
            case 2 -> Reply.of(Reply.bulk(call.bytes(1)));
            default -> throw wrongNumber("ping");
        };
    }

    private static Reply select(Call call) {
        if (call.integer(1) != 0) {
            throw new CommandException("ERR DB index is out of range");
        }
        return Reply.ok();
    }

    private static Reply hello(Call call) {
        if (call.size() > 1) {
            long version = Decimal.read(call.bytes(1))
                    .orElseThrow(() -> new CommandException("ERR Protocol version is not an integer or out of range"));
            if (version != 2) {
                throw new CommandException("NOPROTO unsupported protocol version");
            }
            if (call.size() == 4 && call.word(2).equals("SETNAME")) {
                call.connection().rename(validName(call.text(3)));
            } else if (call.size() > 2) {
                throw new CommandException("ERR Syntax error in HELLO option '" + call.text(2) + "'");
            }
        }
        return Reply.of(Reply.array(List.of(Reply.bulk("server"), Reply.bulk("redis"), Reply.bulk("version"),
                Reply.bulk(REDIS_VERSION), Reply.bulk("proto"), Reply.integer(2), Reply.bulk("id"),
                Reply.integer(call.connection().id()), Reply.bulk("mode"), Reply.bulk("standalone"), Reply.bulk("role"),
                Reply.bulk("master"), Reply.bulk("modules"), Reply.array(List.of()))));
    }

    private Reply info(Call call) {
        ShardRevisions revisions = call.store().revisions();
        return call.onAll(() -> {
            long keys = call.store().shards().stream().mapToLong(Shard::size).sum();
            Map<String, List<String>> sections = new LinkedHashMap<>();
            sections.put("Server", List.of("redis_version:" + REDIS_VERSION, "redis_mode:standalone", "os:Linux",
                    "arch_bits:64", "process_id:" + ProcessHandle.current().pid(), "tcp_port:" + port(),
                    "uptime_in_seconds:" + server.uptimeSeconds(), "kv_build:" + server.config().buildId()));
            sections.put("Clients", List.of("connected_clients:" + server.connectionCount(), "maxclients:0"));
            sections.put("Memory",
                    List.of("used_memory:" + (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()),
                            "maxmemory:0", "maxmemory_policy:noeviction"));
            sections.put("Persistence",
                    List.of("loading:0", "aof_enabled:1", "kv_segments:" + call.store().segmentCount(),
                            "kv_revisions:" + revisions));
            sections.put("Stats", List.of("total_connections_received:" + server.accepted(),
                    "total_commands_processed:" + server.executed()));
            sections.put("Replication", List.of("role:master", "connected_slaves:0"));
            sections.put("Keyspace", keys == 0 ? List.of() : List.of("db0:keys=" + keys + ",expires=0,avg_ttl=0"));
            List<String> wanted = call.from(1).stream().map(b -> new String(b, StandardCharsets.UTF_8)).toList();
            boolean all = wanted.isEmpty()
                    || wanted.stream().anyMatch(
                            w -> List.of("all", "default", "everything").contains(w.toLowerCase(Locale.ROOT)));
            StringBuilder text = new StringBuilder();
            sections.forEach((title, lines) -> {
                if (all || wanted.stream().anyMatch(title::equalsIgnoreCase)) {
                    text.append(text.isEmpty() ? "" : "\r\n").append("# ").append(title).append("\r\n");
                    lines.forEach(line -> text.append(line).append("\r\n"));
                }
            });
            return Reply.bulk(text.toString());
        });
    }

    private int port() {
        List<Integer> ports = server.ports();
        return ports.isEmpty() ? 0 : ports.getFirst();
    }

    private Reply config(Call call) {
        return switch (call.word(1)) {
            case "GET" -> {
                if (call.size() < 3) {
                    throw wrongNumber("config|get");
                }
                List<Glob> patterns = call.from(2).stream()
                        .map(b -> new Glob(new String(b, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT)
                                .getBytes(StandardCharsets.UTF_8)))
                        .toList();
                List<RedisMessage> found = new ArrayList<>();
                settings().forEach((name, value) -> {
                    if (patterns.stream().anyMatch(p -> p.matches(name.getBytes(StandardCharsets.UTF_8)))) {
                        found.add(Reply.bulk(name));
                        found.add(Reply.bulk(value));
                    }
                });
                yield Reply.of(Reply.array(found));
            }
            case "SET" -> {
                if (call.size() < 4 || call.size() % 2 != 0) {
                    throw wrongNumber("config|set");
                }
                String name = call.text(2);
                throw new CommandException(settings().containsKey(name.toLowerCase(Locale.ROOT))
                        ? "ERR CONFIG SET failed (possibly related to argument '" + name
                                + "') - can't set immutable config"
                        : "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
            }
            case "RESETSTAT" -> Reply.ok();
            default -> throw unknownSubcommand(call, "CONFIG");
        };
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("appendfsync", "always");
        settings.put("appendonly", "yes");
        settings.put("databases", "1");
        settings.put("dir", server.config().directory());
        settings.put("maxmemory", "0");
        settings.put("maxmemory-policy", "noeviction");
        settings.put("port", Integer.toString(port()));
        settings.put("proto-max-bulk-len", Integer.toString(server.config().maxBulkLength()));
        settings.put("save", "");
        settings.put("timeout", "0");
        return settings;
    }

    private Reply command(Call call) {
        if (call.size() == 1) {
            return Reply.of(Reply.array(commands.all().stream().map(Command::described).toList()));
        }
        return switch (call.word(1)) {
            case "COUNT" -> Reply.of(Reply.integer(commands.all().size()));
            case "LIST" -> Reply.of(Reply.array(commands.all().stream().map(c -> Reply.bulk(c.name())).toList()));
            case "INFO" -> Reply.of(Reply.array(call.size() == 2
                    ? commands.all().stream().map(Command::described).toList()
                    : call.from(2).stream().map(this::describedOrNil).toList()));
            // Documentation is Redis's own; redis-cli does without.
            case "DOCS" -> Reply.of(Reply.array(List.of()));
            default -> throw unknownSubcommand(call, "COMMAND");
        };
    }

    private RedisMessage describedOrNil(byte[] name) {
        Command command = commands.find(new String(name, StandardCharsets.UTF_8));
        return command == null ? Reply.NIL : command.described();
    }

    private Reply client(Call call) {
        Connection connection = call.connection();
        return switch (call.word(1)) {
            case "ID" -> Reply.of(Reply.integer(exactly(call, 2, "client|id").connection().id()));
            case "GETNAME" -> Reply.of(exactly(call, 2, "client|getname").connection().name().isEmpty()
                    ? Reply.NIL
                    : Reply.bulk(connection.name()));
            case "SETNAME" -> {
                connection.rename(validName(exactly(call, 3, "client|setname").text(2)));
                yield Reply.ok();
            }
            // Redis 7.2; clients of today send it unasked.
            case "SETINFO" -> {
                exactly(call, 4, "client|setinfo");
                yield Reply.ok();
            }
            case "INFO" -> Reply.of(Reply.bulk(exactly(call, 2, "client|info").connection().description() + "\n"));
            case "LIST" -> {
                StringBuilder list = new StringBuilder();
                server.connections().forEach(each -> list.append(each.description()).append('\n'));
                yield Reply.of(Reply.bulk(list.toString()));
            }
            default -> throw unknownSubcommand(call, "CLIENT");
        };
    }

    private static String validName(String name) {
        if (!name.chars().allMatch(c -> c >= '!' && c <= '~')) {
            throw new CommandException("ERR Client names cannot contain spaces, newlines or special characters.");
        }
        return name;
    }

    private static Call exactly(Call call, int size, String command) {
        if (call.size() != size) {
            throw wrongNumber(command);
        }
        return call;
    }

    private static CommandException wrongNumber(String command) {
        return new CommandException("ERR wrong number of arguments for '" + command + "' command");
    }

    private static CommandException unknownSubcommand(Call call, String command) {
        return new CommandException("ERR unknown subcommand '" + call.text(1) + "'. Try " + command + " HELP.");
    }
}
