/* The swim lanes. Drawn anew at each change of what is in view; only what is in view is drawn. */
class Chart {
  static HEIGHT = 392;
  static LANES = { incumbent: 142, coordinator: 232, successor: 322 };
  static STRIPS = { writes: 34, phases: 64 };
  static STRIP = 20;
  static GROUPS = 362;
  static MAP = 34;
  /** About the width of a character of a label, in pixels. */
  static CHAR = 6.3;
  /** Where labels of shapes go, from their lane. */
  static ROWS = { incumbent: [18, -10], coordinator: [-10, 19, -40, 34], successor: [-12, 20] };
  static WRITER = { incumbent: "incumbent writes", successor: "successor writes", nobody: "NOBODY WRITES",
    other: "a new process writes" };

  /**
   * chosen: is told of a record that somebody points at; entered: somebody wants its details.
   */
  constructor(host, map, chosen, entered) {
    this.host = host;
    this.map = map;
    this.chosen = chosen;
    this.enter = entered;
    this.heartbeats = false;
    new ResizeObserver(() => this.draw()).observe(host);
    new Gestures(this, host, map);
  }

  /** Shows another handoff, all of it. */
  open(handoff) {
    this.handoff = handoff;
    this.marks = handoff.moments.map((moment) => Marks.of(handoff, moment));
    const whole = Math.max(handoff.last_word_ns - handoff.begin, Axis.LEAST_NS);
    this.axis = new Axis(handoff.begin - whole * 0.02, handoff.last_word_ns + whole * 0.04);
    this.selected = null;
    this.fit();
  }

  /** From the request to the end. */
  fit() {
    this.frame(0, Math.max(this.handoff.total_ns, Axis.LEAST_NS));
  }

  /** With what came after the end. */
  fitAll() {
    this.frame(this.axis.first, this.axis.last);
  }

  fitGap() {
    if (this.handoff.gap) this.frame(this.handoff.gap.from_ns, this.handoff.gap.to_ns);
  }

  frame(from, to) {
    this.axis.frame(from, to);
    this.draw();
  }

  zoom(factor) {
    const around = this.selected && this.axis.holds(this.selected.at_ns)
      ? this.selected.at_ns : (this.axis.from + this.axis.to) / 2;
    this.axis.zoom(factor, around);
    this.draw();
  }

  /** Marks a record as the one that is looked at, and moves it into view. */
  select(moment) {
    this.selected = moment;
    if (moment && !this.axis.holds(moment.at_ns)) {
      const half = (this.axis.to - this.axis.from) / 2;
      this.axis.show(moment.at_ns - half, moment.at_ns + half);
    }
    this.draw();
  }

