/*
 * processes.mjs - every process of a sandbox: to stop, continue and kill.
 *
 * Lambda freezes and kills a whole virtual machine. Here the processes of one
 * are: the descendants of the first, all of its sessions, those that were
 * seen there before, and orphans that carry the mark in their environment.
 * Who is none of them stays so, and is not read again: on a busy machine most
 * of the time went there.
 */
import { readdirSync, readFileSync } from 'node:fs';

/* A number is given again after thousands of others: not as soon as that. */
const trusted = 2000; /* ms between two looks */

function read(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent, , session, ...rest] =
      text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent), session: Number(session),
      began: Number(rest[15]) };
  } catch {
    return null; /* it is gone */
  }
}

function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH')
      throw error;
  }
}

/* '' of one that is gone, of a kernel's, and in the middle of an exec. */
function environment(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

export class Processes {
  #root;
  #mark;
  #known = new Map(); /* pid to when it began */
  #others = new Set(); /* pids that did not belong, at the last look */
  #looked = 0;

  constructor(root, mark) {
    this.#root = root;
    this.#mark = mark;
    this.#known.set(root, read(root)?.began);
  }

  /* Those that are alive now: {pid, state, command}. */
  list() {
    const now = performance.now();
    if (now - this.#looked > trusted)
      this.#others.clear();
    this.#looked = now;
    const there = readdirSync('/proc').map(Number).filter(Boolean);
    this.#others = new Set(there.filter((pid) => this.#others.has(pid)));
    const all = there.filter((pid) => !this.#others.has(pid)).map(read)
      .filter(Boolean);
    const members = new Set(all.filter(({ pid, began }) =>
      this.#known.get(pid) === began));
    const pids = new Set([this.#root, ...[...members].map(({ pid }) => pid)]);
    const sessions = new Set([this.#root]);
    const since = Math.min(...this.#known.values());
    const belongs = (process) => {
      if (pids.has(process.parent) || sessions.has(process.session))
        return true;
      if (process.began < since)
        return false;
      process.environment ??= environment(process.pid);
      return process.environment.includes(this.#mark);
    };
    for (let grew = true; grew;) {
      grew = false;
      for (const process of all) {
        if (members.has(process) || !belongs(process))
          continue;
        members.add(process);
        pids.add(process.pid);
        sessions.add(process.session);
        grew = true;
      }
    }
    for (const process of all) {
      if (!members.has(process) && process.environment !== '')
        this.#others.add(process.pid);
    }
    this.#known = new Map([...members].map(({ pid, began }) => [pid, began]));
    return [...members].filter(({ state }) => state !== 'Z');
  }

  /* To all of them, again until no new one turns up; a lone one that is to
   * stop is idle, and starts none. */
  signal(name) {
    const done = new Set();
    for (let grew = true; grew;) {
      const fresh = this.list().filter(({ pid }) => !done.has(pid));
      for (const { pid } of fresh) {
        done.add(pid);
        send(pid, name);
      }
      grew = fresh.length > 0 && (done.size > 1 || name === 'SIGKILL');
    }
  }

  /* SIGCONT to those that were there when they were stopped. */
  goOn() {
    for (const [pid, began] of this.#known) {
      if (read(pid)?.began === began)
        send(pid, 'SIGCONT');
    }
  }

  /* KiB of resident memory: now VmRSS, the most so far VmHWM. */
  memory(pid, what) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    } catch {
      return undefined;
    }
  }

  command(pid) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
        .trim();
    } catch {
      return '';
    }
  }
}
