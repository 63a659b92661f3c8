/* The part of time that is in view, on pixels; always to scale. */
class Axis {
  /** The closest look: a microsecond over the whole width. */
  static LEAST_NS = 1000;

  constructor(first, last) {
    this.first = first;
    this.last = last;
    this.from = first;
    this.to = last;
    this.width = 0;
  }

  /** Where a time lies, in pixels. */
  x(ns) {
    return ((ns - this.from) / (this.to - this.from)) * this.width;
  }

  /** Which time lies there. */
  at(x) {
    return this.from + (x / this.width) * (this.to - this.from);
  }

  /** Shows this much, kept within what there is to see. */
  show(from, to) {
    const whole = this.last - this.first;
    const span = Math.min(whole, Math.max(Axis.LEAST_NS, to - from));
    let start = (from + to) / 2 - span / 2;
    start = Math.max(this.first, Math.min(this.last - span, start));
    this.from = start;
    this.to = start + span;
  }

  /** Shows a span with some room on both sides, so that its borders can be seen. */
  frame(from, to) {
    const room = Math.max((to - from) * 0.06, Axis.LEAST_NS / 2);
    this.show(from - room, to + room);
  }

  /** Zooms around a time that stays where it is. */
  zoom(factor, around) {
    const left = (around - this.from) * factor;
    const right = (this.to - around) * factor;
    if (left + right >= Axis.LEAST_NS || factor > 1) this.show(around - left, around + right);
  }

  pan(ns) {
    this.show(this.from + ns, this.to + ns);
  }

  holds(ns) {
    return ns >= this.from && ns <= this.to;
  }

  /** Round times, at most so many, each with a text that tells it from its neighbours. */
  ticks(most) {
    const rough = (this.to - this.from) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
    const [unit, size] = this.to >= 1e9 ? ["s", 1e9] : this.to >= 1e6 ? ["ms", 1e6] : ["µs", 1e3];
    const decimals = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
    const ticks = [];
    for (let i = Math.ceil(this.from / step); i * step <= this.to; i++) {
      ticks.push({ ns: i * step, text: `${((i * step) / size).toFixed(decimals)} ${unit}` });
    }
    return ticks;
  }
}
