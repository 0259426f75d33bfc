/** Makes a replay of the demo data and is killed outright in the phase that is named: replay-killed <file> <phase>. */
import { encodePosition } from '../../../src/application/position-text';
import { fillDemo } from '../../../src/cli/demo/fill-demo';
import { openTestApi } from '../../support/api-harness';
import { replayer } from './replay-file';

async function main(out: string, phase: string): Promise<void> {
  const api = await openTestApi('2024-06-15T10:00:00.000Z');
  const { app, readModels, progress } = api.services;
  await progress.waitFor(await fillDemo(app, (name) => app.vault.actorOf({ issuer: 'test', claim: name })), 10_000);
  const until = { position: encodePosition(app.logId, readModels.applied().position) };
  const kill = (reached: string) => void (reached === phase && process.kill(process.pid, 'SIGKILL'));
  const replay = replayer({ app, readModels, nowMs: () => api.clock.nowMs });
  replay.remove();
  await replay.make({ until, out, progress: kill });
}

const [out = '', phase = ''] = process.argv.slice(2);
main(out, phase).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
