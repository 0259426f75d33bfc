import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A server or a crowd of clients in a process of its own, which does one thing after the other as it is told. */
export interface Child<Order, Report> {
  /** Tells it what to do and waits for what comes of it. */
  ask(order: Order): Promise<Report>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Which processors' time a process gets. Clients stand for other machines: `last` take what is left over, with every
 * thread, also those that collect garbage; the thread that measures comes `first`, and never waits.
 */
export type Place = 'here' | 'first' | 'last';

const COMMANDS: Readonly<Record<Place, readonly (readonly string[])[]>> = {
  here: [],
  first: [['chrt', '--reset-on-fork', '--fifo', '1']],
  last: [
    ['chrt', '--idle', '0'],
    ['nice', '-n', '19'],
  ],
};

/** @param script compiled file of this directory, without its extension, that calls {@link obey} */
export function startChild<Order extends object, Report>(script: string, place: Place = 'here'): Child<Order, Report> {
  const command = COMMANDS[place].find(isAllowed) ?? [];
  const [execPath = process.execPath, ...execArgv] = [...command, process.execPath, '--expose-gc'];
  // As an operator runs it; graphql-js checks more of itself elsewhere.
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(join(__dirname, `${script}.js`), { env, execPath, execArgv });
  return {
    ask: (order) => {
      const report = nextReport<Report>(child, script);
      child.send(order);
      return report;
    },
    stop: () => {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      return gone;
    },
  };
}

/** Whether the system has the command, and this user may. */
function isAllowed([name = '', ...values]: readonly string[]): boolean {
  return spawnSync(name, [...values, 'true']).status === 0;
}

/** What is said across the border of two processes of one program is believed. */
function nextReport<Report>(child: ChildProcess, script: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${script} ended with ${code}.`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Report);
    });
  });
}

/** In the child: does as it is told until the parent goes. Whatever fails ends it. */
export function obey<Order, Report>(work: (order: Order) => Promise<Report> | Report): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (order) => {
    try {
      process.send?.(await work(order as Order));
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
}

/** Microseconds of processor time that this process has had so far. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** A clock that all processes of a machine share, in milliseconds. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
