/* One record: what it says, what it changed, what led to it and what it led to, and its bytes as they are stored. */
const Detail = (() => {
  const { el, put, id } = Dom;
  /** Of the stored record; RecordLayout has the picture. */
  const HEADER = 32;
  const ROW = 16;

  /** A record's fields as names and texts, nested ones by their path. */
  function fields(value, path = "") {
    if (value === null || typeof value !== "object") return [[path, value === null ? "none" : value]];
    const entries = Object.entries(value);
    if (!entries.length) return [[path, "none"]];
    return entries.flatMap(([name, inner]) => fields(inner,
      Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name));
  }

  const list = (pairs) => el("dl", { class: "fields" }, pairs.map(([name, value]) =>
    el("div", null, el("dt", null, name), el("dd", null, el("bdi", null, String(value))))));

  function record(moment) {
    const said = Object.entries(moment.record).filter(([, value]) => value !== null);
    return list(fields(Object.fromEntries(said)));
  }

  const state = (handoff, number) => new Map(number < 0 ? []
    : handoff.states[number].map((line) => handoff.lines[line]));

  function change(handoff, moment) {
    const before = state(handoff, moment.before);
    const after = state(handoff, moment.after);
    const names = [...new Set([...before.keys(), ...after.keys()])];
    const changed = names.filter((name) => before.get(name) !== after.get(name));
    const line = (name) => before.get(name) === after.get(name)
      ? el("div", null, el("dt", null, name), value("same", before.get(name)))
      : el("div", { class: "changed" }, el("dt", null, name), value("before", before.get(name)), value("after", after.get(name)));
    if (!names.length) return el("p", null, "Not known: records before it are lost.");
    return [
      changed.length ? el("dl", { class: "state" }, changed.map(line))
        : el("p", null, "This record changed nothing in the coordinator's state of the service."),
      el("details", { class: "whole" }, el("summary", null,
        `The whole state before and after: ${changed.length} of ${names.length} lines changed`),
      el("dl", { class: "state" }, names.map(line))),
    ];
  }

  /** A screen reader says what the signs show. */
  function value(style, text) {
    const sign = { before: ["−", "before: "], after: ["+", "after: "], same: ["", ""] }[style];
    return text === undefined ? null : el("dd", { class: style }, el("span", { "aria-hidden": "true" }, sign[0]),
      el("span", { class: "hidden" }, sign[1]), el("bdi", null, text === "" ? "(empty)" : text));
  }

  /** Offset, sixteen bytes in hex, the same as text; the header's bytes are set apart. */
  function hex(moment) {
    const bytes = moment.bytes.match(/../g) || [];
    const rows = [];
    for (let at = 0; at < bytes.length; at += ROW) {
      const row = bytes.slice(at, at + ROW);
      const text = row.map((byte) => parseInt(byte, 16)).map((c) => c > 31 && c < 127 ? String.fromCharCode(c) : "·");
      rows.push(el("tr", { class: at < HEADER ? "head" : null },
        el("th", { scope: "row" }, at.toString(16).padStart(4, "0")),
        el("td", null, row.slice(0, 8).join(" "), "\u2002", row.slice(8).join(" ")),
        el("td", { class: "ascii" }, text.join(""))));
    }
    const more = moment.length - bytes.length;
    return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The record's bytes" },
      el("table", { class: "hex" }, el("caption", null,
        `${moment.length} bytes as stored: ${HEADER} of header, then the content${more > 0 ? `; ${more} more left out` : ""}`),
      el("tbody", null, rows)));
  }

  const section = (name, ...children) => el("section", null, el("h3", null, name), children);

  /** Shows a record; `choose` is for the ones it names. */
  function show(handoff, moment, choose) {
    const panel = id("detail");
    if (!moment) {
      put(panel, el("h2", { id: "detail-title" }, "A record"),
        el("p", { class: "hint" }, "Choose an event on the time axis, in the story or in the table: here come its record, its bytes, and the state before and after."));
      return;
    }
    const at = handoff.moments.indexOf(moment);
    const neighbour = (by, text, label) => el("button", { type: "button", disabled: !handoff.moments[at + by],
      "aria-label": label, click: () => choose(handoff.moments[at + by]) }, text);
    const cause = handoff.bySeq.get(moment.caused_by);
    put(panel,
      el("div", { class: "bar" },
        el("h2", { id: "detail-title" }, `${Model.label(moment)} ${Model.name(moment)}`),
        el("div", { class: "tools" }, neighbour(-1, "‹", "Previous record"), neighbour(1, "›", "Next record"))),
      moment.words.map((words) => el("p", { class: "words" }, el("bdi", null, words))),
      el("p", { class: "where" }, [Model.offset(moment.at_ns), moment.record.kind, Model.route(moment)]
        .filter((part) => part).join(" · ")),
      cause || moment.led.length ? section("What led to what",
        cause ? el("p", null, "Caused by ", Summary.link(cause, choose), ` ${Model.name(cause)}, ${
          Model.duration(moment.at_ns - cause.at_ns)} before`) : null,
        moment.led.map((next) => el("p", null, "Led to ", Summary.link(next, choose), ` ${Model.name(next)}, ${
          Model.duration(next.at_ns - moment.at_ns)} later`))) : null,
      section("State of the service", change(handoff, moment)),
      moment.ordered ? section("What the core ordered on it",
        el("ul", { class: "ordered" }, moment.ordered.map((order) => el("li", null, el("bdi", null, order))))) : null,
      section("Record", record(moment)),
      moment.bytes ? section("Bytes", hex(moment)) : null);
  }

  return { show };
})();
