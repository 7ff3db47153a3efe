/*
 * actor.mjs - the one outside who completes callbacks, by a script.
 *
 * A list of {CallbackName, Operation, Delay, Payload, Error}: each open
 * callback takes the first one left that names it ("*", the name, or
 * ${/pattern/}); a heartbeat does not use the callback up. One thing is done
 * whenever the execution is idle. A callback that finds none is a fault when
 * there are any at all.
 */
export class Actor {
  #left;
  #done = new Set();
  #isWaiting = false;

  constructor(execution, actions) {
    this.execution = execution;
    this.#left = [...actions];
  }

  #names({ CallbackName }, name) {
    const pattern = /^\$\{\/(.*)\/\}$/.exec(CallbackName);
    return CallbackName === '*' || CallbackName === name ||
      (pattern !== null && new RegExp(pattern[1]).test(name));
  }

  /* A callback without a name has its context's. */
  #nameOf({ Name, ParentId }) {
    return Name ?? this.execution.engine.operation(ParentId)?.Name ?? '';
  }

  /* Puts down what is done next, when it is not yet. */
  prepare() {
    const open = this.execution.engine.operations.find(
      ({ Type, Status, Id }) => Type === 'CALLBACK' && Status === 'STARTED' &&
        !this.#done.has(Id));
    if (!open || this.#isWaiting)
      return;
    const index = this.#left.findIndex((action) =>
      this.#names(action, this.#nameOf(open)));
    if (index < 0) {
      const text = `no action is for the callback '${this.#nameOf(open)}'`;
      this.execution.violation(text);
      this.execution.stop({ ErrorType: 'Bridge.NoAction', ErrorMessage: text });
      return;
    }
    const [action] = this.#left.splice(index, 1);
    const { clock } = this.execution;
    this.#isWaiting = true;
    clock.at(clock.now() + (action.Delay ?? 0) * 1000, () => {
      this.#isWaiting = false;
      this.#do(action, open);
    });
  }

  #do({ Operation, Payload, Error }, { Id, CallbackDetails }) {
    if (Operation !== 'heartbeat')
      this.#done.add(Id);
    const what = { success: 'succeed', failure: 'fail' }[Operation] ?? Operation;
    this.execution.callback(what, CallbackDetails.CallbackId,
      what === 'succeed' ? Buffer.from(Payload ?? '') : Error);
  }
}