  /** The record so many steps from the selected one, leaving out what is not drawn. */
  step(by) {
    const shown = this.visible();
    const at = shown.findIndex((mark) => mark.moment === this.selected);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, at + by));
    if (shown[next]) this.chosen(shown[next].moment);
  }

  visible() {
    return this.marks.filter((mark) => this.heartbeats || !mark.moment.heartbeat || mark.moment === this.selected);
  }

  draw() {
    if (!this.handoff || !this.host.clientWidth) return;
    const width = this.host.clientWidth;
    this.axis.width = width;
    const svg = Dom.svg("svg", { viewBox: `0 0 ${width} ${Chart.HEIGHT}`, role: "presentation" });
    const shown = this.visible().filter((mark) => this.axis.holds(mark.moment.at_ns));
    this.taken = [];
    this.shafts = shown.filter((mark) => mark.shape === "arrow")
      .map((mark) => ({ peer: mark.peer, x: this.axis.x(mark.moment.at_ns) }));
    const [lanes, names] = this.lanes();
    svg.append(this.ticks(), this.gapBand(), ...this.strips(), ...lanes, this.groups(shown));
    for (const mark of shown) svg.append(this.mark(mark));
    svg.append(...this.labels(shown), ...names);
    Dom.put(this.host, svg);
    const drawn = this.selected && this.axis.holds(this.selected.at_ns);
    this.host.toggleAttribute("data-drawn", true);
    if (drawn) this.host.setAttribute("aria-activedescendant", `m${this.selected.index}`);
    else this.host.removeAttribute("aria-activedescendant");
    this.drawMap(width);
  }

  ticks() {
    const group = Dom.svg("g", { class: "ticks" });
    for (const tick of this.axis.ticks(Math.max(3, this.axis.width / 110))) {
      const x = this.axis.x(tick.ns);
      group.append(Dom.svg("line", { x1: x, x2: x, y1: 20, y2: Chart.GROUPS - 12 }));
      const end = x > this.axis.width - 34 ? "end" : x < 34 ? "start" : "middle";
      group.append(Dom.svg("text", { x, y: 13, "text-anchor": end }, tick.text));
    }
    return group;
  }

  /** A bar from one time to another with a text in it, as much as there is room for. */
  bar(from, to, y, height, style, text) {
    const left = Math.max(this.axis.x(from), -2);
    const right = Math.min(this.axis.x(to), this.axis.width + 2);
    if (right < 0 || left > this.axis.width) return null;
    const width = Math.max(right - left, 1.5);
    const room = Math.floor((width - 10) / Chart.CHAR);
    const nobody = style === "writer nobody";
    const fits = text && [text, text.split(" · ")[nobody ? 1 : 0]].find((each) => each.length <= room);
    if (nobody && !fits) return this.besideBar(left, right, y, height, style, text);
    return Dom.svg("g", { class: style },
      Dom.svg("rect", { x: left, y, width, height, rx: 3 }),
      fits ? Dom.svg("text", { x: Math.max(left, 0) + 6, y: y + height / 2 + 4 }, fits) : null);
  }

  /** The writer gap is named even where its bar is too short for a text. */
  besideBar(left, right, y, height, style, text) {
    const before = left > text.length * Chart.CHAR + 8;
    return Dom.svg("g", { class: `${style} beside` },
      Dom.svg("rect", { x: left, y, width: Math.max(right - left, 2.5), height, rx: Math.min(3, (right - left) / 2) }),
      Dom.svg("text", { x: before ? left - 6 : right + 6, y: y + height / 2 + 4, "text-anchor": before ? "end" : "start" },
        text));
  }

  gapBand() {
    const gap = this.handoff.gap;
    const band = gap && this.bar(gap.from_ns, gap.to_ns, 24, Chart.GROUPS - 36, "band");
    return band || Dom.svg("g");
  }

  strips() {
    const group = (name, y, bars) => [
      Dom.svg("text", { class: "strip", x: 4, y: y - 3 }, name), ...bars.filter((bar) => bar)];
    const inOrder = [...this.handoff.writers].sort((a, b) => (a.writer === "nobody") - (b.writer === "nobody"));
    const writers = inOrder.map((span) => this.bar(span.from_ns, span.to_ns, Chart.STRIPS.writes,
      Chart.STRIP, `writer ${span.writer}`,
      `${Chart.WRITER[span.writer]} · ${Model.duration(span.to_ns - span.from_ns)}`));
    const phases = this.handoff.phases.map((phase) => {
      const bar = this.bar(phase.from_ns, phase.to_ns, Chart.STRIPS.phases, Chart.STRIP,
        `phase ${phase.kind}`, `${phase.phase} · ${phase.duration}`);
      if (bar) {
        bar.prepend(Dom.svg("title", null, `${phase.phase}, ${phase.duration}: click to zoom in`));
        bar.addEventListener("click", () => this.frame(phase.from_ns, phase.to_ns));
      }
      return bar;
    });
    return [...group("", Chart.STRIPS.writes, writers), ...group("", Chart.STRIPS.phases, phases)];
  }

  /** The lanes with their processes' lives, and the names, which belong above everything. */
  lanes() {
    const parts = [];
    const names = [];
    for (const [lane, y] of Object.entries(Chart.LANES)) {
      parts.push(Dom.svg("line", { class: "lane", x1: 0, x2: this.axis.width, y1: y, y2: y }));
      const who = this.handoff[lane];
      const text = who ? `${lane} · ${who.shown} · pid ${who.pid}` : lane;
      for (const life of Marks.lives(this.handoff).filter((each) => each.lane === lane)) {
        const bar = this.bar(life.from, life.to, y - 3, 6, `life ${lane}${life.away ? " away" : ""}`);
        if (bar) parts.push(bar);
        if (bar && life.away) {
          const x = this.axis.x((life.from + life.to) / 2);
          parts.push(Dom.svg("text", { class: "label bad", x, y: y - 12, "text-anchor": "middle" },
            `no coordinator · ${Model.duration(life.to - life.from)}`),
          Dom.svg("g", { class: "mark crash bad" }, Dom.svg("title", null, "the coordinator's last word"),
            ...Chart.glyph("crash", this.axis.x(life.from), y)));
        }
      }
      const top = lane === "successor" ? y + 20 : y - 24;
      names.push(Dom.svg("text", { class: `name ${lane}`, x: 4, y: top }, text));
      this.taken.push({ left: 0, right: 8 + text.length * 7, y: top });
    }
    return [parts, names];
  }

  /** Below the lanes: what lies on one spot, and a way into it. */
  groups(shown) {
    const group = Dom.svg("g", { class: "groups" });
    for (const cluster of Marks.clusters(shown, this.axis, 9).filter((each) => each.marks.length > 3)) {
      const times = cluster.marks.map((mark) => mark.moment.at_ns);
      const [from, to] = [times[0], times[times.length - 1]];
      if (to - from < Axis.LEAST_NS / 4) continue;
      const text = `${times.length} in ${Model.duration(to - from)}`;
      const room = text.length * Chart.CHAR / 2;
      const x = Math.max(room, Math.min(this.axis.width - room, (cluster.left + cluster.right) / 2));
      group.append(Dom.svg("g", { class: "group", click: () => this.frame(from, to) },
        Dom.svg("title", null, "click to zoom in"),
        Dom.svg("path", { d: `M${cluster.left - 3} ${Chart.GROUPS - 8}v5H${cluster.right + 3}v-5` }),
        Dom.svg("text", { x, y: Chart.GROUPS + 12, "text-anchor": "middle" }, text)));
    }
    return this.withoutOverlap(group);
  }

  /** Of texts that would cover each other the later one goes; its bracket stays. */
  withoutOverlap(group) {
    let right = -Infinity;
    for (const each of group.children) {
      const text = each.lastChild;
      const half = text.textContent.length * Chart.CHAR / 2;
      const x = Number(text.getAttribute("x"));
      if (x - half < right + 6) text.remove();
      else right = x + half;
    }
    return group;
  }

  mark(mark) {
    const moment = mark.moment;
    const x = this.axis.x(moment.at_ns);
    const selected = moment === this.selected;
    const words = Model.words(moment) || Model.route(moment);
    const group = Dom.svg("g", {
      class: `mark ${mark.shape} ${mark.tone} ${mark.peer || mark.lane}${selected ? " selected" : ""}`,
      id: `m${moment.index}`, role: "option", "aria-selected": String(selected),
      "aria-label": `${Model.label(moment)} ${Model.name(moment)}, ${Model.offset(moment.at_ns)}. ${words}`,
      click: () => this.chosen(moment),
    }, Dom.svg("title", null, `${Model.label(moment)} ${Model.name(moment)}\n${Model.offset(moment.at_ns)}\n${words}`
      .replaceAll("\n", " — ")));
    if (selected) group.append(Dom.svg("line", { class: "cursor", x1: x, x2: x, y1: 20, y2: Chart.GROUPS - 12 }));
    if (mark.shape === "arrow") {
      this.arrow(group, mark, x);
    } else {
      group.append(...Chart.glyph(mark.shape, x, Chart.LANES[mark.lane]));
    }
    return group;
  }

  arrow(group, mark, x) {
    const [from, to] = [Chart.LANES[mark.from], Chart.LANES[mark.to]];
    const down = to > from ? 1 : -1;
    const tip = to - 4 * down;
    group.append(
      Dom.svg("line", { class: "hit", x1: x, x2: x, y1: from, y2: to }),
      Dom.svg("line", { class: "shaft", x1: x, x2: x, y1: from + 4 * down, y2: tip - 7 * down }),
      Dom.svg("path", { class: "head", d: `M${x} ${tip}l-4.5 ${-9 * down}h9z` }));
  }

  static glyph(shape, x, y) {
    const path = (style, d) => Dom.svg("path", { class: style, d });
    const hit = Dom.svg("circle", { class: "hit", cx: x, cy: y, r: 9 });
    switch (shape) {
      case "timer":
        return [hit, Dom.svg("circle", { class: "body", cx: x, cy: y, r: 6 }), path("line", `M${x} ${y - 4}V${y}l3 2`)];
      case "gate":
        return [hit, path("body", `M${x} ${y - 7}l7 7l-7 7l-7 -7z`)];
      case "end":
        return [hit, path("line", `M${x} ${y + 9}V${y - 16}`), path("body", `M${x} ${y - 16}h11l-3 4l3 4h-11z`)];
      case "restart":
        return [hit, path("body", `M${x - 5} ${y - 8}l11 8l-11 8z`)];
      case "crash":
        return [hit, path("cross", `M${x - 6} ${y - 6}l12 12M${x + 6} ${y - 6}l-12 12`)];
      case "exit":
        return [hit, path("body", `M${x - 4} ${y - 5}h8v10h-8z`)];
      case "spawn": case "request":
        return [hit, path("body", `M${x - 4} ${y - 6}l9 6l-9 6z`)];
      case "damage":
        return [hit, path("cross", `M${x} ${y - 90}l-5 30l10 30l-10 30l10 30l-10 30l5 30`)];
      default:
        return [hit, Dom.svg("circle", { class: "body", cx: x, cy: y, r: 3.5 })];
    }
  }

  /** Where there is no room for all labels, those that matter most have theirs. */
  labels(shown) {
    const weight = (mark) => mark.moment === this.selected ? 0 : ["bad", "warn", "good"].includes(mark.tone) ? 1 : 2;
    return [0, 1, 2].flatMap((each) => shown.filter((mark) => weight(mark) === each))
      .map((mark) => this.label(mark, this.axis.x(mark.moment.at_ns), mark.moment === this.selected))
      .filter((label) => label);
  }

  /** A label where it covers no other, and no arrow that is not its own: beside an arrow in one of its rows, or near a shape. */
  label(mark, x, selected) {
    const arrow = mark.shape === "arrow";
    if (!selected && (mark.tone === "quiet" || ["spawn", "exit", "dot"].includes(mark.shape))) return null;
    const text = Model.name(mark.moment);
    const width = text.length * Chart.CHAR + 10;
    const top = arrow ? Math.min(Chart.LANES[mark.from], Chart.LANES[mark.to]) : Chart.LANES[mark.lane];
    const rows = arrow ? [20, 35, 50, 65] : Chart.ROWS[mark.lane];
    for (const y of rows.map((row) => top + row)) {
      for (const side of [1, -1]) {
        const box = { left: side > 0 ? x : x - width, right: side > 0 ? x + width : x, y };
        if (this.isFree(box, arrow ? mark.peer : y < Chart.LANES.coordinator ? "incumbent" : "successor", x)) {
          this.taken.push(box);
          return Dom.svg("text", { class: `label ${mark.tone} ${mark.peer || ""}`, x: x + 7 * side, y,
            "text-anchor": side > 0 ? "start" : "end" }, text);
        }
      }
    }
    return null;
  }

  isFree(box, peer, x) {
    return box.left > 0 && box.right < this.axis.width
      && this.taken.every((other) => Math.abs(other.y - box.y) > 11 || other.left > box.right || other.right < box.left)
      && this.shafts.every((shaft) => shaft.peer !== peer || Math.abs(shaft.x - x) < 5
        || shaft.x < box.left - 2 || shaft.x > box.right + 2);
  }

  /** The whole story in small, with a window on what the chart shows. */
  drawMap(width) {
    const axis = new Axis(this.axis.first, this.axis.last);
    axis.width = width;
    const svg = Dom.svg("svg", { viewBox: `0 0 ${width} ${Chart.MAP}` });
    for (const span of this.handoff.writers) {
      const x = axis.x(span.from_ns);
      svg.append(Dom.svg("g", { class: `writer ${span.writer}` }, Dom.svg("rect", { x, y: 8,
        width: Math.max(1.5, axis.x(span.to_ns) - x), height: 8 })));
    }
    for (const mark of this.visible()) {
      const x = axis.x(mark.moment.at_ns);
      svg.append(Dom.svg("line", { class: "tick", x1: x, x2: x, y1: 19, y2: 27 }));
    }
    const left = axis.x(this.axis.from);
    svg.append(Dom.svg("rect", { class: "window", x: left, y: 2, width: Math.max(4, axis.x(this.axis.to) - left),
      height: Chart.MAP - 4, rx: 3 }));
    Dom.put(this.map, svg);
    this.whole = axis;
  }
}
