/*
 * pool.mjs - the sandboxes: one for each invocation that runs at the same
 * time as others, used again afterwards.
 */
import { Sandbox } from './sandbox.mjs';

const patience = 1000; /* ms for one that has answered to ask for more */
const spare = 16; /* idle ones that are kept */

export class Pool {
  #sandboxes = new Map(); /* function's name to its sandboxes */

  constructor(settings) {
    this.settings = settings;
  }

  /* One that waits for an event, or a new one. */
  async take(fn) {
    const all = this.#sandboxes.get(fn.name) ?? [];
    this.#sandboxes.set(fn.name, all);
    let sandbox = all.find(({ isIdle }) => isIdle);
    if (!sandbox && all.some(({ isSettling }) => isSettling)) {
      await this.#oneSettles(all);
      sandbox = all.find(({ isIdle }) => isIdle);
    }
    if (sandbox) {
      sandbox.isTaken = true;
      return sandbox;
    }
    const fresh = new Sandbox(fn, this.settings);
    fresh.isTaken = true;
    this.#sandboxes.set(fn.name,
      [...this.#sandboxes.get(fn.name).filter(({ isDead }) => !isDead), fresh]);
    await fresh.start();
    this.#reclaim();
    return fresh;
  }

  /* Lambda ends idle sandboxes too; the functions used first go first. */
  #reclaim() {
    const idle = this.all.filter(({ isIdle }) => isIdle);
    for (const sandbox of idle.slice(0, Math.max(0, idle.length - spare))) {
      sandbox.isTaken = true;
      sandbox.end().then(() => sandbox.close());
    }
  }

  async #oneSettles(sandboxes) {
    let timer;
    await Promise.race([
      ...sandboxes.filter(({ isSettling }) => isSettling)
        .map((one) => one.settled()),
      new Promise((resolve) => {
        timer = setTimeout(resolve, patience);
      })]);
    clearTimeout(timer);
  }

  /* Those that have answered ask for more, or do what they should not. */
  async settled() {
    await Promise.all(this.all.filter(({ isSettling }) => isSettling)
      .map((sandbox) => this.#oneSettles([sandbox])));
  }

  get all() {
    return [...this.#sandboxes.values()].flat();
  }

  find(keyId) {
    return this.all.find(({ credentials }) =>
      credentials.accessKeyId === keyId);
  }

  async end() {
    await Promise.all(this.all.map((sandbox) => sandbox.end()));
  }

  close() {
    for (const sandbox of this.all)
      sandbox.close();
  }
}
