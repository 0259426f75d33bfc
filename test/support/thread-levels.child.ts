/** Puts its helpers last, then has something encrypted; says by how much its threads differ in level from its own. */
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { putHelpersLast } from '../../src/helper-threads';

const own = getPriority();
const others = () =>
  readdirSync('/proc/self/task')
    .map(Number)
    .filter((thread) => thread !== process.pid);
const levels = (threads: readonly number[]) => [...new Set(threads.map((thread) => getPriority(thread) - own))];

putHelpersLast();
const helpers = others();
pbkdf2('secret', 'salt', 1, 16, 'sha256', () => {
  const later = others().filter((thread) => !helpers.includes(thread));
  console.log(JSON.stringify({ main: getPriority() - own, helpers: levels(helpers), later: levels(later) }));
});
