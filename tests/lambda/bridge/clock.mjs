/*
 * clock.mjs - the time of one execution.
 *
 * It is real time plus an offset. Timers fire when their time comes; jump()
 * moves the offset to the next of them, which is how time is skipped. A timer
 * that is a deadline (of a callback, of the execution) moves along when
 * another one is jumped to, unless deadlines are to be jumped to as well.
 * Those that may be jumped to can be held: until release() only jump() fires
 * them, however long that takes.
 */
export class Clock {
  #offset = 0;
  #timers = new Map();
  #next = 1;
  #isHeld = () => false;

  now() {
    return Date.now() + this.#offset;
  }

  /* Real milliseconds for a time of this clock. */
  real(time) {
    return time.getTime() - this.#offset;
  }

  /* Calls run at that time; returns what cancel() takes. */
  at(due, run, isDeadline = false) {
    const id = this.#next++;
    const timer = { id, due, run, isDeadline };
    this.#timers.set(id, timer);
    this.#arm(timer);
    return id;
  }

  cancel(id) {
    const timer = this.#timers.get(id);
    if (timer) {
      clearTimeout(timer.handle);
      this.#timers.delete(id);
    }
  }

  /* Forgets all timers: the execution is over. */
  stop() {
    for (const id of [...this.#timers.keys()])
      this.cancel(id);
  }

  hold(deadlinesToo) {
    this.#isHeld = (timer) => deadlinesToo || !timer.isDeadline;
  }

  release() {
    this.#isHeld = () => false;
    for (const timer of this.#timers.values())
      this.#arm(timer);
  }

  /* Goes on to the next timer and runs it; false when there is none. */
  jump(deadlinesToo) {
    const due = [...this.#timers.values()]
      .filter((timer) => deadlinesToo || !timer.isDeadline)
      .sort((a, b) => a.due - b.due || a.id - b.id);
    if (due.length === 0)
      return false;
    const by = Math.max(0, due[0].due - this.now());
    this.#offset += by;
    for (const timer of this.#timers.values()) {
      if (timer.isDeadline && !deadlinesToo)
        timer.due += by;
      this.#arm(timer);
    }
    this.#fire(due[0]);
    return true;
  }

  /* Date for code that is to live in this time. */
  dateClass() {
    const clock = this;
    return class extends Date {
      constructor(...words) {
        super(...(words.length ? words : [clock.now()]));
      }
      static now() {
        return clock.now();
      }
    };
  }

  #arm(timer) {
    /* Longer ones overflow: they look again after a day. */
    const delay = Math.min(Math.max(0, timer.due - this.now()), 86400e3);
    clearTimeout(timer.handle);
    timer.handle = setTimeout(() => {
      if (timer.due > this.now())
        this.#arm(timer);
      else if (!this.#isHeld(timer))
        this.#fire(timer);
    }, delay);
    timer.handle.unref?.();
  }

  #fire(timer) {
    clearTimeout(timer.handle);
    if (this.#timers.delete(timer.id))
      timer.run();
  }
}
