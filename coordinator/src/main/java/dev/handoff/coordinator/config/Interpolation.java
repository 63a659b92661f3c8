package dev.handoff.coordinator.config;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * Variables in strings, as shells have them; the default also stands in for an empty variable. Defaults do not nest.
 *
 * <pre>
 * ${NAME}            the variable, refused if the environment lacks it
 * ${NAME:-default}   the default, if the environment lacks it or has it empty
 * $${                a literal ${
 * </pre>
 */
final class Interpolation {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private Interpolation() {}

    sealed interface Result {
        record Text(String text) implements Result {}

        record Bad(String message) implements Result {}
    }

    static Result apply(String text, Map<String, String> environment) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (true) {
            int start = text.indexOf("${", at);
            if (start < 0) {
                return new Result.Text(out.append(text, at, text.length()).toString());
            }
            if (start > at && text.charAt(start - 1) == '$') {
                out.append(text, at, start - 1).append("${");
                at = start + 2;
                continue;
            }
            int end = text.indexOf('}', start);
            if (end < 0) {
                return new Result.Bad("the ${ has no closing brace; $${ stands for a literal ${");
            }
            String inner = text.substring(start + 2, end);
            int colon = inner.indexOf(":-");
            String name = colon < 0 ? inner : inner.substring(0, colon);
            String fallback = colon < 0 ? null : inner.substring(colon + 2);
            if (!NAME.matcher(name).matches() || (fallback != null && fallback.contains("${"))) {
                return new Result.Bad("expected ${NAME} or ${NAME:-default}, found ${" + inner + "}");
            }
            String value = environment.get(name);
            if (fallback != null && (value == null || value.isEmpty())) {
                value = fallback;
            }
            if (value == null) {
                return new Result.Bad("the environment has no " + name + "; set it, or write ${" + name + ":-default}");
            }
            out.append(text, at, start).append(value);
            at = end + 1;
        }
    }
}
